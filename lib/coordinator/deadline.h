/*
 * Inside the coordinator: waits with an end.
 *
 * A deadline is a start and a duration, so that a wait ends whatever the clock does meanwhile
 * (ts_clock_within). Threads: under the mutex of the wait. Units: nanoseconds on the clock of base/clock.h.
 */
#ifndef TS_COORDINATOR_DEADLINE_H
#define TS_COORDINATOR_DEADLINE_H

#include "base/err.h"

#include <pthread.h>
#include <stdint.h>

struct ts_deadline {
    int64_t start_ns, duration_ns; /* TS_WAIT_FOREVER: none */
};

struct ts_deadline ts_deadline_in(int64_t duration_ns);

/* Nanoseconds left; 0 when it has passed. */
int64_t ts_deadline_left_ns(const struct ts_deadline *deadline);

/* Waits for a signal (or a spurious wake-up: ask in a loop). TS_TIMEOUT: the deadline came first. */
ts_err ts_deadline_wait(const struct ts_deadline *deadline, pthread_cond_t *condition,
                        pthread_mutex_t *mutex);

#endif
