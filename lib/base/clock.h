/*
 * Monotonic clock, replaceable.
 *
 * All of the project reads time here, so that a run under virtual time or with a faulty clock needs one hook.
 *
 * Threads: ts_clock_ns may be called by any thread; it synchronises with nobody. ts_clock_replace only while
 * no other thread of the process runs. Units: nanoseconds since an arbitrary start (ts_clock_ns), since the
 * Unix epoch (ts_clock_wall_ns).
 */
#ifndef TS_BASE_CLOCK_H
#define TS_BASE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#define TS_NS_PER_US 1000LL
#define TS_NS_PER_MS 1000000LL
#define TS_NS_PER_S  1000000000LL

typedef int64_t (*ts_clock_source)(void);

int64_t ts_clock_ns(void);
int64_t ts_clock_wall_ns(void);

/* Whether less than duration_ns has gone since start_ns. For waits that must end whatever the clock does: a
 * clock that stands before the start, which was then read in a jump, has waited long enough. */
static inline bool ts_clock_within(int64_t start_ns, int64_t duration_ns)
{
    int64_t now_ns = ts_clock_ns();
    return now_ns >= start_ns && now_ns - start_ns < duration_ns;
}

/* NULL puts the system's clock back. */
void ts_clock_replace(ts_clock_source source);

/* Sleeps for at least duration_ns, through signals; returns at once for a duration <= 0. */
void ts_sleep_ns(int64_t duration_ns);

#endif
