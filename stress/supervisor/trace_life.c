#include "supervisor/trace_life.h"

#include "explore/core/config.h"
#include "explore/core/mark.h"
#include "explore/core/op.h"
#include "reports/interleaving.h"
#include "supervisor/interrupt.h"
#include "supervisor/supervisor.h"
#include "supervisor/worker_life.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool has_steps(const struct ts_board *board)
{
    return board->step_count > 0 && board->step_count <= TS_BOARD_STEPS;
}

bool ts_trace_wanted(const struct ts_board *board)
{
    return board->schedule[0] != '\0' && board->schedule[sizeof board->schedule - 1] == '\0';
}

static const char *operation_of(uint8_t kind)
{
    static const char *const names[] = {
#define OPERATION_NAME(id, name) name,
        TS_OPS(OPERATION_NAME)
#undef OPERATION_NAME
    };
    return kind < TS_OP_COUNT ? names[kind] : "?";
}

static const char *end_of(uint32_t end)
{
    return end == TS_RUN_DEADLOCK      ? "deadlock"
           : end == TS_RUN_LOST_WAKEUP ? "lost-wakeup"
           : end == TS_RUN_LIVELOCK    ? "livelock"
                                       : "";
}

static int64_t number_of(uint64_t number)
{
    return number > INT64_MAX ? INT64_MAX : (int64_t)number;
}

static int64_t thread_of(uint16_t thread)
{
    return thread < TS_INTERLEAVING_THREADS_MAX ? thread : TS_INTERLEAVING_NOBODY;
}

/* The function there; of a probe, which is inlined, the one that has it. */
static void find_symbol(struct ts_symbolizer *symbolizer, const char *module, uint64_t offset,
                        struct ts_symbol *symbol)
{
    struct ts_symbol symbols[2];
    size_t count = ts_symbolizer_code(symbolizer, module, offset, symbols, 2);
    if (count > 0) {
        *symbol = symbols[count > 1 && strcmp(symbols[0].function, "ts_probe_reached") == 0];
    }
}

/* The worker may have died of memory that it corrupted: nothing on its board is taken for granted. */
static struct ts_interleaving_step step_of(struct ts_symbolizer *symbolizer,
                                           const char (*modules)[sizeof((struct ts_board *)NULL)->modules[0]],
                                           const struct ts_board_step *from)
{
    struct ts_symbol symbol = {.function = "", .file = ""};
    if (from->place.module < TS_BOARD_MODULES) {
        find_symbol(symbolizer, modules[from->place.module], from->place.offset, &symbol);
    }
    return (struct ts_interleaving_step){
        .step = number_of(from->number),
        .thread = from->thread % TS_INTERLEAVING_THREADS_MAX,
        .event = number_of(from->event),
        .mark = from->mark <= TS_EXCERPT_STUCK ? (enum ts_interleaving_mark)from->mark : TS_INTERLEAVING_DONE,
        .operation = operation_of(from->kind),
        .object = from->object,
        .function = symbol.function,
        .file = symbol.file,
        .line = symbol.line,
        .waited = from->waited != 0,
        .holder = thread_of(from->holder),
        .opener = number_of(from->opener),
        .timed = from->timed != 0,
        .picked = from->picked != 0,
        .named = from->named != 0,
        .choice = from->choice,
    };
}

static ts_err write_steps(struct ts_evidence *evidence, const struct ts_board *board, FILE *out,
                          struct ts_diag *diag)
{
    struct ts_interleaving_step *steps = calloc(board->step_count, sizeof *steps);
    if (steps == NULL) {
        return ts_fail(diag, TS_NO_MEMORY, "write interleaving", "", "no memory");
    }
    for (size_t i = 0; i < TS_BOARD_MODULES; i++) {
        ts_snapshot_text(evidence->modules[i], sizeof evidence->modules[i], board->modules[i],
                         sizeof board->modules[i]);
    }
    for (uint32_t i = 0; i < board->step_count; i++) {
        steps[i] = step_of(evidence->symbolizer, (const char(*)[256])evidence->modules, &board->steps[i]);
    }
    struct ts_interleaving interleaving = {
        .schedule = board->schedule,
        .end = end_of(board->schedule_end),
        .ordering = "",
        .threads = board->schedule_threads % (TS_INTERLEAVING_THREADS_MAX + 1),
        .step_count = number_of(board->schedule_steps),
        .preemptions = number_of(board->schedule_preemptions),
        .steps = steps,
        .count = board->step_count,
    };
    ts_err error = ts_interleaving_write(&interleaving, out, diag);
    free(steps);
    return error;
}

static ts_err keep_steps(const struct ts_trace_request *request, const struct ts_board *board, char *name,
                         size_t name_size, struct ts_diag *diag)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    if (out == NULL) {
        return ts_fail(diag, TS_NO_MEMORY, "write interleaving", "", "no memory");
    }
    ts_err error = write_steps(&request->context->evidence, board, out, diag);
    if (fclose(out) != 0 && error == TS_OK) {
        error = ts_fail(diag, TS_NO_MEMORY, "write interleaving", "", "no memory");
    }
    if (error == TS_OK) {
        error = ts_run_folder_keep(&request->context->folder, request->cell->number, request->life,
                                   "interleaving.jsonl", text, size, name, name_size, diag);
    }
    free(text);
    return error;
}

/* The cell with the schedule as a setting. The text stays valid until the next call. */
static bool with_schedule(struct ts_cell *cell, const char *schedule)
{
    static char text[TS_BOARD_SCHEDULE + 32];
    const char **settings = calloc(cell->setting_count + 1, sizeof *settings);
    if (settings == NULL) {
        return false;
    }
    for (size_t i = 0; i < cell->setting_count; i++) {
        settings[i] = cell->settings[i];
    }
    snprintf(text, sizeof text, "%sschedule=%s", TS_EXPLORE_SETTING, schedule);
    settings[cell->setting_count++] = text;
    cell->settings = settings;
    return true;
}

/* The schedule once more. NULL: the worker did not start, or left no steps. */
static struct ts_board *live_again(const struct ts_trace_request *request, struct ts_diag *diag)
{
    struct ts_run_context *context = request->context;
    struct ts_cell cell = *request->cell;
    struct ts_worker_arguments arguments;
    struct ts_worker_life life = {0};
    struct ts_board *board = NULL;
    if (!with_schedule(&cell, request->board->schedule)) {
        return NULL;
    }
    if (ts_run_folder_scratch(&context->folder, diag) == TS_OK &&
        ts_board_create(context->folder.board, &board, diag) == TS_OK) {
        ts_cell_arguments(context, &cell, request->seed, request->for_ms, request->faults, &arguments);
        struct ts_worker_life_request again = {
            .arguments = arguments.list,
            .environment = context->environment,
            .board = board,
            .for_ms = request->for_ms,
            .hang_ms = cell.hang_ms > 0 ? cell.hang_ms : context->request->hang_ms,
            .seed = request->seed,
        };
        bool lived = ts_worker_life_run(&again, &life, diag) == TS_OK;
        ts_worker_life_fini(&life);
        /* Relaxed: the worker is dead. */
        bool followed =
            lived && atomic_load_explicit(&board->phase, memory_order_relaxed) != TS_BOARD_REFUSED;
        if (!followed || !has_steps(board) || !ts_trace_wanted(board)) {
            ts_board_unmap(board);
            board = NULL;
        }
    }
    free((void *)(uintptr_t)cell.settings);
    return board;
}

ts_err ts_trace_life(const struct ts_trace_request *request, char *name, size_t name_size,
                     struct ts_diag *diag)
{
    struct ts_diag unfollowed;
    name[0] = '\0';
    if (has_steps(request->board)) {
        return keep_steps(request, request->board, name, name_size, diag);
    }
    struct ts_board *again = ts_interrupt_count() == 0 ? live_again(request, &unfollowed) : NULL;
    if (again == NULL) {
        return TS_OK;
    }
    ts_err error = keep_steps(request, again, name, name_size, diag);
    ts_board_unmap(again);
    return error;
}
