// A record in two halves, each with its own lock.
// Right because: the writer takes the second lock before it lets go of the first, and the reader takes both
// likewise.
// Twin of: two_stage.c
#include <assert.h>
#include <pthread.h>

#ifndef THREADS
#define THREADS 2
#endif

static pthread_mutex_t price_lock = PTHREAD_MUTEX_INITIALIZER, total_lock = PTHREAD_MUTEX_INITIALIZER;
static int price, total;

static void *write_both(void *arg)
{
    (void)arg;
    pthread_mutex_lock(&price_lock);
    price = 7;
    pthread_mutex_lock(&total_lock);
    pthread_mutex_unlock(&price_lock);
    total = 70;
    pthread_mutex_unlock(&total_lock);
    return NULL;
}

static void *read_both(void *arg)
{
    (void)arg;
    pthread_mutex_lock(&price_lock);
    int seen = price;
    pthread_mutex_lock(&total_lock);
    pthread_mutex_unlock(&price_lock);
    assert(total == 10 * seen);
    pthread_mutex_unlock(&total_lock);
    return NULL;
}

int main(void)
{
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS - 1; i++) {
        pthread_create(&threads[i], NULL, write_both, NULL);
    }
    pthread_create(&threads[THREADS - 1], NULL, read_both, NULL);
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
    }
    return 0;
}
