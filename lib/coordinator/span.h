/* Inside the controllers: the prices that a piece of work is about, and the walk over them. */
#ifndef TS_COORDINATOR_SPAN_H
#define TS_COORDINATOR_SPAN_H

#include "coordinator/controllers.h"

struct ts_span {
    const char *symbol;
    const int64_t *times_ns;
    const double *prices;
    uint32_t count;
    const _Atomic bool *cancel;
};

/* Whether to give up before point number i. Relaxed: the request carries nothing but itself. */
static inline bool ts_span_cancelled(const struct ts_span *span, uint32_t i)
{
    return i % TS_CANCEL_STRIDE == 0 && atomic_load_explicit(span->cancel, memory_order_relaxed);
}

ts_err ts_span_bad_price(const struct ts_span *span, uint32_t i, struct ts_diag *diag);
/* TS_LIMIT: `what` is beyond all numbers at point i. Prices that are good may come to that. */
ts_err ts_span_overflow(const struct ts_span *span, uint32_t i, const char *what, struct ts_diag *diag);
bool ts_price_is_good(double price);

ts_err ts_backtest_run(const struct ts_span *span, const struct ts_terms *terms, uint32_t fast, uint32_t slow,
                       struct ts_backtest_result *result, struct ts_diag *diag);
ts_err ts_sweep_run(const struct ts_span *span, const struct ts_work *work, struct ts_result *result,
                    struct ts_diag *diag);
ts_err ts_indicator_run(const struct ts_span *span, const struct ts_work *work, struct ts_result *result,
                        struct ts_diag *diag);
/* Adds what it finds. TS_CLOSED or TS_OK. */
ts_err ts_data_run(const struct ts_span *span, const struct ts_work *work, struct ts_result *result);

#endif
