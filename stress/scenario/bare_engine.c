#include "scenario/bare_engine.h"

#include "base/thread.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct ts_bare_options ts_bare_defaults(const struct ts_life *life, uint64_t engine_id)
{
    return (struct ts_bare_options){
        .engine_id = engine_id,
        .ingress_capacity = ts_life_size(life, 4096, 128),
        .queue_capacity = ts_life_size(life, 4096, 64),
        .queue_policy = TS_OVERFLOW_DROP_NEWEST,
        .poll_budget = 1024,
        .models = 1,
        .factors = 1,
    };
}

ts_err ts_bare_load(const struct ts_life *life, struct ts_plugin *plugin, struct ts_diag *diag)
{
    ts_err error = ts_plugin_load(life->library_path, plugin, diag);
    if (error == TS_OK && plugin->missing[0] != '\0') {
        error = ts_fail(diag, TS_NOT_FOUND, "load signal library", life->library_path,
                        "the scenarios need what it lacks: %s", plugin->missing);
        ts_plugin_unload(plugin);
    }
    return error;
}

/* "name","name",... */
static void write_list(char *text, size_t size, const char *name, uint32_t count)
{
    size_t used = 0;
    for (uint32_t i = 0; i < count && used < size; i++) {
        used += (size_t)snprintf(text + used, size - used, "%s\"%s\"", i > 0 ? "," : "", name);
    }
}

ts_err ts_bare_start(struct ts_bare *bare, struct ts_life *life, const struct ts_plugin *plugin,
                     const struct ts_bare_options *options, struct ts_diag *diag)
{
    char config[768], models[200], factors[200];
    memset(bare, 0, sizeof *bare);
    bare->life = life;
    bare->plugin = plugin;
    bare->options = *options;
    write_list(models, sizeof models, "checked", options->models);
    write_list(factors, sizeof factors, "test0000", options->factors);
    snprintf(config, sizeof config,
             "{\"mode\":\"%s\",\"engine_id\":%llu,\"ingress_capacity\":%u,\"queue_capacity\":%u,"
             "\"queue_policy\":\"%s\",\"poll_budget\":%u,\"models\":[%s],\"factors\":[%s]}",
             ts_mode_names[life->mode], (unsigned long long)options->engine_id, options->ingress_capacity,
             options->queue_capacity, ts_overflow_policy_name(options->queue_policy), options->poll_budget,
             models, factors);
    ts_checker_begin(&bare->checker, life->board, life->mode, options->engine_id, options->models);
    bare->handle = plugin->create(config);
    if (bare->handle == NULL) {
        return ts_fail(diag, TS_INVALID, "create engine", life->library_path, "%s", plugin->last_error(NULL));
    }
    ts_board_add(life->board, TS_COUNTER_engines_created, 1);
    return TS_OK;
}

void ts_bare_check(struct ts_bare *bare, const char *symbol, int64_t timestamp_ns, const double *values,
                   int count)
{
    ts_board_beat(bare->life->board);
    ts_checker_on_result(&bare->checker, symbol, timestamp_ns, values, count);
}

void ts_bare_callback(const char *symbol, long long timestamp_ns, const double *values, int count,
                      void *user_data)
{
    ts_bare_check(user_data, symbol, timestamp_ns, values, count);
}

void ts_bare_listen(struct ts_bare *bare)
{
    bare->plugin->register_callback(bare->handle, ts_bare_callback, bare);
}

void ts_bare_tick(struct ts_bare *bare, int type, const void *data)
{
    /* Relaxed: a number, read once nobody feeds any more. */
    atomic_fetch_add_explicit(&bare->ticks_fed, 1, memory_order_relaxed);
    /* The library may read the tick during the call only, and no byte more than its size: it gets one of its
     * own, which is then overwritten and freed. */
    size_t size = wingchun_size(type);
    void *frame = data == NULL || size == 0 ? NULL : malloc(size);
    if (frame == NULL) {
        bare->plugin->on_data(bare->handle, type, data);
        return;
    }
    memcpy(frame, data, size);
    bare->plugin->on_data(bare->handle, type, frame);
    memset(frame, TS_CHECKER_POISON, size);
    free(frame);
}

bool ts_bare_feed(struct ts_bare *bare, struct ts_source *source)
{
    struct ts_tick tick;
    do {
        if (ts_source_next(source, &tick) != TS_OK) {
            return false;
        }
        ts_bare_tick(bare, (int)tick.type, tick.data.bytes);
    } while (tick.type != WINGCHUN_DEPTH);
    return true;
}

ts_err ts_bare_source(const struct ts_life *life, uint32_t symbols, uint64_t part, struct ts_source **source,
                      struct ts_diag *diag)
{
    struct ts_synthetic_options synthetic = ts_synthetic_flood(ts_seed_mix(life->seed, part), symbols);
    return ts_life_source(life, &synthetic, source, diag);
}

struct signal_stats ts_bare_stats(const struct ts_bare *bare)
{
    struct signal_stats stats = {.struct_size = sizeof stats};
    int status = bare->plugin->stats(bare->handle, &stats);
    TS_ASSERT(status == SIGNAL_OK);
    return stats;
}

uint32_t ts_bare_poll(struct ts_bare *bare)
{
    int executed = bare->plugin->poll_callbacks(bare->handle);
    if (executed < 0 || (uint32_t)executed > bare->options.poll_budget) {
        ts_board_violation(bare->life->board, "poll-budget", "a poll executed %d callbacks; its budget is %u",
                           executed, bare->options.poll_budget);
    }
    return (uint32_t)executed;
}

bool ts_bare_is_quiet(const struct signal_stats *stats)
{
    if (stats->results_offered != stats->results_accepted + stats->results_rejected) {
        return false; /* one is being pushed right now */
    }
    uint64_t done = stats->results_executed + stats->results_dropped_newest + stats->results_dropped_oldest +
                    stats->results_unregistered;
    return stats->in_pipeline == 0 && stats->results_pending == 0 && stats->results_accepted == done;
}

bool ts_bare_drain(struct ts_bare *bare)
{
    struct ts_idle idle;
    uint64_t before = 0;
    ts_idle_reset(&idle);
    for (uint32_t looks = 0; looks < TS_DRAIN_LOOKS_MAX; looks++) {
        ts_bare_poll(bare);
        struct signal_stats stats = ts_bare_stats(bare);
        uint64_t progress = stats.results_offered + stats.results_executed + stats.results_dropped_oldest;
        if (ts_bare_is_quiet(&stats)) {
            return true;
        }
        if (progress != before) {
            before = progress;
            looks = 0;
            ts_idle_reset(&idle);
        }
        ts_idle_wait(&idle);
    }
    ts_board_violation(bare->life->board, "stranded", "results are on their way, and none comes any more");
    return false;
}

struct signal_stats ts_bare_finish(struct ts_bare *bare)
{
    struct signal_stats final = {.struct_size = sizeof final};
    int status = bare->plugin->close(bare->handle, &final);
    bare->handle = NULL;
    if (status != SIGNAL_OK) {
        ts_board_violation(bare->life->board, "close", "the end of an engine was refused with %d", status);
        return final;
    }
    struct ts_runner_stats host = {
        .ticks_fed = atomic_load_explicit(&bare->ticks_fed, memory_order_relaxed),
        .ticks_depth = final.depth_accepted,
    };
    ts_life_account_engine(bare->life, &host, &final);
    ts_checker_end(&bare->checker, &host, &final);
    return final;
}
