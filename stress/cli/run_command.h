/*
 * What `run` and `contrast` have in common: a supervised run from its options to its table.
 *
 * Threads: main thread. Errors: the exit code, after one line on stderr.
 */
#ifndef TS_CLI_RUN_COMMAND_H
#define TS_CLI_RUN_COMMAND_H

#include <stdbool.h>

struct ts_run_options;

/* A run that was not interrupted, when all about it has been told and its record stands in the folder. */
typedef void ts_run_ended(const struct ts_run_options *options, const char *folder);

/* ended may be NULL. */
int ts_run_command(const char *name, int count, char **arguments, ts_run_ended *ended);

/* Goes on with the run that was killed in this folder, with the arguments of its record. */
int ts_run_resume(const char *folder, bool quiet);

#endif
