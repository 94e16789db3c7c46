/*
 * A ring's records by its writer and its reader, to have their instructions counted. In a file of its own:
 * what a compiler puts into the paths beside it is not to change with it.
 *
 * Threads: one. Units: bytes.
 */
#ifndef TS_BENCH_COUNTS_WRITER_H
#define TS_BENCH_COUNTS_WRITER_H

#include <stdint.h>

struct ts_spsc;

void ts_counts_writer_begin(struct ts_spsc *ring);

/* A burst of 16 records of up to 512 bytes, put, flushed, got and released; 0: of 8, 512 and 64 in turn.
 * Returns a sum over them. */
uint64_t ts_counts_writer(uint32_t size);

#endif
