/*
 * coordinator-cancel: storms of cancels over tasks that wait, run, or have ended.
 *
 * Hazard: cancels that took effect. Must show: who is told that a task is cancelled finds it so, in its one
 * event and its one callback; a task that nobody cancelled is not; a task that has ended, or never was, is
 * refused by name. Threads: two that cancel; one that polls; the owner submits.
 */
#include "base/clock.h"
#include "base/thread.h"
#include "scenario/coordinator_rig.h"
#include "scenario/scenarios.h"

#include <string.h>

#define CANCELLERS 2u
#define TASKS      400u
#define LIMIT_NS   (20 * TS_NS_PER_S)

struct storm {
    struct ts_task_rig rig;
    /* TASK release by the owner after a row has its number, acquire by who cancels. */
    _Atomic uint32_t ready;
    _Atomic bool over; /* relaxed: carries nothing but itself */
};

struct canceller {
    struct storm *storm;
    struct ts_thread thread;
    struct ts_random random;
    uint32_t number;
    uint64_t took_effect; /* the thread's until it has ended */
};

static void cancel_one(struct canceller *canceller, uint32_t ready)
{
    struct ts_task_rig *rig = &canceller->storm->rig;
    /* The latest, mostly; each thread has its own rows to remember the answer in. */
    uint32_t back = (uint32_t)ts_random_below(&canceller->random, ready < 8 ? ready : 8);
    uint32_t index = (ready - 1 - back) / CANCELLERS * CANCELLERS + canceller->number;
    if (index >= ready || rig->rows[index].task == 0) {
        return;
    }
    struct ts_task_row *row = &rig->rows[index];
    ts_err error = ts_coordinator_cancel(rig->coordinator, row->task, NULL);
    canceller->took_effect += error == TS_OK && !row->cancelled;
    row->cancelled = row->cancelled || error == TS_OK;
    if (error != TS_OK && error != TS_END) {
        ts_board_violation(rig->life->board, "cancel", "task %llu: %s", (unsigned long long)row->task,
                           ts_err_name(error));
    }
}

static void cancel_on(void *argument)
{
    struct canceller *canceller = argument;
    struct storm *storm = canceller->storm;
    struct ts_task_rig *rig = &storm->rig;
    struct ts_idle idle;
    ts_idle_reset(&idle);
    uint64_t rounds = rig->life->explored ? 4 : UINT64_MAX;
    for (uint64_t i = 0; i < rounds && !atomic_load_explicit(&storm->over, memory_order_relaxed);) {
        uint32_t ready = atomic_load_explicit(&storm->ready, memory_order_acquire); /* TASK acquire */
        if (ready == 0) {
            ts_idle_wait(&idle);
            continue;
        }
        i++;
        cancel_one(canceller, ready);
        if (ts_coordinator_cancel(rig->coordinator, UINT64_MAX - i, NULL) != TS_UNKNOWN) {
            ts_board_violation(rig->life->board, "cancel", "a task that never was could be cancelled");
        }
    }
}

static void poll_all(void *argument)
{
    struct storm *storm = argument;
    while (ts_task_rig_poll(&storm->rig, TS_WAIT_FOREVER) == TS_OK) {
    }
}

static void submit_all(struct storm *storm)
{
    struct ts_task_rig *rig = &storm->rig;
    for (uint32_t i = 0; i < rig->rows_max; i++) {
        uint32_t work = i % 4 == 3 ? TS_WORK_LONG : i % TS_WORKS;
        work = rig->life->explored ? i % TS_WORKS : work;
        ts_task_rig_submit(rig, &rig->rows[i], work, ts_task_rig_callback, TS_WAIT_FOREVER);
        atomic_store_explicit(&storm->ready, i + 1, memory_order_release); /* TASK release */
        ts_board_beat(rig->life->board);
    }
}

static void check_uncancelled(const struct storm *storm)
{
    for (uint32_t i = 0; i < storm->rig.rows_max; i++) {
        const struct ts_task_row *row = &storm->rig.rows[i];
        if (row->outcome == TS_OUTCOME_CANCELLED && row->events > 0 && !row->cancelled) {
            ts_board_violation(storm->rig.life->board, "cancel", "task %llu was cancelled by nobody",
                               (unsigned long long)row->task);
        }
    }
}

static ts_err run_round(struct ts_life *life, uint64_t *hazard, struct ts_diag *diag)
{
    static struct storm storm; /* its threads know its address; one round at a time */
    struct canceller cancellers[CANCELLERS];
    struct ts_thread poller = {.started = false};
    memset(&storm, 0, sizeof storm);
    memset(cancellers, 0, sizeof cancellers);
    struct ts_coordinator_options options = ts_task_rig_options(life, ts_life_size(life, 32, 2));
    options.workers = ts_life_size(life, 2, 1);
    ts_err error = ts_task_rig_open(&storm.rig, life, &options, ts_life_size(life, TASKS, 4), diag);
    if (error != TS_OK) {
        return error;
    }
    error = ts_thread_start(&poller, "poller", poll_all, &storm, diag);
    for (uint32_t i = 0; error == TS_OK && i < CANCELLERS; i++) {
        cancellers[i] =
            (struct canceller){.storm = &storm, .number = i, .random.state = ts_random_next(&life->random)};
        error = ts_thread_start(&cancellers[i].thread, "canceller", cancel_on, &cancellers[i], diag);
    }
    if (error == TS_OK) {
        submit_all(&storm);
    }
    /* Explored ones end by themselves: where they stand is the schedule's to say. */
    atomic_store_explicit(&storm.over, error != TS_OK || !life->explored, memory_order_relaxed);
    for (uint32_t i = 0; i < CANCELLERS; i++) {
        ts_thread_join(&cancellers[i].thread);
        *hazard += cancellers[i].took_effect;
    }
    ts_task_rig_shutdown(&storm.rig, TS_SHUTDOWN_DRAIN, LIMIT_NS);
    ts_thread_join(&poller);
    check_uncancelled(&storm);
    ts_task_rig_close(&storm.rig);
    return error;
}

ts_err ts_scenario_coordinator_cancel(struct ts_life *life, struct ts_diag *diag)
{
    return ts_task_rig_rounds(life, run_round, diag);
}
