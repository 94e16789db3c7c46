#include "bench/stage_walk.h"

#include "engine/stages.h"
#include "engine/tick_check.h"
#include "host/strategy_table.h"

#include <stdlib.h>
#include <string.h>

/* An engine without threads. */
struct line {
    struct ts_sender sender;
    struct ts_pipeline *pipeline;
};

struct ts_stage_walk {
    struct line queued, direct;
    struct wingchun_depth depths[TS_STAGE_BURST];
    struct ts_strategy_table table;
    struct ts_strategy *strategy;
    uint64_t results, dispatched;
    int64_t time_ns;
    uint32_t suspicions; /* of the checks, so that they are not left out */
};

static const char *const names[TS_STAGE_COUNT] = {"check", "offer", "factor",   "factor-scan", "model",
                                                  "push",  "poll",  "dispatch", "call"};

const char *ts_stage_name(enum ts_stage stage)
{
    return names[stage];
}

enum ts_stage ts_stage_find(const char *name)
{
    int i = 0;
    while (i < TS_STAGE_COUNT && strcmp(name, names[i]) != 0) {
        i++;
    }
    return (enum ts_stage)i;
}

static void count_result(const char *symbol, long long timestamp_ns, const double *values, int count,
                         void *user_data)
{
    struct ts_stage_walk *walk = user_data;
    (void)symbol;
    (void)timestamp_ns;
    (void)values;
    (void)count;
    walk->results++;
}

static uint64_t *dispatched; /* the one walk's */

static void on_factor(struct ts_strategy *self, const char *symbol, int64_t timestamp_ns,
                      const double *values, int count)
{
    (void)self;
    (void)symbol;
    (void)timestamp_ns;
    (void)values;
    (void)count;
    ++*dispatched;
}

static void open_line(struct line *line, const char *config_json, struct ts_stage_walk *walk)
{
    struct ts_engine_config config;
    ts_err error = ts_engine_config_parse(config_json, &config, NULL);
    TS_ASSERT(error == TS_OK);
    config.pipeline = TS_PIPELINE_STEPPED;
    error = ts_sender_init(&line->sender, &config, NULL);
    TS_ASSERT(error == TS_OK);
    error = ts_pipeline_create(&config, &line->sender, &line->pipeline, NULL);
    TS_ASSERT(error == TS_OK);
    ts_sender_register(&line->sender, count_result, walk);
}

static void close_line(struct line *line)
{
    ts_pipeline_stop(line->pipeline);
    ts_pipeline_destroy(line->pipeline);
    ts_sender_fini(&line->sender);
}

struct ts_stage_walk *ts_stage_walk_create(void)
{
    static struct ts_strategy_vtable vtable;
    size_t size = (sizeof(struct ts_stage_walk) + TS_CACHE_LINE - 1) / TS_CACHE_LINE * TS_CACHE_LINE;
    struct ts_stage_walk *walk = aligned_alloc(TS_CACHE_LINE, size);
    TS_ASSERT(walk != NULL);
    memset(walk, 0, size);
    open_line(&walk->queued, "{\"mode\":\"queued\"}", walk);
    open_line(&walk->direct, "{\"mode\":\"direct\"}", walk);
    for (int i = 0; i < TS_STAGE_BURST; i++) { /* ten levels a side, as a feed sends them */
        struct wingchun_depth *depth = &walk->depths[i];
        memcpy(depth->symbol, "btcusdt", 7);
        for (int level = 0; level < 10; level++) {
            depth->bid_price[level] = 100 - level;
            depth->ask_price[level] = 101 + level;
            depth->bid_volume[level] = depth->ask_volume[level] = 1 + i + level;
        }
    }
    vtable = ts_strategy_base_vtable;
    vtable.on_factor = on_factor;
    dispatched = &walk->dispatched;
    walk->strategy = calloc(1, sizeof *walk->strategy);
    TS_ASSERT(walk->strategy != NULL);
    ts_err error = ts_strategy_init(walk->strategy, &vtable, 1, -1, NULL);
    TS_ASSERT(error == TS_OK);
    uint32_t slot;
    ts_strategy_table_init(&walk->table, TS_DELIVERY_QUEUED, 1);
    error = ts_strategy_table_add(&walk->table, walk->strategy, NULL, 0, &slot);
    TS_ASSERT(error == TS_OK);
    return walk;
}

void ts_stage_walk_destroy(struct ts_stage_walk *walk)
{
    close_line(&walk->queued);
    close_line(&walk->direct);
    ts_strategy_table_fini(&walk->table); /* the strategy goes with it */
    free(walk);
}

static void check(struct ts_stage_walk *walk)
{
    for (int i = 0; i < TS_STAGE_BURST; i++) {
        uint32_t suspicions;
        enum ts_tick_fault fault =
            ts_tick_check(WINGCHUN_DEPTH, &walk->depths[i], sizeof walk->depths[i], &suspicions);
        TS_ASSERT(fault == TS_TICK_SOUND);
        walk->suspicions |= suspicions;
    }
}

static void offer_to(struct ts_stage_walk *walk, struct line *line)
{
    for (int i = 0; i < TS_STAGE_BURST; i++) {
        ts_err error =
            ts_pipeline_offer(line->pipeline, WINGCHUN_DEPTH, &walk->depths[i], sizeof walk->depths[i]);
        TS_ASSERT(error == TS_OK);
    }
}

static void offer(struct ts_stage_walk *walk)
{
    offer_to(walk, &walk->queued);
}

static void factor(struct ts_stage_walk *walk)
{
    uint32_t done = ts_step_factor(&walk->queued.pipeline->factors[0]);
    TS_ASSERT(done == TS_STAGE_BURST);
}

static void factor_scan(struct ts_stage_walk *walk)
{
    uint32_t done = ts_step_factor_scan(walk->queued.pipeline);
    TS_ASSERT(done == TS_STAGE_BURST);
}

static void model(struct ts_stage_walk *walk)
{
    uint32_t done = ts_step_model(&walk->queued.pipeline->models[0]);
    TS_ASSERT(done == TS_STAGE_BURST);
}

static void push(struct ts_stage_walk *walk)
{
    uint32_t done = ts_step_model_scan(walk->queued.pipeline);
    TS_ASSERT(done == TS_STAGE_BURST);
}

static void poll(struct ts_stage_walk *walk)
{
    bool destroy;
    uint32_t done = ts_sender_poll(&walk->queued.sender, &destroy);
    TS_ASSERT(done == TS_STAGE_BURST);
}

static void dispatch(struct ts_stage_walk *walk)
{
    static const double values[2] = {1.0, 0.8};
    for (int i = 0; i < TS_STAGE_BURST; i++) {
        ts_strategy_table_on_factor(&walk->table, "btcusdt", walk->depths[i].data_time_ns, values, 2);
    }
}

static void call(struct ts_stage_walk *walk)
{
    uint32_t done = ts_step_model_scan(walk->direct.pipeline);
    TS_ASSERT(done == TS_STAGE_BURST);
}

/* Up to its last stage, which is `call`. */
static void prepare_direct(struct ts_stage_walk *walk)
{
    offer_to(walk, &walk->direct);
    (void)ts_step_factor(&walk->direct.pipeline->factors[0]);
    (void)ts_step_factor_scan(walk->direct.pipeline);
    (void)ts_step_model(&walk->direct.pipeline->models[0]);
}

void ts_stage_walk_burst(struct ts_stage_walk *walk, enum ts_stage stage, ts_stage_measured measured,
                         void *user_data)
{
    static void (*const bodies[TS_STAGE_COUNT])(struct ts_stage_walk *) = {
        check, offer, factor, factor_scan, model, push, poll, dispatch, call};
    for (int i = 0; i < TS_STAGE_BURST; i++) {
        walk->time_ns += 1000;
        walk->depths[i].data_time_ns = walk->time_ns;
    }
    prepare_direct(walk);
    for (int i = 0; i < TS_STAGE_COUNT; i++) {
        if (i == (int)stage) {
            measured(bodies[i], walk, user_data);
        } else {
            bodies[i](walk);
        }
    }
}

uint64_t ts_stage_walk_results(const struct ts_stage_walk *walk)
{
    return walk->results;
}

uint64_t ts_stage_walk_dispatched(const struct ts_stage_walk *walk)
{
    return walk->dispatched;
}
