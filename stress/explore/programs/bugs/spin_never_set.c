// A worker that finds the lock busy gives up, and forgets to say that it is done; main spins for it.
// Fails when: the worker's trylock comes while the other thread holds the lock.
// Preemptions: 1 (the other thread, with the lock held).
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int value;
static atomic_int done;

static void *work(void *arg)
{
    (void)arg;
    if (pthread_mutex_trylock(&lock) != 0) {
        return NULL;
    }
    value++;
    pthread_mutex_unlock(&lock);
    atomic_store(&done, 1);
    return NULL;
}

static void *disturb(void *arg)
{
    (void)arg;
    pthread_mutex_lock(&lock);
    value--;
    pthread_mutex_unlock(&lock);
    return NULL;
}

int main(void)
{
    pthread_t worker, other;
    pthread_create(&other, NULL, disturb, NULL);
    pthread_create(&worker, NULL, work, NULL);
    while (!atomic_load(&done)) {
        sched_yield();
    }
    pthread_join(worker, NULL);
    pthread_join(other, NULL);
    return 0;
}
