/*
 * queue-overflow: small queues and slow consumers; every policy must account for every result.
 *
 * Hazard: a full queue (queued mode) or ingress (the other modes, in which the scan thread itself is the
 * consumer) turns something away or makes its producer wait. Counted for each case; a case in which it never
 * happened is not counted as exercised. Cases: queued: capacity {1, 2, 4096} x policy x consumer {stalled,
 * bursty, slow}; else: ingress {128, 4096} x consumer. Must show: the accounting identities hold exactly in
 * every case (checker.h). Threads: the owner feeds and polls; the library's threads produce.
 */
#include "base/clock.h"
#include "scenario/host_rig.h"
#include "scenario/scenarios.h"

#include <sched.h>
#include <string.h>

enum consumer { STALLED, BURSTY, SLOW, CONSUMERS };

static const char *const consumer_names[CONSUMERS] = {"stalled", "bursty", "slow"};

#define CASES_MAX        64
#define RESULTS_MIN      200u
#define CASE_TIME_MAX_NS (3 * TS_NS_PER_S)
/* The smallest ingress takes 128 ticks: an explored life has a few steps more to fill it. */
#define EXPLORED_MORE_NS 75000

#define TAPED_MODELS     12u /* of a recording's ticks only one in fourteen is a Depth */
#define CALLBACK_MODELS  4u  /* results a tick without a queue: the callbacks must be slower than the feed */
#define SYMBOLS          64u /* of which the strategy takes one, so that the owner seldom waits for its lock */
#define AHEAD_MAX        2048u /* Depths that the owner may be ahead of the sender */

struct overflow_case {
    uint32_t capacity;
    enum ts_overflow_policy policy;
    enum consumer consumer;
};

struct state {
    struct overflow_case now;
    uint64_t wanted;     /* results to be offered before the case may end */
    uint64_t burst;      /* Depths between two polls of the bursty consumer */
    int64_t deadline_ns; /* of the case */
    struct signal_stats stats;
};

static bool queued(const struct ts_life *life)
{
    return life->mode == TS_DELIVERY_QUEUED;
}

/* Refreshes the counters; keeps the owner from running so far ahead that ticks are dropped before they can
 * overflow. */
static void look_at_engine(struct ts_rig *rig)
{
    struct state *state = rig->scenario;
    state->stats.struct_size = sizeof state->stats;
    ts_runner_plugin(rig->runner)->stats(ts_runner_engine(rig->runner), &state->stats);
    if (queued(rig->life) && state->stats.in_pipeline > ts_life_size(rig->life, AHEAD_MAX, 16)) {
        sched_yield();
    }
}

static bool overflowed(const struct signal_stats *stats)
{
    return stats->ticks_dropped + stats->results_dropped_newest + stats->results_dropped_oldest +
               stats->results_rejected + stats->producer_waits >
           0;
}

static bool case_goes_on(struct ts_rig *rig)
{
    struct state *state = rig->scenario;
    if (rig->events % ts_life_size(rig->life, 16, queued(rig->life) ? 2 : 16) != 0) {
        return true;
    }
    look_at_engine(rig);
    if (ts_clock_ns() >= state->deadline_ns) {
        return false;
    }
    bool enough = state->stats.results_offered >= state->wanted;
    bool blocked = state->stats.producer_waits > 0 && rig->events >= 2 * state->wanted;
    return !(overflowed(&state->stats) && (enough || blocked));
}

static void consume(struct ts_rig *rig, const struct ts_event *event)
{
    const struct state *state = rig->scenario;
    (void)event;
    if (!queued(rig->life)) {
        return;
    }
    /* A slow consumer's poll executes one callback, its budget; a bursty one's all there are. */
    bool slow = state->now.consumer == SLOW && rig->events % 4 == 0;
    bool burst = state->now.consumer == BURSTY && rig->events % state->burst == 0;
    if (slow || burst) {
        ts_runner_poll(rig->runner);
    }
}

/*
 * In the modes without a queue the consumer is the callback itself. share: of how many results the strategy
 * gets one; it is as slow on the whole whether it takes few or all.
 */
static void slow_down_callback(struct ts_ema_options *strategy, enum consumer consumer, uint32_t share)
{
    switch (consumer) {
    case STALLED:
        strategy->factor_sleep_every = 8 * SYMBOLS / share;
        strategy->factor_sleep_us = 20000;
        break;
    case BURSTY:
        strategy->factor_sleep_every = 4 * SYMBOLS / share;
        strategy->factor_sleep_us = 1000;
        break;
    default:
        strategy->factor_spin_ns = 100000 / SYMBOLS * share;
        break;
    }
}

static uint64_t at_least(uint64_t number, uint64_t least)
{
    return number > least ? number : least;
}

static ts_err run_case(struct ts_life *life, const struct overflow_case *now, struct ts_source *source,
                       struct ts_diag *diag)
{
    struct ts_rig rig = {.source = source};
    struct ts_rig_options options = ts_rig_defaults(life);
    struct state state = {.now = *now};
    options.strategies = 1;
    options.source_on_loan = true;
    options.poll_on_depth = false;
    if (queued(life)) {
        options.queue_capacity = now->capacity;
        options.queue_policy = now->policy;
        options.poll_budget = now->consumer == SLOW ? 1 : 1u << 20;
        state.wanted = at_least(3ull * now->capacity, ts_life_size(life, RESULTS_MIN, 12));
    } else {
        options.ingress_capacity = now->capacity;
        options.models = life->ticks_path != NULL ? TAPED_MODELS : ts_life_size(life, CALLBACK_MODELS, 1);
        bool taped =
            life->ticks_path != NULL; /* a recording has one symbol, and its strategy wants every tick */
        options.symbol = taped ? NULL : "ts0000_usdt";
        options.results_only = taped && life->mode != TS_DELIVERY_DIRECT;
        slow_down_callback(&options.strategy, now->consumer, options.symbol != NULL ? SYMBOLS : 1);
        state.wanted = ts_life_size(life, RESULTS_MIN, 12);
    }
    state.burst = at_least(2ull * now->capacity, ts_life_size(life, 64, 4));
    state.deadline_ns = ts_clock_ns() + CASE_TIME_MAX_NS;
    ts_err error = ts_rig_start(&rig, life, &options, diag);
    if (error != TS_OK) {
        return error;
    }
    rig.scenario = &state;
    rig.more = case_goes_on;
    rig.after = consume;
    ts_rig_add_strategy(&rig);
    ts_rig_loop(&rig);
    bool was_cut = ts_life_over(life);
    look_at_engine(&rig);
    bool exercised = overflowed(&state.stats);
    /* Every other case ends with results pending, so that those are accounted for as well. */
    ts_rig_finish(&rig, ts_random_below(&life->random, 2) == 0);
    ts_board_add(life->board, TS_COUNTER_cases_run, !was_cut || exercised);
    ts_board_add(life->board, TS_COUNTER_cases_exercised, exercised);
    atomic_store_explicit(&life->board->hazard, ts_board_get(life->board, TS_COUNTER_overflows),
                          memory_order_relaxed); /* a statistic */
    return TS_OK;
}

static size_t list_cases(const struct ts_life *life, struct overflow_case *cases)
{
    const uint32_t queue_capacities[] = {1, 2, ts_life_size(life, 4096, 4)};
    const uint32_t ingress_capacities[] = {128, ts_life_size(life, 4096, 128)};
    size_t count = 0;
    size_t capacities = queued(life) ? 3 : 2;
    size_t policies = queued(life) ? TS_OVERFLOW_COUNT : 1;
    for (size_t c = 0; c < capacities; c++) {
        for (size_t p = 0; p < policies; p++) {
            for (int k = 0; k < CONSUMERS; k++) {
                cases[count++] = (struct overflow_case){
                    .capacity = queued(life) ? queue_capacities[c] : ingress_capacities[c],
                    .policy = (enum ts_overflow_policy)p,
                    .consumer = (enum consumer)k,
                };
            }
        }
    }
    return count;
}

/* Applies --set: each setting pins one coordinate of every case. */
static ts_err pin_cases(const struct ts_life *life, struct overflow_case *cases, size_t count,
                        struct ts_diag *diag)
{
    uint64_t capacity;
    ts_err error = ts_life_number(life, "capacity", 0, 1, 1u << 20, &capacity, diag);
    const char *policy_name = ts_life_setting(life, "policy", NULL);
    const char *consumer_name = ts_life_setting(life, "consumer", NULL);
    enum ts_overflow_policy policy = TS_OVERFLOW_DROP_NEWEST;
    int consumer = 0;
    if (error == TS_OK && policy_name != NULL && ts_overflow_policy_parse(policy_name, &policy) != TS_OK) {
        error = ts_fail(diag, TS_UNKNOWN, "scenario setting", "policy", "%s is not a policy", policy_name);
    }
    while (error == TS_OK && consumer_name != NULL && strcmp(consumer_name, consumer_names[consumer]) != 0) {
        if (++consumer == CONSUMERS) {
            error = ts_fail(diag, TS_UNKNOWN, "scenario setting", "consumer",
                            "%s is not stalled, bursty or slow", consumer_name);
            break;
        }
    }
    for (size_t i = 0; error == TS_OK && i < count; i++) {
        cases[i].capacity = capacity != 0 ? (uint32_t)capacity : cases[i].capacity;
        cases[i].policy = policy_name != NULL ? policy : cases[i].policy;
        cases[i].consumer = consumer_name != NULL ? (enum consumer)consumer : cases[i].consumer;
    }
    return error;
}

static void shuffle(struct ts_random *random, struct overflow_case *cases, size_t count)
{
    for (size_t i = count; i > 1; i--) {
        size_t other = ts_random_below(random, i);
        struct overflow_case swapped = cases[i - 1];
        cases[i - 1] = cases[other];
        cases[other] = swapped;
    }
}

ts_err ts_scenario_queue_overflow(struct ts_life *life, struct ts_diag *diag)
{
    struct overflow_case cases[CASES_MAX];
    struct ts_source *source = NULL;
    size_t count = list_cases(life, cases);
    struct ts_synthetic_options synthetic = ts_synthetic_flood(ts_seed_mix(life->seed, 1), SYMBOLS);
    ts_err error = pin_cases(life, cases, count, diag);
    if (error == TS_OK) {
        error = ts_life_source(life, &synthetic, &source, diag);
    }
    if (error != TS_OK) {
        return error;
    }
    if (life->explored && !queued(life)) {
        life->deadline_ns += EXPLORED_MORE_NS;
    }
    atomic_store_explicit(&life->board->phase, TS_BOARD_RUNNING, memory_order_release); /* READY release */
    while (error == TS_OK && !ts_life_over(life)) {
        shuffle(&life->random, cases, count);
        for (size_t i = 0; error == TS_OK && i < count && !ts_life_over(life); i++) {
            error = run_case(life, &cases[i], source, diag);
        }
    }
    ts_source_close(source);
    return error;
}
