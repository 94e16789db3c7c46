/*
 * ownership: two pollers and two producers on one handle.
 *
 * Hazard: calls that met: a poll refused because another thread polled (queued mode), ticks given while
 * another thread gave one (the other modes, in which there is nothing to poll). Only one poll executes at a
 * time and the other is refused and counted; ticks are taken one at a time. Must show: in every mode no two
 * callbacks of the handle at once, order and books intact, every poll counted. Threads: two producers and two
 * pollers of the scenario; the owner waits.
 */
#include "base/clock.h"
#include "base/thread.h"
#include "scenario/bare_engine.h"
#include "scenario/scenarios.h"

#include <sched.h>
#include <stdio.h>
#include <string.h>

#define PAIR      2u
#define ROUND_NS  (150 * TS_NS_PER_MS)
#define AHEAD_MAX 512u
#define BURST     64u  /* ticks a producer gives without a look at what is on its way */
#define WORK_NS   1000 /* of each callback, so that polls last */

struct state;

struct worker {
    struct state *state;
    struct ts_source *source;
    struct ts_thread thread;
    uint64_t polls, executed, met; /* the worker's until it has ended */
};

struct state {
    struct ts_bare bare;
    struct worker producers[PAIR], pollers[PAIR];
    /* Relaxed: the library's own synchronisation is on trial, and none of the scenario's must stand in. */
    _Atomic int stop;
    _Atomic int calling;  /* callbacks under way */
    _Atomic int offering; /* producers inside a call */
};

static bool stopped(struct state *state)
{
    return atomic_load_explicit(&state->stop, memory_order_relaxed) != 0 || ts_life_expired(state->bare.life);
}

static void on_result(const char *symbol, long long timestamp_ns, const double *values, int count,
                      void *user_data)
{
    struct state *state = user_data;
    if (atomic_fetch_add_explicit(&state->calling, 1, memory_order_relaxed) != 0) {
        ts_board_violation(state->bare.life->board, "owner", "two callbacks of one handle at once");
    }
    ts_bare_check(&state->bare, symbol, timestamp_ns, values, count);
    int64_t start_ns = ts_clock_ns();
    while (ts_clock_within(start_ns, ts_life_size(state->bare.life, WORK_NS, 100))) {
        ts_cpu_relax();
    }
    atomic_fetch_sub_explicit(&state->calling, 1, memory_order_relaxed);
}

static void produce(void *argument)
{
    struct worker *worker = argument;
    struct state *state = worker->state;
    bool queued = state->bare.life->mode == TS_DELIVERY_QUEUED;
    while (!stopped(state)) {
        /* Without a queue the meeting of the producers is what counts: they never rest, and ticks are
         * dropped. */
        if (queued &&
            ts_bare_stats(&state->bare).in_pipeline > ts_life_size(state->bare.life, AHEAD_MAX, 8)) {
            sched_yield();
            continue;
        }
        for (uint32_t i = 0; i < ts_life_size(state->bare.life, BURST, 2); i++) {
            worker->met += atomic_fetch_add_explicit(&state->offering, 1, memory_order_relaxed) != 0;
            bool fed = ts_bare_feed(&state->bare, worker->source);
            atomic_fetch_sub_explicit(&state->offering, 1, memory_order_relaxed);
            if (!fed) {
                return;
            }
        }
    }
}

static void poll_on(void *argument)
{
    struct worker *worker = argument;
    bool queued = worker->state->bare.life->mode == TS_DELIVERY_QUEUED;
    struct ts_idle idle;
    ts_idle_reset(&idle);
    while (!stopped(worker->state)) {
        worker->executed += ts_bare_poll(&worker->state->bare);
        worker->polls++;
        if (!queued) {
            ts_idle_wait(&idle); /* there is nothing to poll: the processor is for the producers */
        }
    }
}

static void expect(struct state *state, const char *what, uint64_t got, uint64_t wanted)
{
    ts_board_add(state->bare.life->board, TS_COUNTER_checks, 1);
    if (got != wanted) {
        ts_board_violation(state->bare.life->board, "owner", "%s: %llu is not %llu", what,
                           (unsigned long long)got, (unsigned long long)wanted);
    }
}

static ts_err start_threads(struct state *state, struct ts_source *const *sources, struct ts_diag *diag)
{
    ts_err error = TS_OK;
    char name[16];
    for (uint32_t i = 0; error == TS_OK && i < PAIR; i++) {
        state->producers[i] = (struct worker){.state = state, .source = sources[i]};
        state->pollers[i] = (struct worker){.state = state};
        snprintf(name, sizeof name, "producer-%u", i);
        error = ts_thread_start(&state->producers[i].thread, name, produce, &state->producers[i], diag);
        if (error == TS_OK) {
            snprintf(name, sizeof name, "poller-%u", i);
            error = ts_thread_start(&state->pollers[i].thread, name, poll_on, &state->pollers[i], diag);
        }
    }
    return error;
}

static void finish(struct state *state)
{
    struct ts_life *life = state->bare.life;
    uint64_t polls = 0, executed = 0, met = 0;
    atomic_store_explicit(&state->stop, 1, memory_order_relaxed);
    for (uint32_t i = 0; i < PAIR; i++) {
        ts_thread_join(&state->producers[i].thread);
        ts_thread_join(&state->pollers[i].thread);
        polls += state->pollers[i].polls;
        executed += state->pollers[i].executed;
        met += state->producers[i].met;
    }
    struct signal_stats final = ts_bare_finish(&state->bare);
    bool queued = life->mode == TS_DELIVERY_QUEUED;
    expect(state, "callbacks that polls say they executed", executed, queued ? final.results_executed : 0);
    expect(state, "polls counted", final.polls, queued ? polls : 0);
    uint64_t hazard = queued ? final.poll_conflicts : met;
    atomic_fetch_add_explicit(&life->board->hazard, hazard, memory_order_relaxed); /* a statistic */
}

static ts_err run_round(struct ts_life *life, const struct ts_plugin *plugin,
                        struct ts_source *const *sources, struct ts_diag *diag)
{
    static struct state state; /* threads know its address; one round at a time */
    struct ts_bare_options options = ts_bare_defaults(life, ts_random_next(&life->random) >> 12);
    options.queue_capacity = 1u << ts_random_below(&life->random, ts_life_size(life, 13, 4));
    options.queue_policy = (enum ts_overflow_policy)ts_random_below(&life->random, TS_OVERFLOW_COUNT);
    options.models = 1 + (uint32_t)ts_random_below(&life->random, 2);
    options.poll_budget = 1 + (uint32_t)ts_random_below(&life->random, ts_life_size(life, 128, 4));
    memset(&state, 0, sizeof state);
    ts_err error = ts_bare_start(&state.bare, life, plugin, &options, diag);
    if (error != TS_OK) {
        return error;
    }
    state.bare.checker.any_thread = true;
    plugin->register_callback(state.bare.handle, on_result, &state);
    int64_t start_ns = ts_clock_ns();
    error = start_threads(&state, sources, diag);
    while (error == TS_OK && !stopped(&state) &&
           ts_clock_within(start_ns, ts_life_size(life, ROUND_NS, 20000))) {
        ts_sleep_ns(ts_life_size(life, TS_NS_PER_MS, 5000));
    }
    finish(&state);
    return error;
}

ts_err ts_scenario_ownership(struct ts_life *life, struct ts_diag *diag)
{
    struct ts_plugin plugin;
    struct ts_source *sources[PAIR] = {NULL};
    ts_err error = ts_bare_load(life, &plugin, diag);
    if (error != TS_OK) {
        return error;
    }
    for (uint32_t i = 0; error == TS_OK && i < PAIR; i++) {
        error = ts_bare_source(life, 8, 1 + i, &sources[i], diag);
    }
    atomic_store_explicit(&life->board->phase, TS_BOARD_RUNNING, memory_order_release); /* READY release */
    while (error == TS_OK && !ts_life_over(life)) {
        error = run_round(life, &plugin, sources, diag);
    }
    for (uint32_t i = 0; i < PAIR; i++) {
        ts_source_close(sources[i]);
    }
    ts_plugin_unload(&plugin);
    return error;
}
