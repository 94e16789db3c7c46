/* The pool of workers: each takes the oldest queued task, runs it without a lock, and completes it. */
#include "base/clock.h"
#include "base/probe.h"
#include "coordinator/internal.h"

#include <stdio.h>
#include <stdlib.h>

/* NULL: there is none, and the worker is to end. */
static struct ts_task *next_task(struct ts_coordinator *coordinator)
{
    while (coordinator->queued.count == 0 && !coordinator->workers_stop) {
        pthread_cond_wait(&coordinator->work, &coordinator->mutex);
    }
    struct ts_task *task = coordinator->queued.first;
    if (task != NULL) {
        ts_task_list_remove(&coordinator->queued, task);
        task->phase = TS_TASK_RUNNING;
        task->begun_ns = ts_clock_ns();
        coordinator->counts.running++;
    }
    return task;
}

static void run_task(struct ts_coordinator *coordinator, struct ts_task *task)
{
    struct ts_result result;
    struct ts_diag diag;
    pthread_mutex_unlock(&coordinator->mutex);
    TS_PROBE_PAUSE(COORDINATOR_WORK_TAKEN);
    ts_err error = ts_controllers_run(coordinator->controllers, &task->work, &task->cancel, &result, &diag);
    TS_PROBE_PAUSE(COORDINATOR_WORK_DONE);
    pthread_mutex_lock(&coordinator->mutex);
    coordinator->counts.running--;
    /* Relaxed: set under the mutex, or not yet. Who was told that the task is cancelled must find it so. */
    if (atomic_load_explicit(&task->cancel, memory_order_relaxed)) {
        ts_complete_cancelled(coordinator, task);
    } else if (error == TS_OK) {
        ts_complete(coordinator, task, TS_OUTCOME_COMPLETED, &result, NULL);
    } else {
        ts_complete(coordinator, task, TS_OUTCOME_FAILED, NULL, &diag);
    }
}

static void work(void *argument)
{
    struct ts_coordinator *coordinator = argument;
    struct ts_task *task;
    pthread_mutex_lock(&coordinator->mutex);
    while ((task = next_task(coordinator)) != NULL) {
        run_task(coordinator, task);
    }
    pthread_mutex_unlock(&coordinator->mutex);
}

ts_err ts_pool_start(struct ts_coordinator *coordinator, struct ts_diag *diag)
{
    char name[16];
    ts_err error = TS_OK;
    for (uint32_t i = 0; error == TS_OK && i < coordinator->options.workers; i++) {
        snprintf(name, sizeof name, "worker-%u", i);
        error = ts_thread_start(&coordinator->workers[i], name, work, coordinator, diag);
    }
    return error;
}

void ts_pool_join(struct ts_coordinator *coordinator)
{
    for (uint32_t i = 0; i < coordinator->options.workers; i++) {
        ts_thread_join(&coordinator->workers[i]);
    }
}

void ts_pool_cancel(struct ts_coordinator *coordinator, struct ts_task *task)
{
    if (task->phase == TS_TASK_QUEUED) {
        ts_task_list_remove(&coordinator->queued, task);
        ts_complete_cancelled(coordinator, task);
    } else if (task->phase == TS_TASK_RUNNING) {
        atomic_store_explicit(&task->cancel, true, memory_order_relaxed); /* read again under the mutex */
    }
}

void ts_pool_cancel_all(struct ts_coordinator *coordinator)
{
    for (uint32_t i = 0; i < coordinator->table.capacity; i++) {
        ts_pool_cancel(coordinator, &coordinator->table.tasks[i]);
    }
}
