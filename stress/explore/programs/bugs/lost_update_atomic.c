// A counter that is atomic to load and to store, but is incremented by one load and one store: no race, a
// lost count.
// Fails when: one thread's load of `hits` comes between another's load and store of it.
// Preemptions: 1 (one thread, between its load and its store).
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>

enum { COUNTERS = 2, ROUNDS = 2 };

static atomic_int hits;

static void *count(void *arg)
{
    (void)arg;
    for (int i = 0; i < ROUNDS; i++) {
        int seen = atomic_load(&hits);
        atomic_store(&hits, seen + 1);
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
    assert(atomic_load(&hits) == COUNTERS * ROUNDS);
    return 0;
}
