/*
 * trader-reconnect, trader-nan-streak, trader-slow: what a feed and a strategy do to a trader.
 *
 * Hazards: connections lost and made again; streaks without a price that were told; calls of the strategy
 * that took longer than their budget while ticks came. Each round plays a tape and either hears it to its
 * end or is stopped in the middle. Must show: every tick that the feed handed out came in, after each
 * connection; a streak closes the position once and resets the strategy; a slow strategy costs no tick on
 * either path where the feed may wait, and each dropped one is counted where it may not; the loop goes on
 * beating beside it. The delivery mode changes nothing.
 * Threads: the trader's two, the owner.
 */
#include "base/clock.h"
#include "scenario/scenarios.h"
#include "scenario/trader_rig.h"

/* Plays what was drawn. */
static ts_err play(struct ts_trader_rig *rig, struct ts_diag *diag)
{
    bool to_end = ts_random_below(&rig->life->random, 4) != 0;
    rig->feed_options.passes = to_end ? 1 : 0;
    rig->feed_options.count = ts_life_size(rig->life, TS_RIG_TICKS, 12);
    ts_err error = ts_trader_rig_open(rig, diag);
    if (error != TS_OK) {
        return error;
    }
    if (to_end) {
        ts_trader_rig_finish(rig);
    } else {
        ts_trader_rig_aim(rig);
    }
    ts_trader_rig_close(rig);
    return TS_OK;
}

static void add_hazard(const struct ts_trader_rig *rig, uint64_t times)
{
    atomic_fetch_add_explicit(&rig->life->board->hazard, times, memory_order_relaxed); /* a statistic */
}

static ts_err reconnect(struct ts_trader_rig *rig, struct ts_diag *diag)
{
    struct ts_random *random = &rig->life->random;
    ts_trader_rig_draw(rig);
    rig->feed_options.reconnect_every = 1 + ts_random_below(random, ts_life_size(rig->life, 16, 3));
    rig->feed_options.lose_ticks = ts_random_below(random, 2) * ts_random_below(random, 8);
    ts_err error = play(rig, diag);
    if (error == TS_OK) {
        add_hazard(rig, rig->feed_seen.disconnects);
    }
    return error;
}

static ts_err lose_prices(struct ts_trader_rig *rig, struct ts_diag *diag)
{
    ts_trader_rig_draw(rig);
    rig->chances.bad_price = 64;
    rig->chances.bad_row = 208;
    rig->options.nan_streak_most = 1 + (uint32_t)ts_random_below(&rig->life->random, 4);
    ts_err error = play(rig, diag);
    if (error == TS_OK) {
        add_hazard(rig, rig->report.stats.nan_streaks);
    }
    return error;
}

static ts_err be_slow(struct ts_trader_rig *rig, struct ts_diag *diag)
{
    struct ts_random *random = &rig->life->random;
    ts_trader_rig_draw(rig);
    rig->slow_every = ts_life_size(rig->life, 64, 4);
    rig->slow_ns = ts_life_size(rig->life, 2000000, 9000);
    rig->options.budget_ns = rig->slow_ns / 2;
    rig->options.full = ts_random_below(random, 2) == 0 ? TS_TRADER_FULL_WAITS : TS_TRADER_FULL_DROPS;
    ts_err error = play(rig, diag);
    if (error == TS_OK) {
        add_hazard(rig, rig->report.stats.overruns);
    }
    return error;
}

ts_err ts_scenario_trader_reconnect(struct ts_life *life, struct ts_diag *diag)
{
    return ts_trader_rig_run(life, reconnect, diag);
}

ts_err ts_scenario_trader_nan_streak(struct ts_life *life, struct ts_diag *diag)
{
    return ts_trader_rig_run(life, lose_prices, diag);
}

ts_err ts_scenario_trader_slow(struct ts_life *life, struct ts_diag *diag)
{
    return ts_trader_rig_run(life, be_slow, diag);
}
