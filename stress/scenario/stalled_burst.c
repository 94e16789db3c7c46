/*
 * stalled-burst: the host stalls, and then all comes at once.
 *
 * Hazard: stalls that left more than one poll may execute (queued mode) or results piled up behind a callback
 * that did not return (the other modes). What piled up is bounded by the buffers; a poll executes no more
 * than its budget, so that the host gets back to its own work; under drop-oldest what comes after a stall is
 * the latest there is, under the other policies the oldest, without a hole. Must show: nothing, in every
 * mode. Threads: the owner feeds, stalls and polls; without a queue the library's thread stalls in the
 * callback.
 */
#include "base/clock.h"
#include "base/thread.h"
#include "scenario/bare_engine.h"
#include "scenario/scenarios.h"

#include <sched.h>
#include <string.h>

/* What the buffers between ingress and sender hold for each model, beside the ingress itself: rows, two
 * rings, and what each thread has in hand (engine/pipeline.h). */
#define BUFFERS_MAX (3u * 1024 + 4u * 64)
#define STALL_NS    (5 * TS_NS_PER_MS)
#define SETTLE_NS   (TS_NS_PER_S)
#define STALLS_MAX  8u /* of one engine */

struct state {
    struct ts_bare bare;
    uint64_t oldest_allowed; /* under drop-oldest: no older result may come after the stall */
    uint64_t next;           /* under the other policies: exactly this one must come first; 0: not known */
    _Atomic int stall;       /* not queued: the next callback stalls; relaxed, carries nothing else */
};

static bool queued(const struct state *state)
{
    return state->bare.life->mode == TS_DELIVERY_QUEUED;
}

static void on_result(const char *symbol, long long timestamp_ns, const double *values, int count,
                      void *user_data)
{
    struct state *state = user_data;
    uint64_t sequence = count == TS_CHECKED_VALUES ? (uint64_t)values[TS_CHECKED_SEQUENCE] : 0;
    ts_bare_check(&state->bare, symbol, timestamp_ns, values, count);
    if (sequence < state->oldest_allowed || (state->next != 0 && sequence != state->next)) {
        ts_board_violation(state->bare.life->board, "age",
                           "after a stall came result %llu; due was %llu, and none before %llu",
                           (unsigned long long)sequence, (unsigned long long)state->next,
                           (unsigned long long)state->oldest_allowed);
    }
    state->next = 0;
    if (atomic_exchange_explicit(&state->stall, 0, memory_order_relaxed) != 0) {
        ts_sleep_ns(STALL_NS);
    }
}

/* Whether what is on its way fits into what the engine was given. */
static void check_bounds(const struct state *state, const struct signal_stats *stats)
{
    const struct ts_bare_options *options = &state->bare.options;
    uint64_t buffers_max = (uint64_t)options->models * (options->ingress_capacity + BUFFERS_MAX);
    ts_board_add(state->bare.life->board, TS_COUNTER_checks, 2);
    if (stats->in_pipeline > buffers_max) {
        ts_board_violation(state->bare.life->board, "bound", "%llu results in a pipeline that holds %llu",
                           (unsigned long long)stats->in_pipeline, (unsigned long long)buffers_max);
    }
    if (queued(state) && stats->results_pending > options->queue_capacity) {
        ts_board_violation(state->bare.life->board, "bound", "%llu results pending in a queue of %u",
                           (unsigned long long)stats->results_pending, options->queue_capacity);
    }
}

/* Waits until the pipeline has nothing more to give (true), or waits itself for room in the queue. */
static bool settle(const struct state *state, struct signal_stats *now)
{
    int64_t start_ns = ts_clock_ns();
    for (;;) {
        struct signal_stats stats = *now = ts_bare_stats(&state->bare);
        bool blocks = stats.producer_waits > 0 && stats.results_pending == state->bare.options.queue_capacity;
        uint64_t known = stats.results_executed + stats.results_dropped_newest +
                         stats.results_dropped_oldest + stats.results_pending;
        bool still = stats.in_pipeline == 0 && stats.results_accepted == known &&
                     stats.results_offered == stats.results_accepted + stats.results_rejected;
        if (still || blocks || !ts_clock_within(start_ns, SETTLE_NS) || ts_life_expired(state->bare.life)) {
            return still;
        }
        sched_yield();
    }
}

/* What the polls after the stall must find. One model, so that sequence numbers are results. next: the first
 * of the burst, when the queue was empty before it; else 0. */
static void expect_after(struct state *state, const struct signal_stats *stats, bool settled, uint64_t next)
{
    const struct ts_bare_options *options = &state->bare.options;
    state->next = stats->results_pending > 0 ? next : 0;
    if (options->models == 1 && settled && options->queue_policy == TS_OVERFLOW_DROP_OLDEST) {
        state->oldest_allowed = stats->depth_accepted - stats->results_pending + 1;
    }
}

/* Polls as a host would, one poll at a time, until what had piled up is through. */
static void poll_off(struct state *state, uint64_t pending)
{
    for (uint64_t executed = 0; executed < pending && !ts_life_over(state->bare.life);) {
        uint32_t once = ts_bare_poll(&state->bare);
        if (once == 0) {
            break;
        }
        executed += once;
    }
}

static bool feed(struct state *state, struct ts_source *source, uint64_t depths)
{
    for (uint64_t i = 0; i < depths && !ts_life_over(state->bare.life); i++) {
        if (!ts_bare_feed(&state->bare, source)) {
            return false;
        }
    }
    return true;
}

/* How often a fault has made the queue of results full: which of a burst it dropped is not known then. */
static uint64_t queue_full(const struct state *state)
{
    const struct ts_fault_log *log = &state->bare.life->board->faults;
    return ts_fault_log_failed(log, TS_PROBE_QUEUE_PUSH_FULL) +
           ts_fault_log_failed(log, TS_PROBE_SPSC_CLAIM_FULL);
}

static bool stall_once(struct state *state, struct ts_source *source)
{
    struct ts_life *life = state->bare.life;
    const struct ts_bare_options *options = &state->bare.options;
    uint64_t burst =
        1 + ts_random_below(&life->random, 2ull * options->queue_capacity + ts_life_size(life, 64, 6));
    /* Under the policies that keep the oldest, an empty queue takes the burst from its first result on. */
    bool from_empty = queued(state) && options->models == 1 &&
                      options->queue_policy != TS_OVERFLOW_DROP_OLDEST && ts_bare_drain(&state->bare);
    uint64_t next = from_empty ? ts_bare_stats(&state->bare).depth_accepted + 1 : 0;
    uint64_t full = queue_full(state);
    atomic_store_explicit(&state->stall, !queued(state), memory_order_relaxed);
    bool goes_on = feed(state, source, burst);
    struct signal_stats stats;
    if (queued(state)) {
        bool settled = settle(state, &stats);
        expect_after(state, &stats, settled, queue_full(state) == full ? next : 0);
    } else {
        stats = ts_bare_stats(&state->bare);
    }
    check_bounds(state, &stats);
    bool piled_up =
        queued(state) ? stats.results_pending > options->poll_budget : stats.in_pipeline > options->models;
    atomic_fetch_add_explicit(&life->board->hazard, piled_up, memory_order_relaxed); /* a statistic */
    poll_off(state, stats.results_pending);
    if (queued(state)) {
        state->oldest_allowed = 0;
    }
    return goes_on;
}

static struct ts_bare_options draw_options(const struct ts_life *life, struct ts_random *random)
{
    struct ts_bare_options options = ts_bare_defaults(life, ts_random_next(random) >> 12);
    /* An explored life has one stall, which must leave more than a poll may execute. */
    options.queue_capacity =
        life->explored ? 4u << ts_random_below(random, 2) : 1u << ts_random_below(random, 10);
    options.queue_policy = (enum ts_overflow_policy)ts_random_below(random, TS_OVERFLOW_COUNT);
    options.models = ts_random_below(random, 4) == 0 ? 3 : 1;
    options.poll_budget = 1 + (uint32_t)ts_random_below(random, ts_life_size(life, 32, 3));
    return options;
}

static ts_err run_engine(struct ts_life *life, const struct ts_plugin *plugin, struct ts_source *source,
                         bool *ended, struct ts_diag *diag)
{
    static struct state state; /* threads of the library know its address; one engine at a time */
    struct ts_bare_options options = draw_options(life, &life->random);
    memset(&state, 0, sizeof state);
    ts_err error = ts_bare_start(&state.bare, life, plugin, &options, diag);
    if (error != TS_OK) {
        return error;
    }
    plugin->register_callback(state.bare.handle, on_result, &state);
    for (uint32_t i = 0; i < ts_life_size(life, STALLS_MAX, 1) && !*ended && !ts_life_over(life); i++) {
        *ended = !stall_once(&state, source);
    }
    ts_bare_finish(&state.bare);
    return TS_OK;
}

ts_err ts_scenario_stalled_burst(struct ts_life *life, struct ts_diag *diag)
{
    struct ts_plugin plugin;
    struct ts_source *source = NULL;
    bool ended = false;
    ts_err error = ts_bare_load(life, &plugin, diag);
    if (error != TS_OK) {
        return error;
    }
    error = ts_bare_source(life, 16, 1, &source, diag);
    atomic_store_explicit(&life->board->phase, TS_BOARD_RUNNING, memory_order_release); /* READY release */
    while (error == TS_OK && !ended && !ts_life_over(life)) {
        error = run_engine(life, &plugin, source, &ended, diag);
    }
    ts_source_close(source);
    ts_plugin_unload(&plugin);
    return error;
}
