/*
 * coordinator-callbacks: callbacks that are slow, hang, outlive their coordinator, or call back into it.
 *
 * Hazard: callbacks that did what they are here for: were slow while tasks ended beside them, timed out,
 * ended after their coordinator, called back. Must show: tasks end as if there were no callbacks, never more
 * threads than promised; what timed out or was skipped is counted; who waits in a callback for its own task
 * gets its result; who calls a coordinator that is gone is told so. Threads: the owner; the coordinator's.
 */
#include "base/clock.h"
#include "base/thread.h"
#include "scenario/coordinator_rig.h"
#include "scenario/scenarios.h"

#include <string.h>

#define LONG_NS     (60 * TS_NS_PER_S)
#define TIMEOUT_NS  (3 * TS_NS_PER_MS)
#define SLOW_NS     (TS_NS_PER_MS / 2)
#define TASKS_MAX   48u
#define HANGING_MAX 30u

enum kind { SLOW, HANG, OUTLIVE, REENTER, KINDS };

static const char *const kind_names[KINDS] = {"slow", "hang", "outlive", "reenter"};

struct round {
    struct ts_task_rig rig;
    struct ts_gate gate;
    struct ts_coordinator *known; /* to callbacks; stays when the rig has destroyed it */
    uint32_t tasks;
    _Atomic uint32_t next_row; /* relaxed: gives each callback that submits a row of its own */
    _Atomic uint64_t done;     /* relaxed, a statistic */
};

static struct round round_state; /* callbacks know its address; one round at a time */

static void did(struct round *round)
{
    atomic_fetch_add_explicit(&round->done, 1, memory_order_relaxed);
}

static void slow(uint64_t task, const struct ts_result *result, const struct ts_diag *error, void *user_data)
{
    const struct ts_task_row *row = user_data;
    uint64_t ended = ts_coordinator_state(round_state.known).events_queued;
    ts_sleep_ns(ts_life_size(row->rig->life, SLOW_NS, 1000));
    if (ts_coordinator_state(round_state.known).events_queued > ended) {
        did(&round_state);
    }
    ts_task_rig_callback(task, result, error, user_data);
}

static void hang(uint64_t task, const struct ts_result *result, const struct ts_diag *error, void *user_data)
{
    ts_gate_pass(&round_state.gate);
    ts_task_rig_callback(task, result, error, user_data); /* reads what it was given */
}

static void wanted(const struct ts_task_row *row, const char *call, ts_err got, ts_err want)
{
    if (got != want) {
        ts_board_violation(row->rig->life->board, "reentry", "%s from a callback: %s, not %s", call,
                           ts_err_name(got), ts_err_name(want));
    }
}

static void outlive(uint64_t task, const struct ts_result *result, const struct ts_diag *error,
                    void *user_data)
{
    const struct ts_task_row *row = user_data;
    struct ts_task_event event;
    struct ts_coordinator *known = round_state.known;
    ts_gate_pass(&round_state.gate);
    wanted(row, "a late poll", ts_coordinator_poll(known, TS_WAIT_FOREVER, &event), TS_CLOSED);
    wanted(row, "a late destroy", ts_coordinator_destroy(&known, NULL), TS_DEADLOCK);
    wanted(row, "a late wait for its own task",
           ts_coordinator_wait(round_state.known, task, TS_WAIT_FOREVER, &event, NULL), TS_OK);
    did(&round_state);
    ts_task_rig_callback(task, result, error, user_data);
}

static void reenter(uint64_t task, const struct ts_result *result, const struct ts_diag *error,
                    void *user_data)
{
    struct ts_task_row *row = user_data;
    struct ts_task_rig *rig = row->rig;
    struct ts_coordinator *known = rig->coordinator;
    struct ts_task_event event;
    wanted(row, "wait for its own task", ts_coordinator_wait(known, task, TS_WAIT_FOREVER, &event, NULL),
           TS_OK);
    if (event.task != task || event.user_data != user_data) {
        ts_board_violation(rig->life->board, "reentry", "it waited for task %llu and was given task %llu",
                           (unsigned long long)task, (unsigned long long)event.task);
    }
    ts_err cancelled = ts_coordinator_cancel(known, task, NULL);
    wanted(row, "cancel of its own task", cancelled, TS_END);
    wanted(row, "shutdown", ts_coordinator_shutdown(known, TS_SHUTDOWN_DRAIN, LONG_NS, NULL), TS_DEADLOCK);
    wanted(row, "destroy", ts_coordinator_destroy(&known, NULL), TS_DEADLOCK);
    ts_task_rig_check(rig);
    uint32_t another = atomic_fetch_add_explicit(&round_state.next_row, 1, memory_order_relaxed);
    if (another < rig->rows_max) {
        struct ts_task_row *other = &rig->rows[another];
        if (ts_task_rig_submit(rig, other, another % TS_WORKS, ts_task_rig_callback, LONG_NS) == TS_OK) {
            wanted(row, "wait for another task",
                   ts_coordinator_wait(known, other->task, TS_WAIT_FOREVER, &event, NULL), TS_OK);
        }
    }
    did(&round_state);
    ts_task_rig_callback(task, result, error, user_data);
}

static const ts_task_callback callbacks[KINDS] = {slow, hang, outlive, reenter};

static struct ts_coordinator_options options_of(const struct ts_life *life, enum kind kind)
{
    struct ts_coordinator_options options = ts_task_rig_options(life, 2 * TS_WORKS + 2 * TASKS_MAX);
    bool hangs = kind == HANG || kind == OUTLIVE;
    options.workers = 2;
    options.runners = ts_life_size(life, 2, 1);
    options.runners_max = ts_life_size(life, 4, 2);
    options.callback_timeout_ns = hangs ? TIMEOUT_NS : LONG_NS;
    return options;
}

/* Every task ends, whatever the callbacks do; then until none of them runs that is not given up. */
static struct ts_coordinator_state await_callbacks(struct round *round)
{
    struct ts_task_rig *rig = &round->rig;
    struct ts_task_event event;
    struct ts_idle idle;
    for (uint32_t i = 0; i < round->tasks; i++) {
        if (rig->rows[i].task != 0) {
            ts_coordinator_wait(rig->coordinator, rig->rows[i].task, TS_WAIT_FOREVER, &event, NULL);
            ts_board_beat(rig->life->board);
        }
    }
    ts_idle_reset(&idle);
    for (;;) {
        struct ts_coordinator_state s = ts_task_rig_check(rig);
        if (s.callbacks_pending == 0 && s.callbacks_running == 0 && s.active == 0) {
            return s;
        }
        ts_idle_wait(&idle);
    }
}

static void submit_all(struct round *round, enum kind kind)
{
    struct ts_task_rig *rig = &round->rig;
    /* Of those that hang: fewer than there may be threads, or so many more that the kernel's count of threads
     * shows each that was left behind, whatever the coordinator says. */
    uint32_t hanging =
        1 + (uint32_t)ts_random_below(&rig->life->random, ts_life_size(rig->life, HANGING_MAX, 2));
    for (uint32_t i = 0; i < round->tasks; i++) {
        bool usual = (kind == HANG || kind == OUTLIVE) && i >= hanging;
        uint32_t work = (uint32_t)ts_random_below(&rig->life->random, TS_WORKS);
        ts_task_rig_submit(rig, &rig->rows[i], work, usual ? ts_task_rig_callback : callbacks[kind], 0);
    }
}

static void end_hanging(struct round *round, const struct ts_coordinator_state *state)
{
    struct ts_task_rig *rig = &round->rig;
    struct ts_diag report;
    uint64_t reports = 0;
    while (ts_coordinator_report(rig->coordinator, &report) == TS_OK) {
        reports++;
    }
    ts_board_add(rig->life->board, TS_COUNTER_checks, 1);
    if (reports + state->reports_lost < state->callbacks_timed_out + state->callbacks_skipped) {
        ts_board_violation(rig->life->board, "report",
                           "%llu reports of %llu callbacks timed out, %llu skipped",
                           (unsigned long long)reports, (unsigned long long)state->callbacks_timed_out,
                           (unsigned long long)state->callbacks_skipped);
    }
}

static ts_err run_round(struct ts_life *life, enum kind kind, uint64_t *hazard, struct ts_diag *diag)
{
    struct round *round = &round_state;
    memset(round, 0, sizeof *round);
    ts_gate_init(&round->gate);
    round->tasks = ts_life_size(life, 6 + (uint32_t)ts_random_below(&life->random, TASKS_MAX - 6), 3);
    struct ts_coordinator_options options = options_of(life, kind);
    ts_err error = ts_task_rig_open(&round->rig, life, &options, 2 * round->tasks, diag);
    if (error != TS_OK) {
        return error;
    }
    round->known = round->rig.coordinator;
    atomic_store_explicit(&round->next_row, round->tasks, memory_order_relaxed);
    submit_all(round, kind);
    struct ts_coordinator_state state = await_callbacks(round);
    end_hanging(round, &state);
    if (kind == HANG) {
        ts_gate_open(&round->gate);
        *hazard += state.callbacks_timed_out;
    }
    ts_task_rig_shutdown(&round->rig, TS_SHUTDOWN_DRAIN, LONG_NS);
    ts_task_rig_destroy(&round->rig);
    ts_gate_open(&round->gate);
    ts_task_rig_close(&round->rig);
    *hazard += atomic_load_explicit(&round->done, memory_order_relaxed);
    return TS_OK;
}

ts_err ts_scenario_coordinator_callbacks(struct ts_life *life, struct ts_diag *diag)
{
    const char *name = ts_life_setting(life, "kind", "all");
    int only = KINDS;
    uint64_t hazard = 0;
    ts_err error = TS_OK;
    for (int i = 0; i < KINDS; i++) {
        only = strcmp(name, kind_names[i]) == 0 ? i : only;
    }
    if (only == KINDS && strcmp(name, "all") != 0) {
        return ts_fail(diag, TS_INVALID, "scenario setting", "kind",
                       "%s is none of all, slow, hang, outlive, reenter", name);
    }
    atomic_store_explicit(&life->board->phase, TS_BOARD_RUNNING, memory_order_release); /* READY release */
    uint32_t rounds = life->explored ? (only == KINDS ? KINDS : 1) : UINT32_MAX;
    for (uint32_t i = 0; error == TS_OK && i < rounds && (life->explored || !ts_life_over(life)); i++) {
        error = run_round(life, only == KINDS ? (enum kind)(i % KINDS) : (enum kind)only, &hazard, diag);
        ts_life_hazard(life, hazard);
    }
    return error;
}
