/*
 * fail-nth's run: a loop for each cell of its plan (supervisor/fail_nth.h), and what is printed of it.
 *
 * Threads: main thread. Ownership: options, resume and record stay the caller's. Errors: an exit code other
 * than 0, after one line on stderr.
 */
#ifndef TS_CLI_NTH_RUN_H
#define TS_CLI_NTH_RUN_H

#include "cli/run_options.h"

/* resume: NULL, or a run that was killed: its lives are taken for lived. */
int ts_nth_run(const struct ts_run_options *options, const struct ts_resume *resume);

/* Prints what a whole record says; the exit code is that of its run. */
int ts_nth_tell(const struct ts_run_options *options, const struct ts_record *record, const char *folder);

#endif
