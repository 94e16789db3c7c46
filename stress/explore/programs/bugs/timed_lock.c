// A timed lock that was not got in time is taken for got.
// Fails when: the timeout passes while the other thread is inside.
// Preemptions: 1 (the other thread, between its load and its store).
#include <assert.h>
#include <pthread.h>
#include <time.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int value;

static void *bump_in_time(void *arg)
{
    struct timespec until;
    (void)arg;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += 1;
    int missed = pthread_mutex_timedlock(&lock, &until);
    value++;
    if (!missed) {
        pthread_mutex_unlock(&lock);
    }
    return NULL;
}

static void *bump(void *arg)
{
    (void)arg;
    pthread_mutex_lock(&lock);
    int seen = value;
    value = seen + 1;
    pthread_mutex_unlock(&lock);
    return NULL;
}

int main(void)
{
    pthread_t hasty, steady;
    pthread_create(&steady, NULL, bump, NULL);
    pthread_create(&hasty, NULL, bump_in_time, NULL);
    pthread_join(steady, NULL);
    pthread_join(hasty, NULL);
    assert(value == 2);
    return 0;
}
