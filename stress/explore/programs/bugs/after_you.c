// Two threads that meet in a door each wait until the other is through.
// Fails when: both threads' `at_door = 1` come before either's look at the other's.
// Preemptions: 1 (one thread, between its store and its look).
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

static atomic_int at_door[2];

static void *walk(void *arg)
{
    int self = *(int *)arg;
    atomic_store(&at_door[self], 1);
    while (atomic_load(&at_door[1 - self])) {
        sched_yield();
    }
    atomic_store(&at_door[self], 0);
    return NULL;
}

int main(void)
{
    static int ids[2] = {0, 1};
    pthread_t threads[2];
    for (int i = 0; i < 2; i++) {
        pthread_create(&threads[i], NULL, walk, &ids[i]);
    }
    for (int i = 0; i < 2; i++) {
        pthread_join(threads[i], NULL);
    }
    return 0;
}
