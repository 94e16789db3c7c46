/*
 * Reads a recording (.gz), or a tick file that `tickstorm tape convert` made, into memory.
 *
 * Ownership: the caller frees the ticks. Errors: what the file lacks, with its path and line; TS_MALFORMED:
 * it has no Depth, to which alone results come.
 */
#ifndef TS_BENCH_TAPE_H
#define TS_BENCH_TAPE_H

#include "bench/bench.h"

/* At most `limit` ticks; 0: all. */
ts_err ts_bench_tape_load(const char *path, uint64_t limit, struct ts_bench_tape *tape, struct ts_diag *diag);

#endif
