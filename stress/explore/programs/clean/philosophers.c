// Dining philosophers who take the fork with the lower number first.
// Right because: one order of all locks leaves no cycle.
// Twin of: lock_cycle.c
#include <assert.h>
#include <pthread.h>

#ifndef THREADS
#define THREADS 5
#endif

static pthread_mutex_t fork_lock[THREADS];
static int meals[THREADS];

static void *dine(void *arg)
{
    int seat = *(int *)arg, next = (seat + 1) % THREADS;
    int low = seat < next ? seat : next, high = seat < next ? next : seat;
    pthread_mutex_lock(&fork_lock[low]);
    pthread_mutex_lock(&fork_lock[high]);
    meals[seat]++;
    pthread_mutex_unlock(&fork_lock[high]);
    pthread_mutex_unlock(&fork_lock[low]);
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
    for (int i = 0; i < THREADS; i++) {
        assert(meals[i] == 1);
    }
    return 0;
}
