/*
 * The four kinds of request, what each answers, and the check at the entry.
 *
 * A request is checked whole before anything is queued. A refusal names the field (the diag's subject), its
 * value and what it must be (the diag's text); the operation names the kind. What passes is resolved into a
 * ts_work, which holds no pointer of the caller's.
 *
 * - every kind: 0 <= start < end
 * - symbol (all but data): known
 * - backtest, sweep: portfolio finite and above 0, leverage 0..10, fee 0..1
 * - backtest: 1 <= fast < slow <= 10000; indicator: period 1..10000
 * - sweep: 1 <= min <= max <= 10000 for both; a pair with fast < slow; at most 1024 of them
 * - data: 1..100 symbols, known, no two alike; timeframe 1m, 5m, 1h or 1d
 *
 * Threads: any; no state. Ownership: a request and its strings are the caller's, and read only during the
 * call. Units: times in nanoseconds of UTC since 1970 (timestamp.h), end exclusive; portfolio, equity and
 * prices in the quote currency; leverage a factor; fee a share of the notional on each side; periods in price
 * points. Errors: TS_INVALID a value out of its domain, TS_UNKNOWN a symbol or timeframe that nobody knows,
 * TS_LIMIT too many.
 */
#ifndef TS_COORDINATOR_REQUEST_H
#define TS_COORDINATOR_REQUEST_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

#define TS_REQUEST_SYMBOLS_MAX 100u
#define TS_REQUEST_PERIOD_MAX  10000u
#define TS_SWEEP_PAIRS_MAX     1024u

struct ts_controllers;

enum ts_request_kind {
    TS_REQUEST_BACKTEST,  /* an EMA crossover over the prices of a symbol */
    TS_REQUEST_INDICATOR, /* a moving average of them */
    TS_REQUEST_SWEEP,     /* the backtest for each pair of periods; answers the best one */
    TS_REQUEST_DATA,      /* bad prices and gaps, of many symbols */
    TS_REQUEST_KIND_COUNT
};

enum ts_average { TS_AVERAGE_EMA, TS_AVERAGE_SIMPLE, TS_AVERAGE_COUNT };

struct ts_terms {
    double portfolio, leverage, fee;
};

struct ts_request {
    enum ts_request_kind kind;
    int64_t start_ns, end_ns;
    const char *symbol; /* all but data */
    union {
        struct {
            struct ts_terms terms;
            uint32_t fast, slow;
        } backtest;
        struct {
            enum ts_average average;
            uint32_t period;
        } indicator;
        struct {
            struct ts_terms terms;
            uint32_t fast_min, fast_max, slow_min, slow_max;
        } sweep;
        struct {
            const char *const *symbols;
            uint32_t symbol_count;
            const char *timeframe;
        } data;
    };
};

/* A request that passed: symbols by index, the timeframe as a duration. */
struct ts_work {
    enum ts_request_kind kind;
    int64_t start_ns, end_ns;
    int64_t timeframe_ns;
    struct ts_terms terms;
    enum ts_average average;
    uint32_t fast_min, fast_max; /* backtest: fast twice; indicator: the period */
    uint32_t slow_min, slow_max;
    uint32_t symbol_count;
    uint16_t symbols[TS_REQUEST_SYMBOLS_MAX];
};

struct ts_backtest_result {
    uint64_t points, trades;
    double equity, drawdown; /* at the end; the deepest fall from a peak, as a share of it */
    bool liquidated;         /* the equity was gone before the end */
};

struct ts_result {
    enum ts_request_kind kind;
    union {
        struct ts_backtest_result backtest;
        struct {
            uint64_t points;
            double last, lowest, highest;
        } indicator;
        struct {
            struct ts_backtest_result best;
            uint32_t fast, slow, pairs;
        } sweep;
        struct {
            uint64_t points, bad_prices, gaps;
            uint32_t symbols_clean; /* with neither, and not empty */
        } data;
    };
};

const char *
ts_request_kind_name(enum ts_request_kind kind); /* "backtest"; "unknown" for a value out of range */

/* Sets the span from text (timestamp.h). A refusal names the field, start or end, its value and why; the
 * request stays as it was. Their order is the check's. */
ts_err ts_request_set_span(struct ts_request *request, const char *start, const char *end,
                           struct ts_diag *diag);

/* Checks a request against what the controllers know and fills *work; left as it was on error. */
ts_err ts_request_check(const struct ts_request *request, const struct ts_controllers *controllers,
                        struct ts_work *work, struct ts_diag *diag);

#endif
