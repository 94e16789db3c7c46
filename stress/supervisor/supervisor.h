/*
 * A run: the cells of a plan, one after the other, into a record.
 *
 * Before the first cell the environment is checked and the tape, if any, converted; a failure there leaves no
 * record. From then on the record grows line by line, and is renamed to record.jsonl at the end, also of an
 * interrupted run. When the record can no longer be written the run stops and what was gathered stays in
 * record.jsonl.partial.
 *
 * Threads: one run at a time, on the main thread; events are called on it.
 * Ownership: the request and what it points to stay the caller's.
 * Units: milliseconds.
 * Progress: blocks for the length of the run. Errors: TS_ENVIRONMENT, TS_LIMIT (a record is there already),
 * TS_NO_SPACE, TS_IO, TS_NO_MEMORY, and what the tape's conversion returns.
 */
#ifndef TS_SUPERVISOR_SUPERVISOR_H
#define TS_SUPERVISOR_SUPERVISOR_H

#include "supervisor/record_writer.h"
#include "supervisor/resume.h"
#include "supervisor/summary.h"

#include <stdio.h>

/* Any of them may be NULL. */
struct ts_run_events {
    ts_record_echo record_line;
    void (*converting)(uint64_t read_bytes, uint64_t total_bytes, void *user_data);
    void (*cell_begin)(const struct ts_cell *cell, int64_t for_ms, void *user_data);
    void (*cell_tick)(const struct ts_cell *cell, const struct ts_cell_tally *so_far,
                      const struct ts_board *board, int64_t elapsed_ms, void *user_data);
    void (*cell_end)(const struct ts_cell *cell, const struct ts_cell_tally *tally, int64_t elapsed_ms,
                     const char *command, void *user_data);
    void (*warning)(const char *text, void *user_data); /* what makes the evidence poorer from here on */
    void *user_data;
};

struct ts_run_request {
    const char *kind; /* "run" or "contrast" */
    char **arguments; /* of the command, its name first, with the seed */
    size_t argument_count;
    const struct ts_resume *resume; /* NULL: a new run; else one that goes on, in its own folder */
    const char *command;            /* what was typed, or repeats it */
    bool expects;                   /* compare with the catalog */
    bool check_all; /* tries all that a gate insists on of the machine, not only what the run needs */
    uint64_t seed;
    const struct ts_plan *plan;
    const char *out;            /* NULL: a new folder under runs/ */
    const char *tape;           /* NULL: synthetic ticks */
    const char *speed, *passes; /* for the tape; NULL: the worker's default */
    const char *library;        /* NULL: each flavour's own libsignal.so */
    const char *workers;        /* the folder of the flavours' folders; NULL: the default one */
    bool until_failure; /* ends with the first life that fails, and that life with its first finding */
    const char *const *settings; /* "key=value"; a cell gets those that its scenario knows */
    size_t setting_count;
    const char *faults; /* a fault spec for every cell (faults/spec.h); NULL: none */
    int64_t hang_ms;
    struct ts_run_events events;
};

struct ts_run_result {
    char folder[PATH_MAX];
    struct ts_run_summary summary;
    char sentence[1536];
};

ts_err ts_supervisor_run(const struct ts_run_request *request, struct ts_run_result *result,
                         struct ts_diag *diag);

struct ts_debug_request {
    unsigned lives;     /* at most */
    const char *wanted; /* the finding, for a person */
};

/*
 * Becomes gdb on a worker that lives the first cell's life again and again, and stops where the sanitizer
 * reports, a signal comes or the worker hangs. gdb's exit code is then what the user quits with, else 5; 4
 * when it could not run the worker. Leaves script, board and scratch in the run's folder. Returns only on
 * error: TS_NOT_FOUND without gdb, else as ts_supervisor_run.
 */
ts_err ts_supervisor_debug(const struct ts_run_request *request, const struct ts_debug_request *debug,
                           struct ts_diag *diag);

/* What the names of the explorer's settings begin with. */
#define TS_EXPLORE_SETTING "explore."

/* True when the scenario has an option of that name, or the explorer may have; `setting` may be "key" or
 * "key=value". */
bool ts_scenario_knows(const struct ts_scenario_info *scenario, const char *setting);

/* Writes a word so that a shell reads it back as it is. */
void ts_shell_word(FILE *out, const char *word);

#endif
