/*
 * Giving way and sleeping. A sleep ends when its virtual time has come, and is never cut short: what remains
 * is not written. One of no time at all gives way. (pthread_yield is sched_yield by another name: glibc's
 * header says so.)
 */
#include "explore/wraps/wrap.h"

#include <errno.h>
#include <sched.h>
#include <unistd.h>

TS_WRAPPED(int, sched_yield, void);
TS_WRAPPED(int, nanosleep, const struct timespec *duration, struct timespec *left);
TS_WRAPPED(int, clock_nanosleep, clockid_t clock, int flags, const struct timespec *time,
           struct timespec *left);
TS_WRAPPED(int, usleep, useconds_t us);
TS_WRAPPED(unsigned, sleep, unsigned seconds);

void ts_wrap_sleep(int64_t deadline_ns, const void *pc)
{
    struct ts_op op = {
        .kind = TS_OP_SLEEP, .gate = TS_GATE_TIME, .cancels = true, .pc = pc, .deadline_ns = deadline_ns};
    if (deadline_ns <= ts_sched_now()) {
        ts_sched_point(ts_self, TS_OP_YIELD, NULL, false, pc);
    } else {
        (void)ts_sched_reach(ts_self, &op);
    }
    ts_wrap_cancellation(ts_self);
}

int __wrap_sched_yield(void)
{
    if (ts_self == NULL) {
        return __real_sched_yield();
    }
    ts_sched_point(ts_self, TS_OP_YIELD, NULL, false, TS_PC);
    return 0;
}

static bool is_duration(const struct timespec *duration)
{
    return duration->tv_sec >= 0 && ts_wrap_is_time(duration);
}

int __wrap_nanosleep(const struct timespec *duration, struct timespec *left)
{
    if (ts_self == NULL) {
        return __real_nanosleep(duration, left);
    }
    if (!is_duration(duration)) {
        errno = EINVAL;
        return -1;
    }
    ts_wrap_sleep(ts_wrap_later(ts_wrap_ns(duration->tv_sec, duration->tv_nsec)), TS_PC);
    return 0;
}

/* Clocks that cannot be slept by are refused by the real call. */
int __wrap_clock_nanosleep(clockid_t clock, int flags, const struct timespec *time, struct timespec *left)
{
    bool can = clock >= 0 && clock <= CLOCK_TAI && clock != CLOCK_THREAD_CPUTIME_ID &&
               clock != CLOCK_MONOTONIC_RAW && clock != CLOCK_REALTIME_COARSE &&
               clock != CLOCK_MONOTONIC_COARSE;
    if (ts_self == NULL || !can) {
        return __real_clock_nanosleep(clock, flags, time, left);
    }
    if (!is_duration(time)) {
        return EINVAL;
    }
    bool absolute = (flags & TIMER_ABSTIME) != 0;
    ts_wrap_sleep(absolute ? ts_wrap_deadline(clock, time)
                           : ts_wrap_later(ts_wrap_ns(time->tv_sec, time->tv_nsec)),
                  TS_PC);
    return 0;
}

int __wrap_usleep(useconds_t us)
{
    if (ts_self == NULL) {
        return __real_usleep(us);
    }
    ts_wrap_sleep(ts_wrap_later((int64_t)us * 1000), TS_PC);
    return 0;
}

unsigned __wrap_sleep(unsigned seconds)
{
    if (ts_self == NULL) {
        return __real_sleep(seconds);
    }
    ts_wrap_sleep(ts_wrap_later((int64_t)seconds * 1000000000), TS_PC);
    return 0;
}
