// Setters fill the two halves of a pair without a lock, and a checker takes a pair seen half filled for a
// broken one.
// Fails when: check() loads after some setter's `first = 1` and before every setter's `second = -1`.
// Preemptions: 1 (a setter, between its two stores), with no other setter done before.
#include <assert.h>
#include <pthread.h>

#ifndef THREADS
#define THREADS 3
#endif

static int first, second;

static void *set(void *arg)
{
    (void)arg;
    first = 1;
    second = -1;
    return NULL;
}

static void *check(void *arg)
{
    (void)arg;
    int a = first;
    int b = second;
    assert((a == 0 && b == 0) || (a == 1 && b == -1) || (a == 0 && b == -1));
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
