#include "scenario/trader_oracle.h"

#include <math.h>

ts_err ts_rig_answer(uint64_t seed, const struct ts_rig_chances *chances, uint64_t sequence,
                     enum ts_signal *signal)
{
    uint32_t draw = (uint32_t)(ts_seed_mix(seed, sequence) & 255);
    *signal = draw < chances->buys                    ? TS_SIGNAL_BUY
              : draw < chances->buys + chances->sells ? TS_SIGNAL_SELL
                                                      : TS_SIGNAL_HOLD;
    return draw >= 256 - chances->errors ? TS_IO : TS_OK;
}

/* The replay of one tape, tick by tick. */
struct replay {
    struct ts_trader_rig *rig;
    bool open;
    double entry, price, profit;
    double turnover;   /* of which the last digits of a profit are lost */
    uint64_t sequence; /* of the last price */
    uint32_t bad_row, error_row;
    uint64_t trades, opened, nan_ticks, errors, handled, streaks;
    bool wrong; /* told already */
};

/* Two sums of such prices may differ by so much. */
static double slack(double turnover)
{
    return 1e-6 + 1e-12 * turnover;
}

static void told(struct replay *replay, const char *what, double left, double right)
{
    if (!replay->wrong) {
        replay->wrong = true;
        ts_board_violation(replay->rig->life->board, "trades", "%s at trade %llu: %.12g, not %.12g", what,
                           (unsigned long long)replay->trades, left, right);
    }
}

/* The next trade must be this one. */
static void expect(struct replay *replay, bool buys, enum ts_close_reason reason)
{
    const struct ts_trader_rig *rig = replay->rig;
    double fee_rate = rig->options.fee_rate, profit = 0;
    if (buys) {
        replay->entry = replay->price;
        replay->opened++;
    } else {
        profit = replay->price - replay->entry - replay->price * fee_rate - replay->entry * fee_rate;
        replay->profit += profit;
    }
    replay->turnover += replay->price;
    replay->open = buys;
    uint64_t index = replay->trades++;
    if (index >= TS_RIG_TRADES) {
        return;
    }
    if (index >= rig->report.trades_listed) {
        told(replay, "trades listed", (double)rig->report.trades_listed, (double)replay->trades);
        return;
    }
    const struct ts_trade *trade = &rig->trades[index];
    if (trade->number != replay->trades || trade->sequence != replay->sequence) {
        told(replay, "tick", (double)trade->sequence, (double)replay->sequence);
    } else if (trade->buys != buys || (!buys && trade->reason != reason)) {
        told(replay, "kind", trade->buys * 10 + trade->reason, buys * 10 + reason);
    } else if (trade->price != replay->price ||
               fabs(trade->profit - profit) > slack(replay->price + replay->entry)) {
        told(replay, "price or profit", trade->profit, profit);
    }
}

static void take_bad(struct replay *replay)
{
    replay->nan_ticks++;
    replay->bad_row++;
    if (replay->bad_row == replay->rig->options.nan_streak_most) {
        replay->streaks++;
        if (replay->open) {
            expect(replay, false, TS_CLOSE_BLIND);
        }
    }
}

static void take(struct replay *replay, uint64_t sequence)
{
    const struct ts_trader_rig *rig = replay->rig;
    double price = rig->ticks[(sequence - 1) % rig->feed_options.count].price;
    enum ts_signal signal;
    if (!isfinite(price) || price <= 0) {
        take_bad(replay);
        return;
    }
    replay->bad_row = 0;
    replay->price = price;
    replay->sequence = sequence;
    if (ts_rig_answer(rig->seed, &rig->chances, sequence, &signal) != TS_OK) {
        replay->errors++;
        replay->error_row++;
        if (replay->open) {
            expect(replay, false, TS_CLOSE_ERROR);
        }
        return;
    }
    replay->error_row = 0;
    replay->handled++;
    if (signal == TS_SIGNAL_BUY && !replay->open) {
        expect(replay, true, TS_CLOSE_SIGNAL);
    } else if (signal == TS_SIGNAL_SELL && replay->open) {
        expect(replay, false, TS_CLOSE_SIGNAL);
    }
}

struct identity {
    const char *name, *text;
    uint64_t left, right;
};

static void hold(struct ts_board *board, const struct identity *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        ts_board_add(board, TS_COUNTER_checks, 1);
        if (rows[i].left != rows[i].right) {
            ts_board_violation(board, rows[i].name, "%s: %llu is not %llu", rows[i].text,
                               (unsigned long long)rows[i].left, (unsigned long long)rows[i].right);
        }
    }
}

static void check_counts(const struct ts_trader_rig *rig, const struct ts_feed_stats *feed)
{
    uint64_t calls = rig->calls_at_stop;
    const struct ts_trader_report *report = &rig->report;
    const struct ts_trader_stats *s = &report->stats;
    uint64_t closed = 0;
    for (int i = 0; i < TS_CLOSE_REASON_COUNT; i++) {
        closed += report->closed_for[i];
    }
    bool shut_late = calls < s->handled + s->errors || calls > s->handled + s->errors + 1;
    const struct identity rows[] = {
        {"delivery", "ticks in = ticks of the feed", s->ticks_in, feed->ticks},
        {"accounting", "ticks in = handled + without a price + errors + dropped + discarded", s->ticks_in,
         s->handled + s->nan_ticks + s->errors + s->dropped + s->discarded},
        {"accounting", "queued at the end = 0", s->queued, 0},
        {"position", "positions opened = closed", s->opened, s->closed},
        {"position", "positions open at the end = 0", s->open, 0},
        {"position", "closed = by reasons", s->closed, closed},
        {"accounting", "calls of the strategy, but for one as the desk closed = handled + errors", shut_late,
         0},
        {"report", "reports = 1", report->number, 1},
        {"report", "the desk is closed", s->end != TS_TRADER_OPEN, 1},
    };
    hold(rig->life->board, rows, sizeof rows / sizeof *rows);
}

/* Nothing follows what stop, halt or a lost feed closed. */
static void check_last(const struct ts_trader_rig *rig)
{
    for (size_t i = 0; i + 1 < rig->report.trades_listed; i++) {
        const struct ts_trade *trade = &rig->trades[i];
        if (!trade->buys && (trade->reason == TS_CLOSE_STOP || trade->reason == TS_CLOSE_FEED)) {
            ts_board_violation(rig->life->board, "trade-after-stop", "trade %llu of %zu was the stop's",
                               (unsigned long long)trade->number, rig->report.trades_listed);
            return;
        }
    }
}

static void check_trades(struct ts_trader_rig *rig)
{
    const struct ts_trader_stats *s = &rig->report.stats;
    struct replay replay = {.rig = rig};
    uint64_t last = s->handled + s->nan_ticks + s->errors;
    for (uint64_t sequence = 1; sequence <= last; sequence++) {
        take(&replay, sequence);
    }
    if (replay.open) {
        expect(&replay, false, s->end == TS_TRADER_FEED_FAILED ? TS_CLOSE_FEED : TS_CLOSE_STOP);
    }
    const struct identity rows[] = {
        {"oracle", "ticks without a price", s->nan_ticks, replay.nan_ticks},
        {"oracle", "errors", s->errors, replay.errors},
        {"oracle", "streaks without a price", s->nan_streaks, replay.streaks},
        {"oracle", "positions opened", s->opened, replay.opened},
        {"oracle", "trades listed", rig->report.trades_listed,
         replay.trades < TS_RIG_TRADES ? replay.trades : TS_RIG_TRADES},
    };
    hold(rig->life->board, rows, sizeof rows / sizeof *rows);
    if (fabs(s->realised - replay.profit) > slack(replay.turnover) * (1.0 + (double)replay.trades)) {
        ts_board_violation(rig->life->board, "profit", "%.12g, but the trades earned %.12g", s->realised,
                           replay.profit);
    }
}

void ts_rig_check(struct ts_trader_rig *rig, const struct ts_feed_stats *feed)
{
    check_counts(rig, feed);
    check_last(rig);
    if (rig->report.stats.dropped == 0 && feed->lost == 0) {
        check_trades(rig);
    }
}
