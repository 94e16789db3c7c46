/*
 * What the threads of a process are doing, from /proc: name, state and the kernel function each one waits in.
 *
 * Threads: any. Ownership: the caller's buffer. Errors: none; what cannot be read is "?".
 */
#ifndef TS_SUPERVISOR_THREADS_H
#define TS_SUPERVISOR_THREADS_H

#include <stddef.h>
#include <sys/types.h>

/* "main S futex_wait_queue, scan R 0"; cut to size. Returns the number of threads. */
size_t ts_threads_describe(pid_t process, char *text, size_t size);

#endif
