/*
 * The task coordinator: workers that run requests on market data and report each result once, as an event in
 * a bounded queue and through an optional callback.
 *
 * A task takes one of `tasks_max` slots at submit and gives it back when its event was taken, its callback
 * was begun (or skipped) and nobody waits for it. The slot is also the room for its event: completing a task
 * never needs room that is not there, so no worker ever waits for somebody to poll. What a full table means
 * is decided where it can be said, at submit:
 * - TS_UNPOLLED_REFUSE: the task is refused with TS_FULL, at once or after the wait that the caller allows;
 *   nothing is lost.
 * - TS_UNPOLLED_EVICT: the oldest event that nobody polled gives way, and is counted; for hosts that live by
 *   callbacks.
 *
 * At every moment, in one snapshot,
 *   submitted = completed + failed + cancelled + active
 *   completed + failed + cancelled = events queued + taken + evicted
 *   callbacks due = pending + running + returned + timed out + skipped, and timed out = late + hung
 *
 * Callbacks run on threads of their own (runners), never on a worker, never under a lock. One that takes
 * longer than callback_timeout_ns is given up: it is reported, its runner is left to it and another one
 * started, as long as no more than runners_max threads are runners in all. When that bound is reached and
 * every runner hangs, callbacks are skipped, counted and reported, until one comes back; the events come as
 * ever. A callback that ends late is counted and touches nothing that was freed: the coordinator's memory
 * stays until its last callback has ended, also after destroy, and a call from such a callback finds it
 * closed. What user_data points to must live as long: ts_coordinator_lingering says when it may go.
 * There are never more than workers + runners_max + 1 threads, whatever the callbacks do.
 *
 * Threads: every function by any, also from callbacks, but for shutdown and destroy there (TS_DEADLOCK: they
 * would wait for their own caller); destroy while no other thread is in a call. Callbacks of different tasks
 * run at once and in any order; an event may be taken before its callback has begun. Ownership: the
 * controllers are the caller's and outlive destroy. Requests are copied. Events are handed out by value.
 * Units: durations in nanoseconds of the monotonic clock; TS_WAIT_FOREVER waits without end.
 * Progress: one mutex, held for a few dozen instructions, but for a walk over the tasks at a shutdown and
 * over events that may not give way yet; poll, submit and wait block as long as they are told to. Errors:
 * TS_OK or what each function says, with operation, subject and detail in *diag (failure.h orders the codes).
 * Order: all state stands under the mutex; the cancel flag of a running task is relaxed and carries nothing
 * but itself.
 */
#ifndef TS_COORDINATOR_COORDINATOR_H
#define TS_COORDINATOR_COORDINATOR_H

#include "base/err.h"
#include "coordinator/controllers.h"
#include "coordinator/request.h"

#include <stdbool.h>
#include <stdint.h>

#define TS_WAIT_FOREVER            INT64_MAX
#define TS_COORDINATOR_TASKS_MAX   65536u
#define TS_COORDINATOR_THREADS_MAX 256u /* of each kind */
#define TS_CALLBACK_TIMEOUT_NS     INT64_C(5000000000)

struct ts_coordinator;

enum ts_unpolled { TS_UNPOLLED_REFUSE, TS_UNPOLLED_EVICT };
enum ts_outcome { TS_OUTCOME_COMPLETED, TS_OUTCOME_FAILED, TS_OUTCOME_CANCELLED, TS_OUTCOME_COUNT };
enum ts_shutdown {
    TS_SHUTDOWN_DRAIN,   /* what was submitted is run; when the time is up, cancelled */
    TS_SHUTDOWN_DISCARD, /* what was submitted is cancelled */
};
enum ts_coordinator_phase { TS_COORDINATOR_OPEN, TS_COORDINATOR_CLOSING, TS_COORDINATOR_CLOSED };

/*
 * A task has ended. One of result and error is NULL; a cancelled task's error has the code TS_CLOSED. Both
 * live until the callback returns, however late.
 */
typedef void (*ts_task_callback)(uint64_t task, const struct ts_result *result, const struct ts_diag *error,
                                 void *user_data);

struct ts_coordinator_options {
    uint32_t workers;   /* 1..TS_COORDINATOR_THREADS_MAX */
    uint32_t tasks_max; /* 1..TS_COORDINATOR_TASKS_MAX */
    enum ts_unpolled unpolled;
    uint32_t runners;     /* that are ready for callbacks; 1..runners_max */
    uint32_t runners_max; /* with those that hang; ..TS_COORDINATOR_THREADS_MAX */
    int64_t callback_timeout_ns;
};

struct ts_task_event {
    uint64_t task;
    void *user_data; /* as given to submit */
    enum ts_request_kind kind;
    enum ts_outcome outcome;
    struct ts_result result; /* when completed */
    struct ts_diag error;    /* else */
    int64_t queued_ns, run_ns;
};

struct ts_coordinator_state {
    enum ts_coordinator_phase phase;
    uint64_t submitted, refused; /* refused: of valid requests, for want of room or because it closes */
    uint64_t completed, failed, cancelled;
    uint32_t active, queued, running; /* active = queued + running */
    uint32_t events_queued;
    uint64_t events_taken, events_evicted;
    uint64_t callbacks_due, callbacks_returned, callbacks_timed_out, callbacks_skipped;
    uint64_t callbacks_late; /* of those timed out: ended by now */
    uint32_t callbacks_pending, callbacks_running;
    uint32_t hung;    /* callbacks timed out that have not ended */
    uint32_t threads; /* alive or not yet joined: workers, runners, the watch */
    uint64_t runners_started;
    uint64_t reports_lost; /* for want of room in the list of reports */
};

/* Four workers, 1000 tasks, refuse; two runners, ten with those that hang; five seconds. */
struct ts_coordinator_options ts_coordinator_options_default(void);

/* TS_INVALID names the option; TS_NO_MEMORY, TS_IO (no thread): nothing is left behind. */
ts_err ts_coordinator_create(const struct ts_coordinator_options *options,
                             const struct ts_controllers *controllers, struct ts_coordinator **coordinator,
                             struct ts_diag *diag);

/*
 * Queues a task. callback may be NULL. Waits at most wait_ns for room (0: not at all).
 * TS_OK: *task is its number, and one event and one callback will come. Else nothing will: an error of
 * ts_request_check, TS_FULL no room, TS_CLOSED the coordinator closes.
 */
ts_err ts_coordinator_submit(struct ts_coordinator *coordinator, const struct ts_request *request,
                             ts_task_callback callback, void *user_data, int64_t wait_ns, uint64_t *task,
                             struct ts_diag *diag);

/* Takes the oldest event; waits at most wait_ns for one. TS_EMPTY: there is none; TS_CLOSED: nor will there
 * be. */
ts_err ts_coordinator_poll(struct ts_coordinator *coordinator, int64_t wait_ns, struct ts_task_event *event);

/*
 * Waits for the end of a task and copies its event, which stays in the queue. From the task's own callback it
 * returns at once. TS_TIMEOUT; TS_END: it ended, and its event was taken; TS_UNKNOWN: there was never such a
 * task.
 */
ts_err ts_coordinator_wait(struct ts_coordinator *coordinator, uint64_t task, int64_t wait_ns,
                           struct ts_task_event *event, struct ts_diag *diag);

/* TS_OK: the task ends or ended as cancelled, whatever its work came to. TS_END: it had ended; TS_UNKNOWN. */
ts_err ts_coordinator_cancel(struct ts_coordinator *coordinator, uint64_t task, struct ts_diag *diag);

struct ts_coordinator_state ts_coordinator_state(struct ts_coordinator *coordinator);

/* The oldest report on a callback (timed out, late, skipped, no runner for it). TS_EMPTY when there is none.
 * The latest are kept. */
ts_err ts_coordinator_report(struct ts_coordinator *coordinator, struct ts_diag *report);

/*
 * Refuses new tasks and ends the threads. After at most limit_ns every task is ended or cancelled, which
 * running ones notice within TS_CANCEL_STRIDE points; callbacks that have not begun by then are skipped,
 * running ones timed out and left to themselves. Events stay to be polled. TS_OK; TS_TIMEOUT: all that, but
 * the limit cut it short; TS_CLOSED: it was called before; TS_DEADLOCK: from a callback.
 */
ts_err ts_coordinator_shutdown(struct ts_coordinator *coordinator, enum ts_shutdown how, int64_t limit_ns,
                               struct ts_diag *diag);

/* Shuts down, if nobody did (discard, with the callback's timeout for a limit), and makes *coordinator NULL;
 * its memory goes with its last callback. TS_DEADLOCK: from a callback; nothing happened. */
ts_err ts_coordinator_destroy(struct ts_coordinator **coordinator, struct ts_diag *diag);

/* Coordinators of this process that were destroyed and wait for a callback to end. 0: whatever such a
 * callback used may be freed. */
uint32_t ts_coordinator_lingering(void);

#endif
