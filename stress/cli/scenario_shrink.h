/*
 * The schedules of what explored scenarios have found, as short as they can be, kept beside the run's record
 * in schedules/SIGNATURE.json: the fewest preemptions; then smaller settings of the scenario (fewer
 * strategies and symbols, a shorter life), where the finding comes with no more preemptions; and the orders
 * that decide. The budget is in schedules, so that one finding is shrunk to one result wherever it is done; a
 * limit of time for all of them together is told where it cuts one short (explore/shrink_rounds.h).
 *
 * Threads: main thread. Ownership: a kept one is freed by free; what is asked for stays the caller's. Errors:
 * an exit code other than 0, after one line on stderr.
 */
#ifndef TS_CLI_SCENARIO_SHRINK_H
#define TS_CLI_SCENARIO_SHRINK_H

#include "cli/scenario_target.h"

#define TS_SCENARIO_SHRINK_TRIES 3000 /* the default */

struct ts_scenario_shrink_budget {
    uint64_t tries;   /* of one; a bounded number of all */
    int64_t limit_ms; /* of all */
};

/* Shrinks them, keeps each, and prints what became of each. `command` complains. Ctrl-C ends it, and what was
 * reached is kept. */
int ts_scenario_shrink(const char *command, const struct ts_scenario_find *finds, size_t count,
                       const struct ts_scenario_shrink_budget *budget, bool quiet);

/* Those of a run that has ended, each once. Those that cannot be shrunk are told. */
void ts_scenario_shrink_run(const struct ts_run_options *options, const char *folder,
                            const struct ts_scenario_shrink_budget *budget);

struct ts_scenario_kept {
    char *schedule;
    char *settings[TS_SCENARIO_SETTINGS];
    size_t setting_count;
};

/* The one that was kept; false: there is none. */
bool ts_scenario_kept_load(const char *folder, const char *signature, struct ts_scenario_kept *kept);
void ts_scenario_kept_free(struct ts_scenario_kept *kept);

#endif
