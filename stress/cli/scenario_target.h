/*
 * A scenario's worker as a program of the driver (explore/driver): for what has to run many schedules of one
 * life, with their steps, one after the other. All of them run in one process, as in the life itself.
 *
 * Threads: main thread. Ownership: the find and what it points to stay the caller's; open allocates, close
 * frees. Errors: TS_INVALID when the life cannot be run so (a tape, faults from outside); those of the
 * driver.
 */
#ifndef TS_CLI_SCENARIO_TARGET_H
#define TS_CLI_SCENARIO_TARGET_H

#include "cli/run_options.h"
#include "explore/driver/driver.h"
#include "supervisor/cell_run.h"

#define TS_SCENARIO_SETTINGS 8u /* beside the cell's own */

/* An explored life that found something. */
struct ts_scenario_find {
    const struct ts_run_options *options; /* of its run */
    const struct ts_finding *finding;
    const struct ts_record_life *life;
    const char *folder; /* of its run */
};

struct ts_scenario_target {
    struct ts_run_request request;
    struct ts_run_context context;
    struct ts_worker_arguments arguments;
    struct ts_cell cell;
    const char **settings;
    char symbolizer[PATH_MAX];
    struct ts_driver *driver;
};

/* settings: "key=value", after the cell's own. */
ts_err ts_scenario_target_open(struct ts_scenario_target *target, const struct ts_scenario_find *find,
                               const char *const *settings, size_t count, struct ts_diag *diag);
void ts_scenario_target_close(struct ts_scenario_target *target);

#endif
