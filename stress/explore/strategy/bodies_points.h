/*
 * Points in the bodies of the strategies' tests. Threads: those of a body, one at a time. Ownership: none.
 */
#ifndef TS_EXPLORE_STRATEGY_BODIES_POINTS_H
#define TS_EXPLORE_STRATEGY_BODIES_POINTS_H

#include "explore/core/scheduler.h"

#include <stddef.h>

/* A place in the program is told by its line. */
#define HERE          ((const void *)(uintptr_t)__LINE__)
#define LOAD(x)       (ts_sched_point(ts_self, TS_OP_LOAD, &(x), false, HERE), (x))
#define STORE(x, v)   (ts_sched_point(ts_self, TS_OP_STORE, &(x), true, HERE), (x) = (v))
#define ADD(x, v)     (ts_sched_point(ts_self, TS_OP_RMW, &(x), true, HERE), (x) += (v))
#define SWAP(x, a, b) (ts_sched_point(ts_self, TS_OP_RMW, &(x), true, HERE), swap(&(x), (a), (b)))

static inline bool swap(long *place, long from, long to)
{
    bool same = *place == from;
    *place = same ? to : *place;
    return same;
}

/* Runs a function in threads 0 to count - 1, and waits for them. */
void ts_body_spread(void *(*function)(void *), unsigned count);

#endif
