/*
 * A fault plan file (YAML): what the compact form of faults/spec.h says, one entry a fault.
 *
 *   name: slow-consumer
 *   swarm: 50%                   # optional: each point is on with this probability, once a life
 *   faults:
 *     - point: queue.push.full   # or a pattern with '*'
 *       thread: model-scan       # optional
 *       chance: 30%              # optional: at each visit
 *       limit: 2                 # optional: at most so often, each thread
 *       nth: 5                   # optional: at the fifth visit only
 *       onwards: true            # optional: and at all later ones
 *       action: return           # or spin(N), yield(N), sleep(TIME), delay, pause(POINT, TIME), count
 *
 * Threads: no state. Ownership: the caller frees *text. Errors: those of ts_yaml_load and
 * ts_fault_spec_parse.
 */
#ifndef TS_SUPERVISOR_FAULT_PLAN_H
#define TS_SUPERVISOR_FAULT_PLAN_H

#include "base/err.h"

/* Reads path into *text, the plan's compact form, checked; on error *text is NULL. */
ts_err ts_fault_plan_load(const char *path, char **text, struct ts_diag *diag);

#endif
