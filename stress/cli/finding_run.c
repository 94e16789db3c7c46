#include "cli/finding_run.h"

#include "cli/command.h"
#include "cli/history_file.h"
#include "reports/history_query.h"

#include <stdio.h>
#include <string.h>

/* The one finding that the prefix means, and the folder of the run that saw it last. */
static int find_run(const char *command, const char *prefix, struct ts_finding_run *run,
                    struct ts_history *history)
{
    struct ts_diag diag;
    json_t *rows = NULL, *finding = NULL, *runs = NULL, *row;
    size_t i;
    int code = TS_EXIT_INPUT;
    if (ts_history_signatures(history, prefix, &rows, &diag) != TS_OK) {
        return ts_complain(command, &diag);
    }
    if (json_array_size(rows) != 1) {
        fprintf(stderr, "tickstorm %s: %s: %s\n", command, prefix,
                json_array_size(rows) == 0 ? "no finding of the history starts so"
                                           : "several findings start so (tickstorm history --findings)");
        code = json_array_size(rows) == 0 ? TS_EXIT_INPUT : TS_EXIT_USAGE;
        goto cleanup;
    }
    snprintf(run->signature, sizeof run->signature, "%s",
             ts_history_file_text(json_array_get(rows, 0), "signature"));
    if (ts_history_finding(history, run->signature, &finding, &diag) != TS_OK ||
        ts_history_runs(history, INT32_MAX, &runs, &diag) != TS_OK) {
        code = ts_complain(command, &diag);
        goto cleanup;
    }
    json_array_foreach(runs, i, row)
    {
        if (strcmp(ts_history_file_text(row, "id"), ts_history_file_text(finding, "last_run")) == 0) {
            snprintf(run->folder, sizeof run->folder, "%s", ts_history_file_text(row, "folder"));
            code = TS_EXIT_OK;
        }
    }
cleanup:
    json_decref(rows);
    json_decref(finding);
    json_decref(runs);
    return code;
}

static int load_record(const char *command, struct ts_finding_run *run)
{
    static const char *const names[] = {"record.jsonl", "record.jsonl.partial"};
    struct ts_diag diag;
    char path[PATH_MAX + 32];
    for (size_t i = 0; i < 2; i++) {
        snprintf(path, sizeof path, "%s/%s", run->folder, names[i]);
        if (ts_record_load(path, &run->record, &diag) == TS_OK) {
            return TS_EXIT_OK;
        }
    }
    ts_diag_context(&diag, "the run that showed %s", run->signature);
    ts_complain(command, &diag);
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
    memset(run, 0, sizeof *run);
    int code = ts_history_file_open(command, history, false, &opened);
    if (code == TS_EXIT_OK) {
        code = find_run(command, prefix, run, opened);
        ts_history_close(opened);
    }
    if (code == TS_EXIT_OK) {
        code = load_record(command, run);
    }
    if (code != TS_EXIT_OK) {
        return code;
    }
    run->finding = ts_record_find(run->record, run->signature);
    run->life = run->finding == NULL ? NULL : first_life(run->record, run->finding);
    if (run->life == NULL) {
        fprintf(stderr, "tickstorm %s: %s: %s does not say how it came\n", command, run->signature,
                run->folder);
        return TS_EXIT_INPUT;
    }
    return read_arguments(command, run);
}

void ts_finding_run_close(struct ts_finding_run *run)
{
    ts_run_options_fini(&run->options);
    ts_record_free(run->record);
}
