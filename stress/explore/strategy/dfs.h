/*
 * How far the exhaustive search has come, for the estimate. It stands at the beginning of the strategy's
 * state.
 *
 * Costs. What is bounded is how often the default scheduler was contradicted where nothing forced it to stop:
 * a preemption costs one, and so does a time-out or a wake-up without a signal while others could go on, and
 * a choice other than the first. Who follows a thread that blocks, yields or ends costs nothing.
 */
#ifndef TS_EXPLORE_STRATEGY_DFS_H
#define TS_EXPLORE_STRATEGY_DFS_H

#include <stdbool.h>
#include <stdint.h>

#define TS_DFS_BOUNDS    16u        /* bounds whose schedules are counted apart */
#define TS_DFS_UNLIMITED UINT32_MAX /* as depth: bound after bound until no schedule is left out */

struct ts_dfs_progress {
    uint64_t schedules[TS_DFS_BOUNDS]; /* run under each bound; those of lower bounds are among them */
    uint32_t bound;                    /* of the search under way */
    uint32_t bounds_done;              /* searches that are through: 2 means that bounds 0 and 1 are */
    uint32_t restarts;                 /* begun anew, since memory turned out to be shared */
    bool complete;                     /* no schedule was left out */
    bool inexact; /* the same beginning did not always lead to the same choices, or there was no room:
                     nothing is claimed */
};

#endif
