/*
 * trader-stop-race, trader-double-close: a trader is ended by several threads at once while ticks flow.
 *
 * Hazard of the first: stops and halts that began while the strategy was being called. Each round draws a
 * tape, a path and who ends the trader beside the owner: up to three threads, each of which stops or halts
 * it, aimed at a call in flight. The strategy buys and sells on most ticks. Hazard of the second: ends of a
 * position that was still open when at least two were after it; there the strategy seldom sells, fails more
 * often, prices are missing in rows, and the feed gives up for good.
 * Must show: when a halt has returned, no trade is made any more; when a stop has, nothing is in flight, the
 * position is closed once, and all stops have one report; the trades are those of the ticks that were
 * handled, to the last one. The delivery mode changes nothing.
 * Threads: the trader's two, up to three enders, the owner.
 */
#include "base/clock.h"
#include "base/thread.h"
#include "scenario/scenarios.h"
#include "scenario/trader_rig.h"

#define ENDERS_MAX 3u

struct ender {
    struct ts_trader_rig *rig;
    struct ts_thread thread;
    bool halts, at_open;            /* aims at a call in flight, or at an open position */
    bool in_flight, open;           /* as it began */
    uint64_t opened;                /* of a halt, after it */
    struct ts_trader_report report; /* of a stop */
    ts_err error;
};

/* Waits for what there is to hit, for a moment. */
static void aim(struct ts_trader_rig *rig, bool at_open, bool *in_flight, bool *open)
{
    *in_flight = ts_trader_rig_aim(rig);
    *open = ts_trader_stats(rig->trader).open;
    for (uint32_t looks = ts_life_size(rig->life, 200, 4); at_open && !*open && looks > 0; looks--) {
        ts_sleep_ns(ts_life_size(rig->life, 5000, 1000));
        *open = ts_trader_stats(rig->trader).open;
    }
}

static void end_it(void *argument)
{
    struct ender *ender = argument;
    struct ts_trader *trader = ender->rig->trader;
    aim(ender->rig, ender->at_open, &ender->in_flight, &ender->open);
    if (ender->halts) {
        ts_trader_halt(trader);
        ender->opened = ts_trader_stats(trader).opened;
    } else {
        ender->error = ts_trader_stop(trader, &ender->report);
    }
}

static void check(const struct ender *ender)
{
    const struct ts_trader_rig *rig = ender->rig;
    const struct ts_trader_report *report = &rig->report;
    struct ts_board *board = rig->life->board;
    ts_board_add(board, TS_COUNTER_checks, 1);
    if (ender->halts && ender->opened != report->stats.opened) {
        ts_board_violation(board, "trade-after-stop", "%llu positions when halt returned, %llu in the end",
                           (unsigned long long)ender->opened, (unsigned long long)report->stats.opened);
    }
    if (!ender->halts && (ender->error != TS_OK || ender->report.number != report->number ||
                          ender->report.trades_digest != report->trades_digest ||
                          ender->report.stats.ticks_in != report->stats.ticks_in)) {
        ts_board_violation(board, "report", "two stops of one trader have two reports");
    }
}

/* The trader of an open rig is ended by all at once. Adds up who met a call in flight, who an open position.
 */
static ts_err end_by_all(struct ts_trader_rig *rig, bool at_open, uint32_t *in_flight, uint32_t *open,
                         struct ts_diag *diag)
{
    bool own_in_flight, own_open;
    struct ts_random *random = &rig->life->random;
    struct ender enders[ENDERS_MAX];
    ts_err error = TS_OK;
    uint32_t begun = 0;
    uint32_t count = 1 + (uint32_t)ts_random_below(random, ts_life_size(rig->life, ENDERS_MAX, 2));
    while (begun < count && error == TS_OK) {
        struct ender *ender = &enders[begun];
        *ender = (struct ender){.rig = rig, .halts = ts_random_below(random, 2) == 0, .at_open = at_open};
        error = ts_thread_start(&ender->thread, "ender", end_it, ender, diag);
        begun += error == TS_OK;
    }
    aim(rig, at_open, &own_in_flight, &own_open);
    *in_flight = own_in_flight;
    *open = own_open;
    ts_trader_rig_stop(rig);
    for (uint32_t i = 0; i < begun; i++) {
        ts_thread_join(&enders[i].thread);
        *in_flight += enders[i].in_flight;
        *open += enders[i].open;
    }
    ts_trader_rig_close(rig);
    for (uint32_t i = 0; i < begun; i++) {
        check(&enders[i]);
    }
    return error;
}

/* Some schedules let nobody else run. */
static void bound_tape(struct ts_trader_rig *rig)
{
    rig->feed_options.passes = ts_life_size(rig->life, 0, 2);
    rig->feed_options.count = ts_life_size(rig->life, TS_RIG_TICKS, 8);
}

static ts_err race_stops(struct ts_trader_rig *rig, struct ts_diag *diag)
{
    uint32_t in_flight, open;
    ts_trader_rig_draw(rig);
    if (ts_random_below(&rig->life->random, 2) == 0) {
        rig->feed_options.speed = 0;
    }
    bound_tape(rig);
    ts_err error = ts_trader_rig_open(rig, diag);
    if (error == TS_OK) {
        error = end_by_all(rig, false, &in_flight, &open, diag);
        atomic_fetch_add_explicit(&rig->life->board->hazard, in_flight, memory_order_relaxed); /* statistic */
    }
    return error;
}

static ts_err close_twice(struct ts_trader_rig *rig, struct ts_diag *diag)
{
    uint32_t in_flight, open;
    ts_trader_rig_draw(rig);
    rig->chances =
        (struct ts_rig_chances){.buys = 128, .sells = 24, .errors = 8, .bad_price = 8, .bad_row = 192};
    rig->options.nan_streak_most = 2;
    bound_tape(rig);
    rig->feed_options.reconnect_every = ts_life_size(rig->life, 128, 4);
    rig->feed_options.connects_most = 1 + (uint32_t)ts_random_below(&rig->life->random, 4);
    ts_err error = ts_trader_rig_open(rig, diag);
    if (error == TS_OK) {
        error = end_by_all(rig, true, &in_flight, &open, diag);
        atomic_fetch_add_explicit(&rig->life->board->hazard, open >= 2, memory_order_relaxed); /* statistic */
    }
    return error;
}

ts_err ts_scenario_trader_stop_race(struct ts_life *life, struct ts_diag *diag)
{
    return ts_trader_rig_run(life, race_stops, diag);
}

ts_err ts_scenario_trader_double_close(struct ts_life *life, struct ts_diag *diag)
{
    return ts_trader_rig_run(life, close_twice, diag);
}
