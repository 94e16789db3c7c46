#include "cli/nth_run.h"

#include "cli/command.h"
#include "cli/history_file.h"
#include "cli/progress.h"
#include "supervisor/environment.h"
#include "supervisor/fail_nth.h"
#include "supervisor/repeat.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct nth {
    const struct ts_run_options *options;
    struct ts_plan plan; /* the options', with a series for each cell */
    struct ts_fail_nth *loops;
    struct ts_fault_series *series;
    struct ts_callers callers[TS_FLAVOUR_COUNT];
    struct ts_progress progress;
    const struct ts_cell *now; /* the cell under way */
};

static void say_failure(void *user_data, const char *spec, const struct ts_verdict *verdict)
{
    const struct nth *nth = user_data;
    const struct ts_run_options *options = nth->options;
    const struct ts_cell *cell = nth->now;
    printf("%s %s %s, %s: %s\n", cell->scenario->name, ts_mode_names[cell->mode],
           ts_flavour_names[cell->flavour], spec, verdict->detail);
    struct ts_run_request request = ts_run_options_request(options);
    fputs("  repeat  ", stdout);
    ts_repeat_write(stdout, &request, cell, options->for_ms, spec);
    putchar('\n');
    fflush(stdout);
}

static int load_callers(struct nth *nth)
{
    char folder[PATH_MAX], worker[PATH_MAX + 64], library[PATH_MAX + 64];
    struct ts_diag diag;
    if (ts_workers_folder(folder, sizeof folder, &diag) != TS_OK) {
        return ts_complain(TS_NTH_COMMAND, &diag);
    }
    for (int i = 0; i < TS_FLAVOUR_COUNT; i++) {
        snprintf(worker, sizeof worker, "%s/%s/tickstorm-worker", folder, ts_flavour_names[i]);
        snprintf(library, sizeof library, "%s/%s/libsignal.so", folder, ts_flavour_names[i]);
        const char *chosen = nth->options->library != NULL ? nth->options->library : library;
        if (nth->options->selection.flavours[i] &&
            ts_callers_load(worker, chosen, &nth->callers[i], &diag) != TS_OK) {
            return ts_complain(TS_NTH_COMMAND, &diag);
        }
    }
    return TS_EXIT_OK;
}

/* What an unprotected mode shows without any fault, too. A leak or a hang it never may. */
static uint32_t borne_by(const struct ts_cell *cell)
{
    const uint32_t defects = TS_OUTCOME_BIT(TS_RECORD_CRASH) | TS_OUTCOME_BIT(TS_RECORD_RACE) |
                             TS_OUTCOME_BIT(TS_RECORD_MEMORY_ERROR) | TS_OUTCOME_BIT(TS_RECORD_INVARIANT);
    const struct ts_expectation *expectation = &cell->expectation;
    return expectation->required != 0 ? defects & (expectation->required | expectation->allowed) : 0;
}

static int make_loops(struct nth *nth)
{
    const struct ts_nth_options *chosen = &nth->options->nth;
    size_t count = nth->options->plan.count;
    nth->plan = nth->options->plan;
    nth->plan.cells = calloc(count, sizeof *nth->plan.cells);
    nth->loops = calloc(count, sizeof *nth->loops);
    nth->series = calloc(count, sizeof *nth->series);
    if (nth->plan.cells == NULL || nth->loops == NULL || nth->series == NULL) {
        nth->plan.count = 0; /* there are none */
        return ts_usage(TS_NTH_COMMAND, "no memory");
    }
    for (size_t i = 0; i < count; i++) {
        struct ts_cell *cell = &nth->plan.cells[i];
        *cell = nth->options->plan.cells[i];
        struct ts_fail_nth_options loop = {.point = cell->set,
                                           .from = chosen->from,
                                           .to = chosen->to,
                                           .dense = chosen->dense,
                                           .by_site = chosen->by_site,
                                           .callers = &nth->callers[cell->flavour],
                                           .borne = borne_by(cell),
                                           .failed = say_failure,
                                           .user_data = nth};
        bool can_fail = ts_fail_nth_init(&nth->loops[i], &loop);
        TS_ASSERT(can_fail);
        nth->series[i] = ts_fail_nth_series(&nth->loops[i]);
        cell->series = &nth->series[i];
    }
    return chosen->by_site ? load_callers(nth) : TS_EXIT_OK;
}

static int begin(struct nth *nth, const struct ts_run_options *options, const struct ts_record *record)
{
    *nth = (struct nth){.options = options};
    int code = make_loops(nth);
    for (size_t i = 0; code == TS_EXIT_OK && record != NULL && i < record->life_count; i++) {
        size_t cell = (size_t)record->lives[i].cell;
        if (cell < nth->plan.count) {
            nth->now = &nth->plan.cells[cell];
            ts_fail_nth_replay(&nth->loops[cell], &record->lives[i]);
        }
    }
    return code;
}

static void end(struct nth *nth)
{
    for (int i = 0; i < TS_FLAVOUR_COUNT; i++) {
        ts_callers_free(&nth->callers[i]);
    }
    free(nth->plan.cells);
    free(nth->loops);
    free(nth->series);
}

/* "last 41 on host, 3 on model-scan", or by site how many were failed at. */
static void print_targets(const struct ts_fail_nth *loop)
{
    const char *separator = "last ";
    size_t met = 0;
    for (size_t i = 0; i < loop->target_count; i++) {
        const struct ts_fail_nth_target *target = &loop->targets[i];
        met += target->last > 0;
        if (!loop->options.by_site) {
            printf("%s%" PRIu64 " on %s", separator, target->last, target->thread);
            separator = ", ";
        }
    }
    if (loop->target_count == 0) {
        fputs("never reached", stdout);
    } else if (loop->options.by_site) {
        printf("%zu of %zu sites", met, loop->target_count);
    }
    for (size_t i = 0; loop->options.by_site && i < loop->target_count; i++) {
        if (loop->targets[i].last == 0) {
            printf(", not met again: %s on %s", loop->targets[i].caller, loop->targets[i].thread);
        }
    }
    fputs(loop->targets_lost ? ", more than there is room for" : "", stdout);
    fputs(loop->cut ? ", cut at --to" : "", stdout);
}

static void print_loop(const struct ts_cell *cell, const struct ts_fail_nth *loop, int64_t elapsed_ms)
{
    uint64_t went_on = loop->fired - loop->refused;
    went_on -= went_on < loop->failed + loop->borne ? went_on : loop->failed + loop->borne;
    printf("%-20s %-7s %-5s %-28s %4" PRIu64 " fired: %" PRIu64 " refused, %" PRIu64 " went on, %" PRIu64
           " failed; ",
           cell->scenario->name, ts_mode_names[cell->mode], ts_flavour_names[cell->flavour], cell->set,
           loop->fired, loop->refused, went_on, loop->failed);
    if (loop->borne > 0) {
        printf("%" PRIu64 " ended as the mode does; ", loop->borne);
    }
    print_targets(loop);
    printf("; %.1f s\n", (double)elapsed_ms / 1000.0);
    fflush(stdout);
}

static void on_begin(const struct ts_cell *cell, int64_t for_ms, void *user_data)
{
    struct nth *nth = user_data;
    nth->now = cell;
    nth->progress.for_ms = for_ms;
}

static void on_tick(const struct ts_cell *cell, const struct ts_cell_tally *tally,
                    const struct ts_board *board, int64_t elapsed_ms, void *user_data)
{
    struct nth *nth = user_data;
    (void)board;
    (void)elapsed_ms;
    ts_progress_note(&nth->progress, "[%2zu/%zu] %-20s %-7s %-5s %s, life %" PRIu64 ": %s", cell->number + 1,
                     nth->plan.count, cell->scenario->name, ts_mode_names[cell->mode],
                     ts_flavour_names[cell->flavour], cell->set, tally->lives + 1,
                     nth->loops[cell->number].spec);
}

static void on_end(const struct ts_cell *cell, const struct ts_cell_tally *tally, int64_t elapsed_ms,
                   const char *line, void *user_data)
{
    struct nth *nth = user_data;
    (void)tally;
    (void)line;
    ts_progress_clear(&nth->progress);
    print_loop(cell, &nth->loops[cell->number], elapsed_ms);
}

static int tell(const struct nth *nth, const char *folder, bool interrupted)
{
    uint64_t fired = 0, lives = 0, failed = 0;
    for (size_t i = 0; i < nth->plan.count; i++) {
        fired += nth->loops[i].fired;
        lives += nth->loops[i].lives;
        failed += nth->loops[i].failed;
    }
    printf("\n%" PRIu64 " of %" PRIu64 " lives failed; in %" PRIu64
           " of them a call failed\nrecord  %s/record.jsonl\n",
           failed, lives, fired, folder);
    if (interrupted) {
        return TS_EXIT_INTERRUPTED;
    }
    return failed > 0 ? TS_EXIT_FINDINGS : fired > 0 ? TS_EXIT_OK : TS_EXIT_INCONCLUSIVE;
}

static int run(struct nth *nth, const struct ts_resume *resume)
{
    static struct ts_run_result result; /* too large for a stack */
    struct ts_diag diag;
    const struct ts_run_options *options = nth->options;
    struct ts_run_request request = ts_run_options_request(options);
    request.kind = TS_NTH_COMMAND;
    request.command = options->command;
    request.arguments = options->arguments;
    request.argument_count = options->argument_count;
    request.resume = resume;
    request.plan = &nth->plan;
    request.out = options->out;
    request.events = (struct ts_run_events){
        .cell_begin = on_begin, .cell_tick = on_tick, .cell_end = on_end, .user_data = nth};
    ts_progress_init(&nth->progress, options->quiet, false, nth->plan.count);
    if (ts_supervisor_run(&request, &result, &diag) != TS_OK) {
        return ts_complain(TS_NTH_COMMAND, &diag);
    }
    if (!options->no_history) {
        ts_history_file_index(TS_NTH_COMMAND, options->history, result.folder);
    }
    return tell(nth, result.folder, result.summary.interrupted);
}

int ts_nth_run(const struct ts_run_options *options, const struct ts_resume *resume)
{
    static struct nth nth;
    int code = begin(&nth, options, resume != NULL ? resume->record : NULL);
    if (code == TS_EXIT_OK) {
        code = run(&nth, resume);
    }
    end(&nth);
    return code;
}

int ts_nth_tell(const struct ts_run_options *options, const struct ts_record *record, const char *folder)
{
    static struct nth nth;
    int code = begin(&nth, options, record);
    for (size_t i = 0; code == TS_EXIT_OK && i < record->cell_count; i++) {
        size_t number = (size_t)record->cells[i].cell;
        if (number < nth.plan.count) {
            print_loop(&nth.plan.cells[number], &nth.loops[number], record->cells[i].elapsed_ms);
        }
    }
    if (code == TS_EXIT_OK) {
        code = tell(&nth, folder, record->end.interrupted);
    }
    end(&nth);
    return code;
}
