// A spin lock that tests with one operation and sets with another.
// Fails when: both threads load 0 before either stores 1.
// Preemptions: 2 (one thread between its test and its set, the other inside).
#include <assert.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

static atomic_int locked, inside;

static void *enter(void *arg)
{
    (void)arg;
    while (atomic_load(&locked)) {
        sched_yield();
    }
    atomic_store(&locked, 1);
    assert(atomic_fetch_add(&inside, 1) == 0);
    atomic_fetch_sub(&inside, 1);
    atomic_store(&locked, 0);
    return NULL;
}

int main(void)
{
    pthread_t threads[2];
    for (int i = 0; i < 2; i++) {
        pthread_create(&threads[i], NULL, enter, NULL);
    }
    for (int i = 0; i < 2; i++) {
        pthread_join(threads[i], NULL);
    }
    return 0;
}
