/*
 * Fail the first call, the second, the third, until none is left to fail: a life for each.
 *
 * One point of probe_points.h, in one cell. The first life only counts, and so learns which threads come to
 * the point. Then thread by thread, in the order in which they were first seen: `point@thread: #N return` for
 * N = 1, 2, ... until the fault did not fire in two lives in a row (two, for how often a thread comes to a
 * point may depend on the schedule). From `dense` on N grows by an eighth of what it is above it: calls
 * without end have no last one, and their likes in a loop behave alike.
 *
 * A life must end as without the fault, or in the documented error (classify.h), without a leak. Everything
 * else is a failure.
 *
 * After Hipp et al., "How SQLite Is Tested", section 3 (anomaly testing).
 *
 * Threads: the supervisor's. Ownership: plain data; the point's name and `failed` outlive it.
 */
#ifndef TS_SUPERVISOR_FAIL_NTH_H
#define TS_SUPERVISOR_FAIL_NTH_H

#include "faults/spec.h"
#include "supervisor/fault_series.h"

#include <stdint.h>

#define TS_FAIL_NTH_THREADS 24
#define TS_FAIL_NTH_DENSE   200

struct ts_fail_nth_thread {
    char name[TS_FAULT_THREAD_SIZE];
    uint64_t last; /* the largest N that fired; 0: none */
};

struct ts_fail_nth_options {
    const char *point;
    uint64_t from, to; /* N, inclusive; to 0: until none fires */
    uint64_t dense;    /* every N up to this one */
    /* A life that failed: with these faults. NULL: not called. */
    void (*failed)(void *user_data, const char *spec, const struct ts_verdict *verdict);
    void *user_data;
};

struct ts_fail_nth {
    struct ts_fail_nth_options options;
    int point; /* enum ts_probe_id */
    struct ts_fail_nth_thread threads[TS_FAIL_NTH_THREADS];
    size_t thread_count;
    bool threads_lost; /* more than there is room for */
    size_t at;         /* thread */
    uint64_t n;        /* of the life under way; 0: it counts */
    unsigned misses;   /* lives in a row in which nothing fired */
    bool cut;          /* `to` came before the last */
    char spec[TS_SERIES_SPEC_SIZE];
    uint64_t lives, fired, refused, failed;
};

/* False: there is no such point, or it cannot fail. */
bool ts_fail_nth_init(struct ts_fail_nth *loop, const struct ts_fail_nth_options *options);

struct ts_fault_series ts_fail_nth_series(struct ts_fail_nth *loop);

#endif
