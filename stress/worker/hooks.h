/*
 * What the sanitizers found, written to the board from inside the process.
 *
 * The sanitizers' report interfaces are used (ThreadSanitizer: __tsan_on_report and __tsan_get_report_*;
 * AddressSanitizer: __asan_on_error; UBSan: __ubsan_on_report; LeakSanitizer: its recoverable check), so no
 * prose is parsed and no name looked up here: frames are (module, offset) pairs. What runs in a report is
 * compiled without sanitizers, neither allocates nor locks, and calls nothing that is intercepted.
 *
 * Threads: install before other threads run. The callbacks run on the thread that met the error, under the
 * sanitizer's own report lock.
 */
#ifndef TS_WORKER_HOOKS_H
#define TS_WORKER_HOOKS_H

#include "worker/board.h"

/* The process's board, for the callbacks, which are given none. NULL before ts_hooks_install. */
extern struct ts_board *ts_hooks_board;

/* Also for the signals that end a process (crash.h). */
void ts_hooks_install(struct ts_board *board);

/* Looks for leaks now and reports them; call when everything has been freed. Does nothing without
 * LeakSanitizer. */
void ts_hooks_check_leaks(void);

#endif
