/*
 * Wrappers: what the program calls in place of pthreads, the sanitizer's entry points for memory, and the
 * calls that block, by the linker's --wrap.
 *
 * Each reaches a point of the scheduler, brings the model up to date, and then calls what was wrapped, as a
 * tail call where it can, so that the sanitizer sees the call as the program made it. Where it cannot (a wait
 * is an unlock, a pause and a lock) it tells the sanitizer of its caller by TS_ENTER and TS_LEAVE.
 *
 * A thread that is not under the scheduler passes through.
 */
#ifndef TS_EXPLORE_WRAPS_WRAP_H
#define TS_EXPLORE_WRAPS_WRAP_H

#include "explore/core/scheduler.h"

#include <stddef.h>
#include <time.h>

#define TS_PC          __builtin_return_address(0)
#define TS_WRAP_EXPORT __attribute__((visibility("default")))
#define TS_TAIL        __attribute__((musttail))

/* Absent in a program without ThreadSanitizer. */
__attribute__((weak)) void __tsan_acquire(void *address);
__attribute__((weak)) void __tsan_release(void *address);
__attribute__((weak)) void __tsan_func_entry(void *pc);
__attribute__((weak)) void __tsan_func_exit(void);
__attribute__((weak)) void __tsan_read1_pc(void *address, void *pc);

#define TS_ENTER()                                                                                           \
    do {                                                                                                     \
        if (__tsan_func_entry != NULL) {                                                                     \
            __tsan_func_entry(TS_PC);                                                                        \
        }                                                                                                    \
    } while (0)
#define TS_LEAVE()                                                                                           \
    do {                                                                                                     \
        if (__tsan_func_exit != NULL) {                                                                      \
            __tsan_func_exit();                                                                              \
        }                                                                                                    \
    } while (0)

/* The virtual time at which an absolute time of a clock comes. */
static inline int64_t ts_wrap_deadline(clockid_t clock, const struct timespec *until)
{
    int64_t at_ns = (int64_t)until->tv_sec * 1000000000 + until->tv_nsec;
    return clock == CLOCK_REALTIME ? at_ns - TS_VIRTUAL_EPOCH_NS : at_ns;
}

static inline void ts_happens_before(char *token)
{
    if (__tsan_release != NULL) {
        __tsan_release(token);
    }
}

static inline void ts_happens_after(char *token)
{
    if (__tsan_acquire != NULL) {
        __tsan_acquire(token);
    }
}

#endif
