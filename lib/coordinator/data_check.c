#include "coordinator/span.h"

ts_err ts_data_run(const struct ts_span *span, const struct ts_work *work, struct ts_result *result)
{
    uint64_t bad_prices = 0, gaps = 0;
    for (uint32_t i = 0; i < span->count; i++) {
        if (ts_span_cancelled(span, i)) {
            return TS_CLOSED;
        }
        bad_prices += !ts_price_is_good(span->prices[i]);
        gaps += i > 0 && span->times_ns[i] - span->times_ns[i - 1] > work->timeframe_ns;
    }
    result->data.points += span->count;
    result->data.bad_prices += bad_prices;
    result->data.gaps += gaps;
    result->data.symbols_clean += span->count > 0 && bad_prices == 0 && gaps == 0;
    return TS_OK;
}
