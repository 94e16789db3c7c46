// A driver is stopped while requests use it.
// Right because: a request counts itself in first and looks at `stopping` then; the stop raises the flag
// first and counts then.
// Twin of: driver_stop.c, stop_cleanup.c
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t idle = PTHREAD_COND_INITIALIZER;
static atomic_int stopping, stopped, pending = 1;

static void leave(void)
{
    if (atomic_fetch_sub(&pending, 1) == 1) {
        pthread_mutex_lock(&lock);
        pthread_cond_signal(&idle);
        pthread_mutex_unlock(&lock);
    }
}

static void *request(void *arg)
{
    (void)arg;
    atomic_fetch_add(&pending, 1);
    if (!atomic_load(&stopping)) {
        assert(!atomic_load(&stopped));
    }
    leave();
    return NULL;
}

static void *stop(void *arg)
{
    (void)arg;
    atomic_store(&stopping, 1);
    leave();
    pthread_mutex_lock(&lock);
    while (atomic_load(&pending) > 0) {
        pthread_cond_wait(&idle, &lock);
    }
    pthread_mutex_unlock(&lock);
    atomic_store(&stopped, 1);
    return NULL;
}

int main(void)
{
    pthread_t user, stopper;
    pthread_create(&user, NULL, request, NULL);
    pthread_create(&stopper, NULL, stop, NULL);
    pthread_join(user, NULL);
    pthread_join(stopper, NULL);
    return 0;
}
