// Dining philosophers who all take the left fork first.
// Fails when: every thread takes its first fork before any takes its second.
// Preemptions: 1 (the first thread, between its locks; then from the last one down all block).
#include <pthread.h>

#ifndef THREADS
#define THREADS 3
#endif

static pthread_mutex_t fork_lock[THREADS];
static int meals[THREADS];

static void *dine(void *arg)
{
    int seat = *(int *)arg;
    pthread_mutex_lock(&fork_lock[seat]);
    pthread_mutex_lock(&fork_lock[(seat + 1) % THREADS]);
    meals[seat]++;
    pthread_mutex_unlock(&fork_lock[(seat + 1) % THREADS]);
    pthread_mutex_unlock(&fork_lock[seat]);
    return NULL;
}

int main(void)
{
    static int seats[THREADS];
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++) {
        seats[i] = i;
        pthread_mutex_init(&fork_lock[i], NULL);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_create(&threads[i], NULL, dine, &seats[i]);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
    }
    return 0;
}
