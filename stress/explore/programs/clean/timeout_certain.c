// A timed wait on a monotonic clock that nobody ever signals, and a timed lock of a mutex that is held
// meanwhile.
// Right because: both must end by their timeouts, and only by them.
#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <time.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER, held = PTHREAD_MUTEX_INITIALIZER;

static struct timespec soon(clockid_t clock)
{
    struct timespec until;
    clock_gettime(clock, &until);
    until.tv_nsec += 5000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_nsec -= 1000000000;
        until.tv_sec++;
    }
    return until;
}

static void *wait_in_vain(void *arg)
{
    pthread_condattr_t monotonic;
    pthread_cond_t never;
    int error = 0;
    (void)arg;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&never, &monotonic);
    struct timespec until = soon(CLOCK_MONOTONIC);
    pthread_mutex_lock(&lock);
    while (error == 0) {
        error = pthread_cond_timedwait(&never, &lock, &until);
    }
    pthread_mutex_unlock(&lock);
    assert(error == ETIMEDOUT);
    pthread_cond_destroy(&never);
    pthread_condattr_destroy(&monotonic);
    return NULL;
}

static void *lock_in_vain(void *arg)
{
    struct timespec until = soon(CLOCK_REALTIME);
    (void)arg;
    assert(pthread_mutex_timedlock(&held, &until) == ETIMEDOUT);
    return NULL;
}

int main(void)
{
    pthread_t waiter, locker;
    pthread_mutex_lock(&held);
    pthread_create(&waiter, NULL, wait_in_vain, NULL);
    pthread_create(&locker, NULL, lock_in_vain, NULL);
    pthread_join(waiter, NULL);
    pthread_join(locker, NULL);
    pthread_mutex_unlock(&held);
    return 0;
}
