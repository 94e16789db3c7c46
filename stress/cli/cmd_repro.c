#include "cli/command.h"
#include "cli/history_file.h"
#include "cli/progress.h"
#include "cli/run_options.h"
#include "reports/figure.h"
#include "reports/history_query.h"
#include "reports/statistics.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LIVES_DEFAULT 20
#define LIVES_MAX     100000
#define LIFE_MIN_MS   1000

const char ts_help_repro[] =
    "Lives the life that first showed a finding again: the same scenario, mode, flavour, settings, ticks "
    "and\n"
    "seed, as its run's record has them; and says in how many lives of how many it came back. The threads'\n"
    "schedule stays the operating system's, so the share is an estimate, with its 95 % interval (Wilson).\n\n"
    "  --lives N            so many lives (default 20)\n"
    "  --until-fail N       until it comes back, at most N lives\n"
    "  --gdb                stop in gdb at the report or signal; up to N lives\n"
    "  --out DIR            where record and logs go (default "
    "runs/<time>-<random>)\n" TS_HISTORY_FILE_HELP "\n"
    "Name the finding by its signature or the start of one. Run it where its run was run: paths of a tape, "
    "a\n"
    "plan or a library are those of its command.\n\n"
    "Exit code 0: it came back; 5: it did not; 3: no such finding, or its run's record is gone.\n\n"
    "  tickstorm repro 0x56e6 --until-fail 100\n";

static const struct option long_options[] = {{"lives", required_argument, NULL, 'n'},
                                             {"until-fail", required_argument, NULL, 'u'},
                                             {"gdb", no_argument, NULL, 'g'},
                                             {"out", required_argument, NULL, 'o'},
                                             {"history", required_argument, NULL, 'h'},
                                             {"quiet", no_argument, NULL, 'q'},
                                             {NULL, 0, NULL, 0}};

struct repro {
    const char *prefix, *history, *out;
    unsigned lives;
    bool until, gdb, quiet;
    char signature[24];
    char folder[PATH_MAX];
};

static int parse(struct repro *repro, int count, char **arguments)
{
    opterr = 0;
    for (int letter; (letter = getopt_long(count, arguments, ":", long_options, NULL)) != -1;) {
        char *end = NULL;
        switch (letter) {
        case 'n':
        case 'u':
            repro->lives = (unsigned)strtoul(optarg, &end, 10);
            repro->until = repro->until || letter == 'u';
            if (optarg[0] < '1' || optarg[0] > '9' || *end != '\0' || repro->lives > LIVES_MAX) {
                return ts_usage("repro", "bad number of lives '%s': 1 to %d", optarg, LIVES_MAX);
            }
            break;
        case 'g':
            repro->gdb = true;
            break;
        case 'o':
            repro->out = optarg;
            break;
        case 'h':
            repro->history = optarg;
            break;
        case 'q':
            repro->quiet = true;
            break;
        default:
            return ts_usage("repro", letter == ':' ? "%s needs a value" : "unknown option '%s'",
                            arguments[optind - 1]);
        }
    }
    repro->prefix = arguments[optind];
    return count - optind == 1 ? TS_EXIT_OK : ts_usage("repro", "one signature, please");
}

/* The one finding that the prefix means, and the folder of the run that saw it last. */
static int find_run(struct repro *repro, struct ts_history *history)
{
    struct ts_diag diag;
    json_t *rows = NULL, *finding = NULL, *runs = NULL, *run;
    size_t i;
    int code = TS_EXIT_INPUT;
    if (ts_history_signatures(history, repro->prefix, &rows, &diag) != TS_OK) {
        return ts_complain("repro", &diag);
    }
    if (json_array_size(rows) != 1) {
        fprintf(stderr, "tickstorm repro: %s: %s\n", repro->prefix,
                json_array_size(rows) == 0 ? "no finding of the history starts so"
                                           : "several findings start so (tickstorm history --findings)");
        code = json_array_size(rows) == 0 ? TS_EXIT_INPUT : TS_EXIT_USAGE;
        goto cleanup;
    }
    snprintf(repro->signature, sizeof repro->signature, "%s",
             ts_history_file_text(json_array_get(rows, 0), "signature"));
    if (ts_history_finding(history, repro->signature, &finding, &diag) != TS_OK ||
        ts_history_runs(history, INT32_MAX, &runs, &diag) != TS_OK) {
        code = ts_complain("repro", &diag);
        goto cleanup;
    }
    json_array_foreach(runs, i, run)
    {
        if (strcmp(ts_history_file_text(run, "id"), ts_history_file_text(finding, "last_run")) == 0) {
            snprintf(repro->folder, sizeof repro->folder, "%s", ts_history_file_text(run, "folder"));
            code = TS_EXIT_OK;
        }
    }
cleanup:
    json_decref(rows);
    json_decref(finding);
    json_decref(runs);
    return code;
}

static int load_record(const struct repro *repro, struct ts_record **record)
{
    static const char *const names[] = {"record.jsonl", "record.jsonl.partial"};
    struct ts_diag diag;
    char path[PATH_MAX + 32];
    for (size_t i = 0; i < 2; i++) {
        snprintf(path, sizeof path, "%s/%s", repro->folder, names[i]);
        if (ts_record_load(path, record, &diag) == TS_OK) {
            return TS_EXIT_OK;
        }
    }
    ts_diag_context(&diag, "the run that showed %s", repro->signature);
    ts_complain("repro", &diag);
    return TS_EXIT_INPUT;
}

static const struct ts_record_life *first_life(const struct ts_record *record,
                                               const struct ts_finding *finding)
{
    for (size_t i = 0; i < record->life_count; i++) {
        if (record->lives[i].cell == finding->cell && record->lives[i].life == finding->life) {
            return &record->lives[i];
        }
    }
    return NULL;
}

static int say_result(const struct repro *repro, const struct ts_record *made)
{
    struct ts_figure low, high;
    int64_t shown = 0, lives = made->cell_count > 0 ? made->cells[0].lives : 0;
    for (size_t i = 0; made->cell_count > 0 && i < made->cells[0].finding_count; i++) {
        const struct ts_record_sighting *sighting = &made->cells[0].findings[i];
        shown = strcmp(sighting->signature, repro->signature) == 0 ? sighting->lives : shown;
    }
    struct ts_interval share = ts_share_interval(shown, lives);
    if (shown > 0 && repro->until) {
        printf("%s came back in life %" PRId64 "\n", repro->signature, lives);
    } else if (shown > 0) {
        printf("%s came back in %" PRId64 " of %" PRId64 " lives; 95 %%: %s to %s %% of lives\n",
               repro->signature, shown, lives, ts_figure_percent(&low, share.low),
               ts_figure_percent(&high, share.high));
    } else {
        printf("%s did not come back in %" PRId64 " lives; 95 %%: below %s %% of lives\n", repro->signature,
               lives, ts_figure_percent_above(&high, ts_share_bound_none(lives)));
    }
    return shown > 0 ? TS_EXIT_OK : TS_EXIT_INCONCLUSIVE;
}

static int run_lives(const struct repro *repro, struct ts_run_request *request)
{
    static struct ts_run_result result; /* too large for a stack */
    struct ts_progress progress;
    struct ts_record *made = NULL;
    struct ts_diag diag;
    char path[PATH_MAX + 32];
    ts_progress_init(&progress, repro->quiet, false, 1);
    ts_progress_events(&progress, &request->events);
    if (ts_supervisor_run(request, &result, &diag) != TS_OK) {
        return ts_complain("repro", &diag);
    }
    snprintf(path, sizeof path, "%s/record.jsonl", result.folder);
    if (ts_record_load(path, &made, &diag) != TS_OK) {
        ts_complain("repro", &diag);
        return TS_EXIT_INTERNAL; /* we wrote it */
    }
    int code = say_result(repro, made);
    printf("record  %s\n", path);
    ts_record_free(made);
    return result.summary.interrupted ? TS_EXIT_INTERRUPTED : code;
}

/* The cell as its run had it, but with one life's seed for each of its lives. */
static int repeat(const struct repro *repro, struct ts_run_options *options, const struct ts_finding *finding,
                  const struct ts_record_life *life, char **command)
{
    struct ts_diag diag;
    struct ts_cell cell = options->plan.cells[finding->cell];
    struct ts_plan plan = {.cells = &cell, .count = 1};
    cell.number = 0;
    cell.life_seed = strtoull(life->seed, NULL, 0);
    cell.life_ms = life->duration_ms * 2 > LIFE_MIN_MS ? life->duration_ms * 2 : LIFE_MIN_MS;
    cell.lives = repro->lives;
    cell.until = repro->until ? repro->signature : NULL;
    int64_t hang_ms = cell.hang_ms > 0 ? cell.hang_ms : options->hang_ms;
    plan.budget_ms = (cell.life_ms + hang_ms) * (int64_t)repro->lives;
    struct ts_run_request request = {
        .kind = "repro",
        .command = finding->command,
        .arguments = command,
        .argument_count = 2,
        .seed = options->seed,
        .plan = &plan,
        .out = repro->out,
        .tape = options->tape,
        .speed = options->speed[0] != '\0' ? options->speed : NULL,
        .passes = options->passes,
        .library = options->library,
        .settings = options->settings,
        .setting_count = options->setting_count,
        .faults = options->faults,
        .hang_ms = options->hang_ms,
    };
    if (!repro->gdb) {
        return run_lives(repro, &request);
    }
    (void)ts_supervisor_debug(&request, repro->lives, &diag); /* returns only with an error */
    return ts_complain("repro", &diag);
}

static int repeat_from(const struct repro *repro, const struct ts_record *record)
{
    static char name[] = "repro";
    struct ts_run_options options;
    char *command[] = {name, (char *)(uintptr_t)repro->signature, NULL};
    const struct ts_finding *finding = ts_record_find(record, repro->signature);
    const struct ts_record_life *life = finding == NULL ? NULL : first_life(record, finding);
    if (life == NULL) {
        fprintf(stderr, "tickstorm repro: %s: %s does not say how it came\n", repro->signature,
                repro->folder);
        return TS_EXIT_INPUT;
    }
    int code = ts_run_options_recorded(&options, "repro", &record->run, repro->folder);
    if (code == TS_EXIT_OK && options.plan.count != (size_t)record->run.cells) {
        fprintf(stderr, "tickstorm repro: %s: its arguments make other cells now\n", repro->folder);
        code = TS_EXIT_INPUT;
    }
    if (code == TS_EXIT_OK) {
        code = repeat(repro, &options, finding, life, command);
    }
    ts_run_options_fini(&options);
    return code;
}

int ts_command_repro(int count, char **arguments)
{
    struct repro repro = {.lives = LIVES_DEFAULT};
    struct ts_history *history = NULL;
    struct ts_record *record = NULL;
    int code = parse(&repro, count, arguments);
    if (code == TS_EXIT_OK) {
        code = ts_history_file_open("repro", repro.history, false, &history);
    }
    if (code == TS_EXIT_OK) {
        code = find_run(&repro, history);
        ts_history_close(history);
    }
    if (code == TS_EXIT_OK) {
        code = load_record(&repro, &record);
    }
    if (code == TS_EXIT_OK) {
        code = repeat_from(&repro, record);
    }
    ts_record_free(record);
    return code;
}
