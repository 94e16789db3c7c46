/*
 * Inside the coordinator: its state, and what its files ask of each other.
 *
 *   completions.c   tasks end, events are taken
 *   pool.c          workers
 *   callbacks.c     runners; watch.c: the thread that sees to them
 *   calls.c         submit, wait, cancel, poll: what a host calls
 *   coordinator.c   life: create, shutdown, destroy; snapshot
 *
 * All functions here are called with the mutex held, but for the bodies of threads and where it is said.
 */
#ifndef TS_COORDINATOR_INTERNAL_H
#define TS_COORDINATOR_INTERNAL_H

#include "base/thread.h"
#include "coordinator/coordinator.h"
#include "coordinator/deadline.h"
#include "coordinator/task.h"

#include <pthread.h>

#define TS_REPORTS_KEPT 32u

enum ts_callback_runner_phase {
    TS_RUNNER_IDLE,
    TS_RUNNER_RUNNING,
    TS_RUNNER_HUNG,  /* its callback has timed out */
    TS_RUNNER_ENDED, /* its thread is about to end: to be joined */
};

/* A thread for callbacks. It has its own copy of what its callback is told, so a late one depends on no task.
 */
struct ts_callback_runner {
    struct ts_callback_runner *next;
    struct ts_coordinator *coordinator;
    struct ts_thread thread;
    enum ts_callback_runner_phase phase;
    bool orphan;    /* hung when the coordinator closed: nobody joins it, it frees itself */
    uint64_t calls; /* callbacks begun: tells the one that was watched from the next */
    struct ts_deadline deadline;
    ts_task_callback callback;
    struct ts_task_event event;
};

struct ts_coordinator {
    struct ts_coordinator_options options;
    const struct ts_controllers *controllers;

    pthread_mutex_t mutex;    /* covers all below */
    pthread_cond_t work;      /* workers: a task is queued, or they must stop; wakes one */
    pthread_cond_t callbacks; /* idle runners: a callback is pending, or they must stop; wakes one */
    pthread_cond_t watch;     /* the watch alone: a callback began, a runner ended, or it must stop */
    /* Pollers, submitters, waiters for a task and a shutdown: they wait for different things, so all are
     * woken. */
    pthread_cond_t changed;

    uint32_t references; /* the owner's, and one for each orphan */
    uint32_t checking;   /* submitters that look at the controllers; none begins once it closes */
    bool lingers;        /* destroyed, with callbacks that have not ended */
    bool workers_stop, runners_stop, watch_stop;
    bool watch_idle; /* it waits without an end, and must be told that a callback has begun */
    struct ts_task_table table;
    struct ts_task_list queued, events, pending;
    struct ts_coordinator_state counts; /* what the lists do not say themselves */

    struct ts_thread *workers;
    struct ts_thread watch_thread;
    struct ts_callback_runner *runners; /* a list: all that are no orphans */
    uint32_t runner_count, ready;       /* of that list; ready: neither hung nor ended */

    struct ts_diag reports[TS_REPORTS_KEPT]; /* a ring */
    uint32_t reports_first, reports_count;
};

/* completions.c */
void ts_complete(struct ts_coordinator *coordinator, struct ts_task *task, enum ts_outcome outcome,
                 const struct ts_result *result, const struct ts_diag *error);
void ts_complete_cancelled(struct ts_coordinator *coordinator, struct ts_task *task);
void ts_completions_take(struct ts_coordinator *coordinator, struct ts_task_event *event); /* there is one */
bool ts_completions_evict(struct ts_coordinator *coordinator); /* false: none may go */
/* Gives the slot back when nobody needs it any more, and wakes who may have it, or evict its event, now. */
void ts_task_settle(struct ts_coordinator *coordinator, struct ts_task *task);

/* pool.c */
ts_err ts_pool_start(struct ts_coordinator *coordinator, struct ts_diag *diag); /* without the mutex */
void ts_pool_join(struct ts_coordinator *coordinator);                          /* without the mutex */
/* Queued tasks end here and now, running ones when they look at their flag. */
void ts_pool_cancel(struct ts_coordinator *coordinator, struct ts_task *task);
void ts_pool_cancel_all(struct ts_coordinator *coordinator);

/* callbacks.c */
ts_err ts_callback_runner_start(struct ts_coordinator *coordinator, struct ts_diag *diag);
void ts_callbacks_announce(struct ts_coordinator *coordinator, struct ts_task *task);
void ts_callbacks_skip(struct ts_coordinator *coordinator, const char *why);
void ts_callback_runner_time_out(struct ts_coordinator *coordinator, struct ts_callback_runner *runner);
/* Unlinks the runners whose threads are about to end; the caller joins and frees them without the mutex. */
struct ts_callback_runner *ts_callback_runners_ended(struct ts_coordinator *coordinator);
void ts_callback_runners_join(struct ts_callback_runner *ended); /* without the mutex */
/* The runner whose callback the calling thread is in, NULL for none; any thread, without the mutex. */
const struct ts_callback_runner *ts_callback_runner_self(void);

/* watch.c */
void ts_watch(void *coordinator);

/* coordinator.c */
void ts_report(struct ts_coordinator *coordinator, ts_err code, uint64_t task, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* Gives a reference back, frees what nobody refers to any more, and releases the mutex. */
void ts_coordinator_release(struct ts_coordinator *coordinator);

#endif
