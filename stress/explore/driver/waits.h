/*
 * Who waits for whom: the threads of a schedule that came to nothing, as the stacks of a finding.
 *
 * Threads: the driver's.
 */
#ifndef TS_EXPLORE_DRIVER_WAITS_H
#define TS_EXPLORE_DRIVER_WAITS_H

#include "explore/driver/state.h"
#include "finding/finding_build.h"

/* From the states in the arena's result. Stacks of the same functions are given once. */
ts_err ts_waits_finding(struct ts_driver *driver, const struct ts_finding_context *context, const char *kind,
                        struct ts_finding **finding);

/* A call that the scheduler has refused, with the stack of who made it. */
ts_err ts_refused_finding(struct ts_driver *driver, const struct ts_finding_context *context,
                          struct ts_finding **finding);

#endif
