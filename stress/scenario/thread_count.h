/*
 * Threads of this process, as the kernel counts them: one that was joined may be among them for a moment.
 *
 * Threads: any. Progress: reads a file of /proc.
 */
#ifndef TS_SCENARIO_THREAD_COUNT_H
#define TS_SCENARIO_THREAD_COUNT_H

#include <stdint.h>

/* 0 when nobody says. */
uint32_t ts_thread_count(void);

#endif
