/*
 * Time a tick spends in each stage (stage_walk.h), beside what a reading of the clock costs, which is taken
 * off.
 *
 * Threads: one, bound to no processor. Errors: as part.h.
 */
#ifndef TS_BENCH_STAGE_COST_H
#define TS_BENCH_STAGE_COST_H

#include "bench/bench.h"

/* options->ticks: Depths through all stages, for each stage and round. */
int ts_bench_stages(const struct ts_bench_options *options);

#endif
