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

#include <errno.h>
#include <signal.h>
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
__attribute__((weak)) void __tsan_write_range_pc(void *address, unsigned long size, void *pc);

/* Declares a function that is wrapped, and its wrapper. */
#define TS_WRAPPED(result, name, ...)                                                                        \
    result __real_##name(__VA_ARGS__);                                                                       \
    TS_WRAP_EXPORT result __wrap_##name(__VA_ARGS__)

#define TS_ENTER() TS_ENTER_FROM(TS_PC)
#define TS_ENTER_FROM(pc)                                                                                    \
    do {                                                                                                     \
        if (__tsan_func_entry != NULL) {                                                                     \
            __tsan_func_entry(pc);                                                                           \
        }                                                                                                    \
    } while (0)
#define TS_LEAVE()                                                                                           \
    do {                                                                                                     \
        if (__tsan_func_exit != NULL) {                                                                      \
            __tsan_func_exit();                                                                              \
        }                                                                                                    \
    } while (0)

static inline bool ts_wrap_is_time(const struct timespec *time)
{
    return time->tv_nsec >= 0 && time->tv_nsec < 1000000000;
}

/* What a clock shows at virtual time 0. Clocks of what was computed start at 0. */
static inline int64_t ts_wrap_origin(clockid_t clock)
{
    switch (clock) {
    case CLOCK_REALTIME:
    case CLOCK_REALTIME_COARSE:
    case CLOCK_REALTIME_ALARM:
    case CLOCK_TAI:
        return TS_VIRTUAL_EPOCH_NS;
    case CLOCK_MONOTONIC:
    case CLOCK_MONOTONIC_RAW:
    case CLOCK_MONOTONIC_COARSE:
    case CLOCK_BOOTTIME:
    case CLOCK_BOOTTIME_ALARM:
        return TS_VIRTUAL_UPTIME_NS;
    default:
        return 0;
    }
}

/* In virtual time; TS_NEVER when it is too long to count in nanoseconds. */
static inline int64_t ts_wrap_ns(int64_t seconds, int64_t ns)
{
    return seconds > TS_NEVER / 2000000000 ? TS_NEVER : seconds * 1000000000 + ns;
}

/* The virtual time at which an absolute time of a clock comes. */
static inline int64_t ts_wrap_deadline(clockid_t clock, const struct timespec *until)
{
    int64_t at_ns = until->tv_sec < 0 ? 0 : ts_wrap_ns(until->tv_sec, until->tv_nsec);
    return at_ns == TS_NEVER ? at_ns : at_ns - ts_wrap_origin(clock);
}

/* The virtual time so much later. */
static inline int64_t ts_wrap_later(int64_t duration_ns)
{
    int64_t at_ns;
    return __builtin_add_overflow(ts_sched_now(), duration_ns, &at_ns) ? TS_NEVER : at_ns;
}

/* pthread_create, _join, _mutex_trylock, _mutex_clocklock and _cond_clockwait, called from `pc`. */
int ts_wrap_create(pthread_t *id, const pthread_attr_t *attributes, void *(*routine)(void *), void *argument,
                   void *pc);
_Noreturn void ts_wrap_end_cancelled(void);
int ts_wrap_join(pthread_t id, void **value, void *pc);
int ts_wrap_trylock(pthread_mutex_t *mutex, void *pc);
int ts_wrap_clocklock(pthread_mutex_t *mutex, clockid_t clock, const struct timespec *until, void *pc);
int ts_wrap_clockwait(pthread_cond_t *condition, pthread_mutex_t *mutex, clockid_t clock,
                      const struct timespec *until, void *pc);

/* What ends of the first thread when it has called pthread_exit: its keys are destroyed, and it waits for all
 * others. Called from a frame that the unwinding comes to, by a program that says that it has one. */
extern bool ts_wrap_first_unwinds;
void ts_wrap_leave_first(void);

/* Behind a point that is a cancellation point: the thread ends there when somebody has cancelled it. */
static inline void ts_wrap_cancellation(struct ts_sthread *self)
{
    if (ts_sched_must_end(self)) {
        ts_wrap_end_cancelled();
    }
}

/* Sleeps until then, or gives way when it has come already. False: a signal's handler cut it short. */
bool ts_wrap_sleep(int64_t deadline_ns, enum ts_interrupts interrupts, const void *pc);

/* The calling thread's mask becomes this one; returns what it was, for unmask. */
uint64_t ts_wrap_mask(struct ts_sthread *self, const sigset_t *mask);
void ts_wrap_unmask(struct ts_sthread *self, uint64_t kept);

/* What a call returns that a signal's handler cut short. */
static inline int ts_wrap_interrupted(void)
{
    errno = EINTR;
    return -1;
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
