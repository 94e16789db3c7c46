#include "base/clock.h"
#include "tape/source.h"

void ts_pace_init(struct ts_pace *pace, double speed)
{
    TS_ASSERT(speed >= 0); /* false for NaN as well */
    *pace = (struct ts_pace){.speed = speed};
}

int64_t ts_pace_due_ns(struct ts_pace *pace, const struct ts_tick *tick)
{
    if (pace->speed <= 0) {
        return 0;
    }
    if (!pace->started) {
        pace->started = 1;
        pace->start_clock_ns = ts_clock_ns();
        pace->start_receive_ns = tick->receive_ns;
    }
    double offset_ns = (double)(tick->receive_ns - pace->start_receive_ns) / pace->speed;
    /* A crawl (a tiny speed) reaches past the clock's range: such a tick is due never. */
    if (offset_ns >= (double)(INT64_MAX - pace->start_clock_ns)) {
        return INT64_MAX;
    }
    return pace->start_clock_ns + (int64_t)offset_ns;
}
