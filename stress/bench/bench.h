/*
 * The engine's benchmark: rounds of Depths through a runner with one counting strategy.
 *
 * Threads: one; the library brings its own. Units: as named.
 */
#ifndef TS_BENCH_BENCH_H
#define TS_BENCH_BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TS_BENCH_ROUNDS_MAX 1000

enum ts_bench_status { TS_BENCH_OK = 0, TS_BENCH_USAGE = 2, TS_BENCH_REFUSED = 3, TS_BENCH_LOST = 6 };

struct ts_bench_options {
    bool latency, probes, explore; /* none of them: flood */
    bool json;
    uint64_t rounds, ticks, models, factors, gap_us;
    const char *library_path;
};

/* Path of libsignal.so in the folder of the running program. */
void ts_bench_default_library(char *path, size_t size);

int ts_bench_run(const struct ts_bench_options *options);

#endif
