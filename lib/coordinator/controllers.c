#include "coordinator/controllers.h"

#include "coordinator/span.h"
#include "coordinator/timestamp.h"

#include <stdlib.h>
#include <string.h>

struct stored {
    char symbol[TS_SERIES_NAME_MAX];
    uint32_t count;
    int64_t *times_ns;
    double *prices;
};

struct ts_controllers {
    uint32_t count;
    struct stored *series; /* sorted by symbol */
    int64_t *times_ns;     /* of all series, one block each */
    double *prices;
};

static int by_symbol(const void *left, const void *right)
{
    return strcmp(((const struct stored *)left)->symbol, ((const struct stored *)right)->symbol);
}

static ts_err check_series(const struct ts_series *series, uint32_t count, uint64_t *points,
                           struct ts_diag *diag)
{
    const char *const operation = "create controllers";
    *points = 0;
    if (count == 0 || count > TS_SERIES_MAX) {
        return ts_fail(diag, count == 0 ? TS_INVALID : TS_LIMIT, operation, NULL, "%u series, not 1 to %u",
                       count, TS_SERIES_MAX);
    }
    for (uint32_t i = 0; i < count; i++) {
        const struct ts_series *one = &series[i];
        size_t length = one->symbol != NULL ? strlen(one->symbol) : 0;
        if (length == 0 || length >= TS_SERIES_NAME_MAX) {
            return ts_fail(diag, TS_INVALID, operation, one->symbol, "a symbol has 1 to %u characters",
                           TS_SERIES_NAME_MAX - 1);
        }
        for (uint32_t k = 1; k < one->count; k++) {
            if (one->times_ns[k] < one->times_ns[k - 1]) {
                return ts_fail(diag, TS_INVALID, operation, one->symbol,
                               "point %u is older than the one before it", k);
            }
        }
        *points += one->count;
    }
    return TS_OK;
}

static void copy_series(struct ts_controllers *controllers, const struct ts_series *series)
{
    uint64_t at = 0;
    for (uint32_t i = 0; i < controllers->count; i++) {
        struct stored *stored = &controllers->series[i];
        uint32_t points = series[i].count;
        *stored = (struct stored){
            .count = points, .times_ns = controllers->times_ns + at, .prices = controllers->prices + at};
        memcpy(stored->symbol, series[i].symbol, strlen(series[i].symbol) + 1);
        if (points > 0) {
            memcpy(stored->times_ns, series[i].times_ns, points * sizeof *stored->times_ns);
            memcpy(stored->prices, series[i].prices, points * sizeof *stored->prices);
        }
        at += points;
    }
    qsort(controllers->series, controllers->count, sizeof *controllers->series, by_symbol);
}

static ts_err check_twice(const struct ts_controllers *controllers, struct ts_diag *diag)
{
    for (uint32_t i = 1; i < controllers->count; i++) {
        if (by_symbol(&controllers->series[i - 1], &controllers->series[i]) == 0) {
            return ts_fail(diag, TS_INVALID, "create controllers", controllers->series[i].symbol,
                           "is there twice");
        }
    }
    return TS_OK;
}

ts_err ts_controllers_create(const struct ts_series *series, uint32_t count,
                             struct ts_controllers **controllers, struct ts_diag *diag)
{
    uint64_t points;
    ts_err error = check_series(series, count, &points, diag);
    if (error != TS_OK) {
        return error;
    }
    struct ts_controllers *made = calloc(1, sizeof *made);
    if (made != NULL) {
        made->count = count;
        made->series = calloc(count, sizeof *made->series);
        made->times_ns = calloc(points + 1, sizeof *made->times_ns);
        made->prices = calloc(points + 1, sizeof *made->prices);
    }
    if (made == NULL || made->series == NULL || made->times_ns == NULL || made->prices == NULL) {
        ts_controllers_destroy(made);
        return ts_fail(diag, TS_NO_MEMORY, "create controllers", NULL, "no room for %llu prices",
                       (unsigned long long)points);
    }
    copy_series(made, series);
    error = check_twice(made, diag);
    if (error != TS_OK) {
        ts_controllers_destroy(made);
        return error;
    }
    *controllers = made;
    return TS_OK;
}

void ts_controllers_destroy(struct ts_controllers *controllers)
{
    if (controllers == NULL) {
        return;
    }
    free(controllers->series);
    free(controllers->times_ns);
    free(controllers->prices);
    free(controllers);
}

bool ts_controllers_find(const struct ts_controllers *controllers, const char *symbol, uint16_t *index)
{
    uint32_t low = 0, high = controllers->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        int order = strcmp(controllers->series[middle].symbol, symbol);
        if (order == 0) {
            *index = (uint16_t)middle;
            return true;
        }
        low = order < 0 ? middle + 1 : low;
        high = order < 0 ? high : middle;
    }
    return false;
}

/* The first of the points that is not before time_ns. */
static uint32_t first_from(const struct stored *series, int64_t time_ns)
{
    uint32_t low = 0, high = series->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (series->times_ns[middle] < time_ns) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static struct ts_span span_of(const struct ts_controllers *controllers, const struct ts_work *work,
                              uint32_t which, const _Atomic bool *cancel)
{
    const struct stored *series = &controllers->series[work->symbols[which]];
    uint32_t first = first_from(series, work->start_ns);
    return (struct ts_span){.symbol = series->symbol,
                            .times_ns = series->times_ns + first,
                            .prices = series->prices + first,
                            .count = first_from(series, work->end_ns) - first,
                            .cancel = cancel};
}

static ts_err run_data(const struct ts_controllers *controllers, const struct ts_work *work,
                       const _Atomic bool *cancel, struct ts_result *result)
{
    ts_err error = TS_OK;
    for (uint32_t i = 0; error == TS_OK && i < work->symbol_count; i++) {
        struct ts_span span = span_of(controllers, work, i, cancel);
        error = ts_data_run(&span, work, result);
    }
    return error;
}

static ts_err run_one(const struct ts_span *span, const struct ts_work *work, struct ts_result *result,
                      struct ts_diag *diag)
{
    if (span->count == 0) {
        char start[TS_TIMESTAMP_SIZE], end[TS_TIMESTAMP_SIZE];
        return ts_fail(diag, TS_NOT_FOUND, "read prices", span->symbol, "there is none from %s to %s",
                       ts_timestamp_format(work->start_ns, start), ts_timestamp_format(work->end_ns, end));
    }
    switch (work->kind) {
    case TS_REQUEST_BACKTEST:
        return ts_backtest_run(span, &work->terms, work->fast_min, work->slow_min, &result->backtest, diag);
    case TS_REQUEST_SWEEP:
        return ts_sweep_run(span, work, result, diag);
    default:
        return ts_indicator_run(span, work, result, diag);
    }
}

ts_err ts_controllers_run(const struct ts_controllers *controllers, const struct ts_work *work,
                          const _Atomic bool *cancel, struct ts_result *result, struct ts_diag *diag)
{
    struct ts_result made;
    ts_err error;
    memset(&made, 0, sizeof made); /* also what lies between the members: results are compared whole */
    made.kind = work->kind;
    if (work->kind == TS_REQUEST_DATA) {
        error = run_data(controllers, work, cancel, &made);
    } else {
        struct ts_span span = span_of(controllers, work, 0, cancel);
        error = run_one(&span, work, &made, diag);
    }
    if (error == TS_CLOSED) {
        return ts_fail(diag, TS_CLOSED, "run task", ts_request_kind_name(work->kind), "it was cancelled");
    }
    if (error == TS_OK) {
        *result = made;
    }
    return error;
}
