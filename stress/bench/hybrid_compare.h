/*
 * Whether two runs made the same trades: number, tick, price, side, reason and profit of each, to the last
 * bit.
 *
 * Threads: pure.
 */
#ifndef TS_BENCH_HYBRID_COMPARE_H
#define TS_BENCH_HYBRID_COMPARE_H

#include "bench/hybrid_run.h"

/* False: *number is that of the first trade that one has and the other has not. */
bool ts_hybrid_same_trades(const struct ts_hybrid_run *one, const struct ts_hybrid_run *other,
                           size_t *number);

#endif
