#include "engine/pipeline.h"

#include "base/thread.h"
#include "engine/tick_check.h"
#include "queue/broadcast.h"
#include "queue/spsc.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TICKS_BLOCK_ITEMS   64u
#define ROWS_BLOCK_ITEMS    64u
#define ROWS_BLOCKS         16u
#define FACTOR_RING_RECORDS 1024u
#define MODEL_RING_RECORDS  1024u /* engine.md, section 4 */
#define BATCH               64u

struct tick_item {
    uint64_t sequence; /* among the Depth accepted, from 1; 0 for other types */
    uint32_t type;
    uint32_t size;
    unsigned char data[WINGCHUN_SIZE_MAX];
};

struct factor_record {
    char symbol[WINGCHUN_SYMBOL_SIZE];
    int64_t timestamp_ns;
    uint64_t sequence;
    double values[TS_FACTOR_VALUES];
};

struct factor_worker {
    struct ts_pipeline *pipeline;
    const struct ts_factor *factor;
    struct ts_broadcast_token *ticks;
    struct ts_spsc out;
    struct ts_thread thread;
};

struct model_worker {
    struct ts_pipeline *pipeline;
    const struct ts_model *model;
    struct ts_model_identity identity;
    struct ts_broadcast_token *rows;
    struct ts_spsc out;
    struct ts_thread thread;
};

struct ts_pipeline {
    struct ts_sender *sender;
    struct ts_broadcast *ticks;
    struct ts_broadcast *rows;
    uint32_t factor_count, model_count;
    struct factor_worker factors[TS_CALCULATORS_MAX];
    struct model_worker models[TS_CALCULATORS_MAX];
    struct ts_thread factor_scan, model_scan;
    _Atomic bool stop;
    bool stopped;  /* after which `left` counts; the stopping thread's */
    uint64_t left; /* results never delivered because the pipeline stopped */

    pthread_mutex_t ingress_mutex;
    uint64_t depth_sequence; /* under ingress_mutex */
    /* Relaxed counters, written by the callers of offer. */
    _Atomic uint64_t accepted, depth_accepted, dropped;
    _Atomic uint64_t rejected_null, rejected_type, rejected_size, rejected_not_finite, rejected_closed;
};

static bool stopping(const struct ts_pipeline *pipeline)
{
    return atomic_load_explicit(&pipeline->stop, memory_order_acquire); /* STOP acquire */
}

/* Relaxed: a number that nobody takes as a sign that other data is ready. */
static void count(_Atomic uint64_t *counter)
{
    atomic_fetch_add_explicit(counter, 1, memory_order_relaxed);
}

static uint64_t read_counter(const _Atomic uint64_t *counter)
{
    return atomic_load_explicit(counter, memory_order_relaxed);
}

/* Room in a ring, waited for; NULL when the pipeline stops. What was committed is published before the wait.
 */
static void *claim_in_ring(struct ts_pipeline *pipeline, struct ts_spsc *ring, uint32_t size)
{
    void *room = ts_spsc_claim(ring, size);
    if (room != NULL) {
        return room;
    }
    struct ts_idle idle;
    ts_idle_reset(&idle);
    ts_spsc_publish(ring);
    while (!stopping(pipeline) && (room = ts_spsc_claim(ring, size)) == NULL) {
        ts_idle_wait(&idle);
    }
    return room;
}

static bool emit_factor(struct factor_worker *worker, const struct tick_item *tick)
{
    const struct wingchun_depth *depth = (const struct wingchun_depth *)(const void *)tick->data;
    struct factor_record *record = claim_in_ring(worker->pipeline, &worker->out, sizeof *record);
    if (record == NULL) {
        return false;
    }
    memcpy(record->symbol, depth->symbol, sizeof record->symbol);
    record->timestamp_ns = depth->data_time_ns;
    record->sequence = tick->sequence;
    worker->factor->compute(depth, record->values);
    ts_spsc_commit(&worker->out);
    return true;
}

static void run_factor(void *argument)
{
    struct factor_worker *worker = argument;
    struct ts_idle idle;
    ts_idle_reset(&idle);
    while (!stopping(worker->pipeline)) {
        const void *item;
        uint64_t lost;
        uint32_t done = 0;
        while (done < BATCH && ts_broadcast_peek(worker->ticks, &item, &lost) == TS_OK) {
            const struct tick_item *tick = item;
            if (tick->type == WINGCHUN_DEPTH && !emit_factor(worker, tick)) {
                break; /* stopping; the tick stays unread, and is counted */
            }
            ts_broadcast_advance(worker->ticks);
            done++;
        }
        if (done == 0) {
            ts_idle_wait(&idle);
            continue;
        }
        ts_spsc_publish(&worker->out);
        ts_idle_reset(&idle);
    }
}

static struct ts_row *claim_row(struct ts_pipeline *pipeline)
{
    struct ts_row *row;
    struct ts_idle idle;
    ts_idle_reset(&idle);
    while ((row = ts_broadcast_claim(pipeline->rows)) == NULL && !stopping(pipeline)) {
        ts_idle_wait(&idle);
    }
    return row;
}

static bool every_factor_ready(struct ts_pipeline *pipeline)
{
    for (uint32_t i = 0; i < pipeline->factor_count; i++) {
        if (ts_spsc_peek(&pipeline->factors[i].out, NULL) == NULL) {
            return false;
        }
    }
    return true;
}

/* Joins the records that all factors made of one Depth into a row. False when the pipeline stops. */
static bool emit_row(struct ts_pipeline *pipeline)
{
    struct ts_row *row = claim_row(pipeline);
    if (row == NULL) {
        return false;
    }
    for (uint32_t i = 0; i < pipeline->factor_count; i++) {
        const struct factor_record *record = ts_spsc_peek(&pipeline->factors[i].out, NULL);
        TS_ASSERT(record != NULL); /* every_factor_ready said so */
        if (i == 0) {
            memcpy(row->symbol, record->symbol, sizeof row->symbol);
            row->timestamp_ns = record->timestamp_ns;
            row->sequence = record->sequence;
        }
        TS_ASSERT(record->sequence == row->sequence); /* every factor sees every Depth, in order */
        memcpy(row->values + (size_t)i * TS_FACTOR_VALUES, record->values, sizeof record->values);
        ts_spsc_advance(&pipeline->factors[i].out);
    }
    ts_broadcast_commit(pipeline->rows);
    return true;
}

static void run_factor_scan(void *argument)
{
    struct ts_pipeline *pipeline = argument;
    struct ts_idle idle;
    ts_idle_reset(&idle);
    while (!stopping(pipeline)) {
        uint32_t done = 0;
        while (done < BATCH && every_factor_ready(pipeline)) {
            if (!emit_row(pipeline)) {
                break; /* stopping; the records stay unread, and are counted */
            }
            done++;
        }
        if (done == 0) {
            ts_idle_wait(&idle);
            continue;
        }
        for (uint32_t i = 0; i < pipeline->factor_count; i++) {
            ts_spsc_release(&pipeline->factors[i].out);
        }
        ts_idle_reset(&idle);
    }
}

static uint32_t result_size(const struct ts_model *model)
{
    return (uint32_t)(offsetof(struct ts_result, values) + model->outputs * sizeof(double));
}

static bool emit_result(struct model_worker *worker, const struct ts_row *row)
{
    struct ts_result *result = claim_in_ring(worker->pipeline, &worker->out, result_size(worker->model));
    if (result == NULL) {
        return false;
    }
    memcpy(result->symbol, row->symbol, sizeof result->symbol);
    result->timestamp_ns = row->timestamp_ns;
    result->count = worker->model->outputs;
    result->reserved = 0;
    worker->model->compute(row, &worker->identity, result->values);
    ts_spsc_commit(&worker->out);
    return true;
}

static void run_model(void *argument)
{
    struct model_worker *worker = argument;
    struct ts_idle idle;
    ts_idle_reset(&idle);
    while (!stopping(worker->pipeline)) {
        const void *row;
        uint64_t lost;
        uint32_t done = 0;
        while (done < BATCH && ts_broadcast_peek(worker->rows, &row, &lost) == TS_OK) {
            if (!emit_result(worker, row)) {
                break; /* stopping; the row stays unread, and is counted */
            }
            ts_broadcast_advance(worker->rows);
            done++;
        }
        if (done == 0) {
            ts_idle_wait(&idle);
            continue;
        }
        ts_spsc_publish(&worker->out);
        ts_idle_reset(&idle);
    }
}

/* One thread scans all models, so the sender and its queue have one producer however many models there are.
 */
static void run_model_scan(void *argument)
{
    struct ts_pipeline *pipeline = argument;
    struct ts_idle idle;
    ts_idle_reset(&idle);
    while (!stopping(pipeline)) {
        uint32_t done = 0;
        for (uint32_t i = 0; i < pipeline->model_count; i++) {
            struct ts_spsc *ring = &pipeline->models[i].out;
            const struct ts_result *result;
            for (uint32_t n = 0;
                 n < BATCH && !stopping(pipeline) && (result = ts_spsc_peek(ring, NULL)) != NULL; n++) {
                ts_sender_deliver(pipeline->sender, result);
                ts_spsc_advance(ring);
                done++;
            }
            ts_spsc_release(ring);
        }
        if (done == 0) {
            ts_idle_wait(&idle);
            continue;
        }
        ts_sender_flush(pipeline->sender);
        ts_idle_reset(&idle);
    }
    ts_sender_flush(pipeline->sender);
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
        error = ts_spsc_init(&worker->out, 0, MODEL_RING_RECORDS, result_size(worker->model), false, diag);
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
    ts_err error = ts_thread_start(&pipeline->model_scan, "model-scan", run_model_scan, pipeline, diag);
    for (uint32_t i = 0; error == TS_OK && i < pipeline->model_count; i++) {
        snprintf(name, sizeof name, "model-%u", i);
        error = ts_thread_start(&pipeline->models[i].thread, name, run_model, &pipeline->models[i], diag);
    }
    if (error == TS_OK) {
        error = ts_thread_start(&pipeline->factor_scan, "factor-scan", run_factor_scan, pipeline, diag);
    }
    for (uint32_t i = 0; error == TS_OK && i < pipeline->factor_count; i++) {
        snprintf(name, sizeof name, "factor-%u", i);
        error = ts_thread_start(&pipeline->factors[i].thread, name, run_factor, &pipeline->factors[i], diag);
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
    pthread_mutex_init(&pipeline->ingress_mutex, NULL);
    ts_err error = build_buffers(pipeline, config, diag);
    if (error == TS_OK) {
        error = start_threads(pipeline, diag);
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
    ts_sender_close(pipeline->sender);
    for (uint32_t i = 0; i < pipeline->factor_count; i++) {
        ts_thread_join(&pipeline->factors[i].thread);
    }
    ts_thread_join(&pipeline->factor_scan);
    for (uint32_t i = 0; i < pipeline->model_count; i++) {
        ts_thread_join(&pipeline->models[i].thread);
    }
    ts_thread_join(&pipeline->model_scan);
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

static ts_err reject(_Atomic uint64_t *reason)
{
    count(reason);
    return TS_INVALID;
}

ts_err ts_pipeline_offer(struct ts_pipeline *pipeline, int type, const void *data, uint32_t size)
{
    if (data == NULL) {
        return reject(&pipeline->rejected_null);
    }
    if (wingchun_size(type) == 0) {
        return reject(&pipeline->rejected_type);
    }
    if (size != wingchun_size(type)) {
        return reject(&pipeline->rejected_size);
    }
    if (!ts_tick_is_finite(type, data)) {
        return reject(&pipeline->rejected_not_finite);
    }
    if (stopping(pipeline)) {
        count(&pipeline->rejected_closed);
        return TS_CLOSED;
    }
    pthread_mutex_lock(&pipeline->ingress_mutex);
    struct tick_item *item = ts_broadcast_claim(pipeline->ticks);
    if (item != NULL) {
        bool is_depth = type == WINGCHUN_DEPTH;
        pipeline->depth_sequence += is_depth;
        item->sequence = is_depth ? pipeline->depth_sequence : 0;
        item->type = (uint32_t)type;
        item->size = size;
        memcpy(item->data, data, size);
        count(&pipeline->accepted);
        if (is_depth) {
            count(&pipeline->depth_accepted);
        }
        ts_broadcast_commit(pipeline->ticks);
    }
    pthread_mutex_unlock(&pipeline->ingress_mutex);
    return item != NULL ? TS_OK : TS_FULL;
}

void ts_pipeline_count_dropped(struct ts_pipeline *pipeline)
{
    count(&pipeline->dropped);
}

void ts_pipeline_stats(const struct ts_pipeline *pipeline, struct signal_stats *stats)
{
    stats->rejected_null = read_counter(&pipeline->rejected_null);
    stats->rejected_type = read_counter(&pipeline->rejected_type);
    stats->rejected_size = read_counter(&pipeline->rejected_size);
    stats->rejected_not_finite = read_counter(&pipeline->rejected_not_finite);
    stats->rejected_closed = read_counter(&pipeline->rejected_closed);
    stats->ticks_rejected = stats->rejected_null + stats->rejected_type + stats->rejected_size +
                            stats->rejected_not_finite + stats->rejected_closed;
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
