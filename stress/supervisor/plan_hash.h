/*
 * One number for what a run does: equal for two runs whose lives mean the same.
 *
 * Hashed (XXH3, 64 bits): each cell's set, scenario, mode, flavour, seed, expectation, times, lives, settings
 * and faults, in the plan's order; the run's budget, tape, library, settings, faults and time to a hang.
 * Where it runs, and how it is told of, is left out.
 *
 * Threads: pure. Ownership: no memory of its own. Errors: none.
 */
#ifndef TS_SUPERVISOR_PLAN_HASH_H
#define TS_SUPERVISOR_PLAN_HASH_H

#include "supervisor/supervisor.h"

uint64_t ts_plan_hash(const struct ts_run_request *request);

#endif
