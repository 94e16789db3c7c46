/*
 * A sleep that can be ended: until a time, or until somebody wakes it.
 *
 * Threads: one sleeps, any wakes. A wake-up before the sleep ends the next one at once; none is lost.
 * Ownership: init, fini; no memory. Units: until_ns on the clock of base/clock.h. Progress: sleep blocks for
 * a second at most, so that a clock that jumps costs no more; whoever sleeps looks at the time again anyway.
 */
#ifndef TS_TRADER_FEED_SLEEPER_H
#define TS_TRADER_FEED_SLEEPER_H

#include "base/err.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

struct ts_sleeper {
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    bool woken;
};

ts_err ts_sleeper_init(struct ts_sleeper *sleeper, struct ts_diag *diag);
void ts_sleeper_fini(struct ts_sleeper *sleeper);
void ts_sleeper_sleep(struct ts_sleeper *sleeper, int64_t until_ns);
void ts_sleeper_wake(struct ts_sleeper *sleeper);

#endif
