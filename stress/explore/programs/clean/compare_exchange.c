// A running maximum kept by compare-and-swap.
// Right because: a failed exchange loads the newer value and is tried again only while ours is greater.
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>

static atomic_int highest;

static void *offer(void *arg)
{
    int mine = *(int *)arg;
    int seen = atomic_load(&highest);
    while (seen < mine && !atomic_compare_exchange_weak(&highest, &seen, mine)) {
    }
    return NULL;
}

int main(void)
{
    static int offers[3] = {5, 9, 7};
    pthread_t threads[3];
    for (int i = 0; i < 3; i++) {
        pthread_create(&threads[i], NULL, offer, &offers[i]);
    }
    for (int i = 0; i < 3; i++) {
        pthread_join(threads[i], NULL);
    }
    assert(atomic_load(&highest) == 9);
    return 0;
}
