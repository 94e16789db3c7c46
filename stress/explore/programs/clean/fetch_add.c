// Counters of three threads, relaxed.
// Right because: each increment is one read-modify-write, and join orders the last look after all of them.
// Twin of: lost_update_atomic.c
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>

enum { COUNTERS = 3, ROUNDS = 2 };

static atomic_int hits;

static void *count(void *arg)
{
    (void)arg;
    for (int i = 0; i < ROUNDS; i++) {
        atomic_fetch_add_explicit(&hits, 1, memory_order_relaxed);
    }
    return NULL;
}

int main(void)
{
    pthread_t threads[COUNTERS];
    for (int i = 0; i < COUNTERS; i++) {
        pthread_create(&threads[i], NULL, count, NULL);
    }
    for (int i = 0; i < COUNTERS; i++) {
        pthread_join(threads[i], NULL);
    }
    assert(atomic_load_explicit(&hits, memory_order_relaxed) == COUNTERS * ROUNDS);
    return 0;
}
