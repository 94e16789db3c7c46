/*
 * Small bodies to measure strategies by: each has one bug that only some schedules show.
 *
 * They make their points themselves, so they need no sanitizer. A body that fails sets ts_body_failed, one
 * that deadlocks ends the process (TS_EXPLORE_EXIT).
 *
 * Threads: run between ts_sched_begin and ts_sched_end.
 */
#ifndef TS_EXPLORE_STRATEGY_BODIES_H
#define TS_EXPLORE_STRATEGY_BODIES_H

#include <stdbool.h>
#include <stdint.h>

struct ts_body {
    const char *name;
    void (*run)(unsigned threads);
    unsigned threads;
    bool slow; /* a schedule takes long: measured on request only */
};

extern const struct ts_body ts_bodies[];
extern const unsigned ts_body_count;

extern bool ts_body_failed;

/* The order in which the steps were made, a bit or two for each, the latest lowest. */
extern uint64_t ts_body_order;

/* For exact counts. Threads of three steps each on one object; on an object each; reads of one object; a
 * write each to one object. */
void ts_body_steps(unsigned threads);
void ts_body_apart(unsigned threads);
void ts_body_reads(unsigned threads);
void ts_body_conflict(unsigned threads);
/* Threads of one step each on one object. */
void ts_body_single(unsigned threads);
/* Each thread makes one of its own, and nothing is shared. */
void ts_body_nested(unsigned threads);
/* The last thread fails when it sees all others half-way. */
void ts_body_half_way(unsigned threads);
/* Two choices, of three values and of two. */
void ts_body_choices(unsigned threads);
/* All but the last yield until it has been; what they look at makes no point. */
void ts_body_polite(unsigned threads);
/* All but the last work without rest until the last, which reads the clock in a loop, says that it is time.
 */
void ts_body_restless(unsigned threads);
/* bodies_deep.c: a lock of numbers; a stack without locks that five preemptions break; two stages of locking.
 */
void ts_body_combination(unsigned threads);
void ts_body_counted_stack(unsigned threads);
void ts_body_two_stages(unsigned threads);

#endif
