/*
 * trader-stop-race, trader-double-close: a trader is ended by several threads at once while ticks flow.
 *
 * Hazard of the first: stops and halts that began while the strategy was being called. Each round draws a
 * tape, a path and who ends the trader beside the owner: up to three threads, each of which stops or halts
 * it, aimed at a call in flight. The strategy buys and sells on most ticks. Hazard of the second: ends of a
 * position that was still open when at least two were after it; there the strategy seldom sells, fails more
 * often, and prices are missing in rows. All enders are let go at once when a position is open; in one round
 * of three the feed gives up for good at the same time.
 * Must show: when a halt has returned, no trade is made any more; when a stop has, nothing is in flight, the
 * position is closed once, and all stops have one report; the trades are those of the ticks that were
 * handled, to the last one. The delivery mode changes nothing.
 * Threads: the trader's two, up to three enders, the owner.
 */
#include "base/thread.h"
#include "scenario/scenarios.h"
#include "scenario/trader_rig.h"

#include <sched.h>

#define ENDERS_MAX 3u
#define GO_LOOKS   4000u

struct ender {
    struct ts_trader_rig *rig;
    struct ts_thread thread;
    struct gate *gate; /* NULL: aims at a call in flight by itself */
    bool halts;
    bool in_flight;                 /* as it began */
    uint64_t opened;                /* of a halt, after it */
    struct ts_trader_report report; /* of a stop */
    ts_err error;
};

/* All wait in front of it, and go at once. */
struct gate {
    _Atomic uint32_t ready; /* relaxed, both: numbers that carry nothing */
    _Atomic int go;
};

static void wait_at(struct gate *gate)
{
    atomic_fetch_add_explicit(&gate->ready, 1, memory_order_relaxed);
    while (atomic_load_explicit(&gate->go, memory_order_relaxed) == 0) {
        sched_yield();
    }
}

static void end_it(void *argument)
{
    struct ender *ender = argument;
    struct ts_trader *trader = ender->rig->trader;
    if (ender->gate == NULL) {
        ender->in_flight = ts_trader_rig_aim(ender->rig);
    } else {
        wait_at(ender->gate);
    }
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

/* Not a signal, an error or missing prices closed the last position. */
static bool ended_open(const struct ts_trader_report *report)
{
    return report->closed_for[TS_CLOSE_STOP] + report->closed_for[TS_CLOSE_FEED] > 0;
}

/* Lets so many enders go with a position open, go_ticks from the begin. False when it has waited in vain. */
static bool let_go(struct ts_trader_rig *rig, struct gate *gate, uint32_t enders, uint64_t go_ticks)
{
    bool open = false;
    for (uint32_t looks = ts_life_size(rig->life, GO_LOOKS, 16); !open && looks > 0; looks--) {
        sched_yield();
        struct ts_trader_stats stats = ts_trader_stats(rig->trader);
        bool all = atomic_load_explicit(&gate->ready, memory_order_relaxed) == enders;
        open = all && stats.open && stats.ticks_in >= go_ticks;
        if (stats.end != TS_TRADER_OPEN) {
            break;
        }
    }
    atomic_store_explicit(&gate->go, 1, memory_order_relaxed);
    return open;
}

/* The trader of an open rig is ended by all: each aims at a call in flight, and *hits are those that met one;
 * or all go at once, with go_ticks ticks in, and there is a hit when they ended an open position. */
static ts_err end_by_all(struct ts_trader_rig *rig, const uint64_t *go_ticks, uint64_t *hits,
                         struct ts_diag *diag)
{
    struct ts_random *random = &rig->life->random;
    struct gate gate = {0};
    struct ender enders[ENDERS_MAX];
    ts_err error = TS_OK;
    uint32_t begun = 0;
    uint32_t count = 1 + (uint32_t)ts_random_below(random, ts_life_size(rig->life, ENDERS_MAX, 2));
    while (begun < count && error == TS_OK) {
        struct ender *ender = &enders[begun];
        *ender = (struct ender){
            .rig = rig, .gate = go_ticks != NULL ? &gate : NULL, .halts = ts_random_below(random, 2) == 0};
        error = ts_thread_start(&ender->thread, "ender", end_it, ender, diag);
        begun += error == TS_OK;
    }
    bool hit = go_ticks != NULL ? let_go(rig, &gate, begun, *go_ticks) : ts_trader_rig_aim(rig);
    ts_trader_rig_stop(rig);
    *hits = hit && (go_ticks == NULL || ended_open(&rig->report));
    for (uint32_t i = 0; i < begun; i++) {
        ts_thread_join(&enders[i].thread);
        *hits += enders[i].in_flight;
    }
    ts_trader_rig_close(rig);
    for (uint32_t i = 0; i < begun; i++) {
        check(&enders[i]);
    }
    return error;
}

static void add_hazard(const struct ts_trader_rig *rig, uint64_t times)
{
    atomic_fetch_add_explicit(&rig->life->board->hazard, times, memory_order_relaxed); /* a statistic */
}

/* Some schedules let nobody else run. */
static void bound_tape(struct ts_trader_rig *rig)
{
    rig->feed_options.passes = ts_life_size(rig->life, 0, 2);
    rig->feed_options.count = ts_life_size(rig->life, TS_RIG_TICKS, 8);
}

static ts_err race_stops(struct ts_trader_rig *rig, struct ts_diag *diag)
{
    uint64_t hits;
    ts_trader_rig_draw(rig);
    if (ts_random_below(&rig->life->random, 2) == 0) {
        rig->feed_options.speed = 0;
    }
    bound_tape(rig);
    ts_err error = ts_trader_rig_open(rig, diag);
    if (error == TS_OK) {
        error = end_by_all(rig, NULL, &hits, diag);
        add_hazard(rig, hits);
    }
    return error;
}

static ts_err close_twice(struct ts_trader_rig *rig, struct ts_diag *diag)
{
    struct ts_random *random = &rig->life->random;
    uint64_t hits;
    ts_trader_rig_draw(rig);
    rig->chances =
        (struct ts_rig_chances){.buys = 128, .sells = 24, .errors = 8, .bad_price = 8, .bad_row = 192};
    rig->options.nan_streak_most = 2;
    bound_tape(rig);
    uint64_t go_ticks = ts_random_below(random, ts_life_size(rig->life, 64, 8));
    if (ts_random_below(random, 3) == 0) {
        uint32_t connects = 1 + (uint32_t)ts_random_below(random, 4);
        uint64_t every = ts_life_size(rig->life, 64, 3) + ts_random_below(random, 4);
        rig->feed_options.reconnect_every = every;
        rig->feed_options.connects_most = connects;
        go_ticks = connects * every - ts_random_below(random, 3);
    }
    ts_err error = ts_trader_rig_open(rig, diag);
    if (error == TS_OK) {
        error = end_by_all(rig, &go_ticks, &hits, diag);
        add_hazard(rig, hits);
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
