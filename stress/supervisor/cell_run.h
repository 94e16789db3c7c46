/*
 * One cell: life after life until its time is up, each read from its board, classified, summed and recorded.
 *
 * A life that ends early, by a crash or by itself, is followed by the next one. A worker that refuses the
 * cell, does not take its arguments or cannot be started would do so again: it ends the cell.
 *
 * Threads, progress: as the supervisor. Ownership: everything in the context outlives the cell.
 * Errors: the record or the folder could not be written; the cell then has no line.
 */
#ifndef TS_SUPERVISOR_CELL_RUN_H
#define TS_SUPERVISOR_CELL_RUN_H

#include "supervisor/evidence.h"
#include "supervisor/folder.h"
#include "supervisor/supervisor.h"

struct ts_run_context {
    const struct ts_run_request *request;
    struct ts_run_folder folder;
    struct ts_record_writer record;
    struct ts_evidence evidence;
    char workers[PATH_MAX];
    char **environment;
    int64_t started_ns;
};

int64_t ts_run_elapsed_ms(const struct ts_run_context *context);

/* Runs the cell and writes its lines. *tally is overwritten. */
ts_err ts_cell_run(struct ts_run_context *context, const struct ts_cell *cell, int64_t for_ms,
                   struct ts_cell_tally *tally, struct ts_diag *diag);

#endif
