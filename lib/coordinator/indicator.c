#include "coordinator/span.h"

#include <math.h>

/* Of the latest `period` prices, or of as many as there are. */
static double simple_average(const struct ts_span *span, uint32_t i, uint32_t period, double *sum)
{
    *sum += span->prices[i];
    if (i >= period) {
        *sum -= span->prices[i - period];
    }
    return *sum / (i < period ? i + 1 : period);
}

ts_err ts_indicator_run(const struct ts_span *span, const struct ts_work *work, struct ts_result *result,
                        struct ts_diag *diag)
{
    uint32_t period = work->fast_min;
    double average = span->prices[0], sum = 0;
    result->indicator.points = span->count;
    for (uint32_t i = 0; i < span->count; i++) {
        double price = span->prices[i];
        if (ts_span_cancelled(span, i)) {
            return TS_CLOSED;
        }
        if (!ts_price_is_good(price)) {
            return ts_span_bad_price(span, i, diag);
        }
        average = work->average == TS_AVERAGE_EMA ? average + (price - average) * 2.0 / (period + 1.0)
                                                  : simple_average(span, i, period, &sum);
        if (!isfinite(average)) {
            return ts_span_overflow(span, i, "the average", diag);
        }
        if (i == 0 || average < result->indicator.lowest) {
            result->indicator.lowest = average;
        }
        if (i == 0 || average > result->indicator.highest) {
            result->indicator.highest = average;
        }
    }
    result->indicator.last = average;
    return TS_OK;
}
