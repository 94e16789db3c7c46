/*
 * The options that `run` and `contrast` share, from the command line to a plan.
 *
 * Threads: main thread (getopt). Ownership: parse allocates, fini frees; strings are those of the command
 * line. Units: milliseconds. Errors: an exit code other than 0, after one line on stderr.
 */
#ifndef TS_CLI_RUN_OPTIONS_H
#define TS_CLI_RUN_OPTIONS_H

#include "cli/nth_options.h"
#include "supervisor/plan_file.h"
#include "supervisor/supervisor.h"

struct ts_run_options {
    const char *name; /* of the command: "run", "contrast", "gate", ... */
    bool contrast;    /* everything against what it must show */
    bool expects;     /* cells are held against expectations: contrast, gate, and run with a plan */
    bool *scenarios;
    struct ts_selection selection;
    struct ts_plan plan;
    const char *plan_path; /* NULL: no plan file */
    struct ts_plan_file plan_file;
    struct ts_shard shard; /* 1 of 1: the whole plan */
    const char *baseline, *history;
    bool no_history;
    int64_t for_ms;
    bool for_given;
    int64_t hang_ms;
    uint64_t seed;
    bool seed_given;
    const char *tape, *passes, *out, *library;
    char speed[32]; /* "" when not given */
    const char **settings;
    size_t setting_count;
    char *faults;              /* of all --faults and --fault-plan; NULL: none */
    struct ts_nth_options nth; /* fail-nth alone; its cells are then the plan's */
    bool json, quiet;
    char *command;    /* repeats the run, with its seed */
    char **arguments; /* the command's, with the seed; its strings are the command line's */
    size_t argument_count;
    char seed_argument[32];
};

int ts_run_options_parse(struct ts_run_options *options, const char *name, int count, char **arguments);
/* As the run of this record was told; `name` is the command that asks and folder the run's, for an error. The
 * strings are the record's. */
int ts_run_options_recorded(struct ts_run_options *options, const char *name, const struct ts_record_run *run,
                            const char *folder);
void ts_run_options_fini(struct ts_run_options *options);

/* A request with what the options say of ticks, library, settings, faults and time; the rest is the caller's
 * to fill. */
struct ts_run_request ts_run_options_request(const struct ts_run_options *options);

#endif
