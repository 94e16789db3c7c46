/*
 * tickstorm explore SCENARIO and tickstorm replay SIGNATURE: the suite's own scenarios under the scheduler. A
 * search is a run of the flavour `explore`, a replay a repro of a life that has a schedule; so both have a
 * record, and the history knows them.
 *
 * Threads: main thread. Errors: the exit code, after one line on stderr.
 */
#ifndef TS_CLI_EXPLORE_SCENARIO_H
#define TS_CLI_EXPLORE_SCENARIO_H

#include <stdbool.h>

/* Whether the arguments name a scenario and no program (after "--"). */
bool ts_explore_is_scenario(int count, char **arguments);
int ts_explore_scenario(int count, char **arguments);

/* Whether they name a finding of the history and no program. */
bool ts_replay_is_finding(int count, char **arguments);
int ts_replay_finding(int count, char **arguments);

#endif
