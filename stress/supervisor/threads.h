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

/*
 * Stacks of all threads, taken by gdb from outside: a spinning thread under ThreadSanitizer would not answer
 * a signal. Returns the length of the text, 0 without gdb or the right to attach. Takes half a second, 20 s
 * at most.
 */
size_t ts_threads_stacks(pid_t pid, char *text, size_t size);

#endif
