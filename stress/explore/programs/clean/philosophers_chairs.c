// Dining philosophers with forks that are semaphores, who all take the left one first, and one chair too few.
// Right because: with one of them standing there is a fork for the last.
// Twin of: lock_cycle.c
#include <pthread.h>
#include <semaphore.h>

enum { THREADS = 3 };

static sem_t chairs, forks[THREADS];

static void *dine(void *arg)
{
    int seat = *(int *)arg;
    sem_wait(&chairs);
    sem_wait(&forks[seat]);
    sem_wait(&forks[(seat + 1) % THREADS]);
    sem_post(&forks[(seat + 1) % THREADS]);
    sem_post(&forks[seat]);
    sem_post(&chairs);
    return NULL;
}

int main(void)
{
    static int seats[THREADS];
    pthread_t threads[THREADS];
    sem_init(&chairs, 0, THREADS - 1);
    for (int i = 0; i < THREADS; i++) {
        seats[i] = i;
        sem_init(&forks[i], 0, 1);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_create(&threads[i], NULL, dine, &seats[i]);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
    }
    return 0;
}
