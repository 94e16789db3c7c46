/*
 * coordinator-unpolled: nobody polls, for longer than there is room.
 *
 * Hazard: submits that found the room full of results that nobody had polled, and were refused or made the
 * oldest give way. (The original deadlocks here: a worker waits for room while it holds the lock that a poll
 * needs.) Must show: every accepted task runs, its callback too; snapshot, cancel and wait answer as ever;
 * then every event that was not counted as evicted is there. Threads: the owner; one that waits for tasks,
 * whose events give way as soon as it has gone; the coordinator's.
 */
#include "base/clock.h"
#include "base/thread.h"
#include "scenario/coordinator_rig.h"
#include "scenario/scenarios.h"

#include <string.h>

#define LIMIT_NS (20 * TS_NS_PER_S)

struct waiter {
    struct ts_task_rig *rig;
    struct ts_thread thread;
    _Atomic uint64_t latest; /* task; relaxed, both: numbers that carry nothing */
    _Atomic bool over;
};

/* Waits for the latest task, whenever there is another one. */
static void wait_on(void *argument)
{
    struct waiter *waiter = argument;
    struct ts_task_event event;
    struct ts_idle idle;
    uint64_t before = 0;
    ts_idle_reset(&idle);
    while (!atomic_load_explicit(&waiter->over, memory_order_relaxed)) {
        uint64_t task = atomic_load_explicit(&waiter->latest, memory_order_relaxed);
        if (task == before) {
            ts_idle_wait(&idle);
            continue;
        }
        ts_err error = ts_coordinator_wait(waiter->rig->coordinator, task, TS_WAIT_FOREVER, &event, NULL);
        if (error != TS_OK && error != TS_END) {
            ts_board_violation(waiter->rig->life->board, "wait", "for a task without end: %s",
                               ts_err_name(error));
        }
        before = task;
        ts_idle_reset(&idle);
    }
}

/* Submits twice what there is room for. Returns how many found it full. */
static uint64_t overfill(struct ts_task_rig *rig, struct waiter *waiter)
{
    uint64_t full = 0;
    struct ts_task_event event;
    for (uint32_t i = 0; i < rig->rows_max; i++) {
        struct ts_task_row *row = &rig->rows[i];
        ts_task_callback callback = i % 3 != 0 ? ts_task_rig_callback : NULL;
        /* A slot comes free when its task has ended and its callback has begun: neither needs a poll. */
        bool evicts = rig->options.unpolled == TS_UNPOLLED_EVICT;
        full += ts_task_rig_submit(rig, row, i % TS_WORKS, callback, evicts ? TS_WAIT_FOREVER : 0) == TS_FULL;
        ts_board_beat(rig->life->board);
        if (row->task != 0) {
            atomic_store_explicit(&waiter->latest, row->task, memory_order_relaxed);
        }
        if (row->task != 0 && i % 4 == 0) {
            ts_coordinator_wait(rig->coordinator, row->task, TS_WAIT_FOREVER, &event, NULL);
        }
        if (row->task != 0 && i % 5 == 0) {
            row->cancelled = ts_coordinator_cancel(rig->coordinator, row->task, NULL) == TS_OK;
        }
    }
    return full + ts_task_rig_check(rig).events_evicted;
}

/* All that was accepted ends, and its callbacks too, though nobody has polled. */
static void await_rest(struct ts_task_rig *rig)
{
    struct ts_idle idle;
    ts_idle_reset(&idle);
    for (;;) {
        struct ts_coordinator_state s = ts_task_rig_check(rig);
        if (s.active == 0 && s.callbacks_pending == 0 && s.callbacks_running == 0) {
            return;
        }
        ts_idle_wait(&idle);
    }
}

static ts_err run_round(struct ts_life *life, enum ts_unpolled unpolled, uint64_t *hazard,
                        struct ts_diag *diag)
{
    static struct ts_task_rig rig; /* its waiter knows the address; one round at a time */
    struct waiter waiter = {.rig = &rig};
    uint32_t room = 1 + (uint32_t)ts_random_below(&life->random, ts_life_size(life, 200, 2));
    struct ts_coordinator_options options = ts_task_rig_options(life, room);
    options.unpolled = unpolled;
    ts_err error = ts_task_rig_open(&rig, life, &options, 2 * room + 3, diag);
    if (error != TS_OK) {
        return error;
    }
    error = ts_thread_start(&waiter.thread, "waiter", wait_on, &waiter, diag);
    if (error == TS_OK) {
        *hazard += overfill(&rig, &waiter);
    }
    atomic_store_explicit(&waiter.over, true, memory_order_relaxed);
    ts_thread_join(&waiter.thread);
    await_rest(&rig);
    if (unpolled == TS_UNPOLLED_REFUSE && ts_random_below(&life->random, 2) == 0) {
        while (ts_task_rig_poll(&rig, 0) == TS_OK) {
        }
    }
    ts_task_rig_shutdown(&rig, TS_SHUTDOWN_DRAIN, LIMIT_NS);
    ts_task_rig_close(&rig);
    return error;
}

ts_err ts_scenario_coordinator_unpolled(struct ts_life *life, struct ts_diag *diag)
{
    const char *policy = ts_life_setting(life, "policy", "all");
    bool all = strcmp(policy, "all") == 0, evict = strcmp(policy, "evict") == 0;
    uint64_t hazard = 0;
    ts_err error = TS_OK;
    if (!all && !evict && strcmp(policy, "refuse") != 0) {
        return ts_fail(diag, TS_INVALID, "scenario setting", "policy", "%s is none of all, refuse, evict",
                       policy);
    }
    atomic_store_explicit(&life->board->phase, TS_BOARD_RUNNING, memory_order_release); /* READY release */
    for (uint32_t round = 0; error == TS_OK && (round < 2 || !life->explored) && !ts_life_over(life);
         round++) {
        bool evicts = all ? round % 2 == 1 : evict;
        error = run_round(life, evicts ? TS_UNPOLLED_EVICT : TS_UNPOLLED_REFUSE, &hazard, diag);
        ts_life_hazard(life, hazard);
    }
    return error;
}
