/*
 * What a gate's plan should try its detectors with, and does not.
 *
 * For each flavour in which the plan judges a protected cell: each canary of the catalog whose defect the
 * flavour can see, and its clean twin. And one unprotected mode, whatever its flavour: the shipped defect
 * itself.
 *
 * Threads: pure. Ownership: texts are the caller's. Errors: none; what exceeds `max` is left out.
 */
#ifndef TS_SUPERVISOR_BLIND_SPOTS_H
#define TS_SUPERVISOR_BLIND_SPOTS_H

#include "supervisor/plan.h"

#define TS_BLIND_SPOT_SIZE 96

/* Writes one text for each ("canary-leak in asan", "its twin"), and returns how many. */
size_t ts_blind_spots(const struct ts_plan *plan, char (*texts)[TS_BLIND_SPOT_SIZE], size_t max);

#endif
