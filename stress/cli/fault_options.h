/*
 * Fault specs on a command line: --faults SPEC and --fault-plan FILE, any number of them, as one text.
 *
 * Threads: main thread. Ownership: *faults is NULL or malloc'd, the caller's. Errors: an exit code other than
 * 0, after one line on stderr; an unknown probe comes with a suggestion.
 */
#ifndef TS_CLI_FAULT_OPTIONS_H
#define TS_CLI_FAULT_OPTIONS_H

#include "faults/spec.h"

/* Appends what `text` says to *faults, once it was checked. */
int ts_faults_add(const char *command, char **faults, const char *text);
/* The same with the plan file at `path`. */
int ts_faults_add_plan(const char *command, char **faults, const char *path);

/* Parses what was checked before, or says what is wrong with it. */
int ts_faults_read(const char *command, const char *text, struct ts_fault_spec *spec);

#endif
