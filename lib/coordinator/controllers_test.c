#include "coordinator/fixture.h"

#include <string.h>

static const _Atomic bool never;
static _Atomic bool at_once = true;

static ts_err run(const struct ts_controllers *controllers, struct ts_request request,
                  const _Atomic bool *cancel, struct ts_result *result, struct ts_diag *diag)
{
    struct ts_work work;
    cr_assert_eq(ts_request_check(&request, controllers, &work, diag), TS_OK, "%s", diag->text);
    return ts_controllers_run(controllers, &work, cancel, result, diag);
}

static struct ts_controllers *of_prices(const double *prices, uint32_t count)
{
    static int64_t times_ns[64];
    struct ts_controllers *controllers = NULL;
    for (uint32_t i = 0; i < count; i++) {
        times_ns[i] = FIXTURE_START + i * FIXTURE_STEP;
    }
    struct ts_series series = {.symbol = "btcusdt", .count = count, .times_ns = times_ns, .prices = prices};
    cr_assert_eq(ts_controllers_create(&series, 1, &controllers, NULL), TS_OK);
    return controllers;
}

/* Periods 1 and 3: the averages are p and (s + p) / 2. 10; 12 against 11: buys 1000/12; 6 against 8.5: sells.
 */
Test(controllers, a_backtest_by_hand)
{
    static const double prices[] = {10, 12, 15, 6, 6};
    struct ts_controllers *controllers = of_prices(prices, 5);
    struct ts_request request = fixture_backtest();
    struct ts_result result;
    struct ts_diag diag;
    request.backtest.fast = 1;
    request.backtest.slow = 3;
    request.backtest.terms = (struct ts_terms){.portfolio = 1200, .leverage = 1, .fee = 0};
    cr_assert_eq(run(controllers, request, &never, &result, &diag), TS_OK);
    cr_assert_eq(result.backtest.points, 5);
    cr_assert_eq(result.backtest.trades, 1);
    cr_assert_float_eq(result.backtest.equity, 600, 1e-9);
    cr_assert_float_eq(result.backtest.drawdown, 0.6, 1e-9);
    request.backtest.terms.fee = 0.01; /* 12 at the entry on 1200, 6 at the exit on 600 */
    cr_assert_eq(run(controllers, request, &never, &result, &diag), TS_OK);
    cr_assert_float_eq(result.backtest.equity, 600 - 12 - 6, 1e-9);
    request.backtest.terms = (struct ts_terms){.portfolio = 1200, .leverage = 3, .fee = 0};
    cr_assert_eq(run(controllers, request, &never, &result, &diag), TS_OK);
    cr_assert(result.backtest.liquidated, "three times the loss of half is more than all");
    cr_assert_eq(result.backtest.equity, 0);
    request.backtest.terms.leverage = 0;
    cr_assert_eq(run(controllers, request, &never, &result, &diag), TS_OK);
    cr_assert_eq(result.backtest.trades, 0);
    cr_assert_eq(result.backtest.equity, 1200);
    ts_controllers_destroy(controllers);
}

/* No result that is none: an equity or an average that left the numbers is told, with its time. */
Test(controllers, refuses_to_go_on_with_what_is_no_number)
{
    static const double tiny[] = {1e-300, 2e-300, 3e-300, 1e-300}, large[] = {1e308, 1.7e308, 1.7e308, 1e308};
    static const double leap[] = {1, 1.7e308, 1, 2};
    struct ts_request request = fixture_backtest();
    struct ts_result result;
    struct ts_diag diag;
    request.backtest.fast = 1;
    request.backtest.slow = 3;
    request.backtest.terms = (struct ts_terms){.portfolio = 1e308, .leverage = 10, .fee = 0};
    struct ts_controllers *controllers = of_prices(tiny, 4);
    cr_assert_eq(run(controllers, request, &never, &result, &diag), TS_LIMIT);
    cr_assert_str_eq(diag.subject, "btcusdt");
    cr_assert_not_null(strstr(diag.text, "the equity is beyond all numbers at 2024-08-08T12:00:02"), "%s",
                       diag.text);
    struct ts_request sweep = fixture_sweep();
    sweep.sweep.terms = request.backtest.terms;
    cr_assert_eq(run(controllers, sweep, &never, &result, &diag), TS_LIMIT);
    ts_controllers_destroy(controllers);
    controllers = of_prices(large, 4);
    struct ts_request indicator = fixture_indicator();
    indicator.symbol = "btcusdt";
    indicator.indicator.average = TS_AVERAGE_SIMPLE;
    cr_assert_eq(run(controllers, indicator, &never, &result, &diag), TS_LIMIT);
    cr_assert_not_null(strstr(diag.text, "the average is beyond"), "%s", diag.text);
    ts_controllers_destroy(controllers);
    controllers = of_prices(leap, 4);
    request.backtest.terms.leverage = 0; /* no position, whose worth could be too much */
    cr_assert_eq(run(controllers, request, &never, &result, &diag), TS_LIMIT);
    cr_assert_not_null(strstr(diag.text, "an average is beyond all numbers at 2024-08-08T12:00:01"), "%s",
                       diag.text);
    ts_controllers_destroy(controllers);
}

Test(controllers, averages_by_hand)
{
    static const double prices[] = {10, 20, 60, 30};
    struct ts_controllers *controllers = of_prices(prices, 4);
    struct ts_request request = fixture_indicator();
    struct ts_result result;
    struct ts_diag diag;
    request.symbol = "btcusdt";
    request.indicator.period = 2;
    request.indicator.average = TS_AVERAGE_SIMPLE; /* 10, 15, 40, 45 */
    cr_assert_eq(run(controllers, request, &never, &result, &diag), TS_OK);
    cr_assert_float_eq(result.indicator.last, 45, 1e-9);
    cr_assert_float_eq(result.indicator.lowest, 10, 1e-9);
    cr_assert_float_eq(result.indicator.highest, 45, 1e-9);
    request.indicator.period = 3;
    request.indicator.average = TS_AVERAGE_EMA; /* 10, 15, 37.5, 33.75 */
    cr_assert_eq(run(controllers, request, &never, &result, &diag), TS_OK);
    cr_assert_float_eq(result.indicator.last, 33.75, 1e-9);
    cr_assert_float_eq(result.indicator.highest, 37.5, 1e-9);
    request.start_ns = FIXTURE_START + 1; /* the span excludes the first and, by its end, the last */
    request.end_ns = FIXTURE_START + 3 * FIXTURE_STEP;
    cr_assert_eq(run(controllers, request, &never, &result, &diag), TS_OK);
    cr_assert_eq(result.indicator.points, 2);
    cr_assert_float_eq(result.indicator.last, 40, 1e-9);
    ts_controllers_destroy(controllers);
}

Test(controllers, a_sweep_finds_what_single_backtests_find)
{
    struct ts_controllers *controllers = fixture_controllers();
    struct ts_result result, one;
    struct ts_diag diag;
    double best = 0;
    uint32_t pairs = 0;
    cr_assert_eq(run(controllers, fixture_sweep(), &never, &result, &diag), TS_OK);
    for (uint32_t fast = 2; fast <= 4; fast++) {
        for (uint32_t slow = fast + 1; slow <= 8; slow++, pairs++) {
            struct ts_request request = fixture_backtest();
            request.backtest.fast = fast;
            request.backtest.slow = slow;
            cr_assert_eq(run(controllers, request, &never, &one, &diag), TS_OK);
            best = one.backtest.equity > best ? one.backtest.equity : best;
            cr_assert(fast != result.sweep.fast || slow != result.sweep.slow ||
                      one.backtest.equity == result.sweep.best.equity);
        }
    }
    cr_assert_eq(result.sweep.pairs, pairs);
    cr_assert_eq(result.sweep.best.equity, best);
    ts_controllers_destroy(controllers);
}

Test(controllers, a_data_request_counts_what_is_wrong)
{
    struct ts_controllers *controllers = fixture_controllers();
    struct ts_request request = fixture_data();
    struct ts_result result;
    struct ts_diag diag;
    cr_assert_eq(run(controllers, request, &never, &result, &diag), TS_OK);
    cr_assert_eq(result.data.points, 2 * FIXTURE_POINTS);
    cr_assert_eq(result.data.bad_prices, 2);
    cr_assert_eq(result.data.gaps, 0);
    cr_assert_eq(result.data.symbols_clean, 1);
    ts_controllers_destroy(controllers);

    static const int64_t times_ns[] = {FIXTURE_START, FIXTURE_START + 60 * TS_NS_PER_S,
                                       FIXTURE_START + 121 * TS_NS_PER_S};
    static const double prices[] = {1, 1, 1};
    static const char *const symbols[] = {"gap"};
    struct ts_series series = {.symbol = "gap", .count = 3, .times_ns = times_ns, .prices = prices};
    cr_assert_eq(ts_controllers_create(&series, 1, &controllers, NULL), TS_OK);
    request.data.symbols = symbols;
    request.data.symbol_count = 1;
    cr_assert_eq(run(controllers, request, &never, &result, &diag), TS_OK);
    cr_assert_eq(result.data.gaps, 1);
    ts_controllers_destroy(controllers);
}

Test(controllers, errors_name_symbol_and_time_and_leave_the_result)
{
    struct ts_controllers *controllers = fixture_controllers();
    struct ts_request request = fixture_backtest();
    struct ts_result result = {.backtest.trades = 77};
    struct ts_diag diag;
    request.symbol = "holed";
    cr_assert_eq(run(controllers, request, &never, &result, &diag), TS_MALFORMED);
    cr_assert_str_eq(diag.subject, "holed");
    cr_assert(strstr(diag.text, "2024-08-08T12:16:40") != NULL && strstr(diag.text, "nan") != NULL, "%s",
              diag.text);
    request.symbol = "empty";
    cr_assert_eq(run(controllers, request, &never, &result, &diag), TS_NOT_FOUND);
    request.symbol = "btcusdt";
    request.start_ns = FIXTURE_END;
    request.end_ns = FIXTURE_END + 1;
    cr_assert_eq(run(controllers, request, &never, &result, &diag), TS_NOT_FOUND);
    cr_assert(strstr(diag.text, "2024-08-08T13:06:40") != NULL, "%s", diag.text);
    struct ts_request kinds[] = {fixture_backtest(), fixture_indicator(), fixture_sweep(), fixture_data()};
    for (size_t i = 0; i < 4; i++) {
        cr_assert_eq(run(controllers, kinds[i], &at_once, &result, &diag), TS_CLOSED);
    }
    cr_assert_eq(result.backtest.trades, 77);
    ts_controllers_destroy(controllers);
}

Test(controllers, bad_series_are_refused)
{
    static const int64_t back_ns[] = {2, 1};
    static const double prices[] = {1, 1};
    const struct ts_series good = {.symbol = "a"}, unnamed = {.symbol = ""}, null = {.symbol = NULL};
    const struct ts_series longer = {.symbol = "a234567890123456789012345678901x"};
    const struct ts_series back = {.symbol = "b", .count = 2, .times_ns = back_ns, .prices = prices};
    const struct ts_series twice[] = {good, {.symbol = "b"}, good};
    struct ts_controllers *controllers = NULL;
    struct ts_diag diag;
    cr_assert_eq(ts_controllers_create(&good, 0, &controllers, &diag), TS_INVALID);
    cr_assert_eq(ts_controllers_create(&good, TS_SERIES_MAX + 1, &controllers, &diag), TS_LIMIT);
    cr_assert_eq(ts_controllers_create(&unnamed, 1, &controllers, &diag), TS_INVALID);
    cr_assert_eq(ts_controllers_create(&null, 1, &controllers, &diag), TS_INVALID);
    cr_assert_eq(ts_controllers_create(&longer, 1, &controllers, &diag), TS_INVALID);
    cr_assert_eq(ts_controllers_create(&back, 1, &controllers, &diag), TS_INVALID);
    cr_assert_eq(ts_controllers_create(twice, 3, &controllers, &diag), TS_INVALID);
    cr_assert_str_eq(diag.subject, "a");
    cr_assert_null(controllers);
    cr_assert_eq(ts_controllers_create(&good, 1, &controllers, &diag), TS_OK);
    ts_controllers_destroy(controllers);
}
