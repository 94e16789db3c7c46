#include "cli/stability_report.h"

#include "cli/command.h"
#include "cli/history_file.h"
#include "reports/input_file.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define RUNS          "runs"
#define HISTORY       RUNS "/history.db"
#define TREND_RUNS    1000
#define FINDINGS_MOST 1000000

const char *ts_stability_record_of(const char *name, char *path, size_t size)
{
    struct stat status;
    if (stat(name, &status) != 0 || !S_ISDIR(status.st_mode)) {
        return name;
    }
    snprintf(path, size, "%s/record.jsonl", name);
    if (access(path, F_OK) != 0) {
        snprintf(path, size, "%s/record.jsonl.partial", name);
    }
    return path;
}

bool ts_stability_newest_run(char *path, size_t size)
{
    char record[PATH_MAX + 32], folder[PATH_MAX];
    struct timespec newest = {0};
    bool found = false;
    DIR *runs = opendir(RUNS);
    for (struct dirent *entry; runs != NULL && (entry = readdir(runs)) != NULL;) {
        struct stat status;
        if (entry->d_name[0] == '.' ||
            snprintf(folder, sizeof folder, RUNS "/%s", entry->d_name) >= (int)sizeof folder ||
            ts_stability_record_of(folder, record, sizeof record) == folder || stat(record, &status) != 0) {
            continue;
        }
        bool newer = status.st_mtim.tv_sec != newest.tv_sec ? status.st_mtim.tv_sec > newest.tv_sec
                                                            : status.st_mtim.tv_nsec > newest.tv_nsec;
        if ((!found || newer) && snprintf(path, size, "%s", folder) < (int)size) {
            found = true;
            newest = status.st_mtim;
        }
    }
    if (runs != NULL) {
        closedir(runs);
    }
    return found;
}

static char *folder_of(const char *record)
{
    const char *slash = strrchr(record, '/');
    return slash == NULL ? strdup(".") : strndup(record, (size_t)(slash - record));
}

static int load_run(const char *command, const char *name, struct ts_stability_report *made)
{
    struct ts_diag diag;
    char path[PATH_MAX + 32];
    const char *record = ts_stability_record_of(name, path, sizeof path);
    if (ts_record_load(record, &made->records[made->count], &diag) != TS_OK) {
        ts_complain(command, &diag);
        return diag.code == TS_NO_MEMORY ? TS_EXIT_ENVIRONMENT : TS_EXIT_INPUT;
    }
    made->folders[made->count++] = folder_of(record);
    return TS_EXIT_OK;
}

static int load_runs(const char *command, const struct ts_stability_sources *sources,
                     struct ts_stability_report *made)
{
    static char newest[PATH_MAX];
    const char *const only[] = {newest};
    const char *const *runs = sources->run_count > 0 ? sources->runs : only;
    size_t count = sources->run_count > 0 ? sources->run_count : 1;
    struct ts_diag diag;
    if (sources->run_count == 0 && !ts_stability_newest_run(newest, sizeof newest)) {
        ts_fail(&diag, TS_NOT_FOUND, "find a run", RUNS, "no run there; name a folder or a record");
        return ts_complain(command, &diag);
    }
    made->records = calloc(count, sizeof *made->records);
    made->folders = calloc(count, sizeof *made->folders);
    int code = made->records == NULL || made->folders == NULL ? TS_EXIT_ENVIRONMENT : TS_EXIT_OK;
    for (size_t i = 0; code == TS_EXIT_OK && i < count; i++) {
        code = load_run(command, runs[i], made);
    }
    return code;
}

static int load_score(const char *command, const char *file, json_t **score)
{
    struct ts_diag diag;
    ts_err error = ts_input_json(file, "read score.json", score, &diag);
    if (error == TS_OK && !json_is_object(json_object_get(*score, "totals"))) {
        error = ts_fail(&diag, TS_MALFORMED, "read score.json", file,
                        "it is none of tickstorm score, which writes it into its --out");
    }
    return error == TS_OK ? TS_EXIT_OK : ts_complain(command, &diag);
}

/* The default history is read where there is one; one that was named must be there. */
static int load_history(const char *command, const struct ts_stability_sources *sources,
                        struct ts_stability_report *made)
{
    struct ts_history *history = NULL;
    struct ts_diag diag;
    int code = ts_history_file_open(command, sources->history, false, &history);
    if (code != TS_EXIT_OK) {
        return code;
    }
    if (ts_history_runs(history, TREND_RUNS, &made->trend, &diag) != TS_OK ||
        ts_history_run_modes(history, TREND_RUNS, &made->modes, &diag) != TS_OK ||
        ts_history_findings(history, FINDINGS_MOST, &made->findings, &diag) != TS_OK) {
        code = ts_complain(command, &diag);
    }
    ts_history_close(history);
    return code;
}

static const char *history_name(const struct ts_stability_sources *sources)
{
    const char *file = sources->history != NULL ? sources->history : getenv("TICKSTORM_HISTORY");
    return file == NULL || file[0] == '\0' ? HISTORY : file;
}

int ts_stability_report_open(const char *command, const struct ts_stability_sources *sources,
                             struct ts_stability_report *made)
{
    struct ts_diag diag;
    const char *history = history_name(sources);
    bool has_history = !sources->no_history && (sources->history != NULL || access(history, F_OK) == 0);
    *made = (struct ts_stability_report){0};
    int code = load_runs(command, sources, made);
    if (code == TS_EXIT_OK && sources->baseline != NULL &&
        ts_baseline_load(sources->baseline, &made->baseline, &diag) != TS_OK) {
        ts_complain(command, &diag);
        code = TS_EXIT_INPUT;
    }
    if (code == TS_EXIT_OK && sources->score != NULL) {
        code = load_score(command, sources->score, &made->score);
    }
    if (code == TS_EXIT_OK && has_history) {
        code = load_history(command, sources, made);
    }
    if (code != TS_EXIT_OK) {
        return code;
    }
    struct ts_stability_input input = {
        .records = (const struct ts_record *const *)made->records,
        .folders = (const char *const *)made->folders,
        .record_count = made->count,
        .baseline = made->baseline,
        .baseline_file = sources->baseline,
        .score = made->score,
        .score_file = sources->score,
        .history_file = has_history ? history : "",
        .trend = made->trend,
        .trend_modes = made->modes,
        .sightings = made->findings,
    };
    return ts_stability_build(&input, &made->report, &diag) == TS_OK ? TS_EXIT_OK
                                                                     : ts_complain(command, &diag);
}

void ts_stability_report_close(struct ts_stability_report *made)
{
    ts_stability_free(made->report);
    for (size_t i = 0; i < made->count; i++) {
        ts_record_free(made->records[i]);
        free(made->folders[i]);
    }
    free(made->records);
    free(made->folders);
    ts_baseline_free(made->baseline);
    json_decref(made->score);
    json_decref(made->trend);
    json_decref(made->modes);
    json_decref(made->findings);
    *made = (struct ts_stability_report){0};
}
