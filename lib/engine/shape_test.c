/* The pipeline in its shapes, one thread a stage or one thread for all, asleep or spinning while idle. */
#include "base/clock.h"
#include "engine/model.h"
#include "engine/stages.h"
#include "signal_api.h"
#include "wingchun.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <stdio.h>
#include <string.h>

#define MODELS 2
#define TICKS  1200 /* more than any buffer between two stages holds */

struct seen {
    uint64_t results;
    uint64_t sequences[MODELS];
};

/* Each result of a model once, in order, and whole. */
static void note(const char *symbol, long long time_ns, const double *values, int count, void *user_data)
{
    struct seen *seen = user_data;
    char name[WINGCHUN_SYMBOL_SIZE] = "";
    cr_assert_eq(count, TS_CHECKED_VALUES);
    memcpy(name, symbol, strlen(symbol));
    cr_assert_eq(values[TS_CHECKED_SUM], ts_checked_sum(name, time_ns, values));
    int model = (int)values[TS_CHECKED_MODEL];
    cr_assert_eq(values[TS_CHECKED_SEQUENCE], (double)++seen->sequences[model]);
    cr_assert_eq(time_ns, (long long)seen->sequences[model]);
    seen->results++;
}

static void offer(void *engine, int64_t time_ns)
{
    struct wingchun_depth depth = {.symbol = "btcusdt", .data_time_ns = time_ns};
    depth.bid_price[0] = 10;
    depth.ask_price[0] = 11;
    while (signal_offer(engine, WINGCHUN_DEPTH, &depth, sizeof depth) == SIGNAL_FULL) {
        signal_poll_callbacks(engine);
    }
}

static struct signal_stats stats_of(void *engine)
{
    struct signal_stats stats = {.struct_size = sizeof stats};
    cr_assert_eq(signal_stats(engine, &stats), SIGNAL_OK);
    return stats;
}

static void *create(const char *mode, const char *pipeline, const char *waiting, struct seen *seen)
{
    char config[512];
    snprintf(config, sizeof config,
             "{\"mode\":\"%s\",\"pipeline\":\"%s\",\"waiting\":\"%s\",\"queue_policy\":\"block\","
             "\"queue_capacity\":64,\"ingress_capacity\":128,\"factors\":[\"test0000\",\"test0000\"],"
             "\"models\":[\"checked\",\"checked\"]}",
             mode, pipeline, waiting);
    void *engine = signal_create(config);
    cr_assert_not_null(engine, "%s", signal_last_error(NULL));
    signal_register_callback(engine, note, seen);
    return engine;
}

Test(shape, every_shape_delivers_each_result_once_in_order)
{
    static const char *const modes[] = {"direct", "locked", "guarded", "queued"};
    static const char *const pipelines[] = {"threads", "one-thread"};
    static const char *const waits[] = {"sleep", "spin"};
    for (int i = 0; i < 16; i++) {
        struct seen seen = {0};
        void *engine = create(modes[i % 4], pipelines[i / 4 % 2], waits[i / 8], &seen);
        /* Five spinning threads for as many processors take longer. */
        int64_t ticks = i / 4 == 2 ? TICKS / 12 : TICKS;
        for (int64_t n = 1; n <= ticks; n++) {
            offer(engine, n);
        }
        while (stats_of(engine).results_executed < (uint64_t)ticks * MODELS) {
            signal_poll_callbacks(engine);
        }
        struct signal_stats final = {.struct_size = sizeof final};
        cr_assert_eq(signal_close(engine, &final), SIGNAL_OK);
        cr_assert_eq(seen.results, (uint64_t)ticks * MODELS);
        cr_assert(final.in_pipeline == 0 && final.results_pending == 0);
    }
}

static int threads_of_this_process(void)
{
    DIR *folder = opendir("/proc/self/task");
    int count = 0;
    cr_assert_not_null(folder);
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        count += entry->d_name[0] != '.';
    }
    closedir(folder);
    return count;
}

Test(shape, one_thread_is_one)
{
    struct seen seen = {0};
    int before = threads_of_this_process();
    void *engine = create("queued", "one-thread", "sleep", &seen);
    cr_assert_eq(threads_of_this_process() - before, 1);
    signal_destroy(engine);
    engine = create("queued", "threads", "sleep", &seen);
    cr_assert_eq(threads_of_this_process() - before, 6); /* two factors, two models, two scans */
    signal_destroy(engine);
}

/* Whatever stage the one thread was at. */
Test(shape, what_a_stop_cuts_off_is_counted_exactly)
{
    for (int round = 0; round < 30; round++) {
        struct seen seen = {0};
        struct signal_stats final = {.struct_size = sizeof final};
        void *engine = create("queued", "one-thread", round % 2 == 0 ? "sleep" : "spin", &seen);
        for (int64_t n = 1; n <= 3 * round; n++) {
            struct wingchun_depth depth = {.symbol = "btcusdt", .data_time_ns = n};
            signal_on_data(engine, WINGCHUN_DEPTH, &depth);
        }
        cr_assert_eq(signal_close(engine, &final), SIGNAL_OK);
        cr_assert_eq(MODELS * final.depth_accepted, final.results_offered + final.in_pipeline, "round %d",
                     round);
        cr_assert_eq(final.results_accepted, final.results_executed + final.results_pending);
    }
}

/* A pipeline without threads does nothing by itself, and one stage's work when it is asked for. */
Test(shape, a_stepped_pipeline_moves_a_tick_stage_by_stage)
{
    struct ts_engine_config config;
    struct ts_sender *sender = aligned_alloc(TS_CACHE_LINE, (sizeof *sender + 63) / 64 * 64);
    struct ts_pipeline *pipeline;
    struct seen seen = {0};
    bool destroy;
    cr_assert_eq(ts_engine_config_parse("{\"models\":[\"checked\"]}", &config, NULL), TS_OK);
    config.pipeline = TS_PIPELINE_STEPPED;
    cr_assert_eq(ts_sender_init(sender, &config, NULL), TS_OK);
    cr_assert_eq(ts_pipeline_create(&config, sender, &pipeline, NULL), TS_OK);
    ts_sender_register(sender, note, &seen);
    struct wingchun_depth depth = {.symbol = "btcusdt", .data_time_ns = 1};
    cr_assert_eq(ts_pipeline_offer(pipeline, WINGCHUN_DEPTH, &depth, sizeof depth), TS_OK);
    cr_assert_eq(ts_step_factor_scan(pipeline), 0);
    cr_assert_eq(ts_step_factor(&pipeline->factors[0]), 1);
    cr_assert_eq(ts_step_model(&pipeline->models[0]), 0);
    cr_assert_eq(ts_step_factor_scan(pipeline), 1);
    cr_assert_eq(ts_step_model_scan(pipeline), 0);
    cr_assert_eq(ts_step_model(&pipeline->models[0]), 1);
    cr_assert_eq(ts_sender_poll(sender, &destroy), 0);
    cr_assert_eq(ts_step_model_scan(pipeline), 1);
    cr_assert_eq(ts_sender_poll(sender, &destroy), 1);
    cr_assert_eq(ts_step_all(pipeline), 0);
    cr_assert_eq(seen.results, 1);
    ts_pipeline_stop(pipeline);
    ts_pipeline_destroy(pipeline);
    ts_sender_fini(sender);
    free(sender);
}
