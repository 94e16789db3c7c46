/*
 * The strategy of the source document: two exponential moving averages of the price, buy when the fast one
 * crosses above the slow one, sell when it crosses below.
 *
 * The average of period n moves by 2 / (n + 1) of the difference with each tick. Until slow_ticks ticks are
 * seen, no signal: averages that have only begun cross by chance.
 *
 * Threads: belongs to one thread at a time; the trader sees to that. It shares nothing, so the same ticks
 * give the same signals to the last bit, on whichever thread they come.
 * Errors: init refuses periods out of their domain; on_tick has none. A price must be finite and above 0.
 */
#ifndef TS_TRADER_EMA_CROSS_H
#define TS_TRADER_EMA_CROSS_H

#include "trader/strategy.h"

#define TS_EMA_TICKS_MAX 100000u

struct ts_ema_cross {
    uint32_t fast_ticks, slow_ticks;
    double fast, slow;
    uint64_t seen;
    int side; /* of the fast average: above 1, below -1, not known 0 */
};

/* 1 <= fast_ticks < slow_ticks <= TS_EMA_TICKS_MAX, else TS_INVALID. */
ts_err ts_ema_cross_init(struct ts_ema_cross *cross, uint32_t fast_ticks, uint32_t slow_ticks,
                         struct ts_diag *diag);
enum ts_signal ts_ema_cross_next(struct ts_ema_cross *cross, double price);
/* As new; the periods stay. */
void ts_ema_cross_reset(struct ts_ema_cross *cross);

/* As the trader takes it; cross must outlive it. */
struct ts_trader_strategy ts_ema_cross_strategy(struct ts_ema_cross *cross);

#endif
