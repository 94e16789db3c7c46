// A driver is stopped while requests use it: a request looks at `stopping`, then counts itself in; the stop
// between the two finds nobody and tears the device down.
// Fails when: stop() runs to its end between request()'s load of `stopping` and its addition to `pending`.
// Preemptions: 1 (the request, between its load and its addition).
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
    if (atomic_load(&stopping)) {
        return NULL;
    }
    atomic_fetch_add(&pending, 1);
    assert(!atomic_load(&stopped));
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
