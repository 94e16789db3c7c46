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
    SIGNAL_FULL = -1,         /* no room now; poll, then try again */
    SIGNAL_INVALID = -2,      /* NULL, or a tick that was rejected */
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
 * What becomes of a tick. Every tick is counted once as accepted, dropped or rejected, a rejected one under
 * the first reason of this list that holds for it:
 *
 *   null         no data
 *   type         not one of the four
 *   size         not the type's (signal_offer; signal_on_data is told none)
 *   symbol       empty, or with a control character
 *   not_finite   a price or size that is infinite or not a number
 *   negative     a price or size below 0
 *   overflow     a price or size above 2^500: price x size could leave the range of a double
 *   zero_price   a trade or an index without a price, or a size at a level without one
 *   unsorted     bids that do not fall or asks that do not rise, or a level behind an empty one
 *   closed       the engine is being destroyed
 *
 * Everything else is accepted, and what is odd about it is counted, for feeds do send it and a strategy may
 * want to know. A tick may be odd in several ways; ticks_suspect counts it once.
 *
 *   negative_zero, denormal    such a price or size
 *   crossed, locked            the best bid is above, or is, the best ask
 *   duplicate_level            two levels of one price
 *   one_sided, halted          one side of the book is empty, or both are
 *   long_symbol                32 characters, which leaves no room for a NUL
 *
 * and, beside the ticks of that type that this symbol had on this exchange before:
 *
 *   no_time         0 or less
 *   time_backward   before the newest
 *   time_gap        more than a minute after the newest
 *   time_jump       more than a day from the newest; it becomes the newest only if the next one jumps as well
 *   duplicate       the tick before once more, in time, ids, prices and sizes
 *   id_gap          trades missing before this one, by their ids
 *   id_backward     a trade from before the newest one
 *   untracked       more symbols than the engine remembers (1024): none of these could be looked at
 */

/*
 * Counters since create. At a quiet point (nothing in the pipeline, no call under way):
 *   ticks_offered   = ticks_accepted + ticks_dropped + ticks_rejected
 *   ticks_rejected  = the sum of rejected_*
 *   results_offered = results_accepted + results_rejected, and = depth ticks accepted * models
 *   results_accepted = results_executed + results_dropped_newest + results_dropped_oldest
 *                      + results_unregistered + results_pending
 * At any other moment `in_pipeline` results are still to be offered.
 */
struct signal_stats {
    uint32_t struct_size; /* set by the caller */
    uint32_t reserved;
    uint64_t ticks_offered, ticks_accepted, depth_accepted;
    uint64_t ticks_dropped; /* no room at the ingress */
    uint64_t ticks_rejected;
    uint64_t rejected_null, rejected_type, rejected_size, rejected_not_finite, rejected_closed;
    uint64_t in_pipeline;
    uint64_t results_offered, results_accepted, results_rejected, results_executed;
    uint64_t results_dropped_newest, results_dropped_oldest;
    uint64_t results_unregistered; /* no callback was registered when they were due (not in queued mode) */
    uint64_t results_pending;
    uint64_t polls, reentrant_polls, poll_conflicts, deadlocks_refused, wakeups, producer_waits;
    uint64_t rejected_symbol, rejected_negative, rejected_overflow, rejected_zero_price, rejected_unsorted;
    uint64_t ticks_suspect; /* accepted ticks of which something that follows was counted */
    uint64_t suspect_negative_zero, suspect_denormal, suspect_crossed, suspect_locked;
    uint64_t suspect_duplicate_level, suspect_one_sided, suspect_halted, suspect_long_symbol;
    uint64_t suspect_no_time, suspect_time_backward, suspect_time_jump, suspect_time_gap;
    uint64_t suspect_duplicate, suspect_id_gap, suspect_id_backward, suspect_untracked;
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
