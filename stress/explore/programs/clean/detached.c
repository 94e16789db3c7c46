// Detached threads report by a semaphore; one of them detaches itself.
// Right because: main waits for as many posts as there are threads, and uses only what came before them.
#include <assert.h>
#include <pthread.h>
#include <semaphore.h>

enum { THREADS = 2 };

static sem_t done;
static int results[THREADS];

static void *work(void *arg)
{
    int *result = arg;
    if (result == &results[1]) {
        pthread_detach(pthread_self());
    }
    *result = 5;
    sem_post(&done);
    return NULL;
}

int main(void)
{
    pthread_attr_t detached;
    pthread_t threads[THREADS];
    sem_init(&done, 0, 0);
    pthread_attr_init(&detached);
    pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
    pthread_create(&threads[0], &detached, work, &results[0]);
    pthread_create(&threads[1], NULL, work, &results[1]);
    pthread_attr_destroy(&detached);
    for (int i = 0; i < THREADS; i++) {
        sem_wait(&done);
    }
    assert(results[0] + results[1] == 10);
    return 0;
}
