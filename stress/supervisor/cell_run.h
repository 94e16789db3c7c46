/*
 * One cell: life after life until its time is up, each read from its board, classified, summed and recorded.
 *
 * A life that ends early, by a crash or by itself, is followed by the next one, and so is one that ended in
 * the documented error of a fault (classify.h). A worker that refuses the cell without one, does not take its
 * arguments or cannot be started would do so again: it ends the cell.
 *
 * Threads, progress: as the supervisor. Ownership: everything in the context outlives the cell.
 * Errors: the record or the folder could not be written; the cell then has no line.
 */
#ifndef TS_SUPERVISOR_CELL_RUN_H
#define TS_SUPERVISOR_CELL_RUN_H

#include "supervisor/environment.h"
#include "supervisor/evidence.h"
#include "supervisor/folder.h"
#include "supervisor/supervisor.h"

struct ts_run_context {
    const struct ts_run_request *request;
    struct ts_run_folder folder;
    struct ts_record_writer record;
    struct ts_evidence evidence;
    char workers[PATH_MAX];
    struct ts_environment_check checks[TS_ENVIRONMENT_CHECKS]; /* of the machine, as the record tells them */
    size_t check_count;
    char **environment;
    int64_t started_ns;
};

#define TS_WORKER_ARGUMENTS_MAX 96

struct ts_worker_arguments {
    char *list[TS_WORKER_ARGUMENTS_MAX]; /* the worker's path first; NULL-terminated */
    size_t count;
    char worker[PATH_MAX + 64];
    char library[PATH_MAX + 64];
    char seed[32];
    char for_ms[32];
};

/* The folder of the flavours' folders: the request's, or the default one. */
ts_err ts_run_workers(const struct ts_run_request *request, char *folder, size_t size, struct ts_diag *diag);

/* How a worker is called for one life; life_faults come beside those of run and cell ("": none). The strings
 * are the context's, the cell's and arguments' own. */
void ts_cell_arguments(const struct ts_run_context *context, const struct ts_cell *cell, uint64_t life_seed,
                       int64_t for_ms, const char *life_faults, struct ts_worker_arguments *arguments);

int64_t ts_run_elapsed_ms(const struct ts_run_context *context);

/* Runs the cell and writes its lines. *tally is overwritten. */
ts_err ts_cell_run(struct ts_run_context *context, const struct ts_cell *cell, int64_t for_ms,
                   struct ts_cell_tally *tally, struct ts_diag *diag);

#endif
