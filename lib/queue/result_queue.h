/*
 * The bounded queue of results between the library's sender thread and the host's polling thread.
 *
 * An SPSC ring of results with a policy for the moment it is full, exact accounting, and a wake-up for a host
 * that sleeps while the feed is quiet.
 *
 *   offered  = accepted + rejected
 *   accepted = executed + dropped_newest + dropped_oldest + pending      (exact at any quiet point)
 *
 *   drop-newest  the new result is dropped and counted; the producer goes on
 *   drop-oldest  the oldest pending result is dropped and counted; the new one goes in
 *   block        the producer waits for room, until close
 *   reject       the new result is refused: it never counts as accepted, and the producer is told
 *
 * Threads: push and flush by one producer thread; pop, arm and walk by one consumer thread; close and stats
 * by any. Ownership: results are copied in and out. The event descriptor belongs to the queue. Progress: push
 * is wait-free under drop-newest and reject; lock-free under drop-oldest, but for the time that the consumer
 * takes to copy one result out; blocking under block. pop is lock-free.
 *
 * Order:
 *   DATA, ROOM  as in spsc.h.
 *   WAKE  arm exchanges `armed` and then looks at the ring; flush publishes and then exchanges `armed`. Both
 * are acq_rel operations on one object: whichever comes second sees what the first did before, so either
 * flush sees the arming and wakes, or arm sees the result. No wake-up is lost, and none needs a fence. CLOSE
 * close stores `closed` with release; a blocked push loads it with acquire.
 */
#ifndef TS_QUEUE_RESULT_QUEUE_H
#define TS_QUEUE_RESULT_QUEUE_H

#include "base/err.h"
#include "queue/spsc.h"
#include "wingchun.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define TS_RESULT_VALUES_MAX 64

enum ts_overflow_policy {
    TS_OVERFLOW_DROP_NEWEST,
    TS_OVERFLOW_DROP_OLDEST,
    TS_OVERFLOW_BLOCK,
    TS_OVERFLOW_REJECT,
    TS_OVERFLOW_COUNT
};

const char *ts_overflow_policy_name(enum ts_overflow_policy policy);
/* TS_UNKNOWN when no policy has this name. */
ts_err ts_overflow_policy_parse(const char *name, enum ts_overflow_policy *policy);

struct ts_result {
    char symbol[WINGCHUN_SYMBOL_SIZE]; /* NUL-terminated unless all 32 bytes are used */
    int64_t timestamp_ns;
    uint32_t count; /* of values that are valid */
    uint32_t reserved;
    double values[TS_RESULT_VALUES_MAX];
};

struct ts_result_queue_stats {
    uint64_t offered, accepted, rejected, executed, dropped_newest, dropped_oldest, pending;
    uint64_t blocked; /* pushes that had to wait */
    uint64_t wakeups; /* writes to the event descriptor */
};

struct ts_result_queue {
    struct ts_spsc ring;
    enum ts_overflow_policy policy;
    int event_fd;
    _Alignas(TS_CACHE_LINE) _Atomic int armed;
    _Atomic int closed;
    /* Each counter has one writing thread: the first group the producer, executed the consumer. */
    _Alignas(TS_CACHE_LINE) _Atomic uint64_t offered;
    _Atomic uint64_t accepted, rejected, dropped_newest, dropped_oldest, blocked, wakeups;
    _Alignas(TS_CACHE_LINE) _Atomic uint64_t executed;
};

/* capacity: results, a power of two >= 1. values_max: the most values that a result will carry. */
ts_err ts_result_queue_init(struct ts_result_queue *queue, uint32_t capacity, uint32_t values_max,
                            enum ts_overflow_policy policy, struct ts_diag *diag);
void ts_result_queue_fini(struct ts_result_queue *queue);

/*
 * Offers one result. TS_OK: accepted (under drop-newest it may have been dropped, which is counted). TS_FULL:
 * rejected by policy. TS_CLOSED: the queue was closed while it waited (counts as rejected).
 */
ts_err ts_result_queue_push(struct ts_result_queue *queue, const char symbol[WINGCHUN_SYMBOL_SIZE],
                            int64_t timestamp_ns, const double *values, uint32_t count);

/* Publishes what was pushed and wakes an armed consumer. Call after each burst. */
void ts_result_queue_flush(struct ts_result_queue *queue);

/* Whether there is a result to take out; the consumer asks. */
bool ts_result_queue_any(struct ts_result_queue *queue);

/* Takes the oldest result out and counts it as executed; the caller executes it next. TS_EMPTY when there is
 * none. */
ts_err ts_result_queue_pop(struct ts_result_queue *queue, struct ts_result *result);

/*
 * Asks for one wake-up through the event descriptor. Returns true when armed: sleep on it. False: results are
 * there already. Drains the descriptor first.
 */
bool ts_result_queue_arm(struct ts_result_queue *queue);

/* Ends the wait of a blocked producer, now and for good. */
void ts_result_queue_close(struct ts_result_queue *queue);

struct ts_result_queue_stats ts_result_queue_stats(const struct ts_result_queue *queue);

/* Pending results, counted one by one on the consumer's side: at a quiet point equal to stats.pending. */
uint64_t ts_result_queue_walk(struct ts_result_queue *queue);

#endif
