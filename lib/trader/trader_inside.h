/* The trader's parts: its life (trader.c), the desk (trader_desk.c), the paths of a tick (trader_path.c). */
#ifndef TS_TRADER_TRADER_INSIDE_H
#define TS_TRADER_TRADER_INSIDE_H

#include "base/thread.h"
#include "base/wake.h"
#include "queue/spsc.h"
#include "trader/journal.h"
#include "trader/trader.h"

#include <pthread.h>
#include <stdatomic.h>

enum ts_trader_life { TS_LIFE_IDLE, TS_LIFE_STARTING, TS_LIFE_RUNNING, TS_LIFE_STOPPING, TS_LIFE_STOPPED };

/* Under its lock, all of it, but for `shut`, which is written under it. */
struct ts_trader_desk {
    pthread_mutex_t lock; /* DESK */
    struct ts_ledger ledger;
    enum ts_trader_end end;
    /* The same as end != OPEN, for a look without the lock. Relaxed: it saves work that would come to
     * nothing; whether to trade is asked under the lock. */
    _Atomic int shut;
    uint64_t handled, nan_ticks, errors, discarded, direct;
    uint64_t nan_streaks, nan_longest, overruns, ignored;
    int64_t slowest_ns;
    double last_price;
    uint64_t last_sequence;
};

struct ts_trader {
    struct ts_trader_options options;
    struct ts_feed *feed;
    struct ts_trader_journal journal;
    struct ts_wake wake; /* of the loop */
    struct ts_thread loop;

    pthread_mutex_t life_lock;
    pthread_cond_t life_changed;
    enum ts_trader_life life;       /* under life_lock */
    struct ts_trader_report report; /* written by the one stop, before life is STOPPED */

    _Atomic int path;      /* relaxed: carries nothing; what was queued is ordered by TURN and DATA */
    _Atomic int loop_ends; /* relaxed: carries nothing; the join orders */

    /* The feed's thread writes them, relaxed but for LAST: numbers for who looks. */
    _Alignas(TS_CACHE_LINE) _Atomic uint64_t ticks_in;
    _Atomic uint64_t dropped;
    _Atomic int feed_state; /* LAST */

    struct ts_spsc queue; /* producer: the feed's thread; consumer: who holds TURN */

    _Alignas(TS_CACHE_LINE) pthread_mutex_t turn; /* TURN; with it the two that follow */
    uint32_t nan_streak, errors_in_row;

    _Alignas(TS_CACHE_LINE) struct ts_trader_desk desk;

    /* The loop's own, published relaxed as numbers. */
    _Alignas(TS_CACHE_LINE) int64_t polled_ns, beaten_ns;
    _Atomic uint64_t beats;
    _Atomic int64_t beat_gap_most_ns;
};

/* A callback that this thread is in; it may hand a tick to another trader, and so be in one of that. */
struct ts_trader_call {
    const struct ts_trader *trader;
    const struct ts_trader_call *outer;
};

/* Round each callback, with the caller's memory. */
void ts_trader_call_begin(struct ts_trader_call *call, const struct ts_trader *trader);
void ts_trader_call_end(const struct ts_trader_call *call);
/* Whether this thread is in a callback of the trader. */
bool ts_trader_is_inside(const struct ts_trader *trader);

/* trader_desk.c */
void ts_trader_desk_init(struct ts_trader *trader);
/* What one call of the strategy came to. */
struct ts_trader_outcome {
    enum ts_signal signal;
    ts_err error;
    int64_t took_ns;
};
/* Enters the outcome and trades. Whether it traded; nothing when the desk is closed. */
bool ts_trader_settle(struct ts_trader *trader, const struct ts_trade_tick *tick, bool direct,
                      const struct ts_trader_outcome *outcome);
/* A tick without a price. streak: how many in a row, this one with them. */
void ts_trader_settle_nan(struct ts_trader *trader, bool direct, uint32_t streak);
void ts_trader_discard(struct ts_trader *trader);
static inline bool ts_trader_shut(const struct ts_trader *trader)
{
    return atomic_load_explicit(&trader->desk.shut, memory_order_relaxed) != 0;
}
/* Closes the desk, and the position for the reason, in one step. False when it was closed already. */
bool ts_trader_shut_desk(struct ts_trader *trader, enum ts_trader_end end, enum ts_close_reason reason);

/* trader_path.c */
struct ts_feed_sink ts_trader_sink(struct ts_trader *trader);
/* Handles the oldest queued tick. False when there was none. */
bool ts_trader_handle_next(struct ts_trader *trader);
void ts_trader_loop(void *argument);

#endif
