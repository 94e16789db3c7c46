/*
 * The runners: threads that call what the host gave, outside every lock, and may be given up.
 *
 * A runner takes a copy of its callback's event and lets go of the task. When the watch finds the callback
 * over its time, the runner is hung: it counts for nothing but the bound of threads. When the callback ends
 * after all, its runner ends too: others stand in its place by then.
 */
#include "base/probe.h"
#include "coordinator/internal.h"

#include <stdlib.h>

static _Thread_local const struct ts_callback_runner *self;

const struct ts_callback_runner *ts_callback_runner_self(void)
{
    return self;
}

/* False: there is none, and the runner is to end. */
static bool take_callback(struct ts_callback_runner *runner)
{
    struct ts_coordinator *coordinator = runner->coordinator;
    while (coordinator->pending.count == 0 && !coordinator->runners_stop) {
        pthread_cond_wait(&coordinator->callbacks, &coordinator->mutex);
    }
    struct ts_task *task = coordinator->pending.first;
    if (task == NULL) {
        return false;
    }
    ts_task_list_remove(&coordinator->pending, task);
    runner->callback = task->callback;
    runner->event = task->event;
    runner->phase = TS_RUNNER_RUNNING;
    runner->calls++;
    runner->deadline = ts_deadline_in(coordinator->options.callback_timeout_ns);
    coordinator->counts.callbacks_running++;
    task->callback_due = false;
    ts_task_settle(coordinator, task);
    if (coordinator->watch_idle) { /* else it wakes before this callback is due: all have the same time */
        pthread_cond_signal(&coordinator->watch);
    }
    return true;
}

/* Without the mutex. */
static void call(struct ts_callback_runner *runner)
{
    const struct ts_task_event *event = &runner->event;
    bool completed = event->outcome == TS_OUTCOME_COMPLETED;
    TS_PROBE_PAUSE(COORDINATOR_CALLBACK_TAKEN);
    self = runner;
    runner->callback(event->task, completed ? &event->result : NULL, completed ? NULL : &event->error,
                     event->user_data);
    self = NULL;
    TS_PROBE_PAUSE(COORDINATOR_CALLBACK_RETURNED);
}

/* A callback has ended. False: it was given up meanwhile, and so was the runner. */
static bool account(struct ts_callback_runner *runner)
{
    struct ts_coordinator *coordinator = runner->coordinator;
    if (runner->phase == TS_RUNNER_HUNG) {
        coordinator->counts.callbacks_late++;
        coordinator->counts.hung--;
        ts_report(coordinator, TS_TIMEOUT, runner->event.task, "the callback that was given up has ended");
        return false;
    }
    runner->phase = TS_RUNNER_IDLE;
    coordinator->counts.callbacks_returned++;
    coordinator->counts.callbacks_running--;
    pthread_cond_broadcast(&coordinator->changed); /* for a shutdown */
    return true;
}

static void run(void *argument)
{
    struct ts_callback_runner *runner = argument;
    struct ts_coordinator *coordinator = runner->coordinator;
    bool ready = true;
    pthread_mutex_lock(&coordinator->mutex);
    while (ready && take_callback(runner)) {
        pthread_mutex_unlock(&coordinator->mutex);
        call(runner);
        pthread_mutex_lock(&coordinator->mutex);
        ready = account(runner);
    }
    if (runner->orphan) {
        free(runner);
        ts_coordinator_release(coordinator);
        return;
    }
    coordinator->ready -= ready;
    runner->phase = TS_RUNNER_ENDED;
    pthread_cond_signal(&coordinator->watch);
    pthread_mutex_unlock(&coordinator->mutex);
}

ts_err ts_callback_runner_start(struct ts_coordinator *coordinator, struct ts_diag *diag)
{
    struct ts_callback_runner *runner = calloc(1, sizeof *runner);
    if (runner == NULL) {
        return ts_fail(diag, TS_NO_MEMORY, "start runner", NULL, "no room for it");
    }
    runner->coordinator = coordinator;
    ts_err error = ts_thread_start(&runner->thread, "runner", run, runner, diag);
    if (error != TS_OK) {
        free(runner);
        return error;
    }
    runner->next = coordinator->runners;
    coordinator->runners = runner;
    coordinator->runner_count++;
    coordinator->ready++;
    coordinator->counts.runners_started++;
    return TS_OK;
}

void ts_callbacks_announce(struct ts_coordinator *coordinator, struct ts_task *task)
{
    coordinator->counts.callbacks_due++;
    task->callback_due = true;
    ts_task_list_append(&coordinator->pending, task);
    pthread_cond_signal(coordinator->ready > 0 ? &coordinator->callbacks : &coordinator->watch);
}

void ts_callbacks_skip(struct ts_coordinator *coordinator, const char *why)
{
    struct ts_task *task;
    while ((task = coordinator->pending.first) != NULL) {
        ts_task_list_remove(&coordinator->pending, task);
        ts_report(coordinator, TS_LIMIT, task->event.task, "the callback is skipped: %s", why);
        coordinator->counts.callbacks_skipped++;
        task->callback_due = false;
        ts_task_settle(coordinator, task);
    }
    pthread_cond_broadcast(&coordinator->changed);
}

void ts_callback_runner_time_out(struct ts_coordinator *coordinator, struct ts_callback_runner *runner)
{
    runner->phase = TS_RUNNER_HUNG;
    coordinator->ready--;
    coordinator->counts.hung++;
    coordinator->counts.callbacks_timed_out++;
    coordinator->counts.callbacks_running--;
    ts_report(coordinator, TS_TIMEOUT, runner->event.task,
              "the callback has not ended after %lld ms and is given up",
              (long long)(coordinator->options.callback_timeout_ns / 1000000));
    pthread_cond_broadcast(&coordinator->changed); /* for a shutdown */
}

struct ts_callback_runner *ts_callback_runners_ended(struct ts_coordinator *coordinator)
{
    struct ts_callback_runner *ended = NULL, **link = &coordinator->runners;
    while (*link != NULL) {
        struct ts_callback_runner *runner = *link;
        if (runner->phase == TS_RUNNER_ENDED) {
            *link = runner->next;
            runner->next = ended;
            ended = runner;
            coordinator->runner_count--;
        } else {
            link = &runner->next;
        }
    }
    return ended;
}

void ts_callback_runners_join(struct ts_callback_runner *ended)
{
    while (ended != NULL) {
        struct ts_callback_runner *next = ended->next;
        ts_thread_join(&ended->thread);
        free(ended);
        ended = next;
    }
}
