// A semaphore that should admit one starts at two: two threads are inside, and a count is lost.
// Fails when: one thread's load of `admitted` comes between the other's load and store of it.
// Preemptions: 1 (one thread, between its load and its store).
#include <assert.h>
#include <pthread.h>
#include <semaphore.h>

static sem_t gate;
static int admitted;

static void *enter(void *arg)
{
    (void)arg;
    sem_wait(&gate);
    int seen = admitted;
    admitted = seen + 1;
    sem_post(&gate);
    return NULL;
}

int main(void)
{
    pthread_t threads[2];
    sem_init(&gate, 0, 2);
    for (int i = 0; i < 2; i++) {
        pthread_create(&threads[i], NULL, enter, NULL);
    }
    for (int i = 0; i < 2; i++) {
        pthread_join(threads[i], NULL);
    }
    assert(admitted == 2);
    sem_destroy(&gate);
    return 0;
}
