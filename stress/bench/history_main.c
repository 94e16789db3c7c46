/*
 * history: what a run history of 1 to 1,000,000 cells costs to fill, to ask and to keep.
 *
 * Runs of up to 1,000 cells with one life each (every tenth shows one of ten findings) are taken in line by
 * line through ts_history_line, a batch a run, as ts_history_ingest does; then the questions of `tickstorm
 * history` are asked. A history of its own in a temporary folder for each size. One line of JSON a sample
 * with --json or --raw.
 */
#include "base/clock.h"
#include "bench/samples.h"
#include "reports/history.h"
#include "reports/history_query.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define RUN_CELLS 1000
#define FINDINGS  10

enum { OK = 0, USAGE = 2, REFUSED = 3 };

static const char usage[] =
    "Usage: tickstorm bench history [--cells N] [--rounds N] [--raw FILE] [--json]\n"
    "\n"
    "What a run history costs by its cells: time to take one in, time of questions to it, size of its file.\n"
    "\n"
    "  --cells N    the largest history, 1 to 1000000, all powers of ten up to it (default 100000)\n"
    "  --rounds N   repetitions, 1 to 100 (default 3)\n"
    "  --raw FILE   keeps each sample, one JSON object a line\n"
    "  --json       these lines on stdout, no table\n"
    "\n"
    "Exit code 0, 2 for usage, 3 when the history could not be written or read.\n";

struct filler {
    struct ts_history *history;
    struct ts_diag diag;
    char run[32];
    int64_t number; /* of the next line */
    char text[1024];
};

static ts_err put(struct filler *filler)
{
    return ts_history_line(filler->history, filler->run, filler->number++, filler->text, strlen(filler->text),
                           &filler->diag);
}

static ts_err put_head(struct filler *filler, uint64_t cells)
{
    snprintf(filler->text, sizeof filler->text,
             "{\"type\":\"run\",\"format\":2,\"id\":\"%s\",\"tool\":\"tickstorm\",\"kind\":\"run\","
             "\"command\":\"tickstorm "
             "run\",\"started\":\"2024-08-08T00:00:00Z\",\"seed\":\"0x1\",\"commit\":\"abc\",\"dirty\":false,"
             "\"machine\":{\"cores\":2},\"toolchain\":\"clang\",\"source\":\"synthetic\",\"budget_ms\":1000,"
             "\"cells\":%llu}",
             filler->run, (unsigned long long)cells);
    ts_err error = put(filler);
    for (int i = 0; error == TS_OK && i < FINDINGS; i++) {
        snprintf(
            filler->text, sizeof filler->text,
            "{\"type\":\"finding\",\"signature\":\"0x%016x\",\"kind\":\"race\",\"title\":\"f%d / "
            "g\",\"description\":\"data-race\",\"location\":\"\",\"lifetime\":false,\"cell\":0,\"life\":0,"
            "\"command\":\"tickstorm repro\",\"stacks\":[]}",
            i + 1, i);
        error = put(filler);
    }
    return error;
}

static ts_err put_cell(struct filler *filler, uint64_t cell)
{
    bool races = cell % 10 == 0;
    char reports[160] = "";
    int finding = (int)(cell / 10 % FINDINGS);
    if (races) {
        snprintf(reports, sizeof reports,
                 "{\"kind\":\"race\",\"title\":\"f%d / g\",\"signature\":\"0x%016x\",\"count\":2}", finding,
                 finding + 1);
    }
    snprintf(
        filler->text, sizeof filler->text,
        "{\"type\":\"life\",\"cell\":%llu,\"life\":0,\"seed\":\"0x%llx\",\"started_ms\":1,\"duration_ms\":5,"
        "\"exit_code\":0,\"signal\":null,\"outcome\":\"%s\",\"class\":null,\"detail\":\"\",\"reports\":[%s],"
        "\"violations\":[],\"counters\":{},\"log\":\"\"}",
        (unsigned long long)cell, (unsigned long long)cell, races ? "race" : "pass", reports);
    ts_err error = put(filler);
    snprintf(
        filler->text, sizeof filler->text,
        "{\"type\":\"cell\",\"cell\":%llu,\"scenario\":\"scenario-%llu\",\"mode\":\"queued\",\"flavour\":"
        "\"tsan\","
        "\"seed\":\"0x1\",\"lives\":1,\"restarts\":0,\"elapsed_ms\":10,\"outcome\":\"%s\",\"class\":null,"
        "\"as_expected\":true,\"hazard_count\":3,\"outcomes\":{},\"findings\":[],\"command\":\"c\"}",
        (unsigned long long)cell, (unsigned long long)(cell % 40), races ? "race" : "pass");
    return error == TS_OK ? put(filler) : error;
}

static ts_err put_run(struct filler *filler, uint64_t number, uint64_t cells)
{
    snprintf(filler->run, sizeof filler->run, "run-%06llu", (unsigned long long)number);
    filler->number = 1;
    ts_err error = ts_history_begin(filler->history, &filler->diag);
    if (error == TS_OK) {
        error = put_head(filler, cells);
    }
    for (uint64_t cell = 0; error == TS_OK && cell < cells; cell++) {
        error = put_cell(filler, cell);
    }
    if (error == TS_OK) {
        snprintf(filler->text, sizeof filler->text,
                 "{\"type\":\"end\",\"verdict\":\"findings\",\"sentence\":\"Found.\",\"interrupted\":false,"
                 "\"elapsed_ms\":12}");
        error = put(filler);
    }
    return error == TS_OK ? ts_history_commit(filler->history, &filler->diag) : error;
}

static ts_err fill(struct filler *filler, uint64_t cells)
{
    ts_err error = TS_OK;
    for (uint64_t run = 0; error == TS_OK && run * RUN_CELLS < cells; run++) {
        uint64_t left = cells - run * RUN_CELLS;
        error = put_run(filler, run, left < RUN_CELLS ? left : RUN_CELLS);
    }
    return error;
}

static void add(struct ts_samples *samples, uint64_t round, const char *group, uint64_t cells, double value)
{
    struct ts_sample sample = {.round = round, .value = value};
    snprintf(sample.group, sizeof sample.group, "%s", group);
    snprintf(sample.name, sizeof sample.name, "%llu", (unsigned long long)cells);
    ts_samples_add(samples, &sample);
}

/* Milliseconds of each question. */
static ts_err ask(struct filler *filler, struct ts_samples *samples, uint64_t round, uint64_t cells)
{
    json_t *rows = NULL;
    int64_t begun_ns = ts_clock_ns();
    ts_err error = ts_history_runs(filler->history, 20, &rows, &filler->diag);
    json_decref(rows);
    int64_t runs_ns = ts_clock_ns();
    error = error == TS_OK ? ts_history_findings(filler->history, 20, &rows, &filler->diag) : error;
    if (error == TS_OK) {
        json_decref(rows);
    }
    int64_t findings_ns = ts_clock_ns();
    error = error == TS_OK
                ? ts_history_compare(filler->history, "run-000000", filler->run, &rows, &filler->diag)
                : error;
    if (error == TS_OK) {
        json_decref(rows);
    }
    add(samples, round, "the 20 newest runs, ms", cells, (double)(runs_ns - begun_ns) / 1e6);
    add(samples, round, "the 20 newest findings, ms", cells, (double)(findings_ns - runs_ns) / 1e6);
    add(samples, round, "compare two runs, ms", cells, (double)(ts_clock_ns() - findings_ns) / 1e6);
    return error;
}

static double file_kib(const char *path)
{
    struct stat found;
    return stat(path, &found) == 0 ? (double)found.st_size / 1024 : 0;
}

static ts_err measure(struct ts_samples *samples, uint64_t round, uint64_t cells, struct ts_diag *diag)
{
    char folder[] = "/tmp/tickstorm-history-XXXXXX", path[64];
    struct filler filler = {0};
    if (mkdtemp(folder) == NULL) {
        return ts_fail_errno(diag, errno, "make folder", folder);
    }
    snprintf(path, sizeof path, "%s/history.db", folder);
    ts_err error = ts_history_open(path, &filler.history, &filler.diag);
    int64_t begun_ns = ts_clock_ns();
    error = error == TS_OK ? fill(&filler, cells) : error;
    add(samples, round, "take in, us a cell", cells,
        (double)(ts_clock_ns() - begun_ns) / 1e3 / (double)cells);
    error = error == TS_OK ? ask(&filler, samples, round, cells) : error;
    ts_history_close(filler.history);
    add(samples, round, "file, KiB", cells, file_kib(path));
    unlink(path);
    rmdir(folder);
    *diag = filler.diag;
    return error;
}

static bool parse(const char *text, uint64_t maximum, uint64_t *value)
{
    char *end;
    errno = 0;
    *value = strtoull(text, &end, 10);
    return text[0] >= '1' && text[0] <= '9' && *end == '\0' && errno == 0 && *value <= maximum;
}

int main(int argc, char **argv)
{
    static const struct option names[] = {
        {"cells", required_argument, NULL, 'c'}, {"rounds", required_argument, NULL, 'r'},
        {"raw", required_argument, NULL, 'w'},   {"json", no_argument, NULL, 'j'},
        {"help", no_argument, NULL, 'h'},        {NULL, 0, NULL, 0}};
    uint64_t largest = 100000, rounds = 3;
    const char *raw_path = NULL;
    bool json = false;
    int option, index = 0;
    while ((option = getopt_long(argc, argv, "h", names, &index)) != -1) {
        uint64_t maximum = option == 'c' ? 1000000 : 100;
        if (option == 'h') {
            fputs(usage, stdout);
            return OK;
        } else if (option == 'w') {
            raw_path = optarg;
        } else if (option == 'j') {
            json = true;
        } else if (option == '?') {
            fputs("See tickstorm bench history --help\n", stderr);
            return USAGE;
        } else if (!parse(optarg, maximum, option == 'c' ? &largest : &rounds)) {
            fprintf(stderr, "tickstorm bench history: --%s: %s is not an integer from 1 to %llu\n",
                    names[index].name, optarg, (unsigned long long)maximum);
            return USAGE;
        }
    }
    if (optind < argc) {
        fprintf(stderr, "tickstorm bench history: unexpected argument %s (see --help)\n", argv[optind]);
        return USAGE;
    }
    struct ts_samples samples;
    struct ts_diag diag = {0};
    char line[512];
    ts_err error = ts_samples_begin(&samples, "history", "as named", json ? "-" : raw_path, &diag);
    for (uint64_t round = 1; error == TS_OK && round <= rounds; round++) {
        for (uint64_t cells = 1; error == TS_OK && cells <= largest; cells *= 10) {
            if (isatty(STDERR_FILENO)) {
                fprintf(stderr, "\r\033[Khistory: round %llu of %llu, %llu cells", (unsigned long long)round,
                        (unsigned long long)rounds, (unsigned long long)cells);
            }
            error = measure(&samples, round, cells, &diag);
        }
    }
    if (isatty(STDERR_FILENO)) {
        fputs("\r\033[K", stderr);
    }
    if (error != TS_OK) {
        fprintf(stderr, "tickstorm bench history: %s\n", ts_diag_line(&diag, line, sizeof line));
        return REFUSED;
    }
    if (!json) {
        ts_samples_table_over(&samples, "", stdout);
    }
    ts_samples_end(&samples);
    return OK;
}
