#include "trader/ema_cross.h"

ts_err ts_ema_cross_init(struct ts_ema_cross *cross, uint32_t fast_ticks, uint32_t slow_ticks,
                         struct ts_diag *diag)
{
    if (fast_ticks < 1 || fast_ticks >= slow_ticks || slow_ticks > TS_EMA_TICKS_MAX) {
        return ts_fail(diag, TS_INVALID, "init averages", NULL, "periods of %u and %u ticks", fast_ticks,
                       slow_ticks);
    }
    *cross = (struct ts_ema_cross){.fast_ticks = fast_ticks, .slow_ticks = slow_ticks};
    return TS_OK;
}

static void move(double *average, uint32_t ticks, double price)
{
    *average += (price - *average) * (2.0 / (ticks + 1.0));
}

enum ts_signal ts_ema_cross_next(struct ts_ema_cross *cross, double price)
{
    if (cross->seen++ == 0) {
        cross->fast = cross->slow = price;
        return TS_SIGNAL_HOLD;
    }
    move(&cross->fast, cross->fast_ticks, price);
    move(&cross->slow, cross->slow_ticks, price);
    int before = cross->side;
    if (cross->seen < cross->slow_ticks || cross->fast == cross->slow) {
        return TS_SIGNAL_HOLD;
    }
    cross->side = cross->fast > cross->slow ? 1 : -1;
    if (before == 0 || before == cross->side) {
        return TS_SIGNAL_HOLD;
    }
    return cross->side > 0 ? TS_SIGNAL_BUY : TS_SIGNAL_SELL;
}

void ts_ema_cross_reset(struct ts_ema_cross *cross)
{
    *cross = (struct ts_ema_cross){.fast_ticks = cross->fast_ticks, .slow_ticks = cross->slow_ticks};
}

static ts_err on_tick(void *context, const struct ts_trade_tick *tick, enum ts_signal *signal)
{
    *signal = ts_ema_cross_next(context, tick->price);
    return TS_OK;
}

static void reset(void *context)
{
    ts_ema_cross_reset(context);
}

struct ts_trader_strategy ts_ema_cross_strategy(struct ts_ema_cross *cross)
{
    return (struct ts_trader_strategy){.context = cross, .on_tick = on_tick, .reset = reset};
}
