/* What a host calls: submit, poll, wait, cancel. */
#include "base/clock.h"
#include "base/probe.h"
#include "coordinator/internal.h"

#include <stdio.h>

/* A slot for a task, or NULL; under the unpolled policy an event gives way for it. */
static struct ts_task *take_slot(struct ts_coordinator *coordinator)
{
    struct ts_task *task = ts_task_table_take(&coordinator->table);
    if (task == NULL && coordinator->options.unpolled == TS_UNPOLLED_EVICT &&
        ts_completions_evict(coordinator)) {
        task = ts_task_table_take(&coordinator->table);
    }
    return task;
}

static ts_err wait_for_slot(struct ts_coordinator *coordinator, const struct ts_deadline *deadline,
                            struct ts_task **task)
{
    for (ts_err waited = TS_OK;;
         waited = ts_deadline_wait(deadline, &coordinator->changed, &coordinator->mutex)) {
        if (coordinator->counts.phase != TS_COORDINATOR_OPEN) {
            return TS_CLOSED;
        }
        if (TS_PROBE(COORDINATOR_SUBMIT_FULL)) {
            return TS_FULL;
        }
        *task = take_slot(coordinator);
        if (*task != NULL) {
            return TS_OK;
        }
        if (waited == TS_TIMEOUT) {
            return TS_FULL;
        }
    }
}

static void enqueue(struct ts_coordinator *coordinator, struct ts_task *task)
{
    task->phase = TS_TASK_QUEUED;
    task->submitted_ns = ts_clock_ns();
    task->begun_ns = 0;
    atomic_store_explicit(&task->cancel, false, memory_order_relaxed); /* no worker has it yet */
    ts_task_list_append(&coordinator->queued, task);
    coordinator->counts.submitted++;
    coordinator->counts.active++;
    pthread_cond_signal(&coordinator->work);
}

static ts_err refuse(struct ts_coordinator *coordinator, ts_err error, struct ts_diag *diag)
{
    struct ts_coordinator_state *counts = &coordinator->counts;
    char subject[32];
    counts->refused++;
    if (error == TS_CLOSED) {
        return ts_fail(diag, error, "submit task", "coordinator", "it is closing or closed");
    }
    snprintf(subject, sizeof subject, "tasks_max %u", coordinator->options.tasks_max);
    return ts_fail(diag, error, "submit task", subject,
                   "no room: %u tasks active, %u events not polled, %u callbacks pending", counts->active,
                   coordinator->events.count, coordinator->pending.count);
}

/* The controllers are there until destroy, and a callback that was given up may submit after it: who looks at
 * them is counted, and waited for by shutdown. Without the mutex. */
static ts_err check(struct ts_coordinator *coordinator, const struct ts_request *request,
                    struct ts_work *work, struct ts_diag *diag)
{
    pthread_mutex_lock(&coordinator->mutex);
    bool open = coordinator->counts.phase == TS_COORDINATOR_OPEN;
    ts_err error = open ? TS_OK : refuse(coordinator, TS_CLOSED, diag);
    coordinator->checking += open;
    pthread_mutex_unlock(&coordinator->mutex);
    if (!open) {
        return error;
    }
    error = ts_request_check(request, coordinator->controllers, work, diag);
    TS_PROBE_PAUSE(COORDINATOR_SUBMIT_CHECKED);
    pthread_mutex_lock(&coordinator->mutex);
    coordinator->checking--;
    if (coordinator->counts.phase == TS_COORDINATOR_CLOSING) {
        pthread_cond_broadcast(&coordinator->changed);
    }
    pthread_mutex_unlock(&coordinator->mutex);
    return error;
}

ts_err ts_coordinator_submit(struct ts_coordinator *coordinator, const struct ts_request *request,
                             ts_task_callback callback, void *user_data, int64_t wait_ns, uint64_t *task,
                             struct ts_diag *diag)
{
    struct ts_work work;
    struct ts_task *slot = NULL;
    ts_err error = check(coordinator, request, &work, diag);
    if (error != TS_OK) {
        return error;
    }
    struct ts_deadline deadline = ts_deadline_in(wait_ns);
    pthread_mutex_lock(&coordinator->mutex);
    error = wait_for_slot(coordinator, &deadline, &slot);
    if (error != TS_OK) {
        error = refuse(coordinator, error, diag);
    } else {
        slot->work = work;
        slot->callback = callback;
        slot->event =
            (struct ts_task_event){.task = slot->event.task, .user_data = user_data, .kind = work.kind};
        *task = slot->event.task;
        enqueue(coordinator, slot);
    }
    pthread_mutex_unlock(&coordinator->mutex);
    return error;
}

ts_err ts_coordinator_poll(struct ts_coordinator *coordinator, int64_t wait_ns, struct ts_task_event *event)
{
    struct ts_deadline deadline = ts_deadline_in(wait_ns);
    ts_err error = TS_OK;
    pthread_mutex_lock(&coordinator->mutex);
    while (coordinator->events.count == 0 && error == TS_OK) {
        if (coordinator->counts.phase == TS_COORDINATOR_CLOSED) {
            error = TS_CLOSED;
        } else {
            error = ts_deadline_wait(&deadline, &coordinator->changed, &coordinator->mutex);
        }
    }
    if (coordinator->events.count > 0) {
        ts_completions_take(coordinator, event);
        error = TS_OK;
    }
    pthread_mutex_unlock(&coordinator->mutex);
    return error == TS_TIMEOUT ? TS_EMPTY : error;
}

static ts_err of_task(ts_err error, const char *operation, uint64_t number, const char *text,
                      struct ts_diag *diag)
{
    char subject[32];
    snprintf(subject, sizeof subject, "task %llu", (unsigned long long)number);
    return ts_fail(diag, error, operation, subject, "%s", text);
}

static ts_err no_such_task(ts_err error, const char *operation, uint64_t number, struct ts_diag *diag)
{
    return of_task(error, operation, number, error == TS_END ? "it has ended" : "there was never such a task",
                   diag);
}

ts_err ts_coordinator_wait(struct ts_coordinator *coordinator, uint64_t task, int64_t wait_ns,
                           struct ts_task_event *event, struct ts_diag *diag)
{
    const struct ts_callback_runner *self = ts_callback_runner_self();
    struct ts_task *slot;
    if (self != NULL && self->coordinator == coordinator && self->event.task == task) {
        *event = self->event; /* the runner's own copy, whatever became of the task */
        return TS_OK;
    }
    struct ts_deadline deadline = ts_deadline_in(wait_ns);
    ts_err waited = TS_OK;
    pthread_mutex_lock(&coordinator->mutex);
    ts_err error = ts_task_table_find(&coordinator->table, task, &slot);
    if (error != TS_OK) {
        pthread_mutex_unlock(&coordinator->mutex);
        return no_such_task(error, "wait for task", task, diag);
    }
    slot->waiters++;
    while (slot->phase != TS_TASK_ENDED && waited != TS_TIMEOUT) {
        waited = ts_deadline_wait(&deadline, &coordinator->changed, &coordinator->mutex);
    }
    bool ended = slot->phase == TS_TASK_ENDED;
    if (ended) {
        *event = slot->event;
    }
    slot->waiters--;
    ts_task_settle(coordinator, slot);
    pthread_mutex_unlock(&coordinator->mutex);
    return ended ? TS_OK : of_task(TS_TIMEOUT, "wait for task", task, "it has not ended yet", diag);
}

ts_err ts_coordinator_cancel(struct ts_coordinator *coordinator, uint64_t task, struct ts_diag *diag)
{
    struct ts_task *slot;
    pthread_mutex_lock(&coordinator->mutex);
    ts_err error = ts_task_table_find(&coordinator->table, task, &slot);
    if (error == TS_OK && slot->phase == TS_TASK_ENDED) {
        error = TS_END;
    }
    if (error == TS_OK) {
        ts_pool_cancel(coordinator, slot);
    }
    pthread_mutex_unlock(&coordinator->mutex);
    return error == TS_OK ? TS_OK : no_such_task(error, "cancel task", task, diag);
}
