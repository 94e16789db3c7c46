/* The ABI of signal_api.h over sender and pipeline. */
#include "base/clock.h"
#include "base/probe.h"
#include "engine/config.h"
#include "engine/pipeline.h"
#include "engine/sender.h"
#include "signal_api.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct engine {
    struct ts_engine_config config;
    struct ts_sender sender;
    struct ts_pipeline *pipeline;
    pthread_mutex_t error_mutex;
    struct ts_diag error; /* under error_mutex */
};

static _Thread_local struct ts_diag create_error;
static _Thread_local char error_line[512];

static void remember(struct engine *engine, const struct ts_diag *diag)
{
    pthread_mutex_lock(&engine->error_mutex);
    engine->error = *diag;
    pthread_mutex_unlock(&engine->error_mutex);
}

void *signal_create(const char *config_json)
{
    struct engine *engine = NULL;
    struct ts_engine_config config;
    create_error = (struct ts_diag){0};
    ts_err error = ts_engine_config_parse(config_json, &config, &create_error);
    if (error != TS_OK) {
        return NULL;
    }
    size_t size = (sizeof *engine + TS_CACHE_LINE - 1) / TS_CACHE_LINE * TS_CACHE_LINE;
    engine = TS_PROBE(SIGNAL_CREATE_MEMORY) ? NULL : aligned_alloc(TS_CACHE_LINE, size);
    if (engine == NULL) {
        ts_fail(&create_error, TS_NO_MEMORY, "create engine", NULL, "%zu bytes", size);
        return NULL;
    }
    memset(engine, 0, size);
    engine->config = config;
    error = ts_sender_init(&engine->sender, &config, &create_error);
    if (error != TS_OK) {
        free(engine);
        return NULL;
    }
    pthread_mutex_init(&engine->error_mutex, NULL);
    TS_PROBE_PAUSE(SIGNAL_CREATE_SENDER);
    error = ts_pipeline_create(&config, &engine->sender, &engine->pipeline, &create_error);
    if (error != TS_OK) {
        pthread_mutex_destroy(&engine->error_mutex);
        ts_sender_fini(&engine->sender);
        free(engine);
        return NULL;
    }
    TS_PROBE_PAUSE(SIGNAL_CREATE_RUNNING);
    return engine;
}

void signal_register_callback(void *handle, signal_callback callback, void *user_data)
{
    if (handle != NULL) {
        ts_sender_register(&((struct engine *)handle)->sender, callback, user_data);
    }
}

int signal_offer(void *handle, int type, const void *data, uint32_t size)
{
    if (handle == NULL) {
        return SIGNAL_INVALID;
    }
    switch (ts_pipeline_offer(((struct engine *)handle)->pipeline, type, data, size)) {
    case TS_OK:
        return SIGNAL_OK;
    case TS_FULL:
        return SIGNAL_FULL;
    case TS_CLOSED:
        return SIGNAL_CLOSED;
    default:
        return SIGNAL_INVALID;
    }
}

/*
 * Waits for room at the ingress, but never for itself: a callback that waited would stop the thread that
 * makes room, and so would the polling thread in queued mode when the queue's policy is to block.
 */
static ts_err offer_waiting(struct engine *engine, int type, const void *data, uint32_t size)
{
    int64_t deadline_ns = ts_clock_ns() + engine->config.ingress_timeout_ms * TS_NS_PER_MS;
    struct ts_idle idle;
    ts_err error;
    ts_idle_reset(&idle);
    while ((error = ts_pipeline_offer(engine->pipeline, type, data, size)) == TS_FULL) {
        if (ts_sender_inside_callback(&engine->sender) || ts_clock_ns() >= deadline_ns) {
            break;
        }
        ts_idle_wait(&idle);
    }
    return error;
}

void signal_on_data(void *handle, int type, const void *data)
{
    struct engine *engine = handle;
    if (engine == NULL) {
        return;
    }
    uint32_t size = (uint32_t)wingchun_size(type);
    ts_err error = engine->config.ingress_policy == TS_OVERFLOW_BLOCK
                       ? offer_waiting(engine, type, data, size)
                       : ts_pipeline_offer(engine->pipeline, type, data, size);
    if (error == TS_FULL) {
        ts_pipeline_count_dropped(engine->pipeline);
    }
}

int signal_poll_callbacks(void *handle)
{
    struct engine *engine = handle;
    if (engine == NULL) {
        return 0;
    }
    bool destroy;
    int executed = (int)ts_sender_poll(&engine->sender, &destroy);
    if (destroy) {
        TS_PROBE_PAUSE(SIGNAL_POLL_DESTROY);
        signal_destroy(engine);
    }
    return executed;
}

static void fill_stats(struct engine *engine, struct signal_stats *stats)
{
    uint32_t size = stats->struct_size;
    *stats = (struct signal_stats){.struct_size = size};
    ts_sender_stats(&engine->sender, stats);
    ts_pipeline_stats(engine->pipeline, stats);
}

int signal_stats(void *handle, struct signal_stats *stats)
{
    if (handle == NULL || stats == NULL) {
        return SIGNAL_INVALID;
    }
    if (stats->struct_size != sizeof *stats) {
        return SIGNAL_ABI_MISMATCH;
    }
    fill_stats(handle, stats);
    return SIGNAL_OK;
}

int signal_close(void *handle, struct signal_stats *final)
{
    struct engine *engine = handle;
    if (engine == NULL) {
        return SIGNAL_INVALID;
    }
    if (final != NULL && final->struct_size != sizeof *final) {
        return SIGNAL_ABI_MISMATCH;
    }
    if (ts_sender_inside_callback(&engine->sender)) {
        if (final == NULL && ts_sender_destroy_after_poll(&engine->sender)) {
            return SIGNAL_OK;
        }
        struct ts_diag diag;
        ts_fail(&diag, TS_DEADLOCK, "signal_destroy", NULL,
                "called from inside a callback; the engine cannot wait for the thread it runs on");
        atomic_fetch_add_explicit(&engine->sender.deadlocks_refused, 1,
                                  memory_order_relaxed); /* a statistic */
        remember(engine, &diag);
        return SIGNAL_DEADLOCK;
    }
    /* The scan thread may wait for the delivery mutex; a caller that holds it would wait for that thread's
     * end. */
    struct ts_diag held;
    if (ts_sender_lock(&engine->sender, &held) != TS_OK) {
        remember(engine, &held);
        return SIGNAL_DEADLOCK;
    }
    ts_sender_unlock(&engine->sender, &held);
    ts_pipeline_stop(engine->pipeline);
    TS_PROBE_PAUSE(SIGNAL_CLOSE_STOPPED);
    struct signal_stats stats = {.struct_size = sizeof stats};
    fill_stats(engine, &stats);
    if (engine->config.mode == TS_DELIVERY_QUEUED) {
        /* Counted one by one, so that it can disagree with the counters it is held against. */
        stats.results_pending = ts_result_queue_walk(&engine->sender.queue);
    }
    if (final != NULL) {
        *final = stats;
    } else if (stats.results_pending + stats.in_pipeline > 0) {
        fprintf(stderr, "signal: destroyed with %llu results pending and %llu in the pipeline\n",
                (unsigned long long)stats.results_pending, (unsigned long long)stats.in_pipeline);
    }
    ts_pipeline_destroy(engine->pipeline);
    ts_sender_fini(&engine->sender);
    pthread_mutex_destroy(&engine->error_mutex);
    TS_PROBE_PAUSE(SIGNAL_CLOSE_FREE);
    free(engine);
    return SIGNAL_OK;
}

void signal_destroy(void *handle)
{
    signal_close(handle, NULL);
}

int signal_abi(struct signal_abi *abi)
{
    if (abi == NULL) {
        return SIGNAL_INVALID;
    }
    if (abi->struct_size != sizeof *abi) {
        return SIGNAL_ABI_MISMATCH;
    }
    *abi = (struct signal_abi){
        .struct_size = sizeof *abi,
        .version = SIGNAL_ABI_VERSION,
        .depth_size = sizeof(struct wingchun_depth),
        .ticker_size = sizeof(struct wingchun_ticker),
        .trade_size = sizeof(struct wingchun_trade),
        .index_price_size = sizeof(struct wingchun_index_price),
        .stats_size = sizeof(struct signal_stats),
    };
    return SIGNAL_OK;
}

int signal_wake_fd(void *handle)
{
    struct engine *engine = handle;
    return engine != NULL && engine->config.mode == TS_DELIVERY_QUEUED ? engine->sender.queue.event_fd : -1;
}

int signal_arm(void *handle)
{
    struct engine *engine = handle;
    if (engine == NULL || engine->config.mode != TS_DELIVERY_QUEUED) {
        return 1;
    }
    return ts_result_queue_arm(&engine->sender.queue) ? 1 : 0;
}

static int report_lock(struct engine *engine, ts_err error, const struct ts_diag *diag)
{
    if (error == TS_OK) {
        return SIGNAL_OK;
    }
    remember(engine, diag);
    return SIGNAL_DEADLOCK;
}

int signal_lock(void *handle)
{
    struct ts_diag diag;
    return handle == NULL
               ? SIGNAL_INVALID
               : report_lock(handle, ts_sender_lock(&((struct engine *)handle)->sender, &diag), &diag);
}

int signal_unlock(void *handle)
{
    struct ts_diag diag;
    return handle == NULL
               ? SIGNAL_INVALID
               : report_lock(handle, ts_sender_unlock(&((struct engine *)handle)->sender, &diag), &diag);
}

const char *signal_last_error(void *handle)
{
    struct engine *engine = handle;
    struct ts_diag diag;
    if (engine == NULL) {
        diag = create_error;
    } else {
        pthread_mutex_lock(&engine->error_mutex);
        diag = engine->error;
        pthread_mutex_unlock(&engine->error_mutex);
    }
    return diag.code == TS_OK ? "" : ts_diag_line(&diag, error_line, sizeof error_line);
}
