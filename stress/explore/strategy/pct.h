/*
 * What PCT has promised so far, for the estimate. It stands at the beginning of the strategy's state.
 *
 * A schedule of PCT with n threads and k decisions shows a bug of depth d with a chance of at least
 * 1 / (n k^(d-1)), whatever the bug (Burckhardt et al., ASPLOS 2010, theorem 9).
 */
#ifndef TS_EXPLORE_STRATEGY_PCT_H
#define TS_EXPLORE_STRATEGY_PCT_H

#include <stdint.h>

struct ts_pct_progress {
    uint64_t schedules; /* that ended by themselves */
    double chances;     /* sum of 1 / (n k^(d-1)) over them */
    uint64_t range;     /* k of the latest */
    uint32_t threads;   /* n, the most of any */
    uint32_t depth;     /* d */
};

#endif
