/*
 * What a worker's process uses while it lives: memory, descriptors, threads, processor time, and how many
 * results are on their way. Looked at from outside, so that nothing is done on a measured thread.
 *
 * Threads: the supervisor's own. Ownership: no memory of its own. Units: as members are named. Progress: each
 * look reads some small files under /proc. Errors: none; what cannot be read is TS_RECORD_NONE.
 */
#ifndef TS_SUPERVISOR_USAGE_H
#define TS_SUPERVISOR_USAGE_H

#include "reports/record.h"
#include "worker/board.h"

#include <stdbool.h>
#include <sys/types.h>

#define TS_USAGE_SAMPLES 120

struct ts_usage {
    struct ts_record_sample samples[TS_USAGE_SAMPLES]; /* evenly, at all lengths of life */
    size_t sample_count;
    size_t stride; /* every so many looks become a sample */
    size_t looks;
    int64_t peak_rss_bytes; /* at the last look */
    int64_t cpu_begun_us;   /* of all children before this one */
    int64_t cpu_ms;         /* of the worker and what it started, once it is reaped */
};

void ts_usage_begin(struct ts_usage *usage);

/* at_ms: since the life's start. */
void ts_usage_look(struct ts_usage *usage, pid_t pid, const struct ts_board *board, int64_t at_ms);

/* The worker is dead and reaped. */
void ts_usage_end(struct ts_usage *usage);

#endif
