/*
 * C ABI of the signal library (libsignal.so).
 *
 * The first part is the drop-in ABI: five functions and a callback, names and types as the host compiled
 * them. The second part is additive: a host that does not know it loses nothing.
 *
 * Threads: signal_create, signal_register_callback and signal_destroy are not safe against each other on one
 * handle; register comes before the first tick. signal_on_data, signal_offer, signal_poll_callbacks,
 * signal_stats and signal_last_error may run while the library's threads work. A callback may call register,
 * on_data, offer, poll, stats and last_error of its own handle; what it may not do is refused and reported,
 * never deadlocked (see each function). Ownership: `data`, `symbol` and `values` are valid only during the
 * call. Handles are independent of each other. Units: timestamps in nanoseconds since the Unix epoch.
 * Progress: signal_offer never waits for a consumer. signal_on_data waits only under "ingress_policy":
 * "block", and then at most "ingress_timeout_ms". Errors: functions that return int return 0 (or a count) or
 * a negative enum signal_error; the text is in signal_last_error.
 */
#ifndef SIGNAL_API_H
#define SIGNAL_API_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define SIGNAL_EXPORT __attribute__((visibility("default")))

/* The drop-in ABI. */

typedef void (*signal_callback)(const char *symbol, long long timestamp_ns, const double *values, int count,
                                void *user_data);

/*
 * Creates an engine and starts its threads. config_json: an object, "{}" for the defaults; the keys are
 * listed in engine/config.h. NULL on error: signal_last_error(NULL) of the same thread tells which key or
 * call it was.
 */
SIGNAL_EXPORT void *signal_create(const char *config_json);

/*
 * The last one registered wins; NULL unregisters. On return no callback of the former registration runs any
 * more, but for the one from whose inside register was called. In queued mode results wait while nothing is
 * registered; in the other modes they are dropped and counted.
 */
SIGNAL_EXPORT void signal_register_callback(void *handle, signal_callback callback, void *user_data);

/* type: 101 Depth, 102 Ticker, 103 Trade, 104 IndexPrice; data: the packed struct of wingchun.h. */
SIGNAL_EXPORT void signal_on_data(void *handle, int type, const void *data);

/*
 * Executes pending callbacks on the calling thread, at most "poll_budget"; returns how many. 0 in the other
 * modes, when called from inside a callback, and while another thread polls the same handle (the last two are
 * counted).
 */
SIGNAL_EXPORT int signal_poll_callbacks(void *handle);

/*
 * Stops the library's threads and frees the handle; what was pending is reported on stderr, or through
 * signal_close. From inside a callback that a poll executes it takes effect when that poll returns. From
 * inside a callback on a thread of the library it is refused: a thread cannot wait for its own end.
 */
SIGNAL_EXPORT void signal_destroy(void *handle);

/* Additive from here on. */

#define SIGNAL_ABI_VERSION 1

enum signal_error {
    SIGNAL_OK = 0,
    SIGNAL_FULL = -1, /* no room now; poll, then try again */
    SIGNAL_INVALID =
        -2, /* NULL, an unknown type, a size that is not the type's, a value that is not finite */
    SIGNAL_DEADLOCK = -3,     /* the call would wait for its own caller; refused */
    SIGNAL_ABI_MISMATCH = -4, /* the caller's struct has a size this library does not know */
    SIGNAL_CLOSED = -5,       /* the engine is being destroyed */
};

/* The handshake: what this library was built with. The caller sets struct_size. */
struct signal_abi {
    uint32_t struct_size;
    uint32_t version;
    uint32_t depth_size, ticker_size, trade_size, index_price_size;
    uint32_t stats_size;
    uint32_t reserved;
};
SIGNAL_EXPORT int signal_abi(struct signal_abi *abi);

/*
 * As signal_on_data, but checks the size, never waits, and tells: SIGNAL_OK, SIGNAL_FULL (not counted as a
 * tick: the caller still has it), SIGNAL_INVALID or SIGNAL_CLOSED (counted).
 */
SIGNAL_EXPORT int signal_offer(void *handle, int type, const void *data, uint32_t size);

/*
 * Counters since create. At a quiet point (nothing in the pipeline, no call under way):
 *   ticks_offered   = ticks_accepted + ticks_dropped + ticks_rejected
 *   results_offered = results_accepted + results_rejected, and = depth ticks accepted * models
 *   results_accepted = results_executed + results_dropped_newest + results_dropped_oldest +
 * results_unregistered
 *                      + results_pending
 * At any other moment `in_pipeline` results are still to be offered.
 */
struct signal_stats {
    uint32_t struct_size; /* set by the caller */
    uint32_t reserved;
    uint64_t ticks_offered, ticks_accepted, depth_accepted;
    uint64_t ticks_dropped;  /* no room at the ingress */
    uint64_t ticks_rejected; /* the sum of the reasons that follow */
    uint64_t rejected_null, rejected_type, rejected_size, rejected_not_finite, rejected_closed;
    uint64_t in_pipeline;
    uint64_t results_offered, results_accepted, results_rejected, results_executed;
    uint64_t results_dropped_newest, results_dropped_oldest;
    uint64_t results_unregistered; /* no callback was registered when they were due (not in queued mode) */
    uint64_t results_pending;
    uint64_t polls, reentrant_polls, poll_conflicts, deadlocks_refused, wakeups, producer_waits;
};
SIGNAL_EXPORT int signal_stats(void *handle, struct signal_stats *stats);

/* As signal_destroy, and leaves the final counters in *final (may be NULL). SIGNAL_DEADLOCK when refused. */
SIGNAL_EXPORT int signal_close(void *handle, struct signal_stats *final);

/* A descriptor that becomes readable when results are pending after signal_arm returned 1; -1 when not in
 * queued mode. */
SIGNAL_EXPORT int signal_wake_fd(void *handle);
/* Asks for one wake-up. 1: armed, sleep on the descriptor; 0: poll first, results are pending. By the polling
 * thread. */
SIGNAL_EXPORT int signal_arm(void *handle);

/*
 * In locked mode, the mutex that the library holds round every callback; a host takes it round what its
 * callback touches. SIGNAL_DEADLOCK from inside a callback. No effect in the other modes.
 */
SIGNAL_EXPORT int signal_lock(void *handle);
SIGNAL_EXPORT int signal_unlock(void *handle);

/* The last error of the handle, or of this thread's last failed create for NULL; "" when none. Valid until
 * the next call on this thread. */
SIGNAL_EXPORT const char *signal_last_error(void *handle);

#ifdef __cplusplus
}
#endif

#endif
