/*
 * What tickstorm explore and tickstorm replay have in common: options of the search, and the program.
 *
 * Threads: main thread. Ownership: as each function says. Errors: an exit code other than 0, after one line
 * on stderr.
 */
#ifndef TS_CLI_EXPLORE_OPTIONS_H
#define TS_CLI_EXPLORE_OPTIONS_H

#include "explore/driver/driver.h"

#include <stdio.h>

#define TS_SHRINK_TRIES     2000 /* the default */
#define TS_SHRINK_TRIES_MAX 1000000000

struct ts_finds;

struct ts_explore_options {
    const char *command; /* "explore" */
    struct ts_explore_config config;
    int64_t for_ms; /* 0: no limit */
    int64_t still_ms;
    uint64_t repeat;
    uint32_t depth;      /* 0: each strategy's own */
    const char *out;     /* NULL: the default */
    const char *subject; /* replay: the schedule or the file of a finding */
    bool seeded;
    bool points_given;
    bool counted;
    bool stop_at_first;
    const char *stop_at; /* what to end at; NULL: at nothing */
    bool json;
    bool quiet;
    bool check_determinism;
    bool trace;
    const char *html; /* replay: where the interleaving goes as a page; NULL: nowhere */
    bool gdb;
    bool no_shrink;
    uint64_t shrink_tries; /* schedules to shrink a finding with */
    int64_t shrink_for_ms; /* time to shrink all of them in; 0: ts_shrink_limit_ms */
    bool found;            /* replay: the schedule as it was found, not the shrunk one */
    char *const *program;  /* its arguments */
};

int ts_explore_options_parse(struct ts_explore_options *options, const char *command, int count,
                             char **arguments);

/* Starts the program; its environment and symbolizer are found here. */
int ts_explore_open(const struct ts_explore_options *options,
                    bool (*schedule)(const struct ts_driver_event *event, void *user_data),
                    bool (*tick)(const struct ts_driver_progress *progress, void *user_data), void *user_data,
                    struct ts_driver **driver);

/* Runs the schedule under gdb, on this terminal. */
int ts_explore_debug(const struct ts_explore_options *options, const struct ts_schedule *given);

/* Ends the program and releases what open made. */
void ts_explore_close(struct ts_driver *driver);

/* The program's arguments as a shell takes them. */
void ts_explore_write_program(FILE *out, const struct ts_explore_options *options);

/* The steps of a traced schedule, a column for each thread. */
void ts_explore_write_trace(FILE *out, struct ts_driver *driver, const struct ts_driver_event *event);

/* Shrinks the schedules of all findings, in place, as far as budget and limit go; Ctrl-C ends it, and what
 * was reached is kept. */
ts_err ts_explore_shrink(const struct ts_explore_options *options, struct ts_driver *driver,
                         struct ts_finds *finds, struct ts_diag *diag);

/* Each schedule twice: the first difference between the two, if any. Returns an exit code. */
int ts_explore_check(const struct ts_explore_options *options);

#endif
