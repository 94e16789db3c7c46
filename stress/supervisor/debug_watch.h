/*
 * The watchdog of a worker that lives in gdb: a hung one would never stop there by itself.
 *
 * A process of its own, child of neither gdb nor worker. It interrupts (SIGINT) the worker when its heartbeat
 * has not grown for hang_ms, or its life has not ended hang_ms after its time; time in which gdb holds it
 * does not count. It ends with its first interruption, and with gdb.
 *
 * Threads: any, one watch a gdb. Ownership: none. Units: milliseconds. Errors: none; where a process cannot
 * be started, or the board not mapped, nothing is watched.
 */
#ifndef TS_SUPERVISOR_DEBUG_WATCH_H
#define TS_SUPERVISOR_DEBUG_WATCH_H

#include <stdint.h>
#include <sys/types.h>

struct ts_debug_watch {
    pid_t gdb;          /* also before it has become gdb */
    const char *worker; /* path of its program */
    const char *board;
    int64_t for_ms;
    int64_t hang_ms;
};

void ts_debug_watch_start(const struct ts_debug_watch *watch);

#endif
