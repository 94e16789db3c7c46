/*
 * One run of one contestant: a producer and a consumer, each on a processor of its own.
 *
 * Threads: one; a run brings a second. Units: nanoseconds. Errors: a record that is lost, torn or out of
 * order ends the process: a queue that does that has no speed.
 */
#ifndef TS_BENCH_QUEUES_RUN_H
#define TS_BENCH_QUEUES_RUN_H

#include "bench/queues/contest.h"
#include "bench/samples.h"

struct ts_contest {
    int processors[2];
    enum ts_payload payload;
    enum ts_wait wait;
    uint64_t records;
    bool bounce; /* record by record to and fro, instead of as many as go through */
};

/* What all runs take their records from. */
void ts_contest_prepare(void);

/* Fills value (ns a record, or a round trip), the probes' round trips and the switches. */
void ts_contest_run(const struct ts_contest *contest, const struct ts_contestant *contestant,
                    struct ts_sample *sample);

const char *ts_payload_name(enum ts_payload payload);
const char *ts_wait_name(enum ts_wait wait);

#endif
