/*
 * destroy-mid-callback: strategies are created and destroyed while results stream.
 *
 * Hazard: a strategy is destroyed while on_factor is under way in it (direct, locked, guarded: seen at the
 * moment the removal is asked for), or while results are pending (queued, where a callback cannot be under
 * way). Must show: direct crashes, races and uses freed memory; the other modes nothing. Threads: the owner
 * feeds, creates and destroys; in direct, locked and guarded mode the library's scan thread calls the
 * strategies meanwhile. No sleep is planted anywhere: the window is the strategy's own teardown.
 */
#include "base/clock.h"
#include "scenario/host_rig.h"
#include "scenario/scenarios.h"

#include <sched.h>
#include <string.h>

/*
 * A strategy takes no results of ticks older than itself, so it must live longer than a tick takes through
 * the pipeline, or no callback would ever be in flight in it: the feed stays close to the results.
 */
#define AHEAD_MAX        256u
#define CHANGE_EVERY_MAX 400u

/* How long a removal waits for a callback to be in flight. */
#define AIM_NS (2 * TS_NS_PER_MS)

/* What a strategy computes for each result; a host whose callbacks cost nothing would hardly ever be caught
 * in one. */
#define FACTOR_WORK_NS 3000

struct state {
    bool unlist_first, destroy_first;
    uint64_t next_change; /* event number of the next creation or destruction */
};

static enum ts_teardown_order choose_order(struct ts_life *life, const struct state *state)
{
    bool coin = ts_random_below(&life->random, 2) == 0;
    if (state->unlist_first && state->destroy_first) {
        return coin ? TS_TEARDOWN_UNLIST_FIRST : TS_TEARDOWN_DESTROY_FIRST;
    }
    return state->unlist_first ? TS_TEARDOWN_UNLIST_FIRST : TS_TEARDOWN_DESTROY_FIRST;
}

/* Whether removing the strategy now would be the hazard. */
static bool is_hazardous(struct ts_rig *rig, uint32_t slot)
{
    if (rig->life->mode != TS_DELIVERY_QUEUED) {
        return ts_runner_in_flight(rig->runner, slot);
    }
    struct signal_stats stats = {.struct_size = sizeof stats};
    ts_runner_plugin(rig->runner)->stats(ts_runner_engine(rig->runner), &stats);
    return stats.results_pending > 0;
}

/* Waits a little for the hazard, by looking at gauges that order nothing. A removal that misses it proves
 * little. */
static void aim(struct ts_rig *rig, uint32_t slot)
{
    int64_t start_ns = ts_clock_ns();
    while (!is_hazardous(rig, slot) && ts_clock_within(start_ns, ts_life_size(rig->life, AIM_NS, 20000))) {
        sched_yield();
    }
}

static void note_hazard(struct ts_rig *rig)
{
    struct ts_runner_stats stats = ts_runner_stats(rig->runner);
    uint64_t hazard =
        rig->life->mode == TS_DELIVERY_QUEUED ? stats.removed_with_pending : stats.removed_in_flight;
    ts_life_hazard(rig->life, hazard);
}

/* An explored life is so short that nothing may be on its way: it changes strategies behind ticks that bring
 * results, since behind others the aim would cost it most of its time and miss. */
static void change_strategies(struct ts_rig *rig, const struct ts_event *event)
{
    struct state *state = rig->scenario;
    struct ts_life *life = rig->life;
    if (rig->events < state->next_change || (life->explored && event->type != WINGCHUN_DEPTH)) {
        return;
    }
    /* What dies is dead before the next decision, or that would depend on when its callback ended. */
    while (ts_runner_reap(rig->runner) > 0 && !ts_life_over(life)) {
        sched_yield();
    }
    state->next_change =
        rig->events + 1 + ts_random_below(&life->random, ts_life_size(life, CHANGE_EVERY_MAX, 8));
    uint32_t slot = (uint32_t)ts_random_below(&life->random, rig->options.strategies);
    enum ts_teardown_order order = choose_order(life, state);
    if (ts_runner_strategy(rig->runner, slot) == NULL) {
        ts_rig_add_strategy(rig);
        return;
    }
    aim(rig, slot);
    ts_runner_remove(rig->runner, slot, order);
    note_hazard(rig);
}

ts_err ts_scenario_destroy_mid_callback(struct ts_life *life, struct ts_diag *diag)
{
    struct state state = {0};
    struct ts_rig rig;
    struct ts_rig_options options = ts_rig_defaults(life);
    uint64_t strategies;
    const char *order = ts_life_setting(life, "order", "both");
    state.unlist_first = strcmp(order, "destroy-first") != 0;
    state.destroy_first = strcmp(order, "unlist-first") != 0;
    if (state.unlist_first && state.destroy_first && strcmp(order, "both") != 0) {
        return ts_fail(diag, TS_INVALID, "scenario setting", "order",
                       "%s is not both, unlist-first or destroy-first", order);
    }
    ts_err error =
        ts_life_number(life, "strategies", ts_life_size(life, 4, 2), 1, TS_STRATEGIES_MAX, &strategies, diag);
    if (error != TS_OK) {
        return error;
    }
    options.strategies = (uint32_t)strategies;
    options.ahead_max = ts_life_size(life, AHEAD_MAX, 8);
    options.lossless = true;
    options.strategy.factor_spin_ns = ts_life_size(life, FACTOR_WORK_NS, 300);
    options.synthetic.depth_share =
        0.5; /* results are what this scenario needs; the shape stays the recordings' */
    error = ts_rig_start(&rig, life, &options, diag);
    if (error != TS_OK) {
        return error;
    }
    rig.scenario = &state;
    rig.after = change_strategies;
    for (uint32_t i = 0; i < options.strategies; i++) {
        ts_rig_add_strategy(&rig);
    }
    atomic_store_explicit(&life->board->phase, TS_BOARD_RUNNING, memory_order_release); /* READY release */
    ts_rig_loop(&rig);
    ts_rig_finish(&rig, true);
    return TS_OK;
}
