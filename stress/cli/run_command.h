/*
 * What `run` and `contrast` have in common: a supervised run from its options to its table.
 *
 * Threads: main thread. Errors: the exit code, after one line on stderr.
 */
#ifndef TS_CLI_RUN_COMMAND_H
#define TS_CLI_RUN_COMMAND_H

int ts_run_command(const char *name, int count, char **arguments);

#endif
