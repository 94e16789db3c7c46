/*
 * What a pipeline is made of, shared by the thread that builds and ends it (pipeline.c) and the threads that
 * run it (stages.c). Threads, ownership and order: pipeline.h.
 *
 * A benchmark that wants the stages one by one makes a pipeline without threads (TS_PIPELINE_STEPPED) and
 * steps through them itself.
 */
#ifndef TS_ENGINE_STAGES_H
#define TS_ENGINE_STAGES_H

#include "base/thread.h"
#include "engine/pipeline.h"
#include "engine/tick_stream.h"
#include "queue/broadcast.h"
#include "queue/spsc.h"

#include <stdatomic.h>

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
    enum ts_waiting waiting;
    uint32_t factor_count, model_count;
    struct factor_worker factors[TS_CALCULATORS_MAX];
    struct model_worker models[TS_CALCULATORS_MAX];
    struct ts_thread factor_scan, model_scan, all;
    _Atomic bool stop;
    bool stopped;  /* after which `left` counts; the stopping thread's */
    uint64_t left; /* results never delivered because the pipeline stopped */

    pthread_mutex_t ingress_mutex;
    uint64_t depth_sequence;        /* under ingress_mutex */
    struct ts_tick_streams streams; /* under ingress_mutex */
    /* Relaxed counters, written by the callers of offer. */
    _Atomic uint64_t accepted, depth_accepted, dropped, suspect;
    _Atomic uint64_t rejected[TS_TICK_FAULT_COUNT];
    _Atomic uint64_t suspicions[TS_SUSPECT_COUNT];
};

static inline bool ts_pipeline_stopping(const struct ts_pipeline *pipeline)
{
    return atomic_load_explicit(&pipeline->stop, memory_order_acquire); /* STOP acquire */
}

static inline uint32_t ts_pipeline_result_size(const struct ts_model *model)
{
    return (uint32_t)(offsetof(struct ts_result, values) + model->outputs * sizeof(double));
}

/* One turn of a stage, or of all: takes what is there, at most a batch, and returns how much it was; 0: there
 * was nothing. Each stage by one thread at a time. */
uint32_t ts_step_factor(struct factor_worker *worker);
uint32_t ts_step_factor_scan(struct ts_pipeline *pipeline);
uint32_t ts_step_model(struct model_worker *worker);
uint32_t ts_step_model_scan(struct ts_pipeline *pipeline);
uint32_t ts_step_all(struct ts_pipeline *pipeline);

/* The bodies of the threads; the argument is the worker, or for the scans and all the pipeline. */
void ts_run_factor(void *worker);
void ts_run_factor_scan(void *pipeline);
void ts_run_model(void *worker);
void ts_run_model_scan(void *pipeline);
void ts_run_all(void *pipeline);

#endif
