#include "engine/pipeline.h"

#include "base/probe.h"
#include "engine/stages.h"
#include "engine/tick_check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TICKS_BLOCK_ITEMS   64u
#define ROWS_BLOCK_ITEMS    64u
#define ROWS_BLOCKS         16u
#define FACTOR_RING_RECORDS 1024u
#define MODEL_RING_RECORDS  1024u /* engine.md, section 4 */

/* Relaxed: a number that nobody takes as a sign that other data is ready. */
static void count(_Atomic uint64_t *counter)
{
    atomic_fetch_add_explicit(counter, 1, memory_order_relaxed);
}

/* The same where a mutex lets one thread at a time count: it need not wait for its stores, as of the tick
 * that it has just copied, which a read-modify-write does. */
static void count_alone(_Atomic uint64_t *counter)
{
    uint64_t before = atomic_load_explicit(counter, memory_order_relaxed);
    atomic_store_explicit(counter, before + 1, memory_order_relaxed);
}

static uint64_t read_counter(const _Atomic uint64_t *counter)
{
    return atomic_load_explicit(counter, memory_order_relaxed);
}

static ts_err build_buffers(struct ts_pipeline *pipeline, const struct ts_engine_config *config,
                            struct ts_diag *diag)
{
    struct ts_broadcast_options ticks = {.item_size = sizeof(struct tick_item),
                                         .block_items = TICKS_BLOCK_ITEMS,
                                         .max_blocks = config->ingress_capacity / TICKS_BLOCK_ITEMS,
                                         .max_consumers = config->factor_count,
                                         .policy = TS_SLOW_CONSUMER_GATE};
    size_t row_values = (size_t)config->factor_count * TS_FACTOR_VALUES;
    struct ts_broadcast_options rows = {.item_size =
                                            (uint32_t)(sizeof(struct ts_row) + row_values * sizeof(double)),
                                        .block_items = ROWS_BLOCK_ITEMS,
                                        .max_blocks = ROWS_BLOCKS,
                                        .max_consumers = config->model_count,
                                        .policy = TS_SLOW_CONSUMER_GATE};
    ts_err error = ts_broadcast_create(&ticks, &pipeline->ticks, diag);
    if (error == TS_OK) {
        error = ts_broadcast_create(&rows, &pipeline->rows, diag);
    }
    for (uint32_t i = 0; error == TS_OK && i < config->factor_count; i++) {
        struct factor_worker *worker = &pipeline->factors[i];
        worker->pipeline = pipeline;
        worker->factor = config->factors[i];
        error = ts_spsc_init(&worker->out, 0, FACTOR_RING_RECORDS, sizeof(struct factor_record), false, diag);
        if (error == TS_OK) {
            pipeline->factor_count++;
            error = ts_broadcast_join(pipeline->ticks, TS_JOIN_NOW, &worker->ticks);
        }
    }
    for (uint32_t i = 0; error == TS_OK && i < config->model_count; i++) {
        struct model_worker *worker = &pipeline->models[i];
        worker->pipeline = pipeline;
        worker->model = config->models[i];
        worker->identity = (struct ts_model_identity){.engine_id = config->engine_id, .model_index = i};
        error = ts_spsc_init(&worker->out, 0, MODEL_RING_RECORDS, ts_pipeline_result_size(worker->model),
                             false, diag);
        if (error == TS_OK) {
            pipeline->model_count++;
            error = ts_broadcast_join(pipeline->rows, TS_JOIN_NOW, &worker->rows);
        }
    }
    return error;
}

static ts_err start_threads(struct ts_pipeline *pipeline, struct ts_diag *diag)
{
    char name[32];
    ts_err error = ts_thread_start(&pipeline->model_scan, "model-scan", ts_run_model_scan, pipeline, diag);
    TS_PROBE_PAUSE(PIPELINE_START_SCAN);
    for (uint32_t i = 0; error == TS_OK && i < pipeline->model_count; i++) {
        snprintf(name, sizeof name, "model-%u", i);
        error = ts_thread_start(&pipeline->models[i].thread, name, ts_run_model, &pipeline->models[i], diag);
    }
    if (error == TS_OK) {
        error = ts_thread_start(&pipeline->factor_scan, "factor-scan", ts_run_factor_scan, pipeline, diag);
    }
    TS_PROBE_PAUSE(PIPELINE_START_FACTORS);
    for (uint32_t i = 0; error == TS_OK && i < pipeline->factor_count; i++) {
        snprintf(name, sizeof name, "factor-%u", i);
        error =
            ts_thread_start(&pipeline->factors[i].thread, name, ts_run_factor, &pipeline->factors[i], diag);
    }
    return error;
}

ts_err ts_pipeline_create(const struct ts_engine_config *config, struct ts_sender *sender,
                          struct ts_pipeline **result, struct ts_diag *diag)
{
    size_t size = (sizeof(struct ts_pipeline) + TS_CACHE_LINE - 1) / TS_CACHE_LINE * TS_CACHE_LINE;
    struct ts_pipeline *pipeline = aligned_alloc(TS_CACHE_LINE, size);
    if (pipeline == NULL) {
        return ts_fail(diag, TS_NO_MEMORY, "create pipeline", NULL, "%zu bytes", size);
    }
    memset(pipeline, 0, size);
    pipeline->sender = sender;
    pipeline->waiting = config->waiting;
    pthread_mutex_init(&pipeline->ingress_mutex, NULL);
    ts_err error = build_buffers(pipeline, config, diag);
    if (error == TS_OK && config->pipeline == TS_PIPELINE_THREADS) {
        error = start_threads(pipeline, diag);
    } else if (error == TS_OK && config->pipeline == TS_PIPELINE_ONE_THREAD) {
        error = ts_thread_start(&pipeline->all, "pipeline", ts_run_all, pipeline, diag);
    }
    if (error != TS_OK) {
        ts_pipeline_stop(pipeline);
        ts_pipeline_destroy(pipeline);
        return error;
    }
    *result = pipeline;
    return TS_OK;
}

/* Depths that a factor has not read. */
static uint64_t count_ticks_left(struct factor_worker *worker)
{
    const void *item;
    uint64_t lost, count = 0;
    while (ts_broadcast_peek(worker->ticks, &item, &lost) == TS_OK) {
        count += ((const struct tick_item *)item)->type == WINGCHUN_DEPTH;
        ts_broadcast_advance(worker->ticks);
    }
    return count;
}

/* Results that every stage still owes, counted one by one in the buffers; all threads have ended. */
static uint64_t count_left(struct ts_pipeline *pipeline)
{
    uint64_t before_models = 0, in_models = 0;
    if (pipeline->factor_count > 0) {
        before_models = count_ticks_left(&pipeline->factors[0]) + ts_spsc_walk(&pipeline->factors[0].out);
    }
    for (uint32_t i = 0; i < pipeline->model_count; i++) {
        struct model_worker *worker = &pipeline->models[i];
        in_models += ts_broadcast_published(pipeline->rows) - ts_broadcast_position(worker->rows);
        in_models += ts_spsc_walk(&worker->out);
    }
    return before_models * pipeline->model_count + in_models;
}

void ts_pipeline_stop(struct ts_pipeline *pipeline)
{
    atomic_store_explicit(&pipeline->stop, true, memory_order_release); /* STOP release */
    TS_PROBE_PAUSE(PIPELINE_STOP_RAISED);
    ts_sender_close(pipeline->sender);
    for (uint32_t i = 0; i < pipeline->factor_count; i++) {
        ts_thread_join(&pipeline->factors[i].thread);
    }
    ts_thread_join(&pipeline->factor_scan);
    for (uint32_t i = 0; i < pipeline->model_count; i++) {
        ts_thread_join(&pipeline->models[i].thread);
    }
    ts_thread_join(&pipeline->model_scan);
    ts_thread_join(&pipeline->all);
    TS_PROBE_PAUSE(PIPELINE_STOP_JOINED);
    pipeline->left = count_left(pipeline);
    pipeline->stopped = true;
}

void ts_pipeline_destroy(struct ts_pipeline *pipeline)
{
    for (uint32_t i = 0; i < pipeline->factor_count; i++) {
        ts_spsc_fini(&pipeline->factors[i].out);
    }
    for (uint32_t i = 0; i < pipeline->model_count; i++) {
        ts_spsc_fini(&pipeline->models[i].out);
    }
    ts_broadcast_destroy(pipeline->rows);
    ts_broadcast_destroy(pipeline->ticks);
    pthread_mutex_destroy(&pipeline->ingress_mutex);
    free(pipeline);
}

static void count_suspicions(struct ts_pipeline *pipeline, uint32_t suspicions)
{
    count(&pipeline->suspect);
    for (; suspicions != 0; suspicions &= suspicions - 1) {
        count(&pipeline->suspicions[__builtin_ctz(suspicions)]);
    }
}

/* Copies the tick into its item, with the ingress mutex held. */
static void take(struct ts_pipeline *pipeline, struct tick_item *item, int type, const void *data,
                 uint32_t size)
{
    bool is_depth = type == WINGCHUN_DEPTH;
    pipeline->depth_sequence += is_depth;
    item->sequence = is_depth ? pipeline->depth_sequence : 0;
    item->type = (uint32_t)type;
    item->size = size;
    memcpy(item->data, data, size);
    TS_PROBE_PAUSE(PIPELINE_OFFER_COPIED);
    count_alone(&pipeline->accepted);
    if (is_depth) {
        count_alone(&pipeline->depth_accepted);
    }
}

ts_err ts_pipeline_offer(struct ts_pipeline *pipeline, int type, const void *data, uint32_t size)
{
    uint32_t suspicions;
    enum ts_tick_fault fault = ts_tick_check(type, data, size, &suspicions);
    if (fault != TS_TICK_SOUND) {
        count(&pipeline->rejected[fault]);
        return TS_INVALID;
    }
    if (ts_pipeline_stopping(pipeline)) {
        count(&pipeline->rejected[TS_TICK_CLOSED]);
        return TS_CLOSED;
    }
    TS_PROBE_PAUSE(PIPELINE_OFFER_OPEN);
    pthread_mutex_lock(&pipeline->ingress_mutex);
    struct tick_item *item = TS_PROBE(PIPELINE_OFFER_FULL) ? NULL : ts_broadcast_claim(pipeline->ticks);
    if (item != NULL) {
        take(pipeline, item, type, data, size);
        ts_broadcast_commit(pipeline->ticks);
        ts_broadcast_prefetch(pipeline->ticks);
        /* After the commit, and not for a tick that found no room and will come again. */
        struct ts_tick_print print = ts_tick_print_of(type, data);
        suspicions |= ts_tick_streams_note(&pipeline->streams, &print);
    }
    pthread_mutex_unlock(&pipeline->ingress_mutex);
    if (item != NULL && suspicions != 0) {
        count_suspicions(pipeline, suspicions);
    }
    return item != NULL ? TS_OK : TS_FULL;
}

void ts_pipeline_count_dropped(struct ts_pipeline *pipeline)
{
    count(&pipeline->dropped);
}

void ts_pipeline_stats(const struct ts_pipeline *pipeline, struct signal_stats *stats)
{
#define TAKE_REJECTED(name, member)                                                                          \
    stats->member = read_counter(&pipeline->rejected[TS_TICK_##name]);                                       \
    stats->ticks_rejected += stats->member;
    stats->ticks_rejected = 0;
    TS_TICK_FAULTS(TAKE_REJECTED)
#define TAKE_SUSPECT(name, member) stats->member = read_counter(&pipeline->suspicions[TS_SUSPECT_##name]);
    TS_TICK_SUSPICIONS(TAKE_SUSPECT)
    stats->ticks_suspect = read_counter(&pipeline->suspect);
    stats->ticks_accepted = read_counter(&pipeline->accepted);
    stats->ticks_dropped = read_counter(&pipeline->dropped);
    stats->ticks_offered = stats->ticks_accepted + stats->ticks_dropped + stats->ticks_rejected;
    stats->depth_accepted = read_counter(&pipeline->depth_accepted);
    uint64_t due = stats->depth_accepted * pipeline->model_count;
    /* While threads run it follows from the other counters; at the end it is counted, so that the two can
     * disagree. */
    stats->in_pipeline = due > stats->results_offered ? due - stats->results_offered : 0;
    if (pipeline->stopped) {
        stats->in_pipeline = pipeline->left;
    }
}
