/*
 * The interleaving of an explored life that found something, as a file beside its log (RECORD.md).
 *
 * A search keeps no steps, which would cost a tenth of its speed: the schedule that found something is lived
 * once more, outside the books, and what that life leaves is written down. A life that followed a given
 * schedule has left it already.
 *
 * Threads: the supervisor's own. Ownership: everything stays the caller's. Progress: blocks for one life at
 * most. Errors: those of writing the file. A schedule that cannot be followed again is none: there is no file
 * then, and *name is "".
 */
#ifndef TS_SUPERVISOR_TRACE_LIFE_H
#define TS_SUPERVISOR_TRACE_LIFE_H

#include "supervisor/cell_run.h"

struct ts_trace_request {
    struct ts_run_context *context;
    const struct ts_cell *cell;
    const struct ts_board *board; /* that the life left */
    uint64_t life;
    uint64_t seed;
    int64_t for_ms;
    const char *faults; /* the life's own, or "" */
};

/* Whether the life has a schedule to show. */
bool ts_trace_wanted(const struct ts_board *board);

/* *name is the file's path relative to the run's folder, or "". */
ts_err ts_trace_life(const struct ts_trace_request *request, char *name, size_t name_size,
                     struct ts_diag *diag);

#endif
