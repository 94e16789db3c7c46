/*
 * What a plan should try its detectors with, and does not: reports/grounds.h on the cells of a plan and the
 * canaries of the catalog.
 *
 * Threads: pure. Ownership: texts are the caller's. Errors: none; what exceeds `max` is left out.
 */
#ifndef TS_SUPERVISOR_BLIND_SPOTS_H
#define TS_SUPERVISOR_BLIND_SPOTS_H

#include "reports/grounds.h"
#include "supervisor/plan.h"

#define TS_KNOWN_CANARIES_MAX 64

/* Each canary of the catalog with each flavour that can see its defect; returns how many. */
size_t ts_known_canaries(struct ts_grounds_canary known[TS_KNOWN_CANARIES_MAX]);

/* Writes one text for each, and returns how many. Without memory: that there is none. */
size_t ts_blind_spots(const struct ts_plan *plan, char (*texts)[TS_BLIND_SPOT_SIZE], size_t max);

#endif
