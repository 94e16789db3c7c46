/*
 * The newest run that showed a finding and whose record is still there, from the history and its record: with
 * its arguments, its cells and the life that showed the finding first.
 *
 * Threads: main thread. Ownership: open allocates, close frees, also after an error; strings are the
 * record's. Errors: an exit code other than 0, after one line on stderr.
 */
#ifndef TS_CLI_FINDING_RUN_H
#define TS_CLI_FINDING_RUN_H

#include "cli/run_options.h"

struct ts_finding_run {
    char signature[24];
    char folder[PATH_MAX];
    struct ts_record *record;
    const struct ts_finding *finding;
    const struct ts_record_life *life;
    struct ts_run_options options; /* as the run was told */
};

/* prefix: the signature or its start. history: NULL for the default one. */
int ts_finding_run_open(const char *command, const char *prefix, const char *history,
                        struct ts_finding_run *run);
void ts_finding_run_close(struct ts_finding_run *run);

#endif
