/*
 * The engine's benchmark: rounds of Depths through a runner with one counting strategy.
 *
 * Threads: one; the library brings its own. Units: as named.
 */
#ifndef TS_BENCH_BENCH_H
#define TS_BENCH_BENCH_H

#include "base/err.h"
#include "engine/config.h"

#include "tape/source.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TS_BENCH_ROUNDS_MAX 1000
#define TS_BENCH_MODELS_MAX 16

enum ts_bench_status { TS_BENCH_OK = 0, TS_BENCH_USAGE = 2, TS_BENCH_REFUSED = 3, TS_BENCH_LOST = 6 };

/* The ticks of a recording, whole in memory. */
struct ts_bench_tape {
    struct ts_tick *ticks;
    uint64_t count, depths;
};

struct ts_bench_options {
    bool latency;
    bool json;
    uint64_t rounds, ticks, models, factors, gap_us;
    uint64_t symbols;           /* 0: the usual 64, or the tape's own */
    uint64_t strategies;        /* 0: 1 */
    uint64_t capacity;          /* of the queue of results; 0: the usual 4096 */
    enum ts_delivery_mode mode; /* 0 is direct: main.c says queued */
    bool spin;                  /* latency: the host polls until the next tick is due, instead of sleeping */
    enum ts_pipeline_shape pipeline;
    enum ts_waiting waiting;
    const int *processors; /* NULL: anywhere; else the host runs on the first, the engine on the second */
    const struct ts_bench_tape *tape; /* NULL: synthetic Depths, one every gap_us */
    double speed;                     /* of the tape */
    const char *tape_path;
    const char *library_path;
    const char *score_path;
    const char *raw_path; /* NULL, nowhere; "-": stdout */
};

/* The folder of the running program, without a slash at its end. */
void ts_bench_folder(char *path, size_t size);

/* Path of libsignal.so in the folder of the running program. */
void ts_bench_default_library(char *path, size_t size);

int ts_bench_run(const struct ts_bench_options *options);

/* What one round measured. The latencies are 0 in a flood. */
struct ts_bench_figures {
    double ticks_per_s, rss_growth_kib;
    double p50_us, p90_us, p99_us, p999_us, p9999_us, max_us;
    uint64_t switches;        /* of the feeding thread, while it fed: involuntary ones */
    int64_t begun_ns, end_ns; /* first tick, last result */
};

/* One round, for who compares engines; prints nothing. TS_END: results were lost. */
ts_err ts_bench_figures_of(const struct ts_bench_options *options, struct ts_bench_figures *figures,
                           struct ts_diag *diag);

#endif
