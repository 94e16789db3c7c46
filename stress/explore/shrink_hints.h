/*
 * The latest schedules that findings were shrunk to, for those that are shrunk next: several findings of one
 * defect are often shown by one schedule.
 *
 * Threads: the caller's. Ownership: copies of what is added; fini frees them. Errors: without memory a
 * schedule is not kept.
 */
#ifndef TS_EXPLORE_SHRINK_HINTS_H
#define TS_EXPLORE_SHRINK_HINTS_H

#include "explore/core/schedule.h"

#define TS_SHRINK_HINTS 8u

struct ts_shrink_hints {
    struct ts_schedule list[TS_SHRINK_HINTS];
    uint64_t life[TS_SHRINK_HINTS]; /* of what it is a schedule: those of others mean something else */
    size_t count;
    size_t next; /* the oldest, once there is no room left */
};

void ts_shrink_hints_add(struct ts_shrink_hints *hints, uint64_t life, const struct ts_schedule *schedule);

/* Those of a life, with these points, into `list`, which has room for all; their deviations stay the hints'.
 */
size_t ts_shrink_hints_of(const struct ts_shrink_hints *hints, uint64_t life, enum ts_points points,
                          struct ts_schedule *list);

void ts_shrink_hints_fini(struct ts_shrink_hints *hints);

#endif
