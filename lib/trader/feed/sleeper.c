#include "trader/feed/sleeper.h"

#include "base/clock.h"

#include <time.h>

ts_err ts_sleeper_init(struct ts_sleeper *sleeper, struct ts_diag *diag)
{
    pthread_condattr_t attributes;
    sleeper->woken = false;
    int error = pthread_condattr_init(&attributes);
    if (error != 0) {
        return ts_fail_errno(diag, error, "create sleeper", "condition");
    }
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    error = pthread_cond_init(&sleeper->changed, &attributes);
    pthread_condattr_destroy(&attributes);
    if (error != 0) {
        return ts_fail_errno(diag, error, "create sleeper", "condition");
    }
    error = pthread_mutex_init(&sleeper->mutex, NULL);
    if (error != 0) {
        pthread_cond_destroy(&sleeper->changed);
        return ts_fail_errno(diag, error, "create sleeper", "mutex");
    }
    return TS_OK;
}

void ts_sleeper_fini(struct ts_sleeper *sleeper)
{
    pthread_mutex_destroy(&sleeper->mutex);
    pthread_cond_destroy(&sleeper->changed);
}

void ts_sleeper_sleep(struct ts_sleeper *sleeper, int64_t until_ns)
{
    int64_t left_ns = until_ns - ts_clock_ns();
    pthread_mutex_lock(&sleeper->mutex);
    if (!sleeper->woken && left_ns > 0) {
        struct timespec end;
        left_ns = left_ns < TS_NS_PER_S ? left_ns : TS_NS_PER_S;
        clock_gettime(CLOCK_MONOTONIC, &end);
        left_ns += end.tv_nsec;
        end.tv_sec += left_ns / TS_NS_PER_S;
        end.tv_nsec = left_ns % TS_NS_PER_S;
        /* Woken for no reason is as good as woken. */
        pthread_cond_timedwait(&sleeper->changed, &sleeper->mutex, &end);
    }
    sleeper->woken = false;
    pthread_mutex_unlock(&sleeper->mutex);
}

void ts_sleeper_wake(struct ts_sleeper *sleeper)
{
    pthread_mutex_lock(&sleeper->mutex);
    sleeper->woken = true;
    pthread_cond_signal(&sleeper->changed);
    pthread_mutex_unlock(&sleeper->mutex);
}
