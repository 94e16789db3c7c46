#include "cli/exit_code.h"

int ts_exit_of_error(ts_err error)
{
    switch (error) {
    case TS_OK:
        return TS_EXIT_OK;
    case TS_INVALID:
    case TS_UNKNOWN:
    case TS_LIMIT:
        return TS_EXIT_USAGE;
    case TS_MALFORMED:
    case TS_TRUNCATED:
    case TS_MISMATCH:
    case TS_NOT_FOUND:
        return TS_EXIT_INPUT;
    case TS_ENVIRONMENT:
    case TS_NO_SPACE:
    case TS_NO_MEMORY:
    case TS_IO:
        return TS_EXIT_ENVIRONMENT;
    default:
        return TS_EXIT_INTERNAL;
    }
}

int ts_exit_of_summary(const struct ts_run_summary *summary)
{
    switch (ts_summary_verdict(summary)) {
    case TS_RUN_AS_EXPECTED:
    case TS_RUN_CLEAN:
        return TS_EXIT_OK;
    case TS_RUN_UNEXPECTED:
    case TS_RUN_FINDINGS:
        return TS_EXIT_FINDINGS;
    case TS_RUN_INTERRUPTED:
        return TS_EXIT_INTERRUPTED;
    case TS_RUN_INCONCLUSIVE:
        break;
    }
    if (summary->usage) {
        return TS_EXIT_USAGE;
    }
    return summary->refused ? TS_EXIT_INPUT : TS_EXIT_INCONCLUSIVE;
}
