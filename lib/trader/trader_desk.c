/* The desk: where ticks become trades, and where there are none any more once it is closed. */
#include "base/probe.h"
#include "trader/trader_inside.h"

void ts_trader_desk_init(struct ts_trader *trader)
{
    struct ts_trader_desk *desk = &trader->desk;
    const struct ts_trader_options *options = &trader->options;
    pthread_mutex_init(&desk->lock, NULL);
    ts_ledger_init(&desk->ledger, options->quantity, options->fee_rate, options->trades,
                   options->trades_room);
}

/* Desk locked. Closes what is open at the last price that was one. */
static bool close_position(struct ts_trader_desk *desk, enum ts_close_reason reason)
{
    return ts_ledger_close(&desk->ledger, desk->last_price, desk->last_sequence, reason) == TS_OK;
}

/* Desk locked and open. */
static bool follow(struct ts_trader_desk *desk, enum ts_signal signal)
{
    ts_err error = TS_OK;
    switch (signal) {
    case TS_SIGNAL_BUY:
        error = ts_ledger_open(&desk->ledger, desk->last_price, desk->last_sequence);
        break;
    case TS_SIGNAL_SELL:
        error = close_position(desk, TS_CLOSE_SIGNAL) ? TS_OK : TS_EMPTY;
        break;
    default:
        return false;
    }
    desk->ignored += error != TS_OK;
    return error == TS_OK;
}

static void watch_time(struct ts_trader *trader, int64_t took_ns)
{
    struct ts_trader_desk *desk = &trader->desk;
    desk->overruns += took_ns > trader->options.budget_ns;
    desk->slowest_ns = took_ns > desk->slowest_ns ? took_ns : desk->slowest_ns;
}

bool ts_trader_settle(struct ts_trader *trader, const struct ts_trade_tick *tick, bool direct,
                      const struct ts_trader_outcome *outcome)
{
    struct ts_trader_desk *desk = &trader->desk;
    bool traded = false;
    TS_PROBE_PAUSE(TRADER_SETTLE_ENTER);
    pthread_mutex_lock(&desk->lock);
    watch_time(trader, outcome->took_ns);
    if (desk->end != TS_TRADER_OPEN) {
        desk->discarded++;
    } else {
        desk->direct += direct;
        desk->last_price = tick->price;
        desk->last_sequence = tick->sequence;
        if (outcome->error != TS_OK) {
            desk->errors++;
            traded = close_position(desk, TS_CLOSE_ERROR);
        } else {
            desk->handled++;
            traded = follow(desk, outcome->signal);
        }
    }
    pthread_mutex_unlock(&desk->lock);
    TS_PROBE_PAUSE(TRADER_SETTLE_DONE);
    return traded;
}

void ts_trader_settle_nan(struct ts_trader *trader, bool direct, uint32_t streak)
{
    struct ts_trader_desk *desk = &trader->desk;
    pthread_mutex_lock(&desk->lock);
    if (desk->end != TS_TRADER_OPEN) {
        desk->discarded++;
    } else {
        desk->direct += direct;
        desk->nan_ticks++;
        desk->nan_longest = streak > desk->nan_longest ? streak : desk->nan_longest;
        if (streak == trader->options.nan_streak_most) {
            desk->nan_streaks++;
            close_position(desk, TS_CLOSE_BLIND);
        }
    }
    pthread_mutex_unlock(&desk->lock);
}

void ts_trader_discard(struct ts_trader *trader)
{
    pthread_mutex_lock(&trader->desk.lock);
    trader->desk.discarded++;
    pthread_mutex_unlock(&trader->desk.lock);
}

bool ts_trader_shut_desk(struct ts_trader *trader, enum ts_trader_end end, enum ts_close_reason reason)
{
    struct ts_trader_desk *desk = &trader->desk;
    TS_PROBE_PAUSE(TRADER_SHUT_ENTER);
    pthread_mutex_lock(&desk->lock);
    bool first = desk->end == TS_TRADER_OPEN;
    if (first) {
        desk->end = end;
        atomic_store_explicit(&desk->shut, 1, memory_order_relaxed); /* see its declaration */
        close_position(desk, reason);
    }
    pthread_mutex_unlock(&desk->lock);
    TS_PROBE_PAUSE(TRADER_SHUT_DONE);
    return first;
}
