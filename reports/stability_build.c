#include "reports/stability_build_parts.h"

#include <stdlib.h>
#include <string.h>

static int64_t elapsed_ms(const struct ts_record *record)
{
    int64_t last = 0;
    for (size_t i = 0; !record->has_end && i < record->life_count; i++) {
        int64_t end = record->lives[i].started_ms + record->lives[i].duration_ms;
        last = end > last ? end : last;
    }
    return record->has_end ? record->end.elapsed_ms : last;
}

static const char *standing_of(struct ts_stability *report, const struct ts_record *record)
{
    const char *resumed = record->resume_count > 0 ? " It was killed before, and went on." : "";
    if (!record->has_end) {
        return ts_stability_text(report,
                                 "The record is partial: the run has not ended, or was killed; %zu of %lld "
                                 "planned cells ended.%s",
                                 record->cell_count, (long long)record->run.cells, resumed);
    }
    if (record->end.interrupted || record->cell_count < (size_t)record->run.cells) {
        return ts_stability_text(report, "The run was interrupted: %zu of %lld planned cells ended.%s",
                                 record->cell_count, (long long)record->run.cells, resumed);
    }
    return "";
}

static int64_t checks_failed(const struct ts_record_run *run)
{
    int64_t failed = 0;
    for (size_t i = 0; i < run->check_count; i++) {
        failed += !run->checks[i].ok;
    }
    return failed;
}

/* "12 of 13 good; gdb: not in the PATH" */
static const char *checked_of(struct ts_stability *report, const struct ts_record_run *run)
{
    if (run->check_count == 0) {
        return "";
    }
    const char *text = ts_stability_text(report, "%zu of %zu good",
                                         run->check_count - (size_t)checks_failed(run), run->check_count);
    for (size_t i = 0; i < run->check_count; i++) {
        if (!run->checks[i].ok) {
            text = ts_stability_text(report, "%s; %s: %s", text, run->checks[i].name, run->checks[i].found);
        }
    }
    return text;
}

static struct ts_stability_run run_of(struct ts_stability *report, const struct ts_record *record)
{
    const struct ts_record_run *run = &record->run;
    return (struct ts_stability_run){
        .id = run->id,
        .kind = run->kind,
        .tool = run->tool,
        .command = run->command,
        .started = run->started,
        .seed = run->seed,
        .commit = run->commit,
        .dirty = run->dirty,
        .diff = run->diff,
        .toolchain = run->toolchain,
        .source = run->source,
        .cpu = run->machine.cpu,
        .kernel = run->machine.kernel,
        .os = run->machine.os,
        .cores = run->machine.cores,
        .memory_bytes = run->machine.memory_bytes,
        .elapsed_ms = elapsed_ms(record),
        .cells_planned = run->cells,
        .cells_run = (int64_t)record->cell_count,
        .lives = (int64_t)record->life_count,
        .checks = run->checks,
        .check_count = run->check_count,
        .checks_failed = checks_failed(run),
        .checked = checked_of(report, run),
        .standing = standing_of(report, record),
        .verdict = record->end.sentence != NULL ? record->end.sentence : "",
    };
}

void ts_stability_build_runs(struct ts_stability_builder *builder)
{
    struct ts_stability *report = builder->report;
    report->runs = ts_stability_keep(report, builder->input->record_count, sizeof *report->runs);
    for (size_t i = 0; report->runs != NULL && i < builder->input->record_count; i++) {
        report->runs[report->run_count++] = run_of(report, builder->input->records[i]);
    }
}

static ts_err check_input(const struct ts_stability_input *input, const char *today, struct ts_diag *diag)
{
    for (size_t i = 0; i < input->record_count; i++) {
        for (size_t j = 0; j < i; j++) {
            if (strcmp(input->records[i]->run.id, input->records[j]->run.id) == 0) {
                return ts_fail(diag, TS_INVALID, "build report", input->records[i]->run.id,
                               "the run is given twice");
            }
        }
    }
    if (ts_date_valid(today)) {
        return TS_OK;
    }
    return input->today != NULL
               ? ts_fail(diag, TS_INVALID, "build report", today, "is not a day as YYYY-MM-DD")
               : ts_fail(diag, TS_MALFORMED, "build report", input->records[input->record_count - 1]->run.id,
                         "run.started is no time of ISO 8601: '%s'", today);
}

static int by_start(const void *left, const void *right)
{
    const struct ts_record *const *a = left;
    const struct ts_record *const *b = right;
    int order = strcmp((*a)->run.started, (*b)->run.started);
    return order != 0 ? order : strcmp((*a)->run.id, (*b)->run.id);
}

/* The order in which the runs were named must not matter. */
static void sort_runs(struct ts_stability *report, struct ts_stability_input *input)
{
    size_t count = input->record_count;
    const struct ts_record **records = ts_stability_keep(report, count, sizeof *records);
    const char **folders = ts_stability_keep(report, count, sizeof *folders);
    if (records == NULL || folders == NULL) {
        return;
    }
    memcpy(records, input->records, count * sizeof *records);
    qsort(records, count, sizeof *records, by_start);
    for (size_t i = 0; i < count; i++) {
        folders[i] = "";
        for (size_t j = 0; j < count && input->folders != NULL; j++) {
            folders[i] = input->records[j] == records[i] ? input->folders[j] : folders[i];
        }
    }
    input->records = records;
    input->folders = folders;
}

static void build_sections(struct ts_stability_builder *builder)
{
    ts_stability_build_runs(builder);
    ts_stability_build_contrast(builder);
    ts_stability_build_matrix(builder);
    ts_stability_build_findings(builder);
    ts_stability_build_tests(builder);
    ts_stability_build_faults(builder);
    ts_stability_build_resources(builder);
    ts_stability_build_hangs(builder);
    ts_stability_build_trends(builder);
    ts_stability_build_limits(builder);
    ts_stability_build_head(builder);
}

ts_err ts_stability_build(const struct ts_stability_input *input, struct ts_stability **report,
                          struct ts_diag *diag)
{
    struct ts_stability_input sorted = *input;
    struct ts_stability_builder builder = {.input = &sorted};
    *report = NULL;
    if (input->record_count == 0) {
        return ts_fail(diag, TS_INVALID, "build report", "", "no record");
    }
    builder.report = ts_stability_new();
    if (builder.report == NULL) {
        return ts_fail(diag, TS_NO_MEMORY, "build report", "", "no memory");
    }
    sort_runs(builder.report, &sorted);
    const char *newest = sorted.records[sorted.record_count - 1]->run.started;
    builder.today = input->today != NULL ? input->today : ts_stability_text(builder.report, "%.10s", newest);
    ts_err err = check_input(&sorted, builder.today, diag);
    if (err == TS_OK) {
        err = ts_stability_gather(&builder, diag);
    }
    if (err == TS_OK) {
        build_sections(&builder);
    }
    if (err == TS_OK && ts_stability_lost(builder.report)) {
        err = ts_fail(diag, TS_NO_MEMORY, "build report", "", "no memory");
    }
    if (err != TS_OK) {
        ts_stability_free(builder.report);
        return err;
    }
    *report = builder.report;
    return TS_OK;
}
