// A sleep of ten milliseconds stands for "the other will have finished by then".
// Fails when: the sleep ends before the other thread's store.
// Preemptions: 0 (a sleep that ends is no preemption; the other has not run yet).
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

static atomic_int ready;

static void *prepare(void *arg)
{
    (void)arg;
    atomic_store(&ready, 1);
    return NULL;
}

static void *use(void *arg)
{
    (void)arg;
    usleep(10000);
    assert(atomic_load(&ready));
    return NULL;
}

int main(void)
{
    pthread_t user, preparer;
    pthread_create(&preparer, NULL, prepare, NULL);
    pthread_create(&user, NULL, use, NULL);
    pthread_join(user, NULL);
    pthread_join(preparer, NULL);
    return 0;
}
