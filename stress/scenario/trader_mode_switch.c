/*
 * trader-mode-switch: the path is switched to and fro while ticks flow.
 *
 * Hazard: switches made while ticks were queued or being handled. Each round plays a tape to its end; a
 * thread switches all the while, and now and then the strategy itself is slow, so that the queue is never
 * empty for long. Must show: every tick handled once and in its order, none stale, none lost; the trades are
 * those of the tape, whichever way each tick went. The delivery mode changes nothing.
 * Threads: the trader's two, a switcher, the owner.
 */
#include "base/clock.h"
#include "base/thread.h"
#include "scenario/scenarios.h"
#include "scenario/trader_rig.h"

struct switcher {
    struct ts_trader_rig *rig;
    struct ts_thread thread;
    struct ts_random random;
    uint64_t hits;
    _Atomic int stop; /* relaxed: carries nothing but itself */
};

static void switch_on(void *argument)
{
    struct switcher *switcher = argument;
    struct ts_trader_rig *rig = switcher->rig;
    uint32_t most = ts_life_size(rig->life, UINT32_MAX, 6);
    for (uint32_t i = 0; i < most && atomic_load_explicit(&switcher->stop, memory_order_relaxed) == 0; i++) {
        struct ts_trader_stats stats = ts_trader_stats(rig->trader);
        bool flows = stats.queued > 0 || atomic_load_explicit(&rig->in_flight, memory_order_relaxed) != 0;
        ts_trader_set_path(rig->trader, stats.path == TS_PATH_DIRECT ? TS_PATH_POLLING : TS_PATH_DIRECT);
        switcher->hits += flows;
        ts_sleep_ns((int64_t)ts_random_below(&switcher->random, ts_life_size(rig->life, 200000, 4000)));
    }
}

static ts_err run_round(struct ts_trader_rig *rig, struct ts_diag *diag)
{
    struct switcher switcher = {.rig = rig};
    ts_trader_rig_draw(rig);
    switcher.random.state = rig->seed;
    rig->feed_options.passes = 1;
    rig->feed_options.count = ts_life_size(rig->life, TS_RIG_TICKS, 10);
    rig->slow_every = 1 + ts_random_below(&rig->life->random, 50);
    rig->slow_ns = ts_life_size(rig->life, 50000, 3000);
    ts_err error = ts_trader_rig_open(rig, diag);
    if (error != TS_OK) {
        return error;
    }
    error = ts_thread_start(&switcher.thread, "switcher", switch_on, &switcher, diag);
    ts_trader_rig_finish(rig);
    atomic_store_explicit(&switcher.stop, 1, memory_order_relaxed);
    ts_thread_join(&switcher.thread);
    ts_trader_rig_close(rig);
    const struct ts_trader_stats *stats = &rig->report.stats;
    if (stats->discarded + stats->dropped != 0) {
        ts_board_violation(rig->life->board, "lost", "%llu ticks of %llu were not handled",
                           (unsigned long long)(stats->discarded + stats->dropped),
                           (unsigned long long)stats->ticks_in);
    }
    atomic_fetch_add_explicit(&rig->life->board->hazard, switcher.hits, memory_order_relaxed); /* statistic */
    return error;
}

ts_err ts_scenario_trader_mode_switch(struct ts_life *life, struct ts_diag *diag)
{
    return ts_trader_rig_run(life, run_round, diag);
}
