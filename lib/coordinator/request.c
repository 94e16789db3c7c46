#include "coordinator/request.h"

#include "base/clock.h"
#include "coordinator/controllers.h"
#include "coordinator/timestamp.h"

#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const kind_names[TS_REQUEST_KIND_COUNT] = {
    [TS_REQUEST_BACKTEST] = "backtest",
    [TS_REQUEST_INDICATOR] = "indicator",
    [TS_REQUEST_SWEEP] = "sweep",
    [TS_REQUEST_DATA] = "data",
};

static const struct {
    const char *name;
    int64_t duration_ns;
} timeframes[] = {
    {"1m", 60 * TS_NS_PER_S},
    {"5m", 300 * TS_NS_PER_S},
    {"1h", 3600 * TS_NS_PER_S},
    {"1d", 86400 * TS_NS_PER_S},
};

const char *ts_request_kind_name(enum ts_request_kind kind)
{
    return (unsigned)kind < TS_REQUEST_KIND_COUNT ? kind_names[kind] : "unknown";
}

static ts_err parse_time(const struct ts_request *request, const char *field, const char *text,
                         int64_t *utc_ns, struct ts_diag *diag)
{
    char operation[32];
    struct ts_diag why;
    ts_err error = ts_timestamp_parse(text, utc_ns, &why);
    if (error == TS_OK) {
        return TS_OK;
    }
    snprintf(operation, sizeof operation, "check %s request", ts_request_kind_name(request->kind));
    /* Whatever it is of a timestamp, of a request it is a value out of its domain. */
    return ts_fail(diag, TS_INVALID, operation, field, "'%.64s' %s", text != NULL ? text : "", why.text);
}

ts_err ts_request_set_span(struct ts_request *request, const char *start, const char *end,
                           struct ts_diag *diag)
{
    int64_t start_ns, end_ns;
    ts_err error = parse_time(request, "start", start, &start_ns, diag);
    if (error == TS_OK) {
        error = parse_time(request, "end", end, &end_ns, diag);
    }
    if (error == TS_OK) {
        request->start_ns = start_ns;
        request->end_ns = end_ns;
    }
    return error;
}

/* What a check is about, for its refusals. */
struct check {
    const char *operation;
    const struct ts_controllers *controllers;
    struct ts_diag *diag;
};

static ts_err check_span(const struct check *check, int64_t start_ns, int64_t end_ns)
{
    if (start_ns < 0) {
        return ts_fail(check->diag, TS_INVALID, check->operation, "start", "%lld ns is before 1970",
                       (long long)start_ns);
    }
    if (start_ns >= end_ns) {
        return ts_fail(check->diag, TS_INVALID, check->operation, "start",
                       "%lld ns is not before the end, %lld ns", (long long)start_ns, (long long)end_ns);
    }
    return TS_OK;
}

static ts_err check_symbol(const struct check *check, const char *symbol, uint16_t *index)
{
    if (symbol == NULL || symbol[0] == '\0') {
        return ts_fail(check->diag, TS_INVALID, check->operation, "symbol", "there is none");
    }
    if (!ts_controllers_find(check->controllers, symbol, index)) {
        return ts_fail(check->diag, TS_UNKNOWN, check->operation, "symbol", "nobody knows '%s'", symbol);
    }
    return TS_OK;
}

/* NaN is in no range. As many digits as tell the value from its bound. */
static ts_err check_real(const struct check *check, const char *field, double value, double maximum)
{
    if (!(value >= 0 && value <= maximum)) {
        char text[32];
        snprintf(text, sizeof text, "%g", value);
        if (strtod(text, NULL) != value) {
            snprintf(text, sizeof text, "%.17g", value);
        }
        return ts_fail(check->diag, TS_INVALID, check->operation, field, "%s is not from 0 to %g", text,
                       maximum);
    }
    return TS_OK;
}

static ts_err check_terms(const struct check *check, const struct ts_terms *terms)
{
    if (!isfinite(terms->portfolio) || terms->portfolio <= 0) {
        return ts_fail(check->diag, TS_INVALID, check->operation, "portfolio", "%g is not a number above 0",
                       terms->portfolio);
    }
    ts_err error = check_real(check, "leverage", terms->leverage, 10);
    return error != TS_OK ? error : check_real(check, "fee", terms->fee, 1);
}

static ts_err check_period(const struct check *check, const char *field, uint32_t value, uint32_t minimum)
{
    if (value < minimum || value > TS_REQUEST_PERIOD_MAX) {
        return ts_fail(check->diag, TS_INVALID, check->operation, field, "%u is not from %u to %u", value,
                       minimum, TS_REQUEST_PERIOD_MAX);
    }
    return TS_OK;
}

static ts_err check_backtest(const struct check *check, const struct ts_request *request,
                             struct ts_work *work)
{
    ts_err error = check_terms(check, &request->backtest.terms);
    if (error == TS_OK) {
        error = check_period(check, "fast", request->backtest.fast, 1);
    }
    if (error == TS_OK) {
        error = check_period(check, "slow", request->backtest.slow, request->backtest.fast + 1);
    }
    work->terms = request->backtest.terms;
    work->fast_min = work->fast_max = request->backtest.fast;
    work->slow_min = work->slow_max = request->backtest.slow;
    return error;
}

static ts_err check_indicator(const struct check *check, const struct ts_request *request,
                              struct ts_work *work)
{
    if ((unsigned)request->indicator.average >= TS_AVERAGE_COUNT) {
        return ts_fail(check->diag, TS_INVALID, check->operation, "average", "%d is no kind of average",
                       (int)request->indicator.average);
    }
    work->average = request->indicator.average;
    work->fast_min = work->fast_max = request->indicator.period;
    return check_period(check, "period", request->indicator.period, 1);
}

/* How many pairs of periods have fast below slow. */
static uint64_t pairs_of(const struct ts_work *work)
{
    uint64_t pairs = 0;
    for (uint32_t fast = work->fast_min; fast <= work->fast_max; fast++) {
        uint32_t slow_min = work->slow_min > fast ? work->slow_min : fast + 1;
        pairs += slow_min <= work->slow_max ? work->slow_max - slow_min + 1 : 0;
    }
    return pairs;
}

static ts_err check_sweep(const struct check *check, const struct ts_request *request, struct ts_work *work)
{
    ts_err error = check_terms(check, &request->sweep.terms);
    const struct {
        const char *field;
        uint32_t value, minimum;
    } periods[] = {
        {"fast_min", request->sweep.fast_min, 1},
        {"fast_max", request->sweep.fast_max, request->sweep.fast_min},
        {"slow_min", request->sweep.slow_min, 1},
        {"slow_max", request->sweep.slow_max, request->sweep.slow_min},
    };
    for (size_t i = 0; error == TS_OK && i < sizeof periods / sizeof *periods; i++) {
        error = check_period(check, periods[i].field, periods[i].value, periods[i].minimum);
    }
    if (error != TS_OK) {
        return error;
    }
    work->terms = request->sweep.terms;
    work->fast_min = request->sweep.fast_min;
    work->fast_max = request->sweep.fast_max;
    work->slow_min = request->sweep.slow_min;
    work->slow_max = request->sweep.slow_max;
    uint64_t pairs = pairs_of(work);
    if (pairs == 0) {
        return ts_fail(check->diag, TS_INVALID, check->operation, "slow_max", "%u is above no fast period",
                       work->slow_max);
    }
    if (pairs > TS_SWEEP_PAIRS_MAX) {
        return ts_fail(check->diag, TS_LIMIT, check->operation, "periods",
                       "%llu pairs, at most %u in one sweep", (unsigned long long)pairs, TS_SWEEP_PAIRS_MAX);
    }
    return TS_OK;
}

static ts_err check_timeframe(const struct check *check, const char *name, int64_t *duration_ns)
{
    for (size_t i = 0; name != NULL && i < sizeof timeframes / sizeof *timeframes; i++) {
        if (strcmp(timeframes[i].name, name) == 0) {
            *duration_ns = timeframes[i].duration_ns;
            return TS_OK;
        }
    }
    return ts_fail(check->diag, TS_UNKNOWN, check->operation, "timeframe", "'%s' is none of 1m, 5m, 1h, 1d",
                   name != NULL ? name : "");
}

static ts_err check_data(const struct check *check, const struct ts_request *request, struct ts_work *work)
{
    uint32_t count = request->data.symbol_count;
    if (count < 1 || count > TS_REQUEST_SYMBOLS_MAX || request->data.symbols == NULL) {
        return ts_fail(check->diag, count > TS_REQUEST_SYMBOLS_MAX ? TS_LIMIT : TS_INVALID, check->operation,
                       "symbols", "%u of them, not 1 to %u", count, TS_REQUEST_SYMBOLS_MAX);
    }
    for (uint32_t i = 0; i < count; i++) {
        ts_err error = check_symbol(check, request->data.symbols[i], &work->symbols[i]);
        for (uint32_t j = 0; error == TS_OK && j < i; j++) {
            if (work->symbols[j] == work->symbols[i]) {
                error = ts_fail(check->diag, TS_INVALID, check->operation, "symbols", "'%s' is there twice",
                                request->data.symbols[i]);
            }
        }
        if (error != TS_OK) {
            return error;
        }
    }
    work->symbol_count = count;
    return check_timeframe(check, request->data.timeframe, &work->timeframe_ns);
}

ts_err ts_request_check(const struct ts_request *request, const struct ts_controllers *controllers,
                        struct ts_work *work, struct ts_diag *diag)
{
    static ts_err (*const checks[])(const struct check *, const struct ts_request *, struct ts_work *) = {
        [TS_REQUEST_BACKTEST] = check_backtest,
        [TS_REQUEST_INDICATOR] = check_indicator,
        [TS_REQUEST_SWEEP] = check_sweep,
        [TS_REQUEST_DATA] = check_data,
    };
    char operation[32];
    snprintf(operation, sizeof operation, "check %s request", ts_request_kind_name(request->kind));
    struct check check = {.operation = operation, .controllers = controllers, .diag = diag};
    struct ts_work checked = {
        .kind = request->kind, .start_ns = request->start_ns, .end_ns = request->end_ns, .symbol_count = 1};
    if ((unsigned)request->kind >= TS_REQUEST_KIND_COUNT) {
        return ts_fail(diag, TS_INVALID, operation, "kind", "%d is no kind of request", (int)request->kind);
    }
    ts_err error = check_span(&check, request->start_ns, request->end_ns);
    if (error == TS_OK && request->kind != TS_REQUEST_DATA) {
        error = check_symbol(&check, request->symbol, &checked.symbols[0]);
    }
    if (error == TS_OK) {
        error = checks[request->kind](&check, request, &checked);
    }
    if (error == TS_OK) {
        *work = checked;
    }
    return error;
}
