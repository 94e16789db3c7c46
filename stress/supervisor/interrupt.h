/*
 * Ctrl-C: SIGINT and SIGTERM are counted, nothing else. The first asks for an orderly end, the second for one
 * at once.
 *
 * Threads: install from the main thread; count from any. Errors: none.
 */
#ifndef TS_SUPERVISOR_INTERRUPT_H
#define TS_SUPERVISOR_INTERRUPT_H

void ts_interrupt_install(void);

/* How often somebody asked since install. */
int ts_interrupt_count(void);

#endif
