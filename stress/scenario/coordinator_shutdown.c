/*
 * coordinator-shutdown: the end comes while tasks are submitted, waited for, polled, and callbacks hang.
 *
 * Hazard: shutdowns that found tasks active. Must show: each submit is accepted and has its event and its
 * callback (or one that is counted as skipped), or is refused; everybody who waits in a call comes back; a
 * drain with time enough cancels nothing; the end comes within its limit, whatever hangs; of two shutdowns
 * one is told that it is the second. Threads: two that submit and wait; one that polls; one that shuts down,
 * too; the owner.
 */
#include "base/clock.h"
#include "base/thread.h"
#include "scenario/coordinator_rig.h"
#include "scenario/scenarios.h"

#include <string.h>

#define SUBMITTERS 2u
#define PART       400u /* rows of a submitter */
#define LONG_NS    (60 * TS_NS_PER_S)
#define SLACK_NS   (10 * TS_NS_PER_S) /* of a loaded machine */

struct ending {
    struct ts_task_rig rig;
    struct ts_gate gate;
    enum ts_shutdown how;
    int64_t limit_ns;
    bool hangs;
    ts_err second; /* the second shutdown's answer; that thread's until it has ended */
};

struct submitter {
    struct ending *ending;
    struct ts_thread thread;
    uint32_t number;
};

static void hang(uint64_t task, const struct ts_result *result, const struct ts_diag *error, void *user_data)
{
    struct ts_task_row *row = user_data;
    ts_gate_pass(row->aside);
    ts_task_rig_callback(task, result, error, user_data);
}

static void submit_until_closed(void *argument)
{
    struct submitter *submitter = argument;
    struct ending *ending = submitter->ending;
    struct ts_task_rig *rig = &ending->rig;
    struct ts_task_event event;
    uint32_t part = rig->rows_max / SUBMITTERS;
    for (uint32_t i = 0; i < part; i++) {
        struct ts_task_row *row = &rig->rows[submitter->number * part + i];
        row->aside = &ending->gate;
        ts_task_callback callback = ending->hangs && i == 0 ? hang : ts_task_rig_callback;
        if (ts_task_rig_submit(rig, row, i % TS_WORKS, callback, TS_WAIT_FOREVER) == TS_CLOSED) {
            return;
        }
        ts_board_beat(rig->life->board);
        if (i % 8 == 7 && row->task != 0) {
            ts_err error = ts_coordinator_wait(rig->coordinator, row->task, TS_WAIT_FOREVER, &event, NULL);
            if (error != TS_OK && error != TS_END) {
                ts_board_violation(rig->life->board, "wait", "it came back with %s", ts_err_name(error));
            }
        }
    }
}

static void poll_all(void *argument)
{
    struct ending *ending = argument;
    while (ts_task_rig_poll(&ending->rig, TS_WAIT_FOREVER) == TS_OK) {
    }
}

static void shut_down_too(void *argument)
{
    struct ending *ending = argument;
    ending->second = ts_coordinator_shutdown(ending->rig.coordinator, ending->how, ending->limit_ns, NULL);
}

static void check_end(struct ending *ending, ts_err first, int64_t taken_ns)
{
    struct ts_board *board = ending->rig.life->board;
    struct ts_coordinator_state s = ts_task_rig_check(&ending->rig);
    ts_board_add(board, TS_COUNTER_checks, 3);
    if ((first == TS_CLOSED) == (ending->second == TS_CLOSED)) {
        ts_board_violation(board, "shutdown", "two of them answered %s and %s", ts_err_name(first),
                           ts_err_name(ending->second));
    }
    bool whole = first != TS_TIMEOUT && ending->second != TS_TIMEOUT;
    if (whole && ending->how == TS_SHUTDOWN_DRAIN && (s.cancelled > 0 || s.callbacks_skipped > 0)) {
        ts_board_violation(board, "shutdown",
                           "a drain in time cancelled %llu tasks and skipped %llu callbacks",
                           (unsigned long long)s.cancelled, (unsigned long long)s.callbacks_skipped);
    }
    if (s.active != 0 || s.callbacks_pending != 0 || s.callbacks_running != 0 || s.threads != s.hung) {
        ts_board_violation(board, "shutdown", "it left %u tasks, %u callbacks and %u threads", s.active,
                           s.callbacks_pending + s.callbacks_running, s.threads);
    }
    if (!ending->rig.life->explored && taken_ns > ending->limit_ns + SLACK_NS) {
        ts_board_violation(board, "shutdown", "it took %lld ms of %lld", (long long)(taken_ns / TS_NS_PER_MS),
                           (long long)(ending->limit_ns / TS_NS_PER_MS));
    }
}

static ts_err start_threads(struct ending *ending, struct submitter *submitters, struct ts_thread *poller,
                            struct ts_diag *diag)
{
    ts_err error = ts_thread_start(poller, "poller", poll_all, ending, diag);
    for (uint32_t i = 0; error == TS_OK && i < SUBMITTERS; i++) {
        submitters[i] = (struct submitter){.ending = ending, .number = i};
        error =
            ts_thread_start(&submitters[i].thread, "submitter", submit_until_closed, &submitters[i], diag);
    }
    return error;
}

static void draw(struct ending *ending, struct ts_random *random)
{
    static const int64_t limits_ns[] = {0, TS_NS_PER_MS, 5 * TS_NS_PER_MS, LONG_NS};
    ending->how = ts_random_below(random, 2) == 0 ? TS_SHUTDOWN_DRAIN : TS_SHUTDOWN_DISCARD;
    ending->limit_ns = limits_ns[ts_random_below(random, 4)];
    ending->hangs = ending->limit_ns < LONG_NS && ts_random_below(random, 2) == 0;
    ending->second = TS_CLOSED;
}

static ts_err run_round(struct ts_life *life, uint64_t *hazard, struct ts_diag *diag)
{
    static struct ending ending; /* its threads know its address; one round at a time */
    struct submitter submitters[SUBMITTERS];
    struct ts_thread poller = {.started = false}, second = {.started = false};
    struct ts_coordinator_options options = ts_task_rig_options(life, ts_life_size(life, 24, 2));
    memset(&ending, 0, sizeof ending);
    memset(submitters, 0, sizeof submitters);
    options.callback_timeout_ns = LONG_NS; /* the shutdown's limit alone ends what hangs */
    draw(&ending, &life->random);
    ts_gate_init(&ending.gate);
    ts_err error =
        ts_task_rig_open(&ending.rig, life, &options, SUBMITTERS * ts_life_size(life, PART, 3), diag);
    if (error != TS_OK) {
        return error;
    }
    error = start_threads(&ending, submitters, &poller, diag);
    ts_sleep_ns((int64_t)ts_random_below(&life->random, ts_life_size(life, 3 * TS_NS_PER_MS, 100)));
    if (error == TS_OK) {
        error = ts_thread_start(&second, "second", shut_down_too, &ending, diag);
    }
    *hazard += ts_coordinator_state(ending.rig.coordinator).active > 0;
    int64_t start_ns = ts_clock_ns();
    ts_err first = ts_coordinator_shutdown(ending.rig.coordinator, ending.how, ending.limit_ns, diag);
    ts_thread_join(&second);
    int64_t taken_ns = ts_clock_ns() - start_ns;
    for (uint32_t i = 0; i < SUBMITTERS; i++) {
        ts_thread_join(&submitters[i].thread);
    }
    ts_thread_join(&poller);
    if (error == TS_OK) {
        check_end(&ending, first, taken_ns);
    }
    ts_gate_open(&ending.gate);
    ts_task_rig_close(&ending.rig);
    return error;
}

ts_err ts_scenario_coordinator_shutdown(struct ts_life *life, struct ts_diag *diag)
{
    return ts_task_rig_rounds(life, run_round, diag);
}
