#include "coordinator/fixture.h"
#include "coordinator/request.h"

#include <stdio.h>
#include <string.h>

static struct ts_controllers *controllers;

static void begin(void)
{
    controllers = fixture_controllers();
}

static void end(void)
{
    ts_controllers_destroy(controllers);
}

TestSuite(request, .init = begin, .fini = end);

static void breaks(struct ts_request request, ts_err wanted, const char *field, const char *value)
{
    struct ts_work work = {.symbol_count = 77};
    struct ts_diag diag = {.text = ""};
    char operation[48];
    ts_err error = ts_request_check(&request, controllers, &work, &diag);
    cr_expect_eq(error, wanted, "%s %s: %s: %s", field, value, ts_err_name(error), diag.text);
    cr_expect_str_eq(diag.subject, field, "the field is not named: %s: %s", diag.subject, diag.text);
    cr_expect(strstr(diag.text, value) != NULL, "%s: the value %s is not named: %s", field, value, diag.text);
    cr_expect_eq(work.symbol_count, 77, "something was left behind");
    snprintf(operation, sizeof operation, "check %s request", ts_request_kind_name(request.kind));
    cr_expect_str_eq(diag.operation, operation);
}

static void passes(struct ts_request request)
{
    struct ts_work work;
    struct ts_diag diag = {.text = ""};
    cr_expect_eq(ts_request_check(&request, controllers, &work, &diag), TS_OK, "%s: %s", diag.subject,
                 diag.text);
}

Test(request, good_ones_pass)
{
    passes(fixture_backtest());
    passes(fixture_indicator());
    passes(fixture_sweep());
    passes(fixture_data());
}

Test(request, an_unknown_kind_is_refused)
{
    struct ts_request request = fixture_backtest();
    request.kind = (enum ts_request_kind)9;
    breaks(request, TS_INVALID, "kind", "9");
    request.kind = (enum ts_request_kind) - 1;
    breaks(request, TS_INVALID, "kind", "-1");
}

Test(request, the_span_is_checked_in_every_kind)
{
    struct ts_request requests[] = {fixture_backtest(), fixture_indicator(), fixture_sweep(), fixture_data()};
    for (size_t i = 0; i < 4; i++) {
        struct ts_request request = requests[i];
        request.end_ns = request.start_ns;
        breaks(request, TS_INVALID, "start", "1723118400000000000");
        request.end_ns = request.start_ns - 1;
        breaks(request, TS_INVALID, "start", "1723118399999999999");
        request.end_ns = request.start_ns + 1;
        passes(request);
        request.start_ns = -1;
        breaks(request, TS_INVALID, "start", "-1");
    }
}

/* One double of the terms, its bounds and beyond. */
static const struct {
    const char *field;
    size_t offset;
    double value;
    const char *text; /* NULL: it passes */
} terms[] = {
#define AT(member) offsetof(struct ts_terms, member)
    {"portfolio", AT(portfolio), 0.01, NULL},
    {"portfolio", AT(portfolio), 0, "0"},
    {"portfolio", AT(portfolio), -5, "-5"},
    {"portfolio", AT(portfolio), (double)NAN, "nan"},
    {"portfolio", AT(portfolio), (double)INFINITY, "inf"},
    {"leverage", AT(leverage), 0, NULL},
    {"leverage", AT(leverage), 10, NULL},
    {"leverage", AT(leverage), 10.01, "10.01"},
    {"leverage", AT(leverage), 0x1.4000000000001p3, "10.000000000000002"},
    {"leverage", AT(leverage), -0.5, "-0.5"},
    {"leverage", AT(leverage), (double)NAN, "nan"},
    {"fee", AT(fee), 0, NULL},
    {"fee", AT(fee), 1, NULL},
    {"fee", AT(fee), 1.5, "1.5"},
    {"fee", AT(fee), -0.001, "-0.001"},
    {"fee", AT(fee), (double)INFINITY, "inf"},
#undef AT
};

static void refuses_times(const char *start, const char *end, ts_err wanted, const char *field,
                          const char *text)
{
    struct ts_request request = fixture_backtest();
    struct ts_diag diag = {.text = ""};
    cr_expect_eq(ts_request_set_span(&request, start, end, &diag), wanted, "%s", diag.text);
    cr_expect_str_eq(diag.subject, field);
    cr_expect_str_eq(diag.operation, "check backtest request");
    cr_expect(strstr(diag.text, text) != NULL, "'%s' is not in: %s", text, diag.text);
    cr_expect(request.start_ns == FIXTURE_START && request.end_ns == FIXTURE_END,
              "something was left behind");
}

Test(request, the_span_may_be_text_that_means_one_thing)
{
    struct ts_request request = fixture_backtest();
    cr_assert_eq(ts_request_set_span(&request, "2024-08-08T14:00:00+02:00", "1723118460000", NULL), TS_OK);
    cr_expect_eq(request.start_ns, FIXTURE_START);
    cr_expect_eq(request.end_ns, FIXTURE_START + 60 * TS_NS_PER_S);
    passes(request);
    refuses_times("2024-08-08T12:00:00", "1723118460", TS_INVALID, "start",
                  "'2024-08-08T12:00:00' has no zone");
    refuses_times("1723118400", "172311846", TS_INVALID, "end", "'172311846' is ambiguous");
    refuses_times("1723118400", "tomorrow", TS_INVALID, "end", "'tomorrow' is neither");
    refuses_times(NULL, "1723118460", TS_INVALID, "start", "'' there is none");
    cr_assert_eq(ts_request_set_span(&request, "1723118460", "1723118400", NULL), TS_OK);
    breaks(request, TS_INVALID, "start", "1723118460000000000");
}

Test(request, the_terms_have_their_bounds)
{
    for (size_t i = 0; i < sizeof terms / sizeof *terms; i++) {
        struct ts_request backtest = fixture_backtest(), sweep = fixture_sweep();
        memcpy((char *)&backtest.backtest.terms + terms[i].offset, &terms[i].value, sizeof terms[i].value);
        memcpy((char *)&sweep.sweep.terms + terms[i].offset, &terms[i].value, sizeof terms[i].value);
        if (terms[i].text == NULL) {
            passes(backtest);
            passes(sweep);
        } else {
            breaks(backtest, TS_INVALID, terms[i].field, terms[i].text);
            breaks(sweep, TS_INVALID, terms[i].field, terms[i].text);
        }
    }
}

static const struct {
    uint32_t fast, slow;
    const char *field, *text;
} periods[] = {
    {1, 2, NULL, NULL},
    {9999, 10000, NULL, NULL},
    {0, 5, "fast", "0"},
    {5, 5, "slow", "5"},
    {6, 5, "slow", "5"},
    {1, 10001, "slow", "10001"},
    {10001, 10002, "fast", "10001"},
    {UINT32_MAX, 5, "fast", "4294967295"},
};

Test(request, periods_have_their_order)
{
    for (size_t i = 0; i < sizeof periods / sizeof *periods; i++) {
        struct ts_request request = fixture_backtest();
        request.backtest.fast = periods[i].fast;
        request.backtest.slow = periods[i].slow;
        if (periods[i].field == NULL) {
            passes(request);
        } else {
            breaks(request, TS_INVALID, periods[i].field, periods[i].text);
        }
    }
}

Test(request, an_indicator_has_a_period_and_a_kind)
{
    struct ts_request request = fixture_indicator();
    request.indicator.period = 0;
    breaks(request, TS_INVALID, "period", "0");
    request.indicator.period = 10001;
    breaks(request, TS_INVALID, "period", "10001");
    request.indicator.period = 1;
    request.indicator.average = TS_AVERAGE_COUNT;
    breaks(request, TS_INVALID, "average", "2");
}

static const struct {
    uint32_t fast_min, fast_max, slow_min, slow_max;
    ts_err error;
    const char *field, *text;
} sweeps[] = {
    {1, 1, 2, 2, TS_OK, NULL, NULL},
    {1, 32, 33, 64, TS_OK, NULL, NULL}, /* 1024 pairs */
    {1, 32, 33, 65, TS_LIMIT, "periods", "1056"},
    {1, 10000, 1, 10000, TS_LIMIT, "periods", "49995000"},
    {0, 1, 2, 2, TS_INVALID, "fast_min", "0"},
    {3, 2, 4, 4, TS_INVALID, "fast_max", "2"},
    {1, 1, 0, 2, TS_INVALID, "slow_min", "0"},
    {1, 1, 5, 4, TS_INVALID, "slow_max", "4"},
    {5, 9, 2, 5, TS_INVALID, "slow_max", "5"},
    {1, 10001, 2, 2, TS_INVALID, "fast_max", "10001"},
};

Test(request, a_sweep_is_bounded)
{
    for (size_t i = 0; i < sizeof sweeps / sizeof *sweeps; i++) {
        struct ts_request request = fixture_sweep();
        request.sweep.fast_min = sweeps[i].fast_min;
        request.sweep.fast_max = sweeps[i].fast_max;
        request.sweep.slow_min = sweeps[i].slow_min;
        request.sweep.slow_max = sweeps[i].slow_max;
        if (sweeps[i].error == TS_OK) {
            passes(request);
        } else {
            breaks(request, sweeps[i].error, sweeps[i].field, sweeps[i].text);
        }
    }
}

Test(request, symbols_are_known)
{
    static const char *const names[] = {"BTCUSDT", "btcusd", "btcusdtt", "a", "zzz"};
    struct ts_request requests[] = {fixture_backtest(), fixture_indicator(), fixture_sweep()};
    for (size_t kind = 0; kind < 3; kind++) {
        struct ts_request request = requests[kind];
        for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
            request.symbol = names[i];
            breaks(request, TS_UNKNOWN, "symbol", names[i]);
        }
        request.symbol = NULL;
        breaks(request, TS_INVALID, "symbol", "none");
        request.symbol = "";
        breaks(request, TS_INVALID, "symbol", "none");
    }
}

Test(request, data_has_1_to_100_symbols_all_different)
{
    static const char *many[TS_REQUEST_SYMBOLS_MAX + 1];
    static char names[TS_REQUEST_SYMBOLS_MAX + 1][8];
    static struct ts_series series[TS_REQUEST_SYMBOLS_MAX + 1];
    struct ts_controllers *small = controllers;
    struct ts_request request = fixture_data();
    request.data.symbol_count = 0;
    breaks(request, TS_INVALID, "symbols", "0");
    for (uint32_t i = 0; i <= TS_REQUEST_SYMBOLS_MAX; i++) {
        snprintf(names[i], sizeof names[i], "s%u", i);
        many[i] = names[i];
        series[i].symbol = names[i];
    }
    cr_assert_eq(ts_controllers_create(series, TS_REQUEST_SYMBOLS_MAX + 1, &controllers, NULL), TS_OK);
    request.data.symbols = many;
    request.data.symbol_count = 1;
    passes(request);
    request.data.symbol_count = 100;
    passes(request);
    request.data.symbol_count = 101;
    breaks(request, TS_LIMIT, "symbols", "101");
    request.data.symbol_count = 100;
    many[99] = many[3];
    breaks(request, TS_INVALID, "symbols", "s3");
    many[99] = "nope";
    breaks(request, TS_UNKNOWN, "symbol", "nope");
    request.data.symbols = NULL;
    breaks(request, TS_INVALID, "symbols", "100");
    ts_controllers_destroy(controllers);
    controllers = small;
}

Test(request, data_has_one_of_four_timeframes)
{
    static const char *const good[] = {"1m", "5m", "1h", "1d"};
    static const char *const bad[] = {"2m", "1M", "60", "", "1w", " 1m", "1m "};
    static const int64_t durations_s[] = {60, 300, 3600, 86400};
    struct ts_request request = fixture_data();
    struct ts_work work;
    for (size_t i = 0; i < 4; i++) {
        request.data.timeframe = good[i];
        cr_expect_eq(ts_request_check(&request, controllers, &work, NULL), TS_OK, "%s", good[i]);
        cr_expect_eq(work.timeframe_ns, durations_s[i] * TS_NS_PER_S, "%s", good[i]);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        request.data.timeframe = bad[i];
        breaks(request, TS_UNKNOWN, "timeframe", bad[i]);
    }
    request.data.timeframe = NULL;
    breaks(request, TS_UNKNOWN, "timeframe", "''");
}
