// Lamport's bakery for two threads, on sequentially consistent atomics.
// Right because: who waits first waits until the other has finished choosing its ticket.
// Twin of: bakery_no_choosing.c
#include <assert.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

static atomic_int choosing[2], ticket[2];
static int value;

static int goes_first(int other, int self)
{
    int theirs = atomic_load(&ticket[other]), mine = atomic_load(&ticket[self]);
    return theirs != 0 && (theirs < mine || (theirs == mine && other < self));
}

static void *bump(void *arg)
{
    int self = *(int *)arg, other = 1 - self;
    atomic_store(&choosing[self], 1);
    atomic_store(&ticket[self], atomic_load(&ticket[other]) + 1);
    atomic_store(&choosing[self], 0);
    while (atomic_load(&choosing[other])) {
        sched_yield();
    }
    while (goes_first(other, self)) {
        sched_yield();
    }
    value++;
    atomic_store(&ticket[self], 0);
    return NULL;
}

int main(void)
{
    static int ids[2] = {0, 1};
    pthread_t threads[2];
    for (int i = 0; i < 2; i++) {
        pthread_create(&threads[i], NULL, bump, &ids[i]);
    }
    for (int i = 0; i < 2; i++) {
        pthread_join(threads[i], NULL);
    }
    assert(value == 2);
    return 0;
}
