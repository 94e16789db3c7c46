/*
 * Which part of a plan this machine runs, from an option or from what its scheduler set in the environment.
 *
 * Threads: one at a time (reads the environment). Ownership: no memory of its own. Errors: TS_INVALID.
 */
#ifndef TS_SUPERVISOR_SHARD_H
#define TS_SUPERVISOR_SHARD_H

#include "base/err.h"

/* 1 of 1 is all of it. */
struct ts_shard {
    unsigned index; /* from 1 */
    unsigned count;
};

/* "2/8", or "auto/8" and "auto" from SLURM_ARRAY_TASK_*, JOB_COMPLETION_INDEX or PARALLEL_SEQ. */
ts_err ts_shard_parse(const char *text, struct ts_shard *shard, struct ts_diag *diag);

#endif
