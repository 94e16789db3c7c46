/*
 * The engine at the pace of a recording: from when a Depth was due to on_factor, in each delivery mode by
 * turns, with one model and four, one symbol and a thousand (the recording's Depths renamed by turns), the
 * engine as it is by default and with one thread. All ticks are fed; the host sleeps between two as the
 * runner does.
 *
 * Threads: one; the engine brings its own. Errors: as part.h; a recording that cannot be read is refused with
 * its path and line.
 */
#ifndef TS_BENCH_PACED_H
#define TS_BENCH_PACED_H

#include "bench/bench.h"

/* options->tape_path: a recording (.gz) or a tick file; ticks: only so many of it (0: all). */
int ts_bench_paced(const struct ts_bench_options *options);

#endif
