/*
 * What must become of each tick: the rules of signal_api.h once more, written for nothing but to be plain, so
 * that the engine's counters can be held against counters that were made without its code.
 *
 * Threads: belongs to one. Ownership: plain data, zeros are a new oracle.
 * Errors: an oracle knows TS_ORACLE_STREAMS streams, fewer than an engine can always keep; one more is a
 * defect of the test that feeds it.
 */
#ifndef TS_FAULTS_TICK_ORACLE_H
#define TS_FAULTS_TICK_ORACLE_H

#include "lib/include/wingchun.h"

#include <stdbool.h>
#include <stdint.h>

#define TS_ORACLE_STREAMS 400

/* The members of struct signal_stats that an oracle foretells. */
#define TS_ORACLE_COUNTS(X)                                                                                  \
    X(ticks_accepted)                                                                                        \
    X(depth_accepted)                                                                                        \
    X(ticks_rejected)                                                                                        \
    X(ticks_suspect)                                                                                         \
    X(rejected_null)                                                                                         \
    X(rejected_type)                                                                                         \
    X(rejected_size)                                                                                         \
    X(rejected_symbol)                                                                                       \
    X(rejected_not_finite)                                                                                   \
    X(rejected_negative)                                                                                     \
    X(rejected_overflow)                                                                                     \
    X(rejected_zero_price)                                                                                   \
    X(rejected_unsorted)                                                                                     \
    X(suspect_negative_zero)                                                                                 \
    X(suspect_denormal)                                                                                      \
    X(suspect_crossed)                                                                                       \
    X(suspect_locked)                                                                                        \
    X(suspect_duplicate_level)                                                                               \
    X(suspect_one_sided)                                                                                     \
    X(suspect_halted)                                                                                        \
    X(suspect_long_symbol)                                                                                   \
    X(suspect_no_time)                                                                                       \
    X(suspect_time_backward)                                                                                 \
    X(suspect_time_jump)                                                                                     \
    X(suspect_time_gap)                                                                                      \
    X(suspect_duplicate)                                                                                     \
    X(suspect_id_gap)                                                                                        \
    X(suspect_id_backward)                                                                                   \
    X(suspect_untracked)

struct ts_oracle_counts {
#define TS_ORACLE_MEMBER(name) uint64_t name;
    TS_ORACLE_COUNTS(TS_ORACLE_MEMBER)
#undef TS_ORACLE_MEMBER
};

/* The newest value, and whether the latest one was too far from it to be believed. */
struct ts_oracle_newest {
    int64_t value;
    bool doubted;
};

struct ts_oracle_stream {
    int type;
    char symbol[WINGCHUN_SYMBOL_SIZE + 1];
    char exchange[WINGCHUN_EXCHANGE_ID_SIZE + 1];
    unsigned char last[WINGCHUN_SIZE_MAX]; /* the latest tick */
    struct ts_oracle_newest time, id;
};

struct ts_oracle {
    struct ts_oracle_counts counts;
    uint32_t stream_count;
    struct ts_oracle_stream streams[TS_ORACLE_STREAMS];
};

/* Counts what an engine that takes every tick must count. Whether the tick is accepted. */
bool ts_oracle_tick(struct ts_oracle *oracle, int type, const void *data, uint32_t size);

/* The stream that a record belongs to, NULL when it is a new one. */
const struct ts_oracle_stream *ts_oracle_find(const struct ts_oracle *oracle, int type, const void *data);

/* The symbol of a record, ending with a NUL. */
void ts_oracle_symbol(int type, const void *data, char symbol[WINGCHUN_SYMBOL_SIZE + 1]);

#endif
