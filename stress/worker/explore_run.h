/*
 * A life under the scheduler, for its own files: what all its schedules have in common.
 *
 * Threads: the owner thread. Ownership: pointers are the caller's.
 */
#ifndef TS_WORKER_EXPLORE_RUN_H
#define TS_WORKER_EXPLORE_RUN_H

#include "worker/explore.h"

struct ts_explore_search {
    const struct ts_life *life;
    ts_scenario_body body;
    const struct ts_explore_plan *plan;
    const struct ts_fault_spec *faults;
    struct ts_arena *arena;
    struct ts_diag *diag;
};

/* One schedule, as the arena's config says. TS_END: the strategy has no further one. */
ts_err ts_explore_run_schedule(const struct ts_explore_search *search, uint64_t number);

/* explore_serve.c: whether a driver has started this process, to run what schedules it likes (control.h). */
bool ts_explore_is_served(void);

/* The board that the driver reads. */
const char *ts_explore_served_board(void);

/* Runs the driver's schedules, in this process, until the driver is gone. Returns only with an error. */
ts_err ts_explore_serve(struct ts_explore_search *search);

#endif
