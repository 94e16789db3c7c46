/*
 * double-destroy: what was ended already is ended again.
 *
 * Hazard: second ends. A strategy is removed twice, also under a callback; the runner is stopped and asked to
 * stop again; a close is refused inside a callback and done outside; a callback destroys its engine twice
 * (queued: one end, after the poll); NULL handles. Each must be refused or harmless, and each strategy must
 * die once. (A second destroy of a handle that is free is the host's own fault; it is not tried.) Must show:
 * direct what its unprotected strategies show; the other modes nothing. Threads: the owner; callbacks on the
 * library's thread, in queued mode on the owner's.
 */
#include "base/clock.h"
#include "scenario/bare_engine.h"
#include "scenario/host_rig.h"
#include "scenario/scenarios.h"

#include <sched.h>
#include <string.h>

#define STRATEGIES 3u
#define AHEAD_MAX  128u
#define EVENTS_MAX 400u
#define WORK_NS    5000

static void expect(struct ts_life *life, const char *call, long long got, long long wanted)
{
    ts_board_add(life->board, TS_COUNTER_checks, 1);
    if (got != wanted) {
        ts_board_violation(life->board, "double-destroy", "%s gave %lld, not %lld", call, got, wanted);
    }
    atomic_fetch_add_explicit(&life->board->hazard, 1, memory_order_relaxed); /* a statistic */
}

static void try_null(struct ts_life *life, const struct ts_plugin *plugin)
{
    struct signal_stats stats = {.struct_size = sizeof stats};
    plugin->destroy(NULL);
    plugin->register_callback(NULL, NULL, NULL);
    plugin->on_data(NULL, WINGCHUN_DEPTH, NULL);
    expect(life, "signal_close of NULL", plugin->close(NULL, &stats), SIGNAL_INVALID);
    expect(life, "signal_stats of NULL", plugin->stats(NULL, &stats), SIGNAL_INVALID);
    expect(life, "signal_poll_callbacks of NULL", plugin->poll_callbacks(NULL), 0);
    expect(life, "signal_offer of NULL", plugin->offer(NULL, WINGCHUN_DEPTH, &stats, 1), SIGNAL_INVALID);
    expect(life, "signal_lock of NULL", plugin->lock(NULL), SIGNAL_INVALID);
    expect(life, "signal_unlock of NULL", plugin->unlock(NULL), SIGNAL_INVALID);
    expect(life, "signal_wake_fd of NULL", plugin->wake_fd(NULL), -1);
    ts_runner_destroy(NULL);
    ts_source_close(NULL);
}

/* An engine whose callback ends it twice over. */
struct ender {
    struct ts_bare bare;
    _Atomic int tried; /* relaxed: carries nothing but itself */
};

static void end_twice(const char *symbol, long long timestamp_ns, const double *values, int count,
                      void *user_data)
{
    struct ender *ender = user_data;
    const struct ts_plugin *plugin = ender->bare.plugin;
    struct ts_life *life = ender->bare.life;
    struct signal_stats final = {.struct_size = sizeof final};
    bool queued = life->mode == TS_DELIVERY_QUEUED;
    ts_bare_check(&ender->bare, symbol, timestamp_ns, values, count);
    expect(life, "signal_close inside a callback", plugin->close(ender->bare.handle, &final),
           SIGNAL_DEADLOCK);
    if (ender->bare.checker.seen % 4 == 1) {
        plugin->destroy(ender->bare.handle);
        plugin->destroy(ender->bare.handle);
        expect(life, "signal_close without counters inside a callback",
               plugin->close(ender->bare.handle, NULL), queued ? SIGNAL_OK : SIGNAL_DEADLOCK);
        atomic_store_explicit(&ender->tried, 1, memory_order_relaxed);
    }
}

/* In queued mode the engine goes with the poll; in the others it was refused, and is closed now. */
static ts_err run_ender(struct ts_life *life, const struct ts_plugin *plugin, struct ts_source *source,
                        bool *ended, struct ts_diag *diag)
{
    static struct ender ender; /* threads of the library know its address; one engine at a time */
    struct ts_bare_options options = ts_bare_defaults(life, ts_random_next(&life->random) >> 12);
    memset(&ender, 0, sizeof ender);
    ts_err error = ts_bare_start(&ender.bare, life, plugin, &options, diag);
    if (error != TS_OK) {
        return error;
    }
    plugin->register_callback(ender.bare.handle, end_twice, &ender);
    uint64_t depths = 1 + ts_random_below(&life->random, ts_life_size(life, 16, 4));
    for (uint64_t i = 0; i < depths && !*ended; i++) {
        *ended = !ts_bare_feed(&ender.bare, source);
    }
    while (atomic_load_explicit(&ender.tried, memory_order_relaxed) == 0 && !ts_life_expired(life)) {
        ts_bare_poll(&ender.bare);
        sched_yield();
    }
    bool gone =
        life->mode == TS_DELIVERY_QUEUED && atomic_load_explicit(&ender.tried, memory_order_relaxed) != 0;
    if (!gone) {
        ts_bare_finish(&ender.bare);
    }
    return TS_OK;
}

/* Removes a strategy that may be in a callback, and then the same again. */
static void remove_twice(struct ts_rig *rig, uint32_t slot)
{
    struct ts_strategy *strategy = ts_runner_strategy(rig->runner, slot);
    if (strategy == NULL) {
        expect(rig->life, "ts_runner_remove of nobody",
               ts_runner_remove(rig->runner, slot, TS_TEARDOWN_UNLIST_FIRST), TS_EMPTY);
        return;
    }
    uint64_t epoch = strategy->epoch;
    if (ts_random_below(&rig->life->random, 2) == 0) {
        expect(rig->life, "ts_runner_ask_remove", ts_runner_ask_remove(rig->runner, epoch), TS_OK);
        expect(rig->life, "ts_runner_ask_remove again", ts_runner_ask_remove(rig->runner, epoch), TS_EMPTY);
    }
    expect(rig->life, "ts_runner_remove", ts_runner_remove(rig->runner, slot, TS_TEARDOWN_UNLIST_FIRST),
           TS_OK);
    expect(rig->life, "ts_runner_remove again",
           ts_runner_remove(rig->runner, slot, TS_TEARDOWN_DESTROY_FIRST), TS_EMPTY);
}

static void after(struct ts_rig *rig, const struct ts_event *event)
{
    (void)event;
    if (rig->events % ts_life_size(rig->life, 8, 3) != 0) {
        return;
    }
    remove_twice(rig, (uint32_t)ts_random_below(&rig->life->random, STRATEGIES));
    ts_rig_add_strategy(rig);
    expect(rig->life, "ts_runner_remove of no slot",
           ts_runner_remove(rig->runner, STRATEGIES, TS_TEARDOWN_UNLIST_FIRST), TS_INVALID);
}

static bool more(struct ts_rig *rig)
{
    return rig->events < ts_life_size(rig->life, EVENTS_MAX, 10);
}

/* A host whose strategies and whose end come twice. Each strategy must die once: ASan sees a second time, the
 * counts a missing one. */
static ts_err run_host(struct ts_life *life, struct ts_source *source, bool *ended, struct ts_diag *diag)
{
    static struct ts_rig rig; /* threads of the library know its address; one host at a time */
    struct ts_rig_options options = ts_rig_defaults(life);
    options.strategies = STRATEGIES;
    options.ahead_max = ts_life_size(life, AHEAD_MAX, 8);
    options.lossless = true;
    options.results_only = true;
    options.source_on_loan = true;
    options.strategy.factor_spin_ns = ts_life_size(life, WORK_NS, 200);
    rig.source = source;
    ts_err error = ts_rig_start(&rig, life, &options, diag);
    if (error != TS_OK) {
        return error;
    }
    rig.after = after;
    rig.more = more;
    for (uint32_t i = 0; i < STRATEGIES; i++) {
        ts_rig_add_strategy(&rig);
    }
    ts_rig_loop(&rig);
    *ended = rig.source_ended;
    rig.end_twice = true;
    ts_rig_finish(&rig, ts_random_below(&life->random, 2) == 0);
    expect(life, "strategies destroyed, of those created", (long long)rig.table_final.removed,
           (long long)rig.table_final.added);
    return TS_OK;
}

ts_err ts_scenario_double_destroy(struct ts_life *life, struct ts_diag *diag)
{
    struct ts_plugin plugin;
    struct ts_source *source = NULL;
    bool ended = false;
    ts_err error = ts_bare_load(life, &plugin, diag);
    if (error != TS_OK) {
        return error;
    }
    error = ts_bare_source(life, 4, 1, &source, diag);
    atomic_store_explicit(&life->board->phase, TS_BOARD_RUNNING, memory_order_release); /* READY release */
    while (error == TS_OK && !ended && !ts_life_over(life)) {
        try_null(life, &plugin);
        error = run_ender(life, &plugin, source, &ended, diag);
        if (error == TS_OK && !ended) {
            error = run_host(life, source, &ended, diag);
        }
    }
    ts_source_close(source);
    ts_plugin_unload(&plugin);
    ts_plugin_unload(&plugin); /* again: harmless */
    return error;
}
