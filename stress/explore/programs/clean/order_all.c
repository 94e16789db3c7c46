// Every setter announces itself and then delivers; the checker asks for the delivery once all have delivered.
// Right because: the checker waits for the number that it checks, on a condition variable with its predicate.
// Twin of: order_all.c
#include <assert.h>
#include <pthread.h>

#ifndef THREADS
#define THREADS 3
#endif

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t complete = PTHREAD_COND_INITIALIZER;
static int announced, delivered;

static void *set(void *arg)
{
    (void)arg;
    pthread_mutex_lock(&lock);
    announced++;
    pthread_mutex_unlock(&lock);
    pthread_mutex_lock(&lock);
    if (++delivered == THREADS - 1) {
        pthread_cond_signal(&complete);
    }
    pthread_mutex_unlock(&lock);
    return NULL;
}

static void *check(void *arg)
{
    (void)arg;
    pthread_mutex_lock(&lock);
    while (delivered < THREADS - 1) {
        pthread_cond_wait(&complete, &lock);
    }
    assert(announced == THREADS - 1);
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
