/*
 * What the scheduler ends a process for, as a report on the board: all threads with what each waits for, and
 * the schedule.
 *
 * Runs on a thread that may be anywhere, or in a signal handler: no allocation, nothing that is intercepted.
 */
#include "explore/core/excerpt.h"
#include "explore/core/scheduler.h"
#include "worker/crash.h"
#include "worker/explore.h"
#include "worker/raw_text.h"
#include "worker/unwind.h"

static struct ts_board *board;
static const struct ts_arena *arena;

static const struct {
    const char *kind;
    const char *description;
} ends[] = {
    [TS_RUN_DEADLOCK] = {"deadlock", "deadlock"}, [TS_RUN_LOST_WAKEUP] = {"deadlock", "lost-wakeup"},
    [TS_RUN_LIVELOCK] = {"livelock", "livelock"}, [TS_RUN_LONG] = {"unfinished", "more-steps-than-allowed"},
    [TS_RUN_DIVERGED] = {"diverged", "diverged"}, [TS_RUN_REFUSED] = {"unmodelled", "unmodelled"},
};

/* A point's address lies behind its call. */
static struct ts_board_frame place_of(const void *pc)
{
    return pc != NULL ? ts_unwind_locate(board, (uintptr_t)pc - 1)
                      : (struct ts_board_frame){.module = TS_BOARD_NO_MODULE};
}

/* Whether the accesses of a report on the board were made there; of one within a function of the runtime, the
 * frame that called it is the step's. */
static bool is_named(const struct ts_step *step, void *user_data)
{
    (void)user_data;
    struct ts_board_frame place = place_of(step->pc);
    uint32_t reports = atomic_load_explicit(&board->reports_ready, memory_order_relaxed); /* by this thread */
    for (uint32_t i = 0; i < reports && place.module != TS_BOARD_NO_MODULE; i++) {
        const struct ts_board_report *report = &board->reports[i];
        for (uint32_t j = 0; j < report->stack_count; j++) {
            const struct ts_board_stack *stack = &report->stacks[j];
            for (uint32_t k = 0; stack->role == TS_BOARD_ACCESS && k < stack->frame_count && k < 2; k++) {
                if (stack->frames[k].module == place.module && stack->frames[k].offset == place.offset) {
                    return true;
                }
            }
        }
    }
    return false;
}

static void keep_step(const struct ts_excerpt_step *step, void *user_data)
{
    (void)user_data;
    board->steps[board->step_count++] = (struct ts_board_step){
        .number = step->number,
        .event = step->event,
        .opener = step->opener,
        .place = place_of(step->pc),
        .object = step->object,
        .thread = step->thread,
        .holder = step->holder,
        .choice = step->choice,
        .kind = step->kind,
        .mark = step->mark,
        .picked = step->picked,
        .waited = step->waited,
        .timed = step->timed,
        .named = step->named,
    };
}

static void keep_steps(const struct ts_run_result *result)
{
    board->schedule_steps = result->steps;
    board->schedule_preemptions = result->preemptions;
    board->schedule_threads = result->threads;
    board->schedule_end = result->end;
    (void)ts_excerpt(result, TS_BOARD_STEPS, is_named, keep_step, NULL);
}

void ts_explore_report_schedule(void)
{
    struct ts_run_result *result = (struct ts_run_result *)(uintptr_t)&arena->result;
    struct ts_schedule schedule = {.points = (enum ts_points)arena->config.points,
                                   .has_checksum = result->checksum != 0,
                                   .checksum = ts_schedule_checksum(result->checksum),
                                   .count = result->deviation_count,
                                   .deviations = result->deviations};
    if (arena->config.keep && board->step_count == 0) {
        keep_steps(result);
    }
    if (board->schedule[0] == '\0' && !result->overflowed &&
        !ts_schedule_text(&schedule, board->schedule, sizeof board->schedule)) {
        board->schedule[0] = '\0';
    }
}

/* Frames of the scheduler itself are left out: the program's begin where the operation was called. */
static void add_thread(struct ts_board_report *report, uint32_t index, const struct ts_thread_state *state)
{
    if (!state->used || state->ended || report->stack_count == TS_BOARD_STACKS) {
        return;
    }
    struct ts_board_stack *stack = &report->stacks[report->stack_count++];
    uint32_t first = 0;
    while (first < state->frames && state->frame[first] != state->op.pc) {
        first++;
    }
    stack->role = TS_BOARD_LOCK;
    stack->thread = (int32_t)index;
    stack->mutex = state->object_id;
    ts_raw_copy(stack->thread_name, sizeof stack->thread_name, ts_op_names[state->op.kind]);
    if (first == state->frames) {
        ts_unwind_push(board, stack, state->op.pc, 1);
        first = 0;
    }
    for (uint32_t i = first; i < state->frames && stack->frame_count < TS_BOARD_FRAMES; i++) {
        ts_unwind_push(board, stack, state->frame[i], 1);
    }
}

static void on_fail(const struct ts_run_result *result)
{
    ts_explore_report_schedule();
    if (result->end == TS_RUN_LONG || result->end == TS_RUN_DIVERGED || result->end == TS_RUN_REFUSED) {
        size_t used = ts_raw_copy(board->note, sizeof board->note, ends[result->end].description);
        used += ts_raw_copy(board->note + used, sizeof board->note - used, ": ");
        ts_raw_copy(board->note + used, sizeof board->note - used, result->text);
        atomic_store_explicit(&board->phase, TS_BOARD_REFUSED, memory_order_release); /* READY release */
        return;
    }
    struct ts_board_report *report = ts_board_report_begin(board);
    ts_raw_copy(report->kind, sizeof report->kind, ends[result->end].kind);
    ts_raw_copy(report->description, sizeof report->description, ends[result->end].description);
    for (uint32_t i = 0; i < TS_EXPLORE_THREADS; i++) {
        add_thread(report, i, &result->states[i]);
    }
    (void)ts_board_report_end(board, report);
}

static void on_crash(void)
{
    ts_sched_died();
    ts_explore_report_schedule();
}

void ts_explore_report_install(struct ts_board *to, const struct ts_arena *from)
{
    board = to;
    arena = from;
    ts_sched_on_fail = on_fail;
    ts_crash_on_record = on_crash;
}
