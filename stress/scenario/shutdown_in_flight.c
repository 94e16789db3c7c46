/*
 * shutdown-in-flight: engines are closed in the middle of their work.
 *
 * Hazard: an engine closed while results were in its pipeline or its queue: full buffers, a producer that
 * waits for room (policy block), several factors and models. Must show: in every mode each result is
 * accounted for (accepted = executed + dropped + pending; what the sequence numbers miss is what the counters
 * say), and no thread of the engine outlives the close; the explorer, which keeps threads for the next
 * schedule, knows by itself who lives. Threads: the owner feeds, polls and closes.
 */
#include "base/clock.h"
#include "base/thread.h"
#include "scenario/bare_engine.h"
#include "scenario/scenarios.h"
#include "scenario/thread_count.h"

#include <sched.h>

#define DEPTHS_MAX    3000u
#define CALLBACK_NS   20000 /* without a queue the callbacks make the pipeline fill up */
#define AIM_NS        (2 * TS_NS_PER_MS)
#define THREADS_LOOKS 20000u /* a tenth of a millisecond apart; not timed, for a clock may jump */

struct state {
    struct ts_bare bare;
    uint64_t work_ns; /* of each callback */
};

static void on_result(const char *symbol, long long timestamp_ns, const double *values, int count,
                      void *user_data)
{
    struct state *state = user_data;
    ts_bare_check(&state->bare, symbol, timestamp_ns, values, count);
    int64_t start_ns = ts_clock_ns();
    while (state->work_ns > 0 && ts_clock_within(start_ns, (int64_t)state->work_ns)) {
        ts_cpu_relax();
    }
}

/* A joined thread may be listed for a moment yet. */
static void check_threads(struct ts_life *life, uint32_t before)
{
    uint32_t now = ts_thread_count();
    for (uint32_t looks = 0; now > before && looks < THREADS_LOOKS; looks++) {
        ts_sleep_ns(100000);
        now = ts_thread_count();
    }
    ts_board_add(life->board, TS_COUNTER_checks, 1);
    if (now > before) {
        ts_board_violation(life->board, "threads", "%u threads after an engine's end, %u before its start",
                           now, before);
    }
}

static struct ts_bare_options draw_options(const struct ts_life *life, struct ts_random *random)
{
    const uint32_t capacities[] = {1, 2, 16, ts_life_size(life, 1024, 4)};
    struct ts_bare_options options = ts_bare_defaults(life, ts_random_next(random) >> 12);
    options.queue_capacity = capacities[ts_random_below(random, 4)];
    /* Half of them block: the close must end the producer's wait. */
    options.queue_policy = ts_random_below(random, 2) == 0
                               ? TS_OVERFLOW_BLOCK
                               : (enum ts_overflow_policy)ts_random_below(random, TS_OVERFLOW_COUNT);
    options.ingress_capacity = ts_random_below(random, 2) == 0 ? 128 : ts_life_size(life, 4096, 128);
    options.models = 1 + (uint32_t)ts_random_below(random, 3);
    options.factors = 1 + (uint32_t)ts_random_below(random, 2);
    options.poll_budget = 1 + (uint32_t)ts_random_below(random, 64);
    return options;
}

/* Waits a little for results to be on their way, in block mode for the producer to wait, by looking at
 * counters that order nothing. */
static void aim(const struct state *state)
{
    const struct ts_bare *bare = &state->bare;
    bool block = bare->life->mode == TS_DELIVERY_QUEUED && bare->options.queue_policy == TS_OVERFLOW_BLOCK;
    int64_t start_ns = ts_clock_ns();
    while (ts_clock_within(start_ns, ts_life_size(bare->life, AIM_NS, 20000))) {
        struct signal_stats stats = ts_bare_stats(bare);
        if (block ? stats.producer_waits > 0 : stats.in_pipeline + stats.results_pending > 0) {
            return;
        }
        sched_yield();
    }
}

static void do_nothing(void *argument)
{
    (void)argument;
}

/* A sanitizer's own thread comes with the first thread of the process, and stays. */
static ts_err start_first_thread(struct ts_diag *diag)
{
    struct ts_thread first = {0};
    ts_err error = ts_thread_start(&first, "first", do_nothing, NULL, diag);
    ts_thread_join(&first);
    return error;
}

static ts_err run_engine(struct ts_life *life, const struct ts_plugin *plugin, struct ts_source *source,
                         bool *ended, struct ts_diag *diag)
{
    static struct state state; /* threads of the library know its address; one engine at a time */
    struct ts_bare_options options = draw_options(life, &life->random);
    uint32_t threads = life->explored ? 0 : ts_thread_count();
    ts_err error = ts_bare_start(&state.bare, life, plugin, &options, diag);
    if (error != TS_OK) {
        return error;
    }
    state.work_ns = life->mode == TS_DELIVERY_QUEUED
                        ? 0
                        : ts_random_below(&life->random, ts_life_size(life, CALLBACK_NS, 400));
    plugin->register_callback(state.bare.handle, on_result, &state);
    uint64_t depths = 1 + ts_random_below(&life->random, ts_life_size(life, DEPTHS_MAX, 12));
    uint64_t poll_every = 1 + ts_random_below(&life->random, ts_life_size(life, 256, 6));
    for (uint64_t fed = 1; fed <= depths && !*ended && !ts_life_over(life); fed++) {
        *ended = !ts_bare_feed(&state.bare, source);
        if (fed % poll_every == 0) {
            ts_bare_poll(&state.bare);
        }
    }
    aim(&state);
    struct signal_stats final = ts_bare_finish(&state.bare);
    if (!life->explored) {
        check_threads(life, threads);
    }
    bool in_flight = final.in_pipeline + final.results_pending > 0;
    atomic_fetch_add_explicit(&life->board->hazard, in_flight, memory_order_relaxed); /* a statistic */
    return TS_OK;
}

ts_err ts_scenario_shutdown_in_flight(struct ts_life *life, struct ts_diag *diag)
{
    struct ts_plugin plugin;
    struct ts_source *source = NULL;
    bool ended = false;
    ts_err error = ts_bare_load(life, &plugin, diag);
    if (error != TS_OK) {
        return error;
    }
    error = ts_bare_source(life, 16, 1, &source, diag);
    if (error == TS_OK) {
        error = start_first_thread(diag);
    }
    atomic_store_explicit(&life->board->phase, TS_BOARD_RUNNING, memory_order_release); /* READY release */
    while (error == TS_OK && !ended && !ts_life_over(life)) {
        error = run_engine(life, &plugin, source, &ended, diag);
    }
    ts_source_close(source);
    ts_plugin_unload(&plugin);
    return error;
}
