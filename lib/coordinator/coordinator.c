/* The coordinator's life: create, shutdown, destroy; its snapshot and its reports. */
#include "coordinator/coordinator.h"

#include "base/probe.h"
#include "coordinator/internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

/* Who reads 0 may free what the late callbacks used: LINGER orders their end before that. */
static _Atomic uint32_t lingering;

struct ts_coordinator_options ts_coordinator_options_default(void)
{
    return (struct ts_coordinator_options){.workers = 4,
                                           .tasks_max = 1000,
                                           .unpolled = TS_UNPOLLED_REFUSE,
                                           .runners = 2,
                                           .runners_max = 10,
                                           .callback_timeout_ns = TS_CALLBACK_TIMEOUT_NS};
}

static ts_err check_options(const struct ts_coordinator_options *options, struct ts_diag *diag)
{
    const struct {
        const char *name;
        int64_t value, minimum, maximum;
    } rows[] = {
        {"workers", options->workers, 1, TS_COORDINATOR_THREADS_MAX},
        {"tasks_max", options->tasks_max, 1, TS_COORDINATOR_TASKS_MAX},
        {"unpolled", options->unpolled, TS_UNPOLLED_REFUSE, TS_UNPOLLED_EVICT},
        {"runners", options->runners, 1, TS_COORDINATOR_THREADS_MAX},
        {"runners_max", options->runners_max, options->runners, TS_COORDINATOR_THREADS_MAX},
        {"callback_timeout_ns", options->callback_timeout_ns, 1, INT64_MAX},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (rows[i].value < rows[i].minimum || rows[i].value > rows[i].maximum) {
            return ts_fail(diag, TS_INVALID, "create coordinator", rows[i].name,
                           "%lld is not from %lld to %lld", (long long)rows[i].value,
                           (long long)rows[i].minimum, (long long)rows[i].maximum);
        }
    }
    return TS_OK;
}

static void free_all(struct ts_coordinator *coordinator)
{
    pthread_cond_destroy(&coordinator->changed);
    pthread_cond_destroy(&coordinator->watch);
    pthread_cond_destroy(&coordinator->callbacks);
    pthread_cond_destroy(&coordinator->work);
    pthread_mutex_destroy(&coordinator->mutex);
    ts_task_table_fini(&coordinator->table);
    free(coordinator->workers);
    free(coordinator);
}

void ts_coordinator_release(struct ts_coordinator *coordinator)
{
    bool last = --coordinator->references == 0;
    bool lingered = coordinator->lingers;
    pthread_mutex_unlock(&coordinator->mutex);
    if (last) {
        TS_PROBE_PAUSE(COORDINATOR_FREE);
        free_all(coordinator);
        if (lingered) {
            atomic_fetch_sub_explicit(&lingering, 1, memory_order_release); /* LINGER release */
        }
    }
}

/* What hangs is left to itself, with a reference; the others are joined. */
static void part_with_runners(struct ts_coordinator *coordinator)
{
    struct ts_callback_runner *ending = NULL, *next;
    pthread_mutex_lock(&coordinator->mutex);
    for (struct ts_callback_runner *runner = coordinator->runners; runner != NULL; runner = next) {
        next = runner->next;
        if (runner->phase == TS_RUNNER_HUNG) {
            runner->orphan = true;
            ts_thread_detach(&runner->thread); /* it cannot end before it had the mutex */
            coordinator->references++;
        } else {
            runner->next = ending;
            ending = runner;
        }
    }
    coordinator->runners = NULL;
    coordinator->runner_count = 0;
    pthread_mutex_unlock(&coordinator->mutex);
    ts_callback_runners_join(ending);
}

/* With the mutex, which is not held afterwards. No task is active. */
static void stop_threads(struct ts_coordinator *coordinator)
{
    coordinator->workers_stop = coordinator->runners_stop = coordinator->watch_stop = true;
    pthread_cond_broadcast(&coordinator->work);
    pthread_cond_broadcast(&coordinator->callbacks);
    pthread_cond_signal(&coordinator->watch);
    pthread_mutex_unlock(&coordinator->mutex);
    ts_pool_join(coordinator);
    ts_thread_join(&coordinator->watch_thread);
    part_with_runners(coordinator);
}

static ts_err start_threads(struct ts_coordinator *coordinator, struct ts_diag *diag)
{
    ts_err error = ts_pool_start(coordinator, diag);
    pthread_mutex_lock(&coordinator->mutex);
    for (uint32_t i = 0; error == TS_OK && i < coordinator->options.runners; i++) {
        error = ts_callback_runner_start(coordinator, diag);
    }
    pthread_mutex_unlock(&coordinator->mutex);
    if (error == TS_OK) {
        error = ts_thread_start(&coordinator->watch_thread, "watch", ts_watch, coordinator, diag);
    }
    return error;
}

static ts_err make(const struct ts_coordinator_options *options, struct ts_coordinator **coordinator,
                   struct ts_diag *diag)
{
    struct ts_coordinator *made = calloc(1, sizeof *made);
    struct ts_thread *workers = calloc(options->workers, sizeof *workers);
    if (made == NULL || workers == NULL) {
        free(made);
        free(workers);
        return ts_fail(diag, TS_NO_MEMORY, "create coordinator", NULL, "no room for it");
    }
    ts_err error = ts_task_table_init(&made->table, options->tasks_max, diag);
    if (error != TS_OK) {
        free(made);
        free(workers);
        return error;
    }
    made->options = *options;
    made->workers = workers;
    made->references = 1;
    made->queued.kind = TS_LIST_TURN;
    made->events.kind = TS_LIST_EVENT;
    made->pending.kind = TS_LIST_CALLBACK;
    pthread_mutex_init(&made->mutex, NULL);
    pthread_cond_init(&made->work, NULL);
    pthread_cond_init(&made->callbacks, NULL);
    pthread_cond_init(&made->watch, NULL);
    pthread_cond_init(&made->changed, NULL);
    *coordinator = made;
    return TS_OK;
}

ts_err ts_coordinator_create(const struct ts_coordinator_options *options,
                             const struct ts_controllers *controllers, struct ts_coordinator **coordinator,
                             struct ts_diag *diag)
{
    struct ts_coordinator *made;
    ts_err error = check_options(options, diag);
    if (error == TS_OK) {
        error = make(options, &made, diag);
    }
    if (error != TS_OK) {
        return error;
    }
    made->controllers = controllers;
    error = start_threads(made, diag);
    pthread_mutex_lock(&made->mutex);
    if (error != TS_OK) {
        stop_threads(made);
        free_all(made);
        ts_diag_context(diag, "create coordinator");
        return error;
    }
    pthread_mutex_unlock(&made->mutex);
    *coordinator = made;
    return TS_OK;
}

static bool in_callback_of(const struct ts_coordinator *coordinator)
{
    return ts_callback_runner_self() != NULL && ts_callback_runner_self()->coordinator == coordinator;
}

/* Ends all tasks and callbacks, by force when the time is up. With the mutex. False: it was by force. */
static bool finish(struct ts_coordinator *coordinator, enum ts_shutdown how,
                   const struct ts_deadline *deadline)
{
    const struct ts_coordinator_state *counts = &coordinator->counts;
    ts_err waited = TS_OK;
    if (how == TS_SHUTDOWN_DISCARD) {
        ts_pool_cancel_all(coordinator);
    }
    while (waited != TS_TIMEOUT &&
           (counts->active > 0 || coordinator->pending.count > 0 || counts->callbacks_running > 0)) {
        waited = ts_deadline_wait(deadline, &coordinator->changed, &coordinator->mutex);
    }
    if (waited != TS_TIMEOUT) {
        return true;
    }
    ts_pool_cancel_all(coordinator);
    while (counts->active > 0) {
        pthread_cond_wait(&coordinator->changed, &coordinator->mutex);
    }
    coordinator->runners_stop = true; /* the watch starts no more */
    ts_callbacks_skip(coordinator, "the coordinator closes");
    for (struct ts_callback_runner *runner = coordinator->runners; runner != NULL; runner = runner->next) {
        if (runner->phase == TS_RUNNER_RUNNING) {
            ts_callback_runner_time_out(coordinator, runner);
        }
    }
    return false;
}

ts_err ts_coordinator_shutdown(struct ts_coordinator *coordinator, enum ts_shutdown how, int64_t limit_ns,
                               struct ts_diag *diag)
{
    if (in_callback_of(coordinator)) {
        return ts_fail(diag, TS_DEADLOCK, "shut down coordinator", NULL,
                       "called from a callback, whose end it would wait for");
    }
    pthread_mutex_lock(&coordinator->mutex);
    if (coordinator->counts.phase != TS_COORDINATOR_OPEN) {
        pthread_mutex_unlock(&coordinator->mutex);
        return ts_fail(diag, TS_CLOSED, "shut down coordinator", NULL, "it was shut down before");
    }
    coordinator->counts.phase = TS_COORDINATOR_CLOSING;
    pthread_cond_broadcast(&coordinator->changed); /* submitters that wait for room */
    pthread_mutex_unlock(&coordinator->mutex);
    TS_PROBE_PAUSE(COORDINATOR_SHUTDOWN_CLOSING);
    struct ts_deadline deadline = ts_deadline_in(limit_ns);
    pthread_mutex_lock(&coordinator->mutex);
    while (coordinator->checking > 0) {
        pthread_cond_wait(&coordinator->changed, &coordinator->mutex);
    }
    bool whole = finish(coordinator, how, &deadline);
    stop_threads(coordinator);
    pthread_mutex_lock(&coordinator->mutex);
    coordinator->counts.phase = TS_COORDINATOR_CLOSED;
    pthread_cond_broadcast(&coordinator->changed); /* pollers */
    pthread_mutex_unlock(&coordinator->mutex);
    return whole ? TS_OK
                 : ts_fail(diag, TS_TIMEOUT, "shut down coordinator", NULL,
                           "the limit of %lld ms cut it short", (long long)(limit_ns / 1000000));
}

ts_err ts_coordinator_destroy(struct ts_coordinator **coordinator, struct ts_diag *diag)
{
    struct ts_coordinator *ending = *coordinator;
    if (ending == NULL) {
        return TS_OK;
    }
    struct ts_diag closing = {.code = TS_OK};
    ts_err error =
        ts_coordinator_shutdown(ending, TS_SHUTDOWN_DISCARD, ending->options.callback_timeout_ns, &closing);
    if (error == TS_DEADLOCK) {
        return ts_fail(diag, error, "destroy coordinator", NULL,
                       "called from a callback, whose end it would wait for");
    }
    *coordinator = NULL;
    pthread_mutex_lock(&ending->mutex);
    ending->lingers = ending->references > 1;
    if (ending->lingers) {
        atomic_fetch_add_explicit(&lingering, 1, memory_order_relaxed); /* publishes nothing */
    }
    ts_coordinator_release(ending);
    return TS_OK;
}

uint32_t ts_coordinator_lingering(void)
{
    return atomic_load_explicit(&lingering, memory_order_acquire); /* LINGER acquire */
}

struct ts_coordinator_state ts_coordinator_state(struct ts_coordinator *coordinator)
{
    pthread_mutex_lock(&coordinator->mutex);
    struct ts_coordinator_state state = coordinator->counts;
    state.queued = coordinator->queued.count;
    state.events_queued = coordinator->events.count;
    state.callbacks_pending = coordinator->pending.count;
    state.threads = state.phase == TS_COORDINATOR_CLOSED
                        ? state.hung
                        : coordinator->options.workers + coordinator->runner_count + 1;
    pthread_mutex_unlock(&coordinator->mutex);
    return state;
}

void ts_report(struct ts_coordinator *coordinator, ts_err code, uint64_t task, const char *format, ...)
{
    uint32_t at = (coordinator->reports_first + coordinator->reports_count) % TS_REPORTS_KEPT;
    char subject[32], text[sizeof coordinator->reports->text];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    snprintf(subject, sizeof subject, "task %llu", (unsigned long long)task);
    ts_fail(&coordinator->reports[at], code, "callback", task != 0 ? subject : NULL, "%s", text);
    if (coordinator->reports_count < TS_REPORTS_KEPT) {
        coordinator->reports_count++;
    } else {
        coordinator->reports_first = (coordinator->reports_first + 1) % TS_REPORTS_KEPT;
        coordinator->counts.reports_lost++;
    }
}

ts_err ts_coordinator_report(struct ts_coordinator *coordinator, struct ts_diag *report)
{
    ts_err error = TS_EMPTY;
    pthread_mutex_lock(&coordinator->mutex);
    if (coordinator->reports_count > 0) {
        *report = coordinator->reports[coordinator->reports_first];
        coordinator->reports_first = (coordinator->reports_first + 1) % TS_REPORTS_KEPT;
        coordinator->reports_count--;
        error = TS_OK;
    }
    pthread_mutex_unlock(&coordinator->mutex);
    return error;
}
