/*
 * How the engine's flood grows: by the capacity of the queue of results (1 to 65,536), strategies, models and
 * engines (1 to 8), symbols (1 to 100). One thing grows in a sweep, the rest stays as it is by default.
 * Engines flood each from a thread of its own; their figure is time over the ticks of all. (A history's
 * cells: history_main.c.)
 *
 * Threads: as many as engines. Errors: as part.h.
 */
#ifndef TS_BENCH_SCALING_H
#define TS_BENCH_SCALING_H

#include "bench/bench.h"

/* options->ticks: of each flood; a small capacity, at which each result waits for the host, takes a
 * hundredth. */
int ts_bench_scaling(const struct ts_bench_options *options);

#endif
