/*
 * Files that somebody names as input: records, baselines, plans, scores.
 *
 * Threads: no state. Ownership: the caller closes *file. Errors: as ts_fail_errno; on error *file is NULL.
 */
#ifndef TS_REPORTS_INPUT_FILE_H
#define TS_REPORTS_INPUT_FILE_H

#include "base/err.h"

#include <stdio.h>

/* Opens path to be read. A named pipe into which nobody writes is an empty file: nothing waits for a writer.
 * A directory opens; that it is one says the first read. */
ts_err ts_input_open(const char *path, const char *operation, FILE **file, struct ts_diag *diag);

#endif
