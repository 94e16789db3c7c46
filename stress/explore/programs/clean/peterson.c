// Peterson's lock on sequentially consistent atomics round a plain counter.
// Right because: each wants first, gives way second, and waits while the other wants and has the right of
// way.
// Twin of: peterson_order.c, dekker_plain.c
#include <assert.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

static atomic_int wants[2], turn;
static int value;

static void *bump(void *arg)
{
    int self = *(int *)arg, other = 1 - self;
    for (int i = 0; i < 2; i++) {
        atomic_store(&wants[self], 1);
        atomic_store(&turn, other);
        while (atomic_load(&wants[other]) && atomic_load(&turn) == other) {
            sched_yield();
        }
        value++;
        atomic_store(&wants[self], 0);
    }
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
    assert(value == 4);
    return 0;
}
