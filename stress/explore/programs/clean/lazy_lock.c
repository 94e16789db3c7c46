// The lock itself is made on first use.
// Right because: it is published by compare-and-swap, and who loses takes the winner's.
// Twin of: lazy_lock.c
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>

static pthread_mutex_t made[2] = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER};
static _Atomic(pthread_mutex_t *) lock;
static int value;

static void *use(void *arg)
{
    pthread_mutex_t *mine = atomic_load(&lock);
    if (mine == NULL && atomic_compare_exchange_strong(&lock, &mine, arg)) {
        mine = arg;
    }
    pthread_mutex_lock(mine);
    value++;
    pthread_mutex_unlock(mine);
    return NULL;
}

int main(void)
{
    pthread_t threads[2];
    for (int i = 0; i < 2; i++) {
        pthread_create(&threads[i], NULL, use, &made[i]);
    }
    for (int i = 0; i < 2; i++) {
        pthread_join(threads[i], NULL);
    }
    assert(value == 2);
    return 0;
}
