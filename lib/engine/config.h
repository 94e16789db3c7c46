/*
 * Configuration of an engine, read from JSON with jansson.
 *
 * | key                | type, range                                        | default        |
 * |--------------------|----------------------------------------------------|----------------|
 * | mode               | "queued", "direct", "locked", "guarded"            | "queued"       |
 * | queue_capacity     | results, power of two, 1..1048576                  | 4096           |
 * | queue_policy       | "drop-newest", "drop-oldest", "block", "reject"    | "drop-newest"  |
 * | poll_budget        | callbacks a poll, 1..1048576                       | 1024           |
 * | ingress_capacity   | ticks, power of two, 128..1048576                  | 4096           |
 * | ingress_policy     | "drop-newest", "block"                             | "drop-newest"  |
 * | ingress_timeout_ms | 1..60000                                           | 1000           |
 * | factors            | 1..16 names: "test0000"                            | ["test0000"]   |
 * | models             | 1..16 names: "test0000", "checked"                 | ["test0000"]   |
 * | pipeline           | "threads", "one-thread" (pipeline.h)               | "threads"      |
 * | waiting            | "sleep", "spin": what an idle thread does          | "sleep"        |
 * | engine_id          | 0..2^53, carried by the results of "checked"       | 0              |
 *
 * Errors: text that is not JSON, an unknown key, a wrong type and a value out of range each name the key and
 * value. Threads: pure.
 */
#ifndef TS_ENGINE_CONFIG_H
#define TS_ENGINE_CONFIG_H

#include "base/err.h"
#include "delivery_mode.h"
#include "engine/factor.h"
#include "engine/model.h"
#include "queue/result_queue.h"

#include <stdint.h>

#define TS_CALCULATORS_MAX 16

const char *ts_delivery_mode_name(enum ts_delivery_mode mode);
ts_err ts_delivery_mode_parse(const char *name, enum ts_delivery_mode *mode);

enum ts_pipeline_shape {
    TS_PIPELINE_THREADS,
    TS_PIPELINE_ONE_THREAD,
    TS_PIPELINE_STEPPED, /* no thread: for who steps through the stages (stages.h); no text says it */
};

/* Spinning is for a thread that has a processor of its own. */
enum ts_waiting { TS_WAITING_SLEEP, TS_WAITING_SPIN };

struct ts_engine_config {
    enum ts_delivery_mode mode;
    uint32_t queue_capacity;
    enum ts_overflow_policy queue_policy;
    uint32_t poll_budget;
    uint32_t ingress_capacity;
    enum ts_overflow_policy ingress_policy; /* drop-newest or block */
    uint32_t ingress_timeout_ms;
    uint32_t factor_count;
    const struct ts_factor *factors[TS_CALCULATORS_MAX];
    uint32_t model_count;
    const struct ts_model *models[TS_CALCULATORS_MAX];
    enum ts_pipeline_shape pipeline;
    enum ts_waiting waiting;
    uint64_t engine_id;
};

ts_err ts_engine_config_parse(const char *json, struct ts_engine_config *config, struct ts_diag *diag);

#endif
