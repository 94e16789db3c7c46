/*
 * The host's table of strategies, protected as the delivery mode asks (delivery_mode.h).
 *
 *   direct, queued  nothing: in queued mode one thread does everything; in direct mode that is the defect
 *   locked          the caller holds the library's delivery mutex, on both sides
 *   guarded         a reference count a slot: a callback takes a reference and skips a dying strategy; a
 * strategy that dies under a callback is torn down later, by the owner, in ts_strategy_table_reap. The count
 * keeps the object alive, not its state consistent: calls into one strategy exclude each other by a mutex of
 * its slot.
 *
 * Threads: add, remove, reap and the tick calls by the owner thread; on_factor by the thread that delivers
 * results. Ownership: the table owns the strategies in it. Progress: guarded: taking a reference is
 * lock-free; the call waits for the strategy's mutex.
 *
 * Order:
 *   LIVE  add stores the slot's word with release after the slot is filled; a callback takes its reference
 * with acquire: it sees the strategy complete. DEAD  a callback drops its reference with release; remove and
 * reap see the count at zero with acquire: all that callbacks did is over before the teardown. The gauges
 * in_flight are relaxed and order nothing: they only tell whether a hazard occurred.
 */
#ifndef TS_HOST_STRATEGY_TABLE_H
#define TS_HOST_STRATEGY_TABLE_H

#include "base/err.h"
#include "delivery_mode.h"
#include "host/removal_list.h"
#include "host/strategy.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define TS_STRATEGIES_MAX 64

/* Whether a dying strategy leaves the table before or after its teardown. */
enum ts_teardown_order { TS_TEARDOWN_UNLIST_FIRST, TS_TEARDOWN_DESTROY_FIRST };

struct ts_strategy_slot {
    struct ts_strategy *strategy;      /* NULL when empty */
    int64_t joined_ns;                 /* results of older ticks are not for this strategy */
    char symbol[WINGCHUN_SYMBOL_SIZE]; /* what it subscribed to; all zero for everything */
    _Atomic uint64_t word;             /* guarded: LIVE, DYING and the number of references */
    pthread_mutex_t mutex;             /* guarded: one call at a time */
    _Atomic uint32_t in_flight;        /* calls of on_factor under way */
};

struct ts_strategy_table_stats {
    uint64_t added, removed;
    uint64_t deferred; /* teardowns left to reap */
    uint64_t factor_calls, stale_skipped, dying_skipped;
};

struct ts_strategy_table {
    enum ts_delivery_mode mode;
    uint32_t capacity;
    struct ts_strategy_slot slots[TS_STRATEGIES_MAX];
    struct ts_removal_list asked; /* no result goes to a strategy in it */
    /* The owner's. */
    uint64_t added, removed, deferred;
    /* Relaxed, written by the delivering thread. */
    _Atomic uint64_t factor_calls, stale_skipped, dying_skipped;
};

/* capacity: slots in use, 1..TS_STRATEGIES_MAX. */
void ts_strategy_table_init(struct ts_strategy_table *table, enum ts_delivery_mode mode, uint32_t capacity);
/* Tears down what is left; nobody delivers any more. */
void ts_strategy_table_fini(struct ts_strategy_table *table);

/* Puts the strategy into a free slot. TS_FULL when there is none; the strategy stays the caller's then.
 * symbol: NULL for all. */
ts_err ts_strategy_table_add(struct ts_strategy_table *table, struct ts_strategy *strategy,
                             const char *symbol, int64_t joined_ns, uint32_t *slot);

/* Destroys the strategy in a slot. TS_EMPTY when there is none (or it is dying already). */
ts_err ts_strategy_table_remove(struct ts_strategy_table *table, uint32_t slot, enum ts_teardown_order order);

/* Guarded: tears down the dying strategies that no callback is in. Returns how many are left dying. */
uint32_t ts_strategy_table_reap(struct ts_strategy_table *table);

/* The strategy in a slot, NULL when empty or dying; for the owner. */
struct ts_strategy *ts_strategy_table_get(struct ts_strategy_table *table, uint32_t slot);

/* The slot of the strategy with this epoch, the table's capacity when there is none or it is dying; for the
 * owner. */
uint32_t ts_strategy_table_find(struct ts_strategy_table *table, uint64_t epoch);
/* Whether it is in the table, live or dying; for the owner. */
bool ts_strategy_table_holds(const struct ts_strategy_table *table, uint64_t epoch);

/* Whether on_factor is under way in the slot's strategy at this moment; a gauge, ordered by nothing. */
bool ts_strategy_table_in_flight(const struct ts_strategy_table *table, uint32_t slot);

/* Whether a strategy in the table subscribed to the tick's symbol; for the owner, without any lock. */
bool ts_strategy_table_wants(struct ts_strategy_table *table, int type, const void *data);

/* Calls every strategy that the event is for. */
void ts_strategy_table_on_tick(struct ts_strategy_table *table, int type, const void *data);
void ts_strategy_table_on_factor(struct ts_strategy_table *table, const char *symbol, int64_t timestamp_ns,
                                 const double *values, int count);

/* Calls a life-cycle function of every strategy: offset of the member in struct ts_strategy_vtable. */
void ts_strategy_table_announce(struct ts_strategy_table *table, size_t member_offset);

struct ts_strategy_table_stats ts_strategy_table_stats(const struct ts_strategy_table *table);

#endif
