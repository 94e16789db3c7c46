#include "coordinator/span.h"

#include "coordinator/timestamp.h"

#include <math.h>

bool ts_price_is_good(double price)
{
    return isfinite(price) && price > 0;
}

ts_err ts_span_bad_price(const struct ts_span *span, uint32_t i, struct ts_diag *diag)
{
    char time[TS_TIMESTAMP_SIZE];
    return ts_fail(diag, TS_MALFORMED, "read prices", span->symbol, "the price at %s is %g",
                   ts_timestamp_format(span->times_ns[i], time), span->prices[i]);
}

ts_err ts_span_overflow(const struct ts_span *span, uint32_t i, const char *what, struct ts_diag *diag)
{
    char time[TS_TIMESTAMP_SIZE];
    return ts_fail(diag, TS_LIMIT, "run task", span->symbol,
                   "%s is beyond all numbers at %s, with the price %g", what,
                   ts_timestamp_format(span->times_ns[i], time), span->prices[i]);
}
