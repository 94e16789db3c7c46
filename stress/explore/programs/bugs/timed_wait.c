// A customer takes the timeout of a timed wait for "not delivered" without looking at the predicate again.
// Fails when: the delivery gets the mutex between the timeout and the customer's return from the wait.
// Preemptions: 0 (a timeout is no preemption; the order in which the two get the mutex decides).
#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <time.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t arrived = PTHREAD_COND_INITIALIZER;
static int delivered, cancelled;

static void *order(void *arg)
{
    struct timespec until;
    int error = 0;
    (void)arg;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += 1;
    pthread_mutex_lock(&lock);
    while (!delivered && error != ETIMEDOUT) {
        error = pthread_cond_timedwait(&arrived, &lock, &until);
    }
    if (error == ETIMEDOUT) {
        cancelled = 1;
    }
    assert(!(cancelled && delivered));
    pthread_mutex_unlock(&lock);
    return NULL;
}

static void *deliver(void *arg)
{
    (void)arg;
    pthread_mutex_lock(&lock);
    if (!cancelled) {
        delivered = 1;
    }
    pthread_cond_signal(&arrived);
    pthread_mutex_unlock(&lock);
    return NULL;
}

int main(void)
{
    pthread_t customer, carrier;
    pthread_create(&customer, NULL, order, NULL);
    pthread_create(&carrier, NULL, deliver, NULL);
    pthread_join(customer, NULL);
    pthread_join(carrier, NULL);
    return 0;
}
