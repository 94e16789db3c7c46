/*
 * The last act of a worker that a signal ends: where it was, written to the board, and then the same death.
 *
 * For SIGSEGV, SIGBUS, SIGABRT, SIGFPE and SIGILL, but for those that AddressSanitizer handles: it reports
 * them. The address that the signal interrupted is kept first; then the stack is unwound, which a corrupted
 * stack may turn into a second signal: the record then ends with what there was.
 *
 * Threads: install on the main thread before others run; the handler runs on the thread that the signal hit.
 * Only the main thread gets an alternate stack: the others handle on their own, so a stack overflow of
 * theirs ends the process without a record. Order: crash_ready is stored with release after the crash
 * (READY).
 */
#ifndef TS_WORKER_CRASH_H
#define TS_WORKER_CRASH_H

#include "worker/board.h"

void ts_crash_install(struct ts_board *board);

/* Called when the record is whole, before the process dies; in the signal handler, on its thread. */
extern void (*ts_crash_on_record)(void);

#endif
