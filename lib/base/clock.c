#include "base/clock.h"

#include <errno.h>
#include <stddef.h>
#include <time.h>

static int64_t read_clock(clockid_t id)
{
    struct timespec now;
    clock_gettime(id, &now);
    return (int64_t)now.tv_sec * TS_NS_PER_S + now.tv_nsec;
}

static int64_t system_clock(void)
{
    return read_clock(CLOCK_MONOTONIC);
}

static ts_clock_source active_source = system_clock;

int64_t ts_clock_ns(void)
{
    return active_source();
}

int64_t ts_clock_wall_ns(void)
{
    return read_clock(CLOCK_REALTIME);
}

void ts_clock_replace(ts_clock_source source)
{
    active_source = source != NULL ? source : system_clock;
}

void ts_sleep_ns(int64_t duration_ns)
{
    if (duration_ns <= 0) {
        return;
    }
    struct timespec left = {.tv_sec = duration_ns / TS_NS_PER_S, .tv_nsec = duration_ns % TS_NS_PER_S};
    while (nanosleep(&left, &left) != 0 && errno == EINTR) {
    }
}
