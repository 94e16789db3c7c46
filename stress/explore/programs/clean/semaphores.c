// Two players hand a ball to each other by two semaphores; the score is plain.
// Right because: each post comes after the change that the other side's wait is for.
// Twin of: semaphore_count.c
#include <assert.h>
#include <pthread.h>
#include <semaphore.h>

enum { ROUNDS = 3 };

static sem_t turn[2];
static int hits;

static void *play(void *arg)
{
    int self = *(int *)arg;
    for (int i = 0; i < ROUNDS; i++) {
        sem_wait(&turn[self]);
        assert(hits == 2 * i + self);
        hits++;
        sem_post(&turn[1 - self]);
    }
    return NULL;
}

int main(void)
{
    static int ids[2] = {0, 1};
    pthread_t players[2];
    sem_init(&turn[0], 0, 1);
    sem_init(&turn[1], 0, 0);
    for (int i = 0; i < 2; i++) {
        pthread_create(&players[i], NULL, play, &ids[i]);
    }
    for (int i = 0; i < 2; i++) {
        pthread_join(players[i], NULL);
    }
    assert(hits == 2 * ROUNDS);
    sem_destroy(&turn[0]);
    sem_destroy(&turn[1]);
    return 0;
}
