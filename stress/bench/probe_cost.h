/*
 * What a probe costs that is compiled in and idle: the time of a loop that passes probes, less that of the
 * same loop without them. In a translation unit of its own, with probes; the rest of the benchmark is built
 * bare.
 *
 * Threads: one. Units: nanoseconds a probe.
 */
#ifndef TS_BENCH_PROBE_COST_H
#define TS_BENCH_PROBE_COST_H

#include "bench/bench.h"

int ts_bench_probes(const struct ts_bench_options *options);

#endif
