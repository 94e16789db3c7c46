/*
 * What fail-nth has beside the options of a run: which calls are to fail, and how many of them. And its
 * cells: one for each cell of the run's plan and each call.
 *
 * Threads: main thread. Ownership: strings are the command line's; the plan stays its owner's.
 * Errors: an exit code other than 0, after one line on stderr.
 */
#ifndef TS_CLI_NTH_OPTIONS_H
#define TS_CLI_NTH_OPTIONS_H

#include "supervisor/plan.h"

#include <getopt.h>

#define TS_NTH_COMMAND "fail-nth"

/* For getopt_long, before those of a run; their letters are no others'. */
#define TS_NTH_LONG_OPTIONS                                                                                  \
    {"call", required_argument, NULL, 'C'}, {"from", required_argument, NULL, 'a'},                          \
        {"to", required_argument, NULL, 'z'}, {"dense", required_argument, NULL, 'd'},                       \
        {"by-site", no_argument, NULL, 'b'},
#define TS_NTH_LETTERS "Cazdb"
#define TS_NTH_COUNT   5

struct ts_nth_options {
    const char *calls; /* names, separated by ','; NULL: all calls */
    uint64_t from, to, dense;
    bool by_site;
};

int ts_nth_option(struct ts_nth_options *options, int letter, const char *value);
int ts_nth_options_check(const struct ts_nth_options *options);

/* Puts a cell for each call in the place of each cell; `set` of a cell is its point's name. */
int ts_nth_plan(const struct ts_nth_options *options, int64_t life_ms, struct ts_plan *plan);

#endif
