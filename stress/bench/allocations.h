/*
 * How often this process asked for memory, its libraries included: malloc and its kin stand here, count and
 * hand on to glibc's. For the promise that no tick costs an allocation.
 *
 * Threads: any. Order: relaxed, a number.
 */
#ifndef TS_BENCH_ALLOCATIONS_H
#define TS_BENCH_ALLOCATIONS_H

#include <stdint.h>

uint64_t ts_bench_allocations(void);

#endif
