#include "supervisor/supervisor.h"

#include "base/clock.h"
#include "supervisor/cell_run.h"
#include "supervisor/environment.h"
#include "supervisor/interrupt.h"
#include "supervisor/plan_hash.h"
#include "supervisor/record_lines.h"
#include "tape/recording.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* Of the explorer (worker/explore.h), for every scenario; in other flavours they mean nothing. */
static bool is_explore_setting(const char *setting)
{
    return strncmp(setting, TS_EXPLORE_SETTING, strlen(TS_EXPLORE_SETTING)) == 0;
}

bool ts_scenario_knows(const struct ts_scenario_info *scenario, const char *setting)
{
    size_t length = strcspn(setting, "=");
    for (size_t i = 0; i < scenario->option_count; i++) {
        if (strlen(scenario->options[i].key) == length &&
            strncmp(scenario->options[i].key, setting, length) == 0) {
            return true;
        }
    }
    return is_explore_setting(setting);
}

void ts_shell_word(FILE *out, const char *word)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=./:,@%";
    if (word[0] != '\0' && word[strspn(word, plain)] == '\0') {
        fputs(word, out);
        return;
    }
    fputc('\'', out);
    for (; *word != '\0'; word++) {
        if (*word == '\'') {
            fputs("'\\''", out);
        } else {
            fputc(*word, out);
        }
    }
    fputc('\'', out);
}

static ts_err convert_tape(const struct ts_run_context *context, struct ts_diag *diag)
{
    const struct ts_run_request *request = context->request;
    struct ts_recording_counts counts;
    if (request->tape == NULL) {
        return TS_OK;
    }
    return ts_recording_convert(request->tape, context->folder.ticks, &counts, request->events.converting,
                                request->events.user_data, diag);
}

static ts_err write_run_line(struct ts_run_context *context, struct ts_diag *diag)
{
    const struct ts_run_request *request = context->request;
    struct ts_machine machine;
    char started[32];
    time_t now = (time_t)(ts_clock_wall_ns() / TS_NS_PER_S);
    struct tm utc;
    gmtime_r(&now, &utc);
    strftime(started, sizeof started, "%Y-%m-%dT%H:%M:%SZ", &utc);
    ts_machine_describe(&machine);
    struct ts_run_line line = {
        .id = context->folder.id,
        .kind = request->kind,
        .command = request->command,
        .started = started,
        .seed = request->seed,
        .plan = ts_plan_hash(request),
        .machine = &machine,
        .source = request->tape != NULL ? request->tape : "synthetic",
        .budget_ms = request->plan->budget_ms,
        .cells = request->plan->count,
        .arguments = request->arguments,
        .argument_count = request->argument_count,
        .checks = context->checks,
        .check_count = context->check_count,
    };
    json_t *object = request->resume == NULL ? ts_record_run_line(&line)
                                             : ts_record_resume_line(&line, request->resume->elapsed_ms);
    return ts_record_writer_line(&context->record, object, diag);
}

/* Once for each thing that befell it: findings without names have other signatures. */
static void warn_of_symbolizer(const struct ts_run_context *context, char told[192])
{
    const struct ts_run_events *events = &context->request->events;
    const char *trouble = ts_symbolizer_trouble(context->evidence.symbolizer);
    if (strcmp(trouble, told) != 0 && events->warning != NULL) {
        events->warning(trouble, events->user_data);
    }
    snprintf(told, 192, "%s", trouble);
}

static ts_err run_cells(struct ts_run_context *context, struct ts_run_result *result, struct ts_diag *diag)
{
    const struct ts_plan *plan = context->request->plan;
    const struct ts_resume *resume = context->request->resume;
    static struct ts_cell_tally tally; /* too large for a stack; one run at a time */
    char told[192] = "";
    ts_err error = TS_OK;
    for (size_t i = 0; error == TS_OK && i < plan->count && ts_interrupt_count() == 0; i++) {
        if (context->request->until_failure && result->summary.must_pass.failed > 0) {
            break;
        }
        int64_t begun_ms, ended_ms;
        const struct ts_record_cell *done = resume == NULL ? NULL : ts_resume_cell(resume, i);
        if (done != NULL) {
            ts_resume_tally(resume, i, &tally, &begun_ms, &ended_ms);
            ts_summary_cell(&result->summary, &plan->cells[i], &tally, done->elapsed_ms);
            continue;
        }
        begun_ms = ts_run_elapsed_ms(context);
        error = ts_cell_run(context, &plan->cells[i], ts_plan_share_ms(plan, i, begun_ms), &tally, diag);
        warn_of_symbolizer(context, told);
        if (error == TS_OK) {
            ts_summary_cell(&result->summary, &plan->cells[i], &tally, ts_run_elapsed_ms(context) - begun_ms);
        }
    }
    result->summary.interrupted = result->summary.interrupted || ts_interrupt_count() > 0;
    return error;
}

/* The supervisor died between its last line and the record's name: there is nothing left to run. */
static void take_ended(const struct ts_run_context *context, struct ts_run_result *result)
{
    static struct ts_cell_tally tally; /* too large for a stack */
    const struct ts_plan *plan = context->request->plan;
    const struct ts_resume *resume = context->request->resume;
    for (size_t i = 0; i < plan->count; i++) {
        int64_t begun_ms, ended_ms;
        const struct ts_record_cell *done = ts_resume_cell(resume, i);
        if (done != NULL) {
            ts_resume_tally(resume, i, &tally, &begun_ms, &ended_ms);
            ts_summary_cell(&result->summary, &plan->cells[i], &tally, done->elapsed_ms);
        }
    }
    result->summary.interrupted = resume->record->end.interrupted;
    snprintf(result->sentence, sizeof result->sentence, "%s", resume->record->end.sentence);
}

static ts_err write_end_line(struct ts_run_context *context, struct ts_run_result *result,
                             struct ts_diag *diag)
{
    const struct ts_run_summary *summary = &result->summary;
    ts_summary_sentence(summary, result->sentence, sizeof result->sentence);
    json_t *end = ts_record_end_line(ts_run_verdict_name(ts_summary_verdict(summary)), result->sentence,
                                     summary->interrupted, ts_run_elapsed_ms(context));
    return ts_record_writer_line(&context->record, end, diag);
}

/* A run that never began leaves nothing: neither an empty record nor a folder made for it. One that goes on
 * has begun. */
static void take_back(struct ts_run_context *context)
{
    ts_record_writer_abandon(&context->record);
    if (context->request->resume != NULL) {
        return;
    }
    unlink(context->record.partial_path);
    ts_run_folder_clean(&context->folder);
    rmdir(context->folder.path);
}

static ts_err begin(struct ts_run_context *context, struct ts_diag *diag)
{
    ts_err error = convert_tape(context, diag);
    if (error == TS_OK) {
        const struct ts_resume *resume = context->request->resume;
        context->started_ns = ts_clock_ns() - (resume == NULL ? 0 : resume->elapsed_ms * TS_NS_PER_MS);
        error = write_run_line(context, diag);
    }
    if (error != TS_OK) {
        take_back(context);
    }
    return error;
}

static ts_err open_record(struct ts_run_context *context, struct ts_diag *diag)
{
    const struct ts_run_request *request = context->request;
    const struct ts_resume *resume = request->resume;
    if (resume != NULL) {
        ts_err error = ts_resume_check(resume->record, resume->folder, request, diag);
        ts_run_folder_resume(&context->folder, resume->folder, resume->record->run.id);
        return error != TS_OK
                   ? error
                   : ts_record_writer_share(&context->record, &resume->writer, request->events.record_line,
                                            request->events.user_data, diag);
    }
    ts_err error = ts_run_folder_create(&context->folder, request->out, diag);
    return error != TS_OK
               ? error
               : ts_record_writer_init(&context->record, context->folder.path, request->events.record_line,
                                       request->events.user_data, diag);
}

/* What the plan's flavours need must be there; what else a gate insists on is told, and judged at its end. */
static ts_err require_environment(struct ts_run_context *context, struct ts_diag *diag)
{
    static const bool all[TS_FLAVOUR_COUNT] = {true, true, true, true};
    const struct ts_plan *plan = context->request->plan;
    bool flavours[TS_FLAVOUR_COUNT] = {false};
    for (size_t i = 0; i < plan->count; i++) {
        flavours[plan->cells[i].flavour] = true;
    }
    context->check_count = ts_environment_check(context->workers, flavours, false, context->checks);
    ts_err error = ts_environment_require(context->checks, context->check_count, diag);
    if (error == TS_OK && context->request->check_all) {
        context->check_count = ts_environment_check(context->workers, all, true, context->checks);
    }
    return error;
}

/* From the first line to the record's final name. The scratch goes before: a whole record has none. */
static ts_err produce(struct ts_run_context *context, struct ts_run_result *result, struct ts_diag *diag)
{
    const struct ts_resume *resume = context->request->resume;
    ts_err error = TS_OK;
    if (resume != NULL && resume->record->has_end) {
        take_ended(context, result);
    } else {
        error = begin(context, diag);
        if (error != TS_OK) {
            return error;
        }
        error = run_cells(context, result, diag);
        if (error == TS_OK) {
            error = write_end_line(context, result, diag);
        }
    }
    ts_run_folder_clean(&context->folder);
    return error == TS_OK ? ts_record_writer_finish(&context->record, diag) : error;
}

ts_err ts_supervisor_run(const struct ts_run_request *request, struct ts_run_result *result,
                         struct ts_diag *diag)
{
    struct ts_run_context context = {.request = request, .record = {.file = -1}};
    memset(result, 0, sizeof *result);
    ts_summary_init(&result->summary, request->plan->count, request->expects);
    ts_err error = ts_run_workers(request, context.workers, sizeof context.workers, diag);
    if (error == TS_OK) {
        error = require_environment(&context, diag);
    }
    if (error == TS_OK) {
        error = open_record(&context, diag);
    }
    if (error != TS_OK) {
        return error;
    }
    snprintf(result->folder, sizeof result->folder, "%s", context.folder.path);
    ts_interrupt_install();
    context.environment = ts_worker_environment_create();
    if (context.environment == NULL) {
        take_back(&context);
        return ts_fail(diag, TS_NO_MEMORY, "start run", "", "no memory for the workers' environment");
    }
    error = ts_evidence_init(&context.evidence, &context.record,
                             request->resume == NULL ? NULL : request->resume->record, diag);
    if (error == TS_OK) {
        error = produce(&context, result, diag);
    }
    ts_evidence_fini(&context.evidence);
    ts_record_writer_abandon(&context.record);
    ts_worker_environment_destroy(context.environment);
    return error;
}
