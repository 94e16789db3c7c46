// Every setter announces itself and then delivers; the checker takes "all announced, none delivered" for a
// lost delivery.
// Fails when: the checker looks after the last `announced++` and before the first `delivered++`: all setters
// half-way.
// Preemptions: THREADS - 1 (each setter once, between its two additions).
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>

#ifndef THREADS
#define THREADS 3
#endif

static atomic_int announced, delivered;

static void *set(void *arg)
{
    (void)arg;
    atomic_fetch_add(&announced, 1);
    atomic_fetch_add(&delivered, 1);
    return NULL;
}

static void *check(void *arg)
{
    (void)arg;
    int early = atomic_load(&announced); /* first: read second, one switch in here would do */
    int late = atomic_load(&delivered);
    assert(!(early == THREADS - 1 && late == 0));
    return NULL;
}

int main(void)
{
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS - 1; i++) {
        pthread_create(&threads[i], NULL, set, NULL);
    }
    pthread_create(&threads[THREADS - 1], NULL, check, NULL);
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
    }
    return 0;
}
