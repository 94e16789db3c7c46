/*
 * two-engines: two engines of one library at once, unlike each other.
 *
 * Hazard: moments at which both had results on their way. Each result must reach its own host: the one with
 * its engine's number. Callbacks of the first engine call into the second: they feed it, register with it
 * and, in queued mode, poll it, so that its callbacks run inside the first's. One of the two ends while the
 * other works. Must show: nothing, in every mode. Threads: the owner feeds and polls both; without a queue
 * each engine calls back on a thread of its own.
 */
#include "base/clock.h"
#include "scenario/bare_engine.h"
#include "scenario/scenarios.h"

#define STEPS_MAX 2000u
#define AHEAD_MAX 512u

struct pair {
    struct ts_bare first, second;
    uint64_t draws; /* seed of the first's callbacks' choices */
    struct wingchun_depth depth;
};

/* Only the first calls the second, never the other way: register waits for a callback that is under way, and
 * two that waited for each other would be the host's own deadlock. */
static void call_second(struct pair *pair, uint64_t draw)
{
    struct ts_bare *second = &pair->second;
    switch (draw % 3) {
    case 0:
        ts_bare_tick(second, WINGCHUN_DEPTH, &pair->depth);
        break;
    case 1:
        ts_bare_listen(second);
        break;
    default:
        ts_bare_poll(second);
        break;
    }
}

static void on_result(const char *symbol, long long timestamp_ns, const double *values, int count,
                      void *user_data)
{
    struct pair *pair = user_data;
    ts_bare_check(&pair->first, symbol, timestamp_ns, values, count);
    uint64_t draw = ts_hash64(pair->draws + pair->first.checker.seen);
    if (draw % ts_life_size(pair->first.life, 8, 2) == 0) {
        call_second(pair, draw >> 8);
    }
}

static struct ts_bare_options draw_options(const struct ts_life *life, struct ts_random *random)
{
    struct ts_bare_options options = ts_bare_defaults(life, ts_random_next(random) >> 12);
    options.queue_capacity = 1u << ts_random_below(random, ts_life_size(life, 12, 4));
    options.queue_policy = (enum ts_overflow_policy)ts_random_below(random, TS_OVERFLOW_BLOCK);
    options.models = 1 + (uint32_t)ts_random_below(random, 3);
    options.factors = 1 + (uint32_t)ts_random_below(random, 2);
    options.poll_budget = 1 + (uint32_t)ts_random_below(random, 256);
    return options;
}

static bool has_results(const struct ts_bare *bare)
{
    struct signal_stats stats = ts_bare_stats(bare);
    return stats.in_pipeline + stats.results_pending > 0;
}

/* Feeds, or polls where too much is on its way. */
static bool step(struct ts_bare *bare, struct ts_source *source, struct ts_random *random)
{
    if (ts_random_below(random, 8) == 0 ||
        ts_bare_stats(bare).in_pipeline > ts_life_size(bare->life, AHEAD_MAX, 8)) {
        ts_bare_poll(bare);
        return true;
    }
    return ts_bare_feed(bare, source);
}

/* A life that is explored is the same in each schedule: what is drawn must leave both something to do. */
static bool live(struct pair *pair, struct ts_source *source)
{
    struct ts_life *life = pair->first.life;
    uint64_t steps =
        ts_life_size(life, 1, 6) + ts_random_below(&life->random, ts_life_size(life, STEPS_MAX, 16));
    for (uint64_t i = 0; i < steps && !ts_life_over(life); i++) {
        uint64_t turn = i < 2 ? i : ts_random_below(&life->random, 2);
        struct ts_bare *bare = turn == 0 ? &pair->first : &pair->second;
        if (!step(bare, source, &life->random)) {
            return false;
        }
        bool both = has_results(&pair->first) && has_results(&pair->second);
        atomic_fetch_add_explicit(&life->board->hazard, both, memory_order_relaxed); /* a statistic */
    }
    return true;
}

/* The first ends in the middle of the second's work; the second then goes on alone. */
static bool finish(struct pair *pair, struct ts_source *source)
{
    struct ts_life *life = pair->second.life;
    bool goes_on = true;
    ts_bare_finish(&pair->first);
    uint64_t more = ts_random_below(&life->random, ts_life_size(life, 200, 4));
    for (uint64_t i = 0; i < more && goes_on && !ts_life_over(life); i++) {
        goes_on = step(&pair->second, source, &life->random);
    }
    if (ts_random_below(&life->random, 2) == 0) {
        ts_bare_drain(&pair->second);
    }
    ts_bare_finish(&pair->second);
    return goes_on;
}

static ts_err run_pair(struct ts_life *life, const struct ts_plugin *plugin, struct ts_source *source,
                       bool *ended, struct ts_diag *diag)
{
    static struct pair pair; /* threads of the library know its address; one pair at a time */
    struct ts_bare_options first = draw_options(life, &life->random);
    struct ts_bare_options second = draw_options(life, &life->random);
    ts_err error = ts_bare_start(&pair.first, life, plugin, &first, diag);
    if (error != TS_OK) {
        return error;
    }
    error = ts_bare_start(&pair.second, life, plugin, &second, diag);
    if (error != TS_OK) {
        ts_bare_finish(&pair.first);
        return error;
    }
    pair.draws = ts_random_next(&life->random);
    pair.depth = (struct wingchun_depth){.symbol = "inside", .data_time_ns = 1};
    ts_bare_listen(&pair.second);
    plugin->register_callback(pair.first.handle, on_result, &pair);
    bool goes_on = live(&pair, source);
    *ended = !finish(&pair, source) || !goes_on;
    return TS_OK;
}

ts_err ts_scenario_two_engines(struct ts_life *life, struct ts_diag *diag)
{
    struct ts_plugin plugin;
    struct ts_source *source = NULL;
    bool ended = false;
    ts_err error = ts_bare_load(life, &plugin, diag);
    if (error != TS_OK) {
        return error;
    }
    error = ts_bare_source(life, 8, 1, &source, diag);
    atomic_store_explicit(&life->board->phase, TS_BOARD_RUNNING, memory_order_release); /* READY release */
    while (error == TS_OK && !ended && !ts_life_over(life)) {
        error = run_pair(life, &plugin, source, &ended, diag);
    }
    ts_source_close(source);
    ts_plugin_unload(&plugin);
    return error;
}
