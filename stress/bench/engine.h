/*
 * The engine in each delivery mode, by turns: ticks a second flat out, and the latency from on_data to
 * on_factor.
 *
 * Threads: one; the engine brings its own. Errors: an exit status of bench.h, after one line on stderr.
 */
#ifndef TS_BENCH_ENGINE_H
#define TS_BENCH_ENGINE_H

#include "bench/bench.h"

/* options->ticks: Depths of a flood; a latency takes a hundredth of them. */
int ts_bench_engine(const struct ts_bench_options *options);

#endif
