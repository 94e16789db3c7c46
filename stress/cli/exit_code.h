/*
 * The command's exit codes, and how errors and verdicts map to them.
 *
 * Threads: pure. Errors: none.
 */
#ifndef TS_CLI_EXIT_CODE_H
#define TS_CLI_EXIT_CODE_H

#include "base/err.h"
#include "supervisor/summary.h"

enum ts_exit {
    TS_EXIT_OK = 0,
    TS_EXIT_FINDINGS = 1,
    TS_EXIT_USAGE = 2,
    TS_EXIT_INPUT = 3,
    TS_EXIT_ENVIRONMENT = 4,
    TS_EXIT_INCONCLUSIVE = 5,
    TS_EXIT_INTERNAL = 6,
    TS_EXIT_POLICY = 7,
    TS_EXIT_INTERRUPTED = 130,
};

int ts_exit_of_error(ts_err error);

/* Findings outrank what could not be decided. */
int ts_exit_of_summary(const struct ts_run_summary *summary);

#endif
