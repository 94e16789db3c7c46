/*
 * Tick sources: where the ticks that drive a scenario come from.
 *
 * A source yields ticks in receive order. Two kinds exist behind one interface: the synthetic one (seeded,
 * endless, needs no file) and a tick file (a recording that `recording.h` has converted; memory-mapped).
 * Sources link only libc, so that an instrumented worker can use them.
 *
 * Threads: a source belongs to one thread.
 * Ownership: create/open allocate, ts_source_close frees. A tick is copied out.
 * Units: receive_ns is nanoseconds since the Unix epoch and never goes back.
 * Progress: next allocates nothing and makes no system call.
 * Errors: next returns TS_OK or TS_END; a tick file is checked whole when it is opened.
 */
#ifndef TS_TAPE_SOURCE_H
#define TS_TAPE_SOURCE_H

#include "base/err.h"
#include "wingchun.h"

#include <stdint.h>

struct ts_tick {
    int64_t receive_ns;
    uint32_t type; /* enum wingchun_type */
    uint32_t size; /* wingchun_size(type) */
    union {
        unsigned char bytes[WINGCHUN_SIZE_MAX];
        struct wingchun_depth depth;
        struct wingchun_ticker ticker;
        struct wingchun_trade trade;
        struct wingchun_index_price index_price;
    } data;
};

/* How many ticks of each type, by type - WINGCHUN_DEPTH. */
struct ts_tick_counts {
    uint64_t depth, ticker, trade, index_price;
};

/*
 * The synthetic source: a merge of `symbols` random walks, shaped like the recordings. The same options give
 * the same bytes on every machine. Books are never crossed, receive times strictly increase, a tick's own
 * time is its receive time. It ends only with the range of int64_t, in the year 2262.
 */
struct ts_synthetic_options {
    uint64_t seed;
    uint32_t symbols;      /* 1..256; named "ts0000_usdt" ... */
    double depth_share;    /* of all ticks, 0..1; the rest are Ticker (3 of 4) and Trade (1 of 4) */
    int64_t gap_median_ns; /* median time between bursts, 1 ns to 1 h */
    double burst_chance;   /* probability that a tick is followed within 10 µs by another one, 0..1 */
    int64_t start_ns;      /* receive time of the first tick; 0 for a fixed default */
};

/* As the BTC future of the recordings: 4 symbols, 7 % Depth, half of the ticks in bursts. */
struct ts_synthetic_options ts_synthetic_recorded(uint64_t seed);
/* Depth only, on many symbols. */
struct ts_synthetic_options ts_synthetic_flood(uint64_t seed, uint32_t symbols);

struct ts_source;

ts_err ts_source_synthetic(const struct ts_synthetic_options *options, struct ts_source **source,
                           struct ts_diag *diag);

/*
 * Opens a tick file. passes: how often it is played, 0 for endless; from the second pass on its times are
 * shifted so that they never go back: receive_ns and the ticks' own times alike, by the span of the file and
 * 1 ms a pass.
 */
ts_err ts_source_tick_file(const char *path, uint32_t passes, struct ts_source **source,
                           struct ts_diag *diag);

/* Copies the next tick to *tick. TS_END when a bounded source is through; *tick is untouched then. */
ts_err ts_source_next(struct ts_source *source, struct ts_tick *tick);

/* Ticks yielded so far. */
struct ts_tick_counts ts_source_counts(const struct ts_source *source);

void ts_source_close(struct ts_source *source);

/*
 * Pace: when a tick is due, on the clock of base/clock.h. speed 1.0 is the recorded pace, 10.0 ten times
 * faster, 0 flat out (always due).
 */
struct ts_pace {
    double speed;
    int64_t start_clock_ns;
    int64_t start_receive_ns;
    int started;
};

void ts_pace_init(struct ts_pace *pace, double speed);
/* Time at which the tick is due; the first tick is due now. Flat out: 0. */
int64_t ts_pace_due_ns(struct ts_pace *pace, const struct ts_tick *tick);

#endif
