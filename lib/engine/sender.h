/*
 * The sender: brings a model's result to the registered callback in the engine's delivery mode.
 *
 * Threads: deliver and flush by the one scan thread; poll by any thread, one at a time (a second one is
 * refused and counted); register, lock, unlock, arm and stats as signal_api.h says. Ownership: results are
 * copied into the queue, or passed through to the callback by reference. Errors: what is refused is counted
 * here and described through the diag of the caller.
 *
 * Order:
 *   CALLBACK  the registered pair and the number of running callbacks are guarded by `mutex`, which is never
 * held while a callback runs. POLLER    a poll sets `polling` with acquire and clears it with release: each
 * poll sees what the one before did.
 */
#ifndef TS_ENGINE_SENDER_H
#define TS_ENGINE_SENDER_H

#include "engine/config.h"
#include "queue/result_queue.h"
#include "signal_api.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

struct ts_sender {
    enum ts_delivery_mode mode;
    uint32_t poll_budget;
    struct ts_result_queue queue; /* queued mode only */

    pthread_mutex_t mutex;
    pthread_cond_t ended;
    signal_callback callback;
    void *user_data;
    uint64_t registrations;        /* made so far */
    uint32_t running;              /* callbacks under way; one delivering thread, so 0 or 1 */
    uint64_t running_registration; /* the registration that the running callback belongs to */

    pthread_mutex_t delivery_mutex; /* locked mode: held round each callback; error-checking */

    _Atomic int polling;
    bool destroy_after_poll; /* under `polling` */

    /* Written by the scan thread. */
    _Atomic uint64_t offered, executed, unregistered;
    /* Written by any thread. */
    _Atomic uint64_t polls, reentrant_polls, poll_conflicts, deadlocks_refused;
};

ts_err ts_sender_init(struct ts_sender *sender, const struct ts_engine_config *config, struct ts_diag *diag);
void ts_sender_fini(struct ts_sender *sender);

/* Delivers one result: executes the callback here, or queues it. */
void ts_sender_deliver(struct ts_sender *sender, const struct ts_result *result);
void ts_sender_flush(struct ts_sender *sender);

void ts_sender_register(struct ts_sender *sender, signal_callback callback, void *user_data);
/* *destroy: whether a callback of this very poll asked for the engine's end (ts_sender_destroy_after_poll).
 */
uint32_t ts_sender_poll(struct ts_sender *sender, bool *destroy);

/* Whether the calling thread is inside a callback of this sender. */
bool ts_sender_inside_callback(const struct ts_sender *sender);

/* Marks the engine for destruction at the end of the poll that the caller is inside of. False when it is in
 * none. */
bool ts_sender_destroy_after_poll(struct ts_sender *sender);

ts_err ts_sender_lock(struct ts_sender *sender, struct ts_diag *diag);
ts_err ts_sender_unlock(struct ts_sender *sender, struct ts_diag *diag);

/* Ends a blocked deliver for good. */
void ts_sender_close(struct ts_sender *sender);

/* Fills the members of *stats that begin with results_ (but for in_pipeline) and the poll counters. */
void ts_sender_stats(const struct ts_sender *sender, struct signal_stats *stats);

#endif
