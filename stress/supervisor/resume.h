/*
 * Going on with a run that was killed: what its partial record says is taken as done.
 *
 * Whole cells are summed from their lines; a cell that had begun goes on with its next life and what is left
 * of its time. A line that the death cut is dropped from the file, for it is no evidence.
 *
 * Threads: one at a time. Ownership: load allocates and locks the record against other runs, fini frees and
 * unlocks. Errors: TS_NOT_FOUND without a partial record; TS_TRUNCATED: not even its first line is whole;
 * TS_LIMIT: its run is still going on; TS_MISMATCH: the record is of another plan than the one that its
 * arguments make now; those of ts_record_load.
 */
#ifndef TS_SUPERVISOR_RESUME_H
#define TS_SUPERVISOR_RESUME_H

#include "supervisor/plan.h"
#include "supervisor/record_writer.h"
#include "supervisor/tally.h"

#include <limits.h>

struct ts_run_request;

struct ts_resume {
    char folder[PATH_MAX];
    struct ts_record_writer writer; /* holds the lock */
    struct ts_record *record;
    int64_t elapsed_ms; /* of the run, when its last life ended */
};

/* folder: the run's. After TS_TRUNCATED the lock is held until fini. */
ts_err ts_resume_load(const char *folder, struct ts_resume *resume, struct ts_diag *diag);
void ts_resume_fini(struct ts_resume *resume);

/* Whether the record, whole or partial, is of the run that is asked for: its cells and seeds, and where it
 * has the plan's hash also times, expectations and settings. TS_MISMATCH. */
ts_err ts_resume_check(const struct ts_record *record, const char *folder,
                       const struct ts_run_request *request, struct ts_diag *diag);

/* The line of a cell that had ended; NULL when it had not. */
const struct ts_record_cell *ts_resume_cell(const struct ts_resume *resume, size_t number);

/* What the cell's recorded lives come to. begun_ms, ended_ms: from its first life to the end of its last;
 * both are the run's elapsed time when it has none. */
void ts_resume_tally(const struct ts_resume *resume, size_t number, struct ts_cell_tally *tally,
                     int64_t *begun_ms, int64_t *ended_ms);

#endif
