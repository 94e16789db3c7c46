#include "engine/stages.h"

#include "base/probe.h"

#include <string.h>

#define BATCH 64u

/* One look at an empty or a full buffer is over. */
static void rest(const struct ts_pipeline *pipeline, struct ts_idle *idle)
{
    if (pipeline->waiting == TS_WAITING_SPIN) {
        ts_cpu_relax();
    } else {
        ts_idle_wait(idle);
    }
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
    while (!ts_pipeline_stopping(pipeline) && (room = ts_spsc_claim(ring, size)) == NULL) {
        rest(pipeline, &idle);
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
    /* From here on the end of a symbol is zeros, whatever stood there. */
    memset(record->symbol, 0, sizeof record->symbol);
    memcpy(record->symbol, depth->symbol, strnlen(depth->symbol, sizeof depth->symbol));
    record->timestamp_ns = depth->data_time_ns;
    record->sequence = tick->sequence;
    worker->factor->compute(depth, record->values);
    ts_spsc_commit(&worker->out);
    return true;
}

uint32_t ts_step_factor(struct factor_worker *worker)
{
    const void *item;
    uint64_t lost;
    uint32_t done = 0;
    while (done < BATCH && ts_broadcast_peek(worker->ticks, &item, &lost) == TS_OK) {
        const struct tick_item *tick = item;
        TS_PROBE_PAUSE(PIPELINE_FACTOR_READ);
        if (tick->type == WINGCHUN_DEPTH && !emit_factor(worker, tick)) {
            break; /* stopping; the tick stays unread, and is counted */
        }
        ts_broadcast_advance(worker->ticks);
        done++;
    }
    if (done > 0) {
        ts_spsc_publish(&worker->out);
    }
    return done;
}

void ts_run_factor(void *argument)
{
    struct factor_worker *worker = argument;
    struct ts_idle idle;
    ts_idle_reset(&idle);
    while (!ts_pipeline_stopping(worker->pipeline)) {
        if (ts_step_factor(worker) == 0) {
            rest(worker->pipeline, &idle);
        } else {
            ts_idle_reset(&idle);
        }
    }
}

static struct ts_row *claim_row(struct ts_pipeline *pipeline)
{
    struct ts_row *row;
    struct ts_idle idle;
    ts_idle_reset(&idle);
    while ((row = ts_broadcast_claim(pipeline->rows)) == NULL && !ts_pipeline_stopping(pipeline)) {
        rest(pipeline, &idle);
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

uint32_t ts_step_factor_scan(struct ts_pipeline *pipeline)
{
    uint32_t done = 0;
    while (done < BATCH && every_factor_ready(pipeline)) {
        if (!emit_row(pipeline)) {
            break; /* stopping; the records stay unread, and are counted */
        }
        done++;
    }
    for (uint32_t i = 0; done > 0 && i < pipeline->factor_count; i++) {
        ts_spsc_release(&pipeline->factors[i].out);
    }
    return done;
}

void ts_run_factor_scan(void *argument)
{
    struct ts_pipeline *pipeline = argument;
    struct ts_idle idle;
    ts_idle_reset(&idle);
    while (!ts_pipeline_stopping(pipeline)) {
        if (ts_step_factor_scan(pipeline) == 0) {
            rest(pipeline, &idle);
        } else {
            ts_idle_reset(&idle);
        }
    }
}

static bool emit_result(struct model_worker *worker, const struct ts_row *row)
{
    struct ts_result *result =
        claim_in_ring(worker->pipeline, &worker->out, ts_pipeline_result_size(worker->model));
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

uint32_t ts_step_model(struct model_worker *worker)
{
    const void *row;
    uint64_t lost;
    uint32_t done = 0;
    while (done < BATCH && ts_broadcast_peek(worker->rows, &row, &lost) == TS_OK) {
        TS_PROBE_PAUSE(PIPELINE_MODEL_READ);
        if (!emit_result(worker, row)) {
            break; /* stopping; the row stays unread, and is counted */
        }
        ts_broadcast_advance(worker->rows);
        done++;
    }
    if (done > 0) {
        ts_spsc_publish(&worker->out);
    }
    return done;
}

void ts_run_model(void *argument)
{
    struct model_worker *worker = argument;
    struct ts_idle idle;
    ts_idle_reset(&idle);
    while (!ts_pipeline_stopping(worker->pipeline)) {
        if (ts_step_model(worker) == 0) {
            rest(worker->pipeline, &idle);
        } else {
            ts_idle_reset(&idle);
        }
    }
}

uint32_t ts_step_model_scan(struct ts_pipeline *pipeline)
{
    uint32_t done = 0;
    for (uint32_t i = 0; i < pipeline->model_count; i++) {
        struct ts_spsc *ring = &pipeline->models[i].out;
        const struct ts_result *result;
        for (uint32_t n = 0;
             n < BATCH && !ts_pipeline_stopping(pipeline) && (result = ts_spsc_peek(ring, NULL)) != NULL;
             n++) {
            ts_sender_deliver(pipeline->sender, result);
            TS_PROBE_PAUSE(PIPELINE_SCAN_DELIVERED);
            ts_spsc_advance(ring);
            done++;
        }
        ts_spsc_release(ring);
    }
    if (done > 0) {
        ts_sender_flush(pipeline->sender);
    }
    return done;
}

/* One thread scans all models, so the sender and its queue have one producer however many models there are.
 */
void ts_run_model_scan(void *argument)
{
    struct ts_pipeline *pipeline = argument;
    struct ts_idle idle;
    ts_idle_reset(&idle);
    while (!ts_pipeline_stopping(pipeline)) {
        if (ts_step_model_scan(pipeline) == 0) {
            rest(pipeline, &idle);
        } else {
            ts_idle_reset(&idle);
        }
    }
    ts_sender_flush(pipeline->sender);
}

/* No stage waits for itself: in each turn every buffer between two stages takes one batch of its producer,
 * and a batch that one factor has seen and another has not yet; all have room for many. */
uint32_t ts_step_all(struct ts_pipeline *pipeline)
{
    uint32_t done = 0;
    for (uint32_t i = 0; i < pipeline->factor_count; i++) {
        done += ts_step_factor(&pipeline->factors[i]);
    }
    done += ts_step_factor_scan(pipeline);
    for (uint32_t i = 0; i < pipeline->model_count; i++) {
        done += ts_step_model(&pipeline->models[i]);
    }
    return done + ts_step_model_scan(pipeline);
}

void ts_run_all(void *argument)
{
    struct ts_pipeline *pipeline = argument;
    struct ts_idle idle;
    ts_idle_reset(&idle);
    while (!ts_pipeline_stopping(pipeline)) {
        if (ts_step_all(pipeline) == 0) {
            rest(pipeline, &idle);
        } else {
            ts_idle_reset(&idle);
        }
    }
    ts_sender_flush(pipeline->sender);
}
