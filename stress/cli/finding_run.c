#include "cli/finding_run.h"

#include "cli/command.h"
#include "cli/history_file.h"
#include "reports/history_query.h"

#include <stdio.h>
#include <string.h>

/* The one finding that the prefix means, and the runs that saw it, newest first. */
static int find_runs(const char *command, const char *prefix, struct ts_finding_run *run,
                     struct ts_history *history, json_t **runs)
{
    struct ts_diag diag;
    json_t *rows = NULL;
    int code = TS_EXIT_OK;
    if (ts_history_signatures(history, prefix, &rows, &diag) != TS_OK) {
        return ts_complain(command, &diag);
    }
    if (json_array_size(rows) != 1) {
        fprintf(stderr, "tickstorm %s: %s: %s\n", command, prefix,
                json_array_size(rows) == 0 ? "no finding of the history starts so"
                                           : "several findings start so (tickstorm history --findings)");
        code = json_array_size(rows) == 0 ? TS_EXIT_INPUT : TS_EXIT_USAGE;
    } else {
        snprintf(run->signature, sizeof run->signature, "%s",
                 ts_history_file_text(json_array_get(rows, 0), "signature"));
        if (ts_history_finding_runs(history, run->signature, runs, &diag) != TS_OK) {
            code = ts_complain(command, &diag);
        }
    }
    json_decref(rows);
    return code;
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

/* The run's record, where it still says how the finding came. */
static ts_err load_record(struct ts_finding_run *run, const char *folder, struct ts_diag *diag)
{
    static const char *const names[] = {"record.jsonl", "record.jsonl.partial"};
    char path[PATH_MAX + 32];
    ts_err error = TS_NOT_FOUND;
    snprintf(run->folder, sizeof run->folder, "%s", folder);
    for (size_t i = 0; error == TS_NOT_FOUND && i < 2; i++) {
        snprintf(path, sizeof path, "%s/%s", run->folder, names[i]);
        error = ts_record_load(path, &run->record, diag);
    }
    if (error != TS_OK) {
        return error;
    }
    run->finding = ts_record_find(run->record, run->signature);
    run->life = run->finding == NULL ? NULL : first_life(run->record, run->finding);
    if (run->life != NULL && run->record->run.argument_count > 0) {
        return TS_OK;
    }
    ts_record_free(run->record);
    run->record = NULL;
    return ts_fail(diag, TS_UNKNOWN, "read record", run->folder, "it does not say how the finding came");
}

/* The newest run that can be lived again: folders are tidied away, the history stays. A run of repro has no
 * cells of its own. */
static int choose_run(const char *command, const json_t *runs, struct ts_finding_run *run)
{
    struct ts_diag diag;
    ts_fail(&diag, TS_NOT_FOUND, "find run", run->signature, "it was seen by none but repro");
    for (size_t i = 0; i < json_array_size(runs); i++) {
        const json_t *row = json_array_get(runs, i);
        if (strcmp(ts_history_file_text(row, "kind"), "repro") != 0 &&
            load_record(run, ts_history_file_text(row, "folder"), &diag) == TS_OK) {
            return TS_EXIT_OK;
        }
    }
    ts_diag_context(&diag, "the last of %zu runs that showed %s", json_array_size(runs), run->signature);
    ts_complain(command, &diag);
    return TS_EXIT_INPUT;
}

/* The run's own arguments make its cells again. */
static int read_arguments(const char *command, struct ts_finding_run *run)
{
    int code = ts_run_options_recorded(&run->options, command, &run->record->run, run->folder);
    if (code == TS_EXIT_OK && run->options.plan.count != (size_t)run->record->run.cells) {
        fprintf(stderr, "tickstorm %s: %s: its arguments make other cells now\n", command, run->folder);
        code = TS_EXIT_INPUT;
    }
    return code;
}

int ts_finding_run_open(const char *command, const char *prefix, const char *history,
                        struct ts_finding_run *run)
{
    struct ts_history *opened = NULL;
    json_t *runs = NULL;
    memset(run, 0, sizeof *run);
    int code = ts_history_file_open(command, history, false, &opened);
    if (code == TS_EXIT_OK) {
        code = find_runs(command, prefix, run, opened, &runs);
        ts_history_close(opened);
    }
    if (code == TS_EXIT_OK) {
        code = choose_run(command, runs, run);
    }
    json_decref(runs);
    code = code == TS_EXIT_OK ? read_arguments(command, run) : code;
    if (code == TS_EXIT_OK && run->life->faults[0] != '\0') { /* a life of fail-nth had faults of its own */
        run->options.plan.cells[run->finding->cell].faults = run->life->faults;
    }
    return code;
}

void ts_finding_run_close(struct ts_finding_run *run)
{
    ts_run_options_fini(&run->options);
    ts_record_free(run->record);
}
