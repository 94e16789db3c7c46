#include "supervisor/cell_run.h"

#include "base/clock.h"
#include "base/random.h"
#include "faults/spec.h"
#include "supervisor/environment.h"
#include "supervisor/fault_series.h"
#include "supervisor/interrupt.h"
#include "supervisor/record_lines.h"
#include "supervisor/repeat.h"
#include "supervisor/trace_life.h"
#include "supervisor/worker_life.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LIFE_MIN_MS   50 /* what is left of a cell below this is not worth a process */
#define STILLBORN_MAX 3  /* a worker that cannot start will not start next time */
#define LOGS_PER_KIND 3
#define KINDS_MAX     64

struct life_kind {
    ts_record_outcome outcome;
    enum ts_crash_class class;
    char title[192];
    unsigned lives;
};

struct cell_run {
    struct ts_run_context *context;
    const struct ts_cell *cell;
    struct ts_cell_tally *tally;
    int64_t for_ms;
    int64_t started_ns;
    struct life_kind kinds[KINDS_MAX];
    size_t kind_count;
    struct ts_snapshot board; /* of the last life */
    struct ts_verdict verdict;
    char ending[24];                  /* signature of the finding in how it ended; "" */
    char faults[TS_SERIES_SPEC_SIZE]; /* its own, of the cell's series; "" */
    unsigned stillborn;               /* lives in a row that ended before they opened their board */
    bool ended;
};

ts_err ts_run_workers(const struct ts_run_request *request, char *folder, size_t size, struct ts_diag *diag)
{
    if (request->workers == NULL) {
        return ts_workers_folder(folder, size, diag);
    }
    snprintf(folder, size, "%s", request->workers);
    return TS_OK;
}

int64_t ts_run_elapsed_ms(const struct ts_run_context *context)
{
    return (ts_clock_ns() - context->started_ns) / TS_NS_PER_MS;
}

static int64_t elapsed_ms(const struct cell_run *run)
{
    return (ts_clock_ns() - run->started_ns) / TS_NS_PER_MS;
}

static void add(struct ts_worker_arguments *arguments, const char *word)
{
    TS_ASSERT(arguments->count + 1 < TS_WORKER_ARGUMENTS_MAX);
    arguments->list[arguments->count++] = (char *)(uintptr_t)word; /* uv_spawn does not write to them */
}

static void add_pair(struct ts_worker_arguments *arguments, const char *option, const char *value)
{
    add(arguments, option);
    add(arguments, value);
}

static bool given(const char *faults)
{
    return faults != NULL && faults[0] != '\0';
}

void ts_cell_arguments(const struct ts_run_context *context, const struct ts_cell *cell, uint64_t life_seed,
                       int64_t for_ms, const char *life_faults, struct ts_worker_arguments *arguments)
{
    const struct ts_run_request *request = context->request;
    const char *flavour = ts_flavour_names[cell->flavour];
    memset(arguments, 0, sizeof *arguments);
    snprintf(arguments->worker, sizeof arguments->worker, "%s/%s/tickstorm-worker", context->workers,
             flavour);
    snprintf(arguments->library, sizeof arguments->library, "%s/%s/libsignal.so", context->workers, flavour);
    snprintf(arguments->seed, sizeof arguments->seed, "0x%" PRIx64, life_seed);
    snprintf(arguments->for_ms, sizeof arguments->for_ms, "%" PRId64, for_ms);
    add(arguments, arguments->worker);
    add_pair(arguments, "--scenario", cell->scenario->name);
    add_pair(arguments, "--mode", ts_mode_names[cell->mode]);
    add_pair(arguments, "--seed", arguments->seed);
    add_pair(arguments, "--for-ms", arguments->for_ms);
    add_pair(arguments, "--board", context->folder.board);
    add_pair(arguments, "--library", request->library != NULL ? request->library : arguments->library);
    add_pair(arguments, "--scratch", context->folder.scratch);
    if (request->tape != NULL) {
        add_pair(arguments, "--ticks", context->folder.ticks);
        if (request->speed != NULL) {
            add_pair(arguments, "--speed", request->speed);
        }
        if (request->passes != NULL) {
            add_pair(arguments, "--passes", request->passes);
        }
    }
    for (size_t i = 0; i < request->setting_count; i++) {
        if (ts_scenario_knows(cell->scenario, request->settings[i])) {
            add_pair(arguments, "--set", request->settings[i]);
        }
    }
    for (size_t i = 0; i < cell->setting_count; i++) {
        add_pair(arguments, "--set", cell->settings[i]);
    }
    if (given(request->faults)) {
        add_pair(arguments, "--faults", request->faults);
    }
    if (given(cell->faults)) {
        add_pair(arguments, "--faults", cell->faults);
    }
    if (given(life_faults)) {
        add_pair(arguments, "--faults", life_faults);
    }
}

static void on_tick(const struct ts_board *board, void *user_data)
{
    const struct cell_run *run = user_data;
    const struct ts_run_events *events = &run->context->request->events;
    if (events->cell_tick != NULL) {
        events->cell_tick(run->cell, run->tally, board, elapsed_ms(run), events->user_data);
    }
}

/* How many failing lives of this kind there have been, with this one: the first few keep their logs. */
static unsigned count_kind(struct cell_run *run)
{
    const char *title = run->board.report_count > 0 ? run->board.reports[0].title : "";
    if (run->verdict.outcome == TS_RECORD_PASS) {
        return UINT_MAX;
    }
    for (size_t i = 0; i < run->kind_count; i++) {
        struct life_kind *kind = &run->kinds[i];
        if (kind->outcome == run->verdict.outcome && kind->class == run->verdict.class &&
            strcmp(kind->title, title) == 0) {
            kind->lives += kind->lives < UINT_MAX;
            return kind->lives;
        }
    }
    if (run->kind_count == KINDS_MAX) {
        return UINT_MAX;
    }
    struct life_kind *kind = &run->kinds[run->kind_count++];
    *kind = (struct life_kind){.outcome = run->verdict.outcome, .class = run->verdict.class, .lives = 1};
    snprintf(kind->title, sizeof kind->title, "%s", title);
    return 1;
}

static ts_err keep_log(struct cell_run *run, const struct ts_worker_life *life, const struct ts_board *board,
                       char *name, size_t name_size, struct ts_diag *diag)
{
    size_t size = 0;
    char *text = life->log == NULL ? NULL : ts_evidence_log(&run->context->evidence, board, life->log, &size);
    ts_err error = ts_run_folder_keep(&run->context->folder, run->cell->number, run->tally->lives, "log",
                                      text != NULL ? text : life->log, text != NULL ? size : life->log_size,
                                      name, name_size, diag);
    free(text);
    return error;
}

/* The first of a kind that has a schedule shows it. */
static ts_err keep_interleaving(struct cell_run *run, const struct ts_board *board, uint64_t seed,
                                int64_t for_ms, char *name, size_t name_size, struct ts_diag *diag)
{
    struct ts_trace_request request = {.context = run->context,
                                       .cell = run->cell,
                                       .board = board,
                                       .life = run->tally->lives,
                                       .seed = seed,
                                       .for_ms = for_ms,
                                       .faults = run->faults};
    return ts_trace_wanted(board) ? ts_trace_life(&request, name, name_size, diag) : TS_OK;
}

static ts_err record_life(struct cell_run *run, const struct ts_worker_life *life,
                          const struct ts_board *board, uint64_t seed, int64_t started_ms, int64_t for_ms,
                          struct ts_diag *diag)
{
    char log[64] = "", interleaving[64] = "";
    uint64_t number = run->tally->lives;
    unsigned of_kind = count_kind(run);
    ts_err error = of_kind <= LOGS_PER_KIND ? keep_log(run, life, board, log, sizeof log, diag) : TS_OK;
    if (error == TS_OK && of_kind == 1) {
        error = keep_interleaving(run, board, seed, for_ms, interleaving, sizeof interleaving, diag);
    }
    if (error != TS_OK) {
        return error;
    }
    struct ts_life_line line = {
        .cell = run->cell->number,
        .life = number,
        .seed = seed,
        .started_ms = started_ms,
        .duration_ms = life->duration_ms,
        .exit_code = life->exit_code,
        .signal = life->signal,
        .verdict = &run->verdict,
        .board = &run->board,
        .finding = run->ending,
        .log = log,
        .interleaving = interleaving,
        .faults = run->faults,
        .schedule = board->schedule[sizeof board->schedule - 1] == '\0' ? board->schedule : "",
        .torment = &life->torment,
        .usage = &life->usage,
    };
    return ts_record_writer_line(&run->context->record, ts_record_life_line(&line), diag);
}

static ts_err classify(struct cell_run *run, const struct ts_worker_life *life, const struct ts_board *board,
                       struct ts_diag *diag)
{
    struct ts_remains remains = {
        .cell = run->cell,
        .life = run->tally->lives,
        .board = board,
        .log = life->log,
        .log_size = life->log_size,
        .hang = life->hang,
    };
    struct ts_ending ending = {
        .cause = life->cause,
        .exit_code = life->exit_code,
        .signal = life->signal,
        .words = life->words.class,
        .hang_detail = life->hang_detail,
        .deadlock = life->hang != NULL && life->hang->cycle_count > 0,
        .last_line = life->last_line,
    };
    ts_snapshot_take(board, &run->board);
    ts_err error = ts_evidence_reports(&run->context->evidence, &remains, &run->board, diag);
    ts_classify(&run->board, &ending, &run->verdict);
    if (run->cell->series != NULL) {
        run->cell->series->lived(run->cell->series->user_data, board, &run->verdict);
    }
    if (error == TS_OK) {
        error = ts_evidence_ending(&run->context->evidence, &remains, &run->verdict, run->ending, diag);
    }
    return error;
}

static bool shows(const struct cell_run *run, const char *signature)
{
    bool shown = signature != NULL && strcmp(run->ending, signature) == 0;
    for (size_t i = 0; signature != NULL && i < run->board.report_count; i++) {
        shown = shown || strcmp(run->board.reports[i].signature, signature) == 0;
    }
    for (size_t i = 0; signature != NULL && i < run->board.violation_count; i++) {
        shown = shown || strcmp(run->board.violations[i].signature, signature) == 0;
    }
    return shown;
}

static uint64_t failures(const struct ts_cell_tally *tally)
{
    uint64_t count = 0;
    for (int i = 0; i < TS_RECORD_OUTCOME_COUNT; i++) {
        count += ts_outcome_failed((ts_record_outcome)i) ? tally->outcomes[i] : 0;
    }
    return count;
}

/* A tape of a given number of passes ends its cell when a life has played all of it. */
static bool tape_is_through(const struct cell_run *run)
{
    const struct ts_run_request *request = run->context->request;
    bool bounded = request->tape != NULL && request->passes != NULL && strtoul(request->passes, NULL, 0) > 0;
    return bounded && run->verdict.outcome == TS_RECORD_PASS;
}

/* What of the faults is to come from outside: run's, cell's and life's, which were checked before. */
static const struct ts_process_faults *process_faults(const struct cell_run *run,
                                                      struct ts_process_faults *process)
{
    static struct ts_fault_spec spec; /* too large for a stack; one life at a time */
    const char *const texts[] = {run->context->request->faults, run->cell->faults, run->faults};
    ts_fault_spec_begin(&spec);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        if (given(texts[i])) {
            (void)ts_fault_spec_parse(texts[i], &spec, NULL); /* the worker refuses what does not parse */
        }
    }
    *process = spec.process;
    return process;
}

static ts_err run_life(struct cell_run *run, int64_t for_ms, struct ts_diag *diag)
{
    struct ts_run_context *context = run->context;
    struct ts_board *board = NULL;
    struct ts_worker_life life = {0};
    struct ts_worker_arguments arguments;
    struct ts_diag spawn_diag = {0};
    struct ts_process_faults process;
    uint64_t seed =
        run->cell->life_seed != 0 ? run->cell->life_seed : ts_seed_mix(run->cell->seed, run->tally->lives);
    int64_t started_ms = ts_run_elapsed_ms(context);
    ts_err error = ts_run_folder_scratch(&context->folder, diag);
    if (error == TS_OK) {
        error = ts_board_create(context->folder.board, &board, diag);
    }
    if (error != TS_OK) {
        goto cleanup;
    }
    ts_cell_arguments(context, run->cell, seed, for_ms, run->faults, &arguments);
    struct ts_worker_life_request request = {
        .arguments = arguments.list,
        .environment = context->environment,
        .board = board,
        .for_ms = for_ms,
        .hang_ms = run->cell->hang_ms > 0 ? run->cell->hang_ms : context->request->hang_ms,
        .faults = process_faults(run, &process),
        .seed = seed,
        .until_finding = context->request->until_failure || run->cell->failures > 0,
        .tick = on_tick,
        .user_data = run,
    };
    if (ts_worker_life_run(&request, &life, &spawn_diag) != TS_OK) {
        ts_diag_line(&spawn_diag, run->tally->detail, sizeof run->tally->detail);
        run->ended = true;
        goto cleanup;
    }
    bool is_restart = run->tally->lives > 0 && run->verdict.died;
    error = classify(run, &life, board, diag);
    if (error == TS_OK) {
        error = record_life(run, &life, board, seed, started_ms, for_ms, diag);
    }
    if (error == TS_OK) {
        run->tally->restarts += is_restart;
        ts_tally_life(run->tally, &run->board, &run->verdict, run->ending);
        run->stillborn =
            run->board.phase == TS_BOARD_EMPTY && life.cause == TS_ENDED_BY_ITSELF ? run->stillborn + 1 : 0;
        run->ended = run->verdict.refused || run->verdict.usage || tape_is_through(run) ||
                     run->stillborn == STILLBORN_MAX || shows(run, run->cell->until) ||
                     (run->cell->lives > 0 && run->tally->lives >= run->cell->lives) ||
                     (run->cell->failures > 0 && failures(run->tally) >= run->cell->failures) ||
                     (context->request->until_failure && ts_outcome_failed(run->verdict.outcome));
    }
cleanup:
    ts_worker_life_fini(&life);
    ts_board_unmap(board);
    return error;
}

/* False: the cell's series of faults is through. */
static bool choose_faults(struct cell_run *run)
{
    const struct ts_fault_series *series = run->cell->series;
    return series == NULL || series->next(series->user_data, run->faults);
}

/* The run's, the cell's and, in words, its series'. */
static char *named_faults(const struct cell_run *run, const char *faults)
{
    const char *name = run->cell->series != NULL ? run->cell->series->name : "";
    char *text = NULL;
    int size = asprintf(&text, "%s%s%s", faults, faults[0] != '\0' && name[0] != '\0' ? "; " : "", name);
    return size < 0 ? NULL : text;
}

/* The run's and the cell's. */
static char *all_faults(const struct cell_run *run)
{
    const char *of_run = given(run->context->request->faults) ? run->context->request->faults : "";
    const char *of_cell = given(run->cell->faults) ? run->cell->faults : "";
    char *text = NULL;
    int size =
        asprintf(&text, "%s%s%s", of_run, of_run[0] != '\0' && of_cell[0] != '\0' ? "; " : "", of_cell);
    return size < 0 ? NULL : text;
}

static char *repeat_command(const struct cell_run *run, const char *faults)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    if (out == NULL) {
        return NULL;
    }
    ts_repeat_write(out, run->context->request, run->cell, run->for_ms, faults);
    bool failed = ferror(out) != 0;
    if (fclose(out) != 0 || failed) {
        free(text);
        return NULL;
    }
    return text;
}

/* Names for the places that called, when there are any; without them they stay numbers. */
static void load_callers(const struct cell_run *run, struct ts_callers *callers)
{
    struct ts_worker_arguments paths;
    *callers = (struct ts_callers){0};
    if (run->tally->sites.count > 0) {
        const char *library = run->context->request->library;
        ts_cell_arguments(run->context, run->cell, 0, 0, NULL, &paths);
        (void)ts_callers_load(paths.worker, library != NULL ? library : paths.library, callers, NULL);
    }
}

static ts_err record_cell(struct cell_run *run, struct ts_diag *diag)
{
    const struct ts_run_events *events = &run->context->request->events;
    char *faults = all_faults(run);
    char *command = faults == NULL ? NULL : repeat_command(run, faults);
    char *named = faults == NULL ? NULL : named_faults(run, faults);
    if (command == NULL || named == NULL) {
        free(faults);
        free(command);
        free(named);
        return ts_fail(diag, TS_NO_MEMORY, "write record", "", "no memory for a command");
    }
    struct ts_callers callers;
    load_callers(run, &callers);
    struct ts_cell_line line = {
        .cell = run->cell,
        .tally = run->tally,
        .elapsed_ms = elapsed_ms(run),
        .expects = run->context->request->expects,
        .command = command,
        .faults = named,
        .callers = &callers,
    };
    ts_err error = ts_record_writer_line(&run->context->record, ts_record_cell_line(&line), diag);
    ts_callers_free(&callers);
    if (error == TS_OK && events->cell_end != NULL) {
        events->cell_end(run->cell, run->tally, line.elapsed_ms, command, events->user_data);
    }
    free(command);
    free(faults);
    free(named);
    return error;
}

/* A cell that must fail and has not yet is given up to so many times its time: on a slow machine few lives
 * fit. */
#define PATIENCE 3

static int64_t limit_ms(const struct cell_run *run)
{
    const struct ts_expectation *expectation = &run->cell->expectation;
    uint32_t seen = 0;
    for (int i = 0; i < TS_RECORD_OUTCOME_COUNT; i++) {
        seen |= run->tally->outcomes[i] > 0 ? TS_OUTCOME_BIT(i) : 0;
    }
    bool waits = run->context->request->expects && (expectation->required & ~seen) != 0;
    return waits ? PATIENCE * run->for_ms : run->for_ms;
}

ts_err ts_cell_run(struct ts_run_context *context, const struct ts_cell *cell, int64_t for_ms,
                   struct ts_cell_tally *tally, struct ts_diag *diag)
{
    const struct ts_run_events *events = &context->request->events;
    struct cell_run *run = calloc(1, sizeof *run);
    ts_err error = TS_OK;
    if (run == NULL) {
        return ts_fail(diag, TS_NO_MEMORY, "run cell", cell->scenario->name, "no memory");
    }
    *run = (struct cell_run){
        .context = context, .cell = cell, .tally = tally, .for_ms = for_ms, .started_ns = ts_clock_ns()};
    const struct ts_resume *resume = context->request->resume;
    memset(tally, 0, sizeof *tally);
    if (resume != NULL) {
        int64_t begun_ms, ended_ms;
        ts_resume_tally(resume, cell->number, tally, &begun_ms, &ended_ms);
        run->started_ns -= (ended_ms - begun_ms) * TS_NS_PER_MS;
    }
    if (events->cell_begin != NULL) {
        events->cell_begin(cell, for_ms, events->user_data);
    }
    int64_t left_ms = limit_ms(run) - elapsed_ms(run);
    while (error == TS_OK && !run->ended && ts_interrupt_count() == 0 && choose_faults(run) &&
           (left_ms >= LIFE_MIN_MS || tally->lives == 0)) {
        int64_t life_ms = run->cell->life_ms > 0 && run->cell->life_ms < for_ms ? run->cell->life_ms : for_ms;
        error = run_life(run, life_ms < left_ms ? life_ms : left_ms, diag);
        left_ms = limit_ms(run) - elapsed_ms(run);
    }
    tally->interrupted = ts_interrupt_count() > 0;
    tally->named = ts_evidence_names(&context->evidence, tally);
    if (error == TS_OK) {
        error = record_cell(run, diag);
    }
    free(run);
    return error;
}
