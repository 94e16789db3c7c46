/*
 * One run of the hybrid contrast: one recording over one path of the trader, from the feed's start to the
 * final report.
 *
 * Latency is from receive_ns, when the client's feed thread is handed the frame by libwebsockets, to the
 * decision: parsing, and whatever waits before it, is in it; the way from the server is not.
 *
 * Threads: one at a time. Ownership: a run's trades are freed by ts_hybrid_run_fini, a tape by
 * ts_hybrid_tape_fini. Units: as named. Errors: TS_ENVIRONMENT without a server; a run whose ticks did not
 * all come is a run, and says so.
 */
#ifndef TS_BENCH_HYBRID_RUN_H
#define TS_BENCH_HYBRID_RUN_H

#include "trader/trader.h"

#include <stdbool.h>

struct ts_hybrid_tape {
    const char *path;
    const char *name; /* the file's */
    char symbol[40];  /* as streams name it */
    bool futures;
    struct ts_trade_tick *ticks; /* its trades */
    size_t count;
    int64_t length_ns; /* from the first event of any kind to the last trade */
};

struct ts_hybrid_setting {
    const struct ts_hybrid_tape *tape;
    enum ts_trader_path path;
    bool wire;    /* else flat out, from the array */
    double speed; /* of the wire */
    uint32_t queue_ticks;
};

enum { TS_HYBRID_P50, TS_HYBRID_P90, TS_HYBRID_P99, TS_HYBRID_P999, TS_HYBRID_MAX, TS_HYBRID_QUANTILES };

struct ts_hybrid_run {
    struct ts_hybrid_setting setting;
    uint64_t round;
    uint64_t ticks;   /* decided on */
    uint64_t missing; /* of the recording's: lost on the way, or dropped by a full queue */
    int64_t elapsed_ns;
    int64_t cpu_ns; /* of this process: feed, trader and both their threads */
    double mean_ns;
    int64_t quantile_ns[TS_HYBRID_QUANTILES];
    uint64_t waiting_most; /* ticks that had come and were not decided on */
    uint64_t heap_bytes;   /* what the trader took to be created and started, its queue included */
    struct ts_trade *trades;
    size_t trade_count;
    uint64_t digest;
};

ts_err ts_hybrid_tape_load(const char *path, struct ts_hybrid_tape *tape, struct ts_diag *diag);
void ts_hybrid_tape_fini(struct ts_hybrid_tape *tape);

ts_err ts_hybrid_run(const struct ts_hybrid_setting *setting, struct ts_hybrid_run *run,
                     struct ts_diag *diag);
void ts_hybrid_run_fini(struct ts_hybrid_run *run);

#endif
