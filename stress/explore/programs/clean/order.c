// Setters fill the two halves of a pair, a checker looks at both.
// Right because: pair and look are each one critical section of the same lock.
// Twin of: order.c
#include <assert.h>
#include <pthread.h>

#ifndef THREADS
#define THREADS 3
#endif

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int first, second;

static void *set(void *arg)
{
    (void)arg;
    pthread_mutex_lock(&lock);
    first = 1;
    second = -1;
    pthread_mutex_unlock(&lock);
    return NULL;
}

static void *check(void *arg)
{
    (void)arg;
    pthread_mutex_lock(&lock);
    assert(first + second == 0);
    pthread_mutex_unlock(&lock);
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
