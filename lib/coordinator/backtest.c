#include "coordinator/span.h"

#include <math.h>

/* Exponential, with the usual weight 2 / (period + 1); begun at the first price. */
static double next_average(double average, double price, uint32_t period)
{
    return average + (price - average) * 2.0 / (period + 1.0);
}

struct position {
    double equity, peak;
    double quantity, entry; /* quantity 0: none */
};

static void close_position(struct position *position, double price, const struct ts_terms *terms)
{
    position->equity +=
        position->quantity * (price - position->entry) - terms->fee * position->quantity * price;
    position->quantity = 0;
}

static void open_position(struct position *position, double price, const struct ts_terms *terms)
{
    double notional = position->equity * terms->leverage;
    position->quantity = notional / price;
    position->entry = price;
    position->equity -= terms->fee * notional;
}

/* The equity as if all were sold now, without the fee. */
static double marked(const struct position *position, double price)
{
    return position->equity + position->quantity * (price - position->entry);
}

static void watch_drawdown(struct position *position, double value, struct ts_backtest_result *result)
{
    position->peak = value > position->peak ? value : position->peak;
    double fall = (position->peak - value) / position->peak;
    result->drawdown = fall > result->drawdown ? fall : result->drawdown;
}

/* Long while the fast average is above the slow one, out of the market else. */
ts_err ts_backtest_run(const struct ts_span *span, const struct ts_terms *terms, uint32_t fast, uint32_t slow,
                       struct ts_backtest_result *result, struct ts_diag *diag)
{
    struct position position = {.equity = terms->portfolio, .peak = terms->portfolio};
    double fast_average = span->prices[0], slow_average = span->prices[0];
    result->points = span->count;
    for (uint32_t i = 0; i < span->count; i++) {
        double price = span->prices[i];
        if (ts_span_cancelled(span, i)) {
            return TS_CLOSED;
        }
        if (!ts_price_is_good(price)) {
            return ts_span_bad_price(span, i, diag);
        }
        fast_average = next_average(fast_average, price, fast);
        slow_average = next_average(slow_average, price, slow);
        if (!isfinite(fast_average) || !isfinite(slow_average)) {
            return ts_span_overflow(span, i, "an average", diag);
        }
        double value = marked(&position, price);
        if (!isfinite(value)) {
            return ts_span_overflow(span, i, "the equity", diag);
        }
        watch_drawdown(&position, value, result);
        if (value <= 0) {
            result->liquidated = true;
            return TS_OK; /* equity 0: what was borrowed is not the portfolio's */
        }
        bool above = fast_average > slow_average;
        if (above && position.quantity == 0 && terms->leverage > 0) {
            open_position(&position, price, terms);
            result->trades++;
        } else if (!above && position.quantity > 0) {
            close_position(&position, price, terms);
        }
    }
    if (position.quantity > 0) {
        close_position(&position, span->prices[span->count - 1], terms);
    }
    if (!isfinite(position.equity)) {
        return ts_span_overflow(span, span->count - 1, "the equity", diag);
    }
    result->liquidated = position.equity <= 0;
    result->equity = position.equity > 0 ? position.equity : 0;
    return TS_OK;
}

ts_err ts_sweep_run(const struct ts_span *span, const struct ts_work *work, struct ts_result *result,
                    struct ts_diag *diag)
{
    for (uint32_t fast = work->fast_min; fast <= work->fast_max; fast++) {
        uint32_t slow = work->slow_min > fast ? work->slow_min : fast + 1;
        for (; slow <= work->slow_max; slow++) {
            struct ts_backtest_result one = {0};
            ts_err error = ts_backtest_run(span, &work->terms, fast, slow, &one, diag);
            if (error != TS_OK) {
                return error;
            }
            if (result->sweep.pairs++ == 0 || one.equity > result->sweep.best.equity) {
                result->sweep.best = one;
                result->sweep.fast = fast;
                result->sweep.slow = slow;
            }
        }
    }
    return TS_OK;
}
