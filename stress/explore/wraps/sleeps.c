/*
 * Giving way and sleeping. A sleep ends when its virtual time has come, or a signal's handler cuts it short.
 * One of no time at all gives way. (pthread_yield is sched_yield by another name: glibc's header says so.)
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

bool ts_wrap_sleep(int64_t deadline_ns, enum ts_interrupts interrupts, const void *pc)
{
    struct ts_op op = {.kind = TS_OP_SLEEP,
                       .gate = TS_GATE_TIME,
                       .cancels = true,
                       .interrupts = (uint8_t)interrupts,
                       .pc = pc,
                       .deadline_ns = deadline_ns};
    bool sleeps = deadline_ns > ts_sched_now();
    if (sleeps) {
        (void)ts_sched_reach(ts_self, &op);
    } else {
        ts_sched_point(ts_self, TS_OP_YIELD, NULL, false, pc);
    }
    bool interrupted = sleeps && ts_self->interrupted;
    ts_wrap_cancellation(ts_self);
    return !interrupted;
}

static int64_t left_of(int64_t deadline_ns)
{
    return deadline_ns > ts_sched_now() ? deadline_ns - ts_sched_now() : 0;
}

static void put_left(struct timespec *left, int64_t deadline_ns)
{
    if (left != NULL) {
        *left = (struct timespec){.tv_sec = left_of(deadline_ns) / 1000000000,
                                  .tv_nsec = left_of(deadline_ns) % 1000000000};
    }
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
    int64_t deadline_ns = ts_wrap_later(ts_wrap_ns(duration->tv_sec, duration->tv_nsec));
    if (ts_wrap_sleep(deadline_ns, TS_INTERRUPTS_ALWAYS, TS_PC)) {
        return 0;
    }
    put_left(left, deadline_ns);
    return ts_wrap_interrupted();
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
    int64_t deadline_ns =
        absolute ? ts_wrap_deadline(clock, time) : ts_wrap_later(ts_wrap_ns(time->tv_sec, time->tv_nsec));
    if (ts_wrap_sleep(deadline_ns, TS_INTERRUPTS_ALWAYS, TS_PC)) {
        return 0;
    }
    put_left(absolute ? NULL : left, deadline_ns);
    return EINTR;
}

int __wrap_usleep(useconds_t us)
{
    if (ts_self == NULL) {
        return __real_usleep(us);
    }
    return ts_wrap_sleep(ts_wrap_later((int64_t)us * 1000), TS_INTERRUPTS_ALWAYS, TS_PC)
               ? 0
               : ts_wrap_interrupted();
}

unsigned __wrap_sleep(unsigned seconds)
{
    if (ts_self == NULL) {
        return __real_sleep(seconds);
    }
    int64_t deadline_ns = ts_wrap_later((int64_t)seconds * 1000000000);
    bool whole = ts_wrap_sleep(deadline_ns, TS_INTERRUPTS_ALWAYS, TS_PC);
    return whole ? 0 : (unsigned)((left_of(deadline_ns) + 500000000) / 1000000000);
}
