/*
 * The engine's benchmark: rounds of Depths through a runner with one counting strategy.
 *
 * Threads: one; the library brings its own. Units: as named.
 */
#ifndef TS_BENCH_BENCH_H
#define TS_BENCH_BENCH_H

#include "base/err.h"
#include "engine/config.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TS_BENCH_ROUNDS_MAX 1000

enum ts_bench_status { TS_BENCH_OK = 0, TS_BENCH_USAGE = 2, TS_BENCH_REFUSED = 3, TS_BENCH_LOST = 6 };

struct ts_bench_options {
    bool latency, probes, explore; /* none of them: flood */
    bool json;
    uint64_t rounds, ticks, models, factors, gap_us;
    uint64_t symbols;           /* 0: the usual 64 */
    enum ts_delivery_mode mode; /* 0 is direct: main.c says queued */
    bool spin;                  /* latency: the host polls until the next tick is due, instead of sleeping */
    const char *library_path;
    bool engine;
    const char *raw_path; /* engine: NULL, nowhere */
};

/* Path of libsignal.so in the folder of the running program. */
void ts_bench_default_library(char *path, size_t size);

int ts_bench_run(const struct ts_bench_options *options);

/* What one round measured. The latencies are 0 in a flood. */
struct ts_bench_figures {
    double ticks_per_s, rss_growth_kib;
    double p50_us, p90_us, p99_us, p999_us, p9999_us, max_us;
};

/* One round, for who compares engines; prints nothing. TS_END: results were lost. */
ts_err ts_bench_figures_of(const struct ts_bench_options *options, struct ts_bench_figures *figures,
                           struct ts_diag *diag);

#endif
