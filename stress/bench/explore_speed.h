/*
 * The explorer's speed: rounds of speed.tsan and speed.empty (stress/explore/speed), by turns.
 *
 * Threads: one. Errors: an exit status of bench.h, after one line on stderr.
 */
#ifndef TS_BENCH_EXPLORE_SPEED_H
#define TS_BENCH_EXPLORE_SPEED_H

#include "bench/bench.h"

/* options->ticks: schedules a round. */
int ts_bench_explore(const struct ts_bench_options *options);

#endif
