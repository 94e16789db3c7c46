/*
 * Stacks of all threads of a process, from gdb's words.
 *
 * Threads: any. Ownership: the frames belong to the hang's threads, their strings to hang->gdb_text and
 * hang->maps_text. Errors: only TS_NO_MEMORY; stacks that cannot be had are empty and hang->note says why.
 */
#ifndef TS_HANG_STACKS_H
#define TS_HANG_STACKS_H

#include "hang/hang.h"

#define TS_HANG_FRAMES_MAX 24

/* Runs gdb on hang->pid and parses what it says. Stops the process for that time. */
ts_err ts_hang_stacks_take(struct ts_hang *hang, struct ts_diag *diag);

/* Gives hang->threads the stacks in hang->gdb_text, with modules from hang->maps_text (/proc/PID/maps); both
 * are cut into strings. *parsed is the number of stacks. */
ts_err ts_hang_stacks_parse(struct ts_hang *hang, size_t *parsed, struct ts_diag *diag);

#endif
