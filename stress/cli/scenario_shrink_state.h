/*
 * The shrinking of what explored scenarios found, for its own files.
 *
 * Threads: main thread.
 */
#ifndef TS_CLI_SCENARIO_SHRINK_STATE_H
#define TS_CLI_SCENARIO_SHRINK_STATE_H

#include "cli/progress.h"
#include "cli/scenario_shrink.h"
#include "explore/shrink_hints.h"
#include "explore/shrink_rounds.h"

/* One finding. */
struct ts_scenario_shrunk {
    const struct ts_scenario_find *find;
    bool begun;            /* best is there */
    struct ts_shrunk best; /* under the settings */
    uint64_t preemptions_found;
    uint32_t deviations_found;
    char settings[TS_SCENARIO_SETTINGS][64];
    size_t setting_count;
    bool made_small;              /* as far as it goes */
    enum ts_shrunk_end small_end; /* what has kept it from that */
    uint64_t tries;
    char why_not[160]; /* best is not there */
};

/* The part of the budget that is under way, and whose. */
struct ts_scenario_part {
    struct ts_scenario_shrunk *of;
    struct ts_shrink_hints *hints;
    size_t number, count; /* of the finding, for progress */
    uint64_t tries_max;
    uint64_t tries;
    int64_t until_ns;
    int64_t all_until_ns;
    struct ts_progress *progress;
    struct ts_diag *diag;
    struct ts_schedule *hit; /* of the search under way */
};

/* Shrinks it further: the schedule first; in further parts, once nothing more can be left out, the scenario.
 * Errors: TS_MISMATCH and TS_INVALID when it stays as it was; those of the driver. */
ts_err ts_scenario_shrink_part(struct ts_scenario_part *part);

#endif
