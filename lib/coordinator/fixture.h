/* For the tests of the coordinator: a market of a few symbols, and a request of each kind on it. */
#ifndef TS_COORDINATOR_FIXTURE_H
#define TS_COORDINATOR_FIXTURE_H

#include "base/clock.h"
#include "coordinator/controllers.h"

#include <criterion/criterion.h>
#include <math.h>

#define FIXTURE_POINTS 4000u
#define FIXTURE_START  INT64_C(1723118400000000000)
#define FIXTURE_STEP   TS_NS_PER_S
#define FIXTURE_END    (FIXTURE_START + FIXTURE_POINTS * FIXTURE_STEP)

static inline struct ts_controllers *fixture_controllers(void)
{
    static int64_t times_ns[FIXTURE_POINTS];
    static double waves[FIXTURE_POINTS], holed[FIXTURE_POINTS];
    struct ts_controllers *controllers = NULL;
    for (uint32_t i = 0; i < FIXTURE_POINTS; i++) {
        times_ns[i] = FIXTURE_START + i * FIXTURE_STEP;
        waves[i] = 100 + 10 * sin(i / 50.0);
        holed[i] = i == 1000 ? (double)NAN : i == 2000 ? -1 : waves[i];
    }
    const struct ts_series series[] = {
        {.symbol = "ethusdt", .count = FIXTURE_POINTS, .times_ns = times_ns, .prices = waves},
        {.symbol = "btcusdt", .count = FIXTURE_POINTS, .times_ns = times_ns, .prices = waves},
        {.symbol = "holed", .count = FIXTURE_POINTS, .times_ns = times_ns, .prices = holed},
        {.symbol = "empty", .count = 0},
    };
    cr_assert_eq(ts_controllers_create(series, 4, &controllers, NULL), TS_OK);
    return controllers;
}

static inline struct ts_request fixture_backtest(void)
{
    return (struct ts_request){
        .kind = TS_REQUEST_BACKTEST,
        .start_ns = FIXTURE_START,
        .end_ns = FIXTURE_END,
        .symbol = "btcusdt",
        .backtest = {.terms = {.portfolio = 1000, .leverage = 1, .fee = 0.001}, .fast = 5, .slow = 20}};
}

static inline struct ts_request fixture_indicator(void)
{
    return (struct ts_request){.kind = TS_REQUEST_INDICATOR,
                               .start_ns = FIXTURE_START,
                               .end_ns = FIXTURE_END,
                               .symbol = "ethusdt",
                               .indicator = {.average = TS_AVERAGE_EMA, .period = 10}};
}

static inline struct ts_request fixture_sweep(void)
{
    return (struct ts_request){.kind = TS_REQUEST_SWEEP,
                               .start_ns = FIXTURE_START,
                               .end_ns = FIXTURE_END,
                               .symbol = "btcusdt",
                               .sweep = {.terms = {.portfolio = 1000, .leverage = 1, .fee = 0.001},
                                         .fast_min = 2,
                                         .fast_max = 4,
                                         .slow_min = 3,
                                         .slow_max = 8}};
}

static inline struct ts_request fixture_data(void)
{
    static const char *const symbols[] = {"btcusdt", "holed", "empty"};
    return (struct ts_request){.kind = TS_REQUEST_DATA,
                               .start_ns = FIXTURE_START,
                               .end_ns = FIXTURE_END,
                               .data = {.symbols = symbols, .symbol_count = 3, .timeframe = "1m"}};
}

/* Runs for a second or so under a sanitizer: something to cancel. */
static inline struct ts_request fixture_long(void)
{
    struct ts_request request = fixture_sweep();
    request.sweep.fast_max = 30;
    request.sweep.slow_min = 31;
    request.sweep.slow_max = 60;
    return request;
}

#endif
