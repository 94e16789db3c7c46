/*
 * Clocks: all of them show virtual time, those of the processor's time too (from 0: what a step takes is
 * virtual, whoever does it). A reading is a point, and one that is repeated counts as spinning.
 *
 * Not modelled: clocks of devices, and timers (timer_create, timerfd, alarm), which go by real time.
 */
#include "explore/wraps/wrap.h"

#include <sys/time.h>

TS_WRAPPED(int, clock_gettime, clockid_t clock, struct timespec *now);
TS_WRAPPED(int, gettimeofday, struct timeval *now, void *zone);
TS_WRAPPED(time_t, time, time_t *now);
TS_WRAPPED(int, timespec_get, struct timespec *now, int base);
TS_WRAPPED(clock_t, clock, void);

/* Linux, include/linux/posix-timers.h: a negative number is a clock of a process or a thread, or of a device.
 */
#define DEVICE_MASK  7
#define DEVICE_CLOCK 3

static bool is_virtual(clockid_t clock)
{
    return clock < 0 ? (clock & DEVICE_MASK) != DEVICE_CLOCK : clock <= CLOCK_TAI;
}

/* What the clock shows, after a point. The sanitizer hears of the program's memory that is written. */
static int64_t read_clock(clockid_t clock, void *now, size_t size, void *pc)
{
    ts_sched_point(ts_self, TS_OP_CLOCK, NULL, false, pc);
    if (now != NULL && __tsan_write_range_pc != NULL) {
        __tsan_write_range_pc(now, size, pc);
    }
    return ts_wrap_origin(clock) + ts_sched_now();
}

static void put(struct timespec *now, int64_t shown_ns)
{
    now->tv_sec = shown_ns / 1000000000;
    now->tv_nsec = shown_ns % 1000000000;
}

int __wrap_clock_gettime(clockid_t clock, struct timespec *now)
{
    if (ts_self == NULL || !is_virtual(clock)) {
        return __real_clock_gettime(clock, now);
    }
    put(now, read_clock(clock, now, sizeof *now, TS_PC));
    return 0;
}

int __wrap_gettimeofday(struct timeval *now, void *zone)
{
    if (ts_self == NULL) {
        return __real_gettimeofday(now, zone);
    }
    int64_t shown_ns = read_clock(CLOCK_REALTIME, now, sizeof *now, TS_PC);
    if (now != NULL) {
        now->tv_sec = shown_ns / 1000000000;
        now->tv_usec = shown_ns % 1000000000 / 1000;
    }
    if (zone != NULL) {
        *(struct timezone *)zone = (struct timezone){0, 0};
    }
    return 0;
}

time_t __wrap_time(time_t *now)
{
    if (ts_self == NULL) {
        return __real_time(now);
    }
    time_t shown = read_clock(CLOCK_REALTIME, now, sizeof *now, TS_PC) / 1000000000;
    if (now != NULL) {
        *now = shown;
    }
    return shown;
}

int __wrap_timespec_get(struct timespec *now, int base)
{
    if (ts_self == NULL || base != TIME_UTC) {
        return __real_timespec_get(now, base);
    }
    put(now, read_clock(CLOCK_REALTIME, now, sizeof *now, TS_PC));
    return base;
}

clock_t __wrap_clock(void)
{
    if (ts_self == NULL) {
        return __real_clock();
    }
    return read_clock(CLOCK_PROCESS_CPUTIME_ID, NULL, 0, TS_PC) / (1000000000 / CLOCKS_PER_SEC);
}
