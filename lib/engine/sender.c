#include "engine/sender.h"

#include "base/probe.h"

#include <string.h>

/* The sender whose callback runs on this thread, innermost first. */
struct call_frame {
    const struct ts_sender *sender;
    const struct call_frame *outer;
};

static _Thread_local const struct call_frame *innermost_call;

/* Relaxed: a number that nobody takes as a sign that other data is ready. */
static void count(_Atomic uint64_t *counter)
{
    atomic_fetch_add_explicit(counter, 1, memory_order_relaxed);
}

static uint64_t read_counter(const _Atomic uint64_t *counter)
{
    return atomic_load_explicit(counter, memory_order_relaxed);
}

ts_err ts_sender_init(struct ts_sender *sender, const struct ts_engine_config *config, struct ts_diag *diag)
{
    memset(sender, 0, sizeof *sender);
    sender->mode = config->mode;
    sender->poll_budget = config->poll_budget;
    if (sender->mode == TS_DELIVERY_QUEUED) {
        uint32_t values_max = 0;
        for (uint32_t i = 0; i < config->model_count; i++) {
            values_max = config->models[i]->outputs > values_max ? config->models[i]->outputs : values_max;
        }
        ts_err error = ts_result_queue_init(&sender->queue, config->queue_capacity, values_max,
                                            config->queue_policy, diag);
        if (error != TS_OK) {
            return error;
        }
    }
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_ERRORCHECK);
    pthread_mutex_init(&sender->delivery_mutex, &attributes);
    pthread_mutexattr_destroy(&attributes);
    pthread_mutex_init(&sender->mutex, NULL);
    pthread_cond_init(&sender->ended, NULL);
    return TS_OK;
}

void ts_sender_fini(struct ts_sender *sender)
{
    pthread_cond_destroy(&sender->ended);
    pthread_mutex_destroy(&sender->mutex);
    pthread_mutex_destroy(&sender->delivery_mutex);
    if (sender->mode == TS_DELIVERY_QUEUED) {
        ts_result_queue_fini(&sender->queue);
    }
}

bool ts_sender_inside_callback(const struct ts_sender *sender)
{
    for (const struct call_frame *call = innermost_call; call != NULL; call = call->outer) {
        if (call->sender == sender) {
            return true;
        }
    }
    return false;
}

/* A registration that is held for one call: until its end, register waits for it. */
struct registration {
    signal_callback callback;
    void *user_data;
};

/* Takes hold of what is registered; false when there is nothing. */
static bool begin_call(struct ts_sender *sender, struct registration *held)
{
    pthread_mutex_lock(&sender->mutex); /* CALLBACK */
    *held = (struct registration){.callback = sender->callback, .user_data = sender->user_data};
    sender->running += held->callback != NULL;
    sender->running_registration = sender->registrations;
    pthread_mutex_unlock(&sender->mutex);
    return held->callback != NULL;
}

static void end_call(struct ts_sender *sender)
{
    pthread_mutex_lock(&sender->mutex); /* CALLBACK */
    sender->running--;
    pthread_cond_broadcast(&sender->ended);
    pthread_mutex_unlock(&sender->mutex);
}

static void call_back(const struct ts_sender *sender, const struct registration *held,
                      const struct ts_result *result)
{
    char symbol[WINGCHUN_SYMBOL_SIZE + 1];
    memcpy(symbol, result->symbol, WINGCHUN_SYMBOL_SIZE);
    symbol[WINGCHUN_SYMBOL_SIZE] = '\0'; /* a symbol of 32 characters has none of its own */

    TS_PROBE_PAUSE(SENDER_EXECUTE_CHOSEN);
    struct call_frame call = {.sender = sender, .outer = innermost_call};
    innermost_call = &call;
    held->callback(symbol, result->timestamp_ns, result->values, (int)result->count, held->user_data);
    innermost_call = call.outer;
    TS_PROBE_PAUSE(SENDER_EXECUTE_RETURNED);
}

/* Runs the registered callback; false when there is none. */
static bool execute(struct ts_sender *sender, const struct ts_result *result)
{
    struct registration held;
    if (!begin_call(sender, &held)) {
        return false;
    }
    call_back(sender, &held, result);
    end_call(sender);
    return true;
}

static bool execute_locked(struct ts_sender *sender, const struct ts_result *result)
{
    int error = pthread_mutex_lock(&sender->delivery_mutex);
    TS_ASSERT(error == 0);
    bool executed = execute(sender, result);
    error = pthread_mutex_unlock(&sender->delivery_mutex);
    TS_ASSERT(error == 0);
    return executed;
}

void ts_sender_deliver(struct ts_sender *sender, const struct ts_result *result)
{
    TS_PROBE_PAUSE(SENDER_DELIVER_ENTER);
    if (sender->mode == TS_DELIVERY_QUEUED) {
        /* The queue counts every outcome itself, so the result of the push needs no second account. */
        (void)ts_result_queue_push(&sender->queue, result->symbol, result->timestamp_ns, result->values,
                                   result->count);
        return;
    }
    count(&sender->offered);
    bool locked = sender->mode == TS_DELIVERY_LOCKED;
    bool executed = locked ? execute_locked(sender, result) : execute(sender, result);
    count(executed ? &sender->executed : &sender->unregistered);
}

void ts_sender_flush(struct ts_sender *sender)
{
    if (sender->mode == TS_DELIVERY_QUEUED) {
        ts_result_queue_flush(&sender->queue);
    }
}

void ts_sender_register(struct ts_sender *sender, signal_callback callback, void *user_data)
{
    bool inside = ts_sender_inside_callback(sender);
    pthread_mutex_lock(&sender->mutex); /* CALLBACK */
    sender->callback = callback;
    sender->user_data = user_data;
    uint64_t mine = ++sender->registrations;
    TS_PROBE_PAUSE(SENDER_REGISTER_SET);
    while (!inside && sender->running > 0 && sender->running_registration < mine) {
        pthread_cond_wait(&sender->ended, &sender->mutex);
    }
    pthread_mutex_unlock(&sender->mutex);
}

/* Executes the oldest pending result. It is taken out of the queue only for a callback that is held already:
 * one unregistered meanwhile by another thread leaves the result pending. */
static bool execute_next(struct ts_sender *sender)
{
    struct ts_result result;
    struct registration held;
    if (!ts_result_queue_any(&sender->queue) || !begin_call(sender, &held)) {
        return false;
    }
    bool taken = ts_result_queue_pop(&sender->queue, &result) == TS_OK;
    if (taken) {
        TS_PROBE_PAUSE(SENDER_POLL_POPPED);
        call_back(sender, &held, &result);
    }
    end_call(sender);
    return taken;
}

uint32_t ts_sender_poll(struct ts_sender *sender, bool *destroy)
{
    uint32_t executed = 0;
    *destroy = false;
    if (sender->mode != TS_DELIVERY_QUEUED) {
        return 0;
    }
    count(&sender->polls);
    if (ts_sender_inside_callback(sender)) {
        count(&sender->reentrant_polls);
        return 0;
    }
    if (TS_PROBE(SENDER_POLL_BUSY) ||
        atomic_exchange_explicit(&sender->polling, 1, memory_order_acquire) != 0) { /* POLLER acquire */
        count(&sender->poll_conflicts);
        return 0;
    }
    TS_PROBE_PAUSE(SENDER_POLL_ENTERED);
    /* A callback may unregister itself or ask for the end: look again before each one. */
    while (executed < sender->poll_budget && !sender->destroy_after_poll && execute_next(sender)) {
        executed++;
    }
    *destroy = sender->destroy_after_poll;
    if (!*destroy) { /* else nobody polls any more: the engine goes with this poll */
        atomic_store_explicit(&sender->polling, 0, memory_order_release); /* POLLER release */
    }
    return executed;
}

bool ts_sender_destroy_after_poll(struct ts_sender *sender)
{
    if (sender->mode != TS_DELIVERY_QUEUED || !ts_sender_inside_callback(sender)) {
        return false;
    }
    sender->destroy_after_poll = true; /* this thread is inside the poll, so it holds `polling` */
    return true;
}

ts_err ts_sender_lock(struct ts_sender *sender, struct ts_diag *diag)
{
    if (sender->mode != TS_DELIVERY_LOCKED) {
        return TS_OK;
    }
    if (pthread_mutex_lock(&sender->delivery_mutex) != 0) {
        count(&sender->deadlocks_refused);
        return ts_fail(diag, TS_DEADLOCK, "signal_lock", NULL,
                       "this thread holds the delivery mutex already (called from inside a callback?)");
    }
    return TS_OK;
}

ts_err ts_sender_unlock(struct ts_sender *sender, struct ts_diag *diag)
{
    if (sender->mode != TS_DELIVERY_LOCKED) {
        return TS_OK;
    }
    if (ts_sender_inside_callback(sender) || pthread_mutex_unlock(&sender->delivery_mutex) != 0) {
        count(&sender->deadlocks_refused);
        return ts_fail(diag, TS_DEADLOCK, "signal_unlock", NULL,
                       "the delivery mutex is not this caller's to release");
    }
    return TS_OK;
}

void ts_sender_close(struct ts_sender *sender)
{
    if (sender->mode == TS_DELIVERY_QUEUED) {
        ts_result_queue_close(&sender->queue);
    }
}

void ts_sender_stats(const struct ts_sender *sender, struct signal_stats *stats)
{
    stats->polls = read_counter(&sender->polls);
    stats->reentrant_polls = read_counter(&sender->reentrant_polls);
    stats->poll_conflicts = read_counter(&sender->poll_conflicts);
    stats->deadlocks_refused = read_counter(&sender->deadlocks_refused);
    if (sender->mode != TS_DELIVERY_QUEUED) {
        stats->results_executed = read_counter(&sender->executed);
        stats->results_unregistered = read_counter(&sender->unregistered);
        stats->results_offered = read_counter(&sender->offered);
        stats->results_accepted = stats->results_offered;
        return;
    }
    struct ts_result_queue_stats queue = ts_result_queue_stats(&sender->queue);
    stats->results_offered = queue.offered;
    stats->results_accepted = queue.accepted;
    stats->results_rejected = queue.rejected;
    stats->results_executed = queue.executed;
    stats->results_dropped_newest = queue.dropped_newest;
    stats->results_dropped_oldest = queue.dropped_oldest;
    stats->results_pending = queue.pending;
    stats->wakeups = queue.wakeups;
    stats->producer_waits = queue.blocked;
}
