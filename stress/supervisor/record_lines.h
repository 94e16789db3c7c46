/*
 * The kinds of line of a run record (reports/RECORD.md), as JSON objects.
 *
 * Threads: pure. Ownership: the caller owns the returned object; NULL when there is no memory. Errors: none
 * else.
 */
#ifndef TS_SUPERVISOR_RECORD_LINES_H
#define TS_SUPERVISOR_RECORD_LINES_H

#include "supervisor/environment.h"
#include "supervisor/machine.h"
#include "supervisor/plan.h"
#include "supervisor/tally.h"
#include "supervisor/torment.h"
#include "supervisor/usage.h"

#include <jansson.h>

struct ts_run_line {
    const char *id;
    const char *kind;
    const char *command;
    const char *started; /* UTC, ISO 8601 */
    uint64_t seed;
    uint64_t plan; /* supervisor/plan_hash.h */
    const struct ts_machine *machine;
    const char *source;
    int64_t budget_ms;
    size_t cells;
    char **arguments; /* of the command, its name first, with the seed */
    size_t argument_count;
    const struct ts_environment_check *checks; /* of the machine */
    size_t check_count;
};

struct ts_life_line {
    size_t cell;
    uint64_t life;
    uint64_t seed;
    int64_t started_ms;
    int64_t duration_ms;
    int exit_code;
    int signal;
    const struct ts_verdict *verdict;
    const struct ts_snapshot *board;
    const char *finding;                     /* signature of what ended it; "" for none */
    const char *log;                         /* relative to the record; "" when it was not kept */
    const char *interleaving;                /* relative to the record; "" or NULL: none */
    const char *faults;                      /* its own, beside the run's and the cell's; "" or NULL: none */
    const char *schedule;                    /* in which the explorer met what ended it; "" or NULL: none */
    const struct ts_torment_counts *torment; /* NULL: none */
    const struct ts_usage *usage;            /* NULL: nobody looked */
};

struct ts_cell_line {
    const struct ts_cell *cell;
    const struct ts_cell_tally *tally;
    int64_t elapsed_ms;
    bool expects; /* false: a plain run, which expects nothing but of canaries */
    const char *command;
    const char *faults;               /* the run's and the cell's; "" for none */
    const struct ts_callers *callers; /* of the cell's worker and library */
};

json_t *ts_record_run_line(const struct ts_run_line *line);
/* Of the line: when, and what was found of the machine. */
json_t *ts_record_resume_line(const struct ts_run_line *line, int64_t at_ms);
json_t *ts_record_life_line(const struct ts_life_line *line);
/* schedule: in which the explorer met it, or "". */
json_t *ts_record_finding_line(const struct ts_finding *finding, const char *schedule);
json_t *ts_record_cell_line(const struct ts_cell_line *line);
json_t *ts_record_end_line(const char *verdict, const char *sentence, bool interrupted, int64_t elapsed_ms);

#endif
