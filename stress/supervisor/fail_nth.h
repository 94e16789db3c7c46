/*
 * Fail the first call, the second, the third, until none is left to fail: a life for each.
 *
 * One point of probe_points.h, in one cell. The first life only counts, and so learns which threads come to
 * the point. Then thread by thread, in the order in which they were first seen: `point@thread: #N return` for
 * N = 1, 2, ... until the fault did not fire in two lives in a row (two, for how often a thread comes to a
 * point may depend on the schedule; five, when it never fired). From `dense` on N grows by an eighth of what
 * it is above it: calls without end have no last one, and their likes in a loop behave alike.
 *
 * By site: not every call of a thread but every place that calls (faults/caller.h), once each: the first call
 * from there on the thread that was seen there, in later tries on whatever thread comes.
 *
 * A life must end as without the fault, or in the documented error (classify.h), without a leak. What the
 * cell shows by itself (`borne`: direct mode crashes) says nothing of the fault. Everything else is a
 * failure.
 *
 * After Hipp et al., "How SQLite Is Tested", section 3 (anomaly testing).
 *
 * Threads: the supervisor's. Ownership: plain data; the point's name, and what the options point to, outlive
 * it.
 */
#ifndef TS_SUPERVISOR_FAIL_NTH_H
#define TS_SUPERVISOR_FAIL_NTH_H

#include "faults/caller.h"
#include "reports/record.h"
#include "supervisor/fault_series.h"

#include <stdint.h>

#define TS_FAIL_NTH_TARGETS 256
#define TS_FAIL_NTH_DENSE   200
#define TS_FAIL_NTH_ALL     UINT64_MAX /* as dense: every N */

/* A thread, or by site a place and the thread on which it was first seen. */
struct ts_fail_nth_target {
    char thread[TS_FAULT_THREAD_SIZE];
    char caller[TS_FAULT_CALLER_SIZE]; /* "" for a thread */
    uint64_t last;                     /* the largest N that fired; 0: none */
};

struct ts_fail_nth_options {
    const char *point;
    uint64_t from, to; /* N, inclusive; to 0: until none fires */
    uint64_t dense;    /* every N up to this one */
    bool by_site;
    const struct ts_callers *callers; /* by site: of the cell's worker and library */
    uint32_t borne;                   /* outcomes (TS_OUTCOME_BIT) that are no failure here */
    /* A life that failed: with these faults. NULL: not called. */
    void (*failed)(void *user_data, const char *spec, const struct ts_verdict *verdict);
    void *user_data;
};

struct ts_fail_nth {
    struct ts_fail_nth_options options;
    int point; /* enum ts_probe_id */
    struct ts_fail_nth_target targets[TS_FAIL_NTH_TARGETS];
    size_t target_count;
    bool targets_lost; /* more than there is room for */
    bool counts;       /* the life under way does nothing else */
    size_t at;         /* target */
    uint64_t n;        /* of the life under way */
    unsigned misses;   /* lives in a row in which nothing fired */
    bool cut;          /* `to` came before the last */
    char name[96];
    char spec[TS_SERIES_SPEC_SIZE];
    uint64_t lives, fired, refused, failed, borne;
};

/* False: there is no such point, or it cannot fail. */
bool ts_fail_nth_init(struct ts_fail_nth *loop, const struct ts_fail_nth_options *options);

struct ts_fault_series ts_fail_nth_series(struct ts_fail_nth *loop);

/* Takes a life of a record for lived, in the order in which they were lived; the next one then counts anew,
 * for a record does not say which threads there were. Lives that are not of this loop are passed over. */
void ts_fail_nth_replay(struct ts_fail_nth *loop, const struct ts_record_life *life);

#endif
