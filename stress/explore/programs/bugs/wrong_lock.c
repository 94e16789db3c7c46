// One thread guards the stock by its lock, WRONG others take another lock for the same stock.
// Fails when: a `stock -= 1` of take() comes between `before = stock` and the assertion of count().
// Preemptions: 1 (count, between its load and its check).
#include <assert.h>
#include <pthread.h>

#ifndef WRONG
#define WRONG 1
#endif

static pthread_mutex_t stock_lock = PTHREAD_MUTEX_INITIALIZER, order_lock = PTHREAD_MUTEX_INITIALIZER;
static int stock = 100;

static void *count(void *arg)
{
    (void)arg;
    pthread_mutex_lock(&stock_lock);
    int before = stock;
    stock += 10;
    assert(stock == before + 10);
    pthread_mutex_unlock(&stock_lock);
    return NULL;
}

static void *take(void *arg)
{
    (void)arg;
    pthread_mutex_lock(&order_lock);
    stock -= 1;
    pthread_mutex_unlock(&order_lock);
    return NULL;
}

int main(void)
{
    pthread_t counter, takers[WRONG];
    pthread_create(&counter, NULL, count, NULL);
    for (int i = 0; i < WRONG; i++) {
        pthread_create(&takers[i], NULL, take, NULL);
    }
    for (int i = 0; i < WRONG; i++) {
        pthread_join(takers[i], NULL);
    }
    pthread_join(counter, NULL);
    return 0;
}
