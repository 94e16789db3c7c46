/* How a schedule ends, and what is written down about it. */
#include "explore/core/mix.h"
#include "explore/core/signals.h"
#include "explore/core/state.h"
#include "explore/core/sys.h"

#include <stddef.h>

static void copy_text(char *target, size_t size, const char *source)
{
    size_t length = 0;
    for (; length + 1 < size && source[length] != '\0'; length++) {
        target[length] = source[length];
    }
    target[length] = '\0';
}

void ts_sched_complete(enum ts_run_end end, const char *text)
{
    struct ts_arena *arena = ts_sched.arena;
    struct ts_run_result *result = ts_sched.result;
    bool good = end == TS_RUN_DONE;
    if (good && ts_sched.replay && !ts_sched.lenient && ts_sched.given_next < arena->given_count) {
        end = TS_RUN_DIVERGED;
        text = "it ended before the schedule did";
        result->diverged_at = ts_sched.steps;
    }
    result->threads = ts_sched.thread_count;
    result->steps = ts_sched.steps;
    result->checksum = ts_sched.checksum;
    result->class_hash = ts_sched.class_hash;
    copy_text(result->text, sizeof result->text, text);
    arena->longest_steps = result->steps > arena->longest_steps ? result->steps : arena->longest_steps;
    arena->most_decisions =
        result->decisions > arena->most_decisions ? result->decisions : arena->most_decisions;
    arena->most_threads = result->threads > arena->most_threads ? result->threads : arena->most_threads;
    if (!ts_sched.replay) {
        arena->cut += end == TS_RUN_LONG;
        ts_mix_learn(arena, arena->which, ts_mix_count(arena, result->class_hash));
        if (ts_sched.strategy->ended != NULL) {
            ts_sched.strategy->ended(ts_sched.strategy_state, &ts_sched.run);
        }
    }
    /* Relaxed: progress to look at; one writer. */
    atomic_store_explicit(&arena->schedules,
                          atomic_load_explicit(&arena->schedules, memory_order_relaxed) + 1,
                          memory_order_relaxed);
    atomic_store_explicit(&arena->steps,
                          atomic_load_explicit(&arena->steps, memory_order_relaxed) + ts_sched.steps,
                          memory_order_relaxed);
    result->end = (uint32_t)end;
    atomic_store_explicit(&arena->phase, 0, memory_order_release); /* pairs with the driver's look at it */
}

void ts_sched_died(void)
{
    if (ts_sched.arena != NULL && ts_sched.result->end == TS_RUN_NONE) {
        ts_sched.result->threads = ts_sched.thread_count;
        ts_sched.result->steps = ts_sched.steps;
        ts_sched.result->checksum = ts_sched.checksum;
        ts_sched.result->class_hash = ts_sched.class_hash;
    }
}

void ts_sched_signalled(int signal)
{
    if (ts_sched.arena != NULL) {
        ts_sched.result->signal = (uint32_t)signal;
    }
}

/*
 * Nobody can go on. A wake-up was lost when all that is left, those who wait for a thread's end aside, wait
 * for signals. Where somebody waits for one of the system's, and this program sends none that it waits for,
 * all may be well: it would come from outside.
 */
_Noreturn void ts_sched_deadlock(void)
{
    ts_sched.stuck = true;
    bool waits_for_signal = false, waits_for_system = false, waits_for_outside = false;
    bool waits_for_else = false;
    TS_MASK_EACH(i, &ts_sched.live)
    {
        const struct ts_op *op = &ts_sched_threads[i].op;
        bool pends = op->gate == TS_GATE_PENDING;
        waits_for_signal = waits_for_signal || op->kind == TS_OP_WAIT;
        waits_for_system = waits_for_system || pends;
        waits_for_outside = waits_for_outside || (pends && ts_signals_from_outside(&ts_sched_threads[i]));
        waits_for_else = waits_for_else || (op->kind != TS_OP_WAIT && op->gate != TS_GATE_END && !pends);
    }
    if (waits_for_outside) {
        ts_sched_fail(TS_RUN_REFUSED,
                      "nobody can go on before a signal comes from outside, which is not modelled");
    }
    if (waits_for_system && !waits_for_signal && !waits_for_else) {
        ts_sched_fail(TS_RUN_LOST_WAKEUP,
                      "nobody can go on, and a thread waits for a signal that nobody will send");
    }
    bool lost = waits_for_signal && !waits_for_else;
    ts_sched_fail(lost ? TS_RUN_LOST_WAKEUP : TS_RUN_DEADLOCK,
                  lost ? "nobody can go on, and a thread waits for a signal that nobody will give"
                       : "nobody can go on: the threads wait for each other");
}

_Noreturn void ts_sched_fail(enum ts_run_end end, const char *text)
{
    if (!ts_sched.failing) {
        ts_sched.failing = true;
        ts_sched_describe(end, __builtin_frame_address(0));
        ts_sched_complete(end, text);
        ts_self = NULL;
        if (ts_sched_on_fail != NULL) {
            ts_sched_on_fail(ts_sched.result);
        }
    }
    for (;;) {
        ts_sys4(SYS_exit_group, TS_EXPLORE_EXIT, 0, 0, 0);
    }
}
