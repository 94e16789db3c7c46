/*
 * The sub-commands of tickstorm: each is one function in a file of its own and one entry in the table.
 *
 * A command gets its own name as arguments[0] and returns the exit code. It prints its result on stdout and
 * everything else on stderr.
 *
 * Threads: main thread. Ownership: arguments stay main's. Errors: reported by the command itself, one line.
 */
#ifndef TS_CLI_COMMAND_H
#define TS_CLI_COMMAND_H

#include "cli/exit_code.h"

#include <stdbool.h>
#include <stddef.h>

struct ts_command {
    const char *name;
    const char *synopsis; /* what follows the name */
    const char *summary;
    const char *help; /* options and examples */
    int (*run)(int count, char **arguments);
};

extern const struct ts_command ts_commands[];
extern const size_t ts_command_count;

/* NULL for a name that nobody knows; then it has said so, with a suggestion. */
const struct ts_command *ts_command_find(const char *name);
void ts_command_help(const struct ts_command *command);

int ts_command_list(int count, char **arguments);
int ts_command_run(int count, char **arguments);
int ts_command_contrast(int count, char **arguments);
int ts_command_gate(int count, char **arguments);
int ts_command_repro(int count, char **arguments);
int ts_command_resume(int count, char **arguments);
int ts_command_report(int count, char **arguments);
int ts_command_tape(int count, char **arguments);
int ts_command_bench(int count, char **arguments);
int ts_command_preflight(int count, char **arguments);
int ts_command_history(int count, char **arguments);
int ts_command_show(int count, char **arguments);
int ts_command_compare(int count, char **arguments);
int ts_command_merge(int count, char **arguments);
int ts_command_score(int count, char **arguments);
int ts_command_faults(int count, char **arguments);
int ts_command_fail_nth(int count, char **arguments);
int ts_command_shrink(int count, char **arguments);
int ts_command_explore(int count, char **arguments);
int ts_command_replay(int count, char **arguments);
int ts_command_cc(int count, char **arguments);
int ts_command_cxx(int count, char **arguments);

extern const char ts_help_gate[], ts_help_resume[], ts_help_repro[], ts_help_list[], ts_help_run[],
    ts_help_contrast[], ts_help_report[], ts_help_tape[], ts_help_bench[], ts_help_preflight[],
    ts_help_history[], ts_help_show[], ts_help_compare[], ts_help_merge[], ts_help_score[], ts_help_faults[],
    ts_help_shrink[], ts_help_fail_nth[], ts_help_explore[], ts_help_replay[], ts_help_cc[];

/* "tickstorm COMMAND: text", one line on stderr. Returns TS_EXIT_USAGE. */
int ts_usage(const char *command, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The diag as one line on stderr. Returns its exit code. */
int ts_complain(const char *command, const struct ts_diag *diag);

/* "unknown WHAT 'name'; did you mean ...?" or the list of what is known. Returns TS_EXIT_USAGE. */
int ts_unknown(const char *command, const char *what, const char *name, const char *const *known,
               size_t count);

/* Flushes stdout; an output that could not be written turns code into TS_EXIT_ENVIRONMENT. */
int ts_finish_output(const char *command, int code);

#endif
