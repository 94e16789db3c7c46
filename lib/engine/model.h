/*
 * Models: pure functions from one row (the values of every factor for one Depth) to a fixed number of
 * outputs.
 *
 * test0000 is the documents' model: {pred_signal = 1.0, pred_confidence = 0.8}.
 * checked gives the same two and then says where it comes from, so that a host can prove each result intact,
 * in order and its own: see enum ts_checked_value.
 *
 * Threads: pure.
 */
#ifndef TS_ENGINE_MODEL_H
#define TS_ENGINE_MODEL_H

#include "base/random.h"
#include "wingchun.h"

#include <stdint.h>
#include <string.h>

/* What a row carries to a model; values holds TS_FACTOR_VALUES for each factor, in the order of the
 * configuration. */
struct ts_row {
    char symbol[WINGCHUN_SYMBOL_SIZE];
    int64_t timestamp_ns; /* of the Depth */
    uint64_t sequence;    /* of the Depth among those the engine accepted, from 1 */
    double values[];
};

struct ts_model_identity {
    uint64_t engine_id;
    uint32_t model_index;
};

struct ts_model {
    const char *name;
    uint32_t outputs;
    void (*compute)(const struct ts_row *row, const struct ts_model_identity *identity, double *outputs);
};

const struct ts_model *ts_model_find(const char *name);

/* Outputs of "checked". */
enum ts_checked_value {
    TS_CHECKED_SIGNAL,     /* 1.0 */
    TS_CHECKED_CONFIDENCE, /* 0.8 */
    TS_CHECKED_ENGINE,     /* engine_id of the configuration */
    TS_CHECKED_MODEL,      /* index of the model in the configuration */
    TS_CHECKED_SEQUENCE,   /* of the Depth; grows by one from result to result of one model */
    TS_CHECKED_SPREAD,
    TS_CHECKED_MID,
    TS_CHECKED_SUM, /* ts_checked_sum over all that stands before */
    TS_CHECKED_VALUES
};

/* A 52-bit hash of symbol, timestamp and the values before TS_CHECKED_SUM, as a double that holds it exactly.
 */
static inline double ts_checked_sum(const char symbol[WINGCHUN_SYMBOL_SIZE], int64_t timestamp_ns,
                                    const double values[TS_CHECKED_SUM])
{
    uint64_t words[WINGCHUN_SYMBOL_SIZE / 8 + TS_CHECKED_SUM];
    memcpy(words, symbol, WINGCHUN_SYMBOL_SIZE);
    memcpy(words + WINGCHUN_SYMBOL_SIZE / 8, values, TS_CHECKED_SUM * sizeof *values);
    uint64_t hash = ts_hash64((uint64_t)timestamp_ns);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        hash = (hash ^ words[i]) * 0x9e3779b97f4a7c15ULL;
        hash ^= hash >> 29;
    }
    return (double)(hash >> 12);
}

#endif
