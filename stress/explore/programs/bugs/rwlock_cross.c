// Two tables with a reader-writer lock each: each thread reads one while it writes the other, in opposite
// directions.
// Fails when: both threads' rdlock come before either's wrlock.
// Preemptions: 1 (one thread, between its rdlock and its wrlock).
#include <pthread.h>

static pthread_rwlock_t lock[2] = {PTHREAD_RWLOCK_INITIALIZER, PTHREAD_RWLOCK_INITIALIZER};
static int table[2] = {1, 2};

static void *copy(void *arg)
{
    int from = *(int *)arg, to = 1 - from;
    pthread_rwlock_rdlock(&lock[from]);
    pthread_rwlock_wrlock(&lock[to]);
    table[to] = table[from];
    pthread_rwlock_unlock(&lock[to]);
    pthread_rwlock_unlock(&lock[from]);
    return NULL;
}

int main(void)
{
    static int from[2] = {0, 1};
    pthread_t threads[2];
    for (int i = 0; i < 2; i++) {
        pthread_create(&threads[i], NULL, copy, &from[i]);
    }
    for (int i = 0; i < 2; i++) {
        pthread_join(threads[i], NULL);
    }
    return 0;
}
