// The waiter does everything right; the signaller changes the predicate and signals without the mutex.
// Fails when: both the store of `done` and the signal come between the waiter's load of `done` and its wait.
// Preemptions: 1 (the waiter, between its load and its wait, with the mutex held).
#include <pthread.h>
#include <stdatomic.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t finished = PTHREAD_COND_INITIALIZER;
static atomic_int done;

static void *await(void *arg)
{
    (void)arg;
    pthread_mutex_lock(&lock);
    while (!atomic_load(&done)) {
        pthread_cond_wait(&finished, &lock);
    }
    pthread_mutex_unlock(&lock);
    return NULL;
}

static void *finish(void *arg)
{
    (void)arg;
    atomic_store(&done, 1);
    pthread_cond_signal(&finished);
    return NULL;
}

int main(void)
{
    pthread_t waiter, worker;
    pthread_create(&waiter, NULL, await, NULL);
    pthread_create(&worker, NULL, finish, NULL);
    pthread_join(waiter, NULL);
    pthread_join(worker, NULL);
    return 0;
}
