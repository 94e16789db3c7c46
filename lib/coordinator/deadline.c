#include "coordinator/deadline.h"

#include "base/clock.h"
#include "coordinator/coordinator.h"

#include <errno.h>
#include <time.h>

/* No wait of ours is longer; keeps sums within range. */
#define LONGEST_NS (INT64_C(86400) * 365 * TS_NS_PER_S)

struct ts_deadline ts_deadline_in(int64_t duration_ns)
{
    if (duration_ns == TS_WAIT_FOREVER) {
        return (struct ts_deadline){.duration_ns = TS_WAIT_FOREVER};
    }
    return (struct ts_deadline){.start_ns = duration_ns > 0 ? ts_clock_ns() : 0,
                                .duration_ns = duration_ns < LONGEST_NS ? duration_ns : LONGEST_NS};
}

int64_t ts_deadline_left_ns(const struct ts_deadline *deadline)
{
    if (deadline->duration_ns == TS_WAIT_FOREVER || deadline->duration_ns <= 0) {
        return deadline->duration_ns > 0 ? TS_WAIT_FOREVER : 0;
    }
    int64_t gone_ns = ts_clock_ns() - deadline->start_ns;
    return gone_ns >= 0 && gone_ns < deadline->duration_ns ? deadline->duration_ns - gone_ns : 0;
}

ts_err ts_deadline_wait(const struct ts_deadline *deadline, pthread_cond_t *condition, pthread_mutex_t *mutex)
{
    int error;
    if (deadline->duration_ns == TS_WAIT_FOREVER) {
        error = pthread_cond_wait(condition, mutex);
    } else {
        if (ts_deadline_left_ns(deadline) == 0) {
            return TS_TIMEOUT;
        }
        int64_t end_ns = deadline->start_ns + deadline->duration_ns;
        struct timespec end = {.tv_sec = end_ns / TS_NS_PER_S, .tv_nsec = end_ns % TS_NS_PER_S};
        error = pthread_cond_clockwait(condition, mutex, CLOCK_MONOTONIC, &end);
    }
    TS_ASSERT(error == 0 || error == ETIMEDOUT);
    return error == 0 ? TS_OK : TS_TIMEOUT;
}
