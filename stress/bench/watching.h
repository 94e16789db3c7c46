/*
 * The cost of watching: the same flood through the same engine in each flavour, time a tick,
 * processor time a tick (of all threads; a busy machine disturbs it less), and the most memory that was
 * resident, a process each (BUILD/FLAVOUR/flood).
 *
 *   bare     what is shipped: no probes
 *   plain    with probes, which are idle
 *   asan     AddressSanitizer and UndefinedBehaviorSanitizer
 *   tsan     ThreadSanitizer
 *   explore  ThreadSanitizer and the explorer's wrappers, no schedule decided (what deciding costs: bench
 * explore)
 *
 * Ratios are a flavour's figure over plain's. Threads: one. Errors: as part.h; a flavour that does not run is
 * named.
 */
#ifndef TS_BENCH_WATCHING_H
#define TS_BENCH_WATCHING_H

#include "bench/bench.h"

int ts_bench_watching(const struct ts_bench_options *options);

#endif
