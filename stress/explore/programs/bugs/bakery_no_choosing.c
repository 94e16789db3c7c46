// The bakery lock without its "choosing" flags: a ticket may be drawn long before it can be seen.
// Fails when: both threads compute the same ticket, the second shows its own and enters, then the first shows
// its ticket, which wins the tie.
// Preemptions: 2 (thread 0 between computing and showing its ticket, thread 1 inside).
#include <assert.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

static atomic_int ticket[2], inside;

static int goes_first(int other, int self)
{
    int theirs = atomic_load(&ticket[other]), mine = atomic_load(&ticket[self]);
    return theirs != 0 && (theirs < mine || (theirs == mine && other < self));
}

static void *enter(void *arg)
{
    int self = *(int *)arg, other = 1 - self;
    int drawn = atomic_load(&ticket[other]) + 1;
    atomic_store(&ticket[self], drawn);
    while (goes_first(other, self)) {
        sched_yield();
    }
    assert(atomic_fetch_add(&inside, 1) == 0);
    atomic_fetch_sub(&inside, 1);
    atomic_store(&ticket[self], 0);
    return NULL;
}

int main(void)
{
    static int ids[2] = {0, 1};
    pthread_t threads[2];
    for (int i = 0; i < 2; i++) {
        pthread_create(&threads[i], NULL, enter, &ids[i]);
    }
    for (int i = 0; i < 2; i++) {
        pthread_join(threads[i], NULL);
    }
    return 0;
}
