// Peterson's lock with its two entry steps swapped: it gives way first and says only then that it wants to
// enter.
// Fails when: thread 1 gives way and is held up, thread 0 gives way, wants and enters (1 does not want yet),
// then 1 wants and enters (it is its turn).
// Preemptions: 2 (one thread between its two entry steps, the other inside).
#include <assert.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

static atomic_int wants[2], turn, inside;

static void *enter(void *arg)
{
    int self = *(int *)arg, other = 1 - self;
    atomic_store(&turn, other);
    atomic_store(&wants[self], 1);
    while (atomic_load(&wants[other]) && atomic_load(&turn) == other) {
        sched_yield();
    }
    assert(atomic_fetch_add(&inside, 1) == 0);
    atomic_fetch_sub(&inside, 1);
    atomic_store(&wants[self], 0);
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
