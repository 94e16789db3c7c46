/*
 * What a trader asks of a strategy: a signal for each tick.
 *
 * Threads: the calls come one at a time and in the ticks' order, on the feed's thread (direct) or the
 * trader's (polling); what one did happens before the next, whichever threads they are. A strategy needs no
 * lock.
 * Errors: an error, or a signal that is none, is caught, counted and logged by the trader, and no trade.
 */
#ifndef TS_TRADER_STRATEGY_H
#define TS_TRADER_STRATEGY_H

#include "base/err.h"
#include "trader/feed.h"

enum ts_signal { TS_SIGNAL_HOLD, TS_SIGNAL_BUY, TS_SIGNAL_SELL, TS_SIGNAL_COUNT };

struct ts_trader_strategy {
    void *context;
    /* The tick's price is finite and above 0. */
    ts_err (*on_tick)(void *context, const struct ts_trade_tick *tick, enum ts_signal *signal);
    /* The ticks before are to be forgotten: prices were missing for too long, or on_tick failed. */
    void (*reset)(void *context);
};

#endif
