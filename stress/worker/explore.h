/*
 * A life under the scheduler: the scenario's body again and again, each time with another schedule, until the
 * time is up, it has had its schedules or something is found. All of them have the life's ticks and
 * decisions; the next life brings others.
 *
 * Each run of the body starts afresh: the life's seed, and virtual time to live. The first one follows the
 * default schedule; it also gets everything done that is done only once in a process. What is found ends the
 * life, and the schedule stands on the board: with the life's seed it brings the finding back. A process that
 * dies, or that the scheduler ends (deadlock, livelock), leaves its schedule there as well.
 *
 * Threads: the owner thread. Ownership: the life stays the caller's. Units: milliseconds of real time for the
 * whole, microseconds of virtual time for one run. Errors: TS_INVALID names the option; those of the body.
 */
#ifndef TS_WORKER_EXPLORE_H
#define TS_WORKER_EXPLORE_H

#include "explore/core/arena.h"
#include "faults/spec.h"
#include "scenario/life.h"

struct ts_explore_plan {
    struct ts_explore_config config;
    uint64_t schedules;   /* 0: the default, 500; of an exhaustive search, until the time is up */
    int64_t life_us;      /* virtual, of one run of the body */
    const char *schedule; /* the one to follow; NULL: search */
    uint64_t repeat; /* how often to follow it, or each schedule of the search: the same must come of it */
};

void ts_explore_plan_begin(struct ts_explore_plan *plan);

/* KEY=VALUE, as a setting without its "explore.": strategy, depth, points, time, handoff, schedules, life-us,
 * steps, schedule, repeat. time is lazy and nothing else: scenarios bound their waits by time and by looks,
 * which mean nothing where every sleep may end at once. */
ts_err ts_explore_plan_set(struct ts_explore_plan *plan, const char *setting, struct ts_diag *diag);

/* faults: armed anew in each schedule; where a rule has a chance, whether it fires is a choice of the
 * strategy. */
ts_err ts_explore_life(const struct ts_life *life, ts_scenario_body body, const struct ts_explore_plan *plan,
                       const struct ts_fault_spec *faults, int64_t for_ms, struct ts_diag *diag);

/* explore_report.c: puts what the scheduler ends a process for on the board, and the schedule of any death.
 */
void ts_explore_report_install(struct ts_board *board, const struct ts_arena *arena);
/* Writes the schedule that ran last to the board. */
void ts_explore_report_schedule(void);

#endif
