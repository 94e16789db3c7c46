// A customer who gives up after a second unless it was delivered to; each timeout is followed by a look.
// Right because: the predicate decides, not what the timed wait returned; and after a timeout it is tried
// once more.
// Twin of: timed_wait.c
#include <assert.h>
#include <pthread.h>
#include <time.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t arrived = PTHREAD_COND_INITIALIZER;
static int delivered, cancelled;

static void *order(void *arg)
{
    (void)arg;
    pthread_mutex_lock(&lock);
    for (int attempt = 0; attempt < 2 && !delivered; attempt++) {
        struct timespec until;
        int error = 0;
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_sec += 1;
        while (!delivered && error == 0) {
            error = pthread_cond_timedwait(&arrived, &lock, &until);
        }
    }
    if (!delivered) {
        cancelled = 1;
    }
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
    assert(delivered != cancelled);
    return 0;
}
