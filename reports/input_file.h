/*
 * Files that somebody names as input: records, baselines, plans, scores, schedules.
 *
 * Threads: no state. Ownership: the caller closes *file, releases *value. Errors: as ts_fail_errno; on error
 * both are NULL.
 */
#ifndef TS_REPORTS_INPUT_FILE_H
#define TS_REPORTS_INPUT_FILE_H

#include "base/err.h"

#include <jansson.h>
#include <stdio.h>

/* Opens path to be read. A named pipe into which nobody writes is an empty file: nothing waits for a writer.
 * A directory opens; that it is one says the first read. */
ts_err ts_input_open(const char *path, const char *operation, FILE **file, struct ts_diag *diag);

/* The one JSON value that the file holds. TS_MALFORMED: it is none, told with its line, or a directory. */
ts_err ts_input_json(const char *path, const char *operation, json_t **value, struct ts_diag *diag);

#endif
