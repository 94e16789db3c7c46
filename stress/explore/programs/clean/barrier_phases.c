// A barrier of one's own, used three times in a row.
// Right because: who waits waits for the phase to change, and a fast thread's next arrival does not change it
// back.
// Twin of: barrier_reuse.c
#include <pthread.h>

enum { THREADS = 2, ROUNDS = 3 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t complete = PTHREAD_COND_INITIALIZER;
static int arrived, phase;

static void meet(void)
{
    pthread_mutex_lock(&lock);
    int mine = phase;
    if (++arrived == THREADS) {
        arrived = 0;
        phase++;
        pthread_cond_broadcast(&complete);
    } else {
        while (phase == mine) {
            pthread_cond_wait(&complete, &lock);
        }
    }
    pthread_mutex_unlock(&lock);
}

static void *march(void *arg)
{
    (void)arg;
    for (int i = 0; i < ROUNDS; i++) {
        meet();
    }
    return NULL;
}

int main(void)
{
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++) {
        pthread_create(&threads[i], NULL, march, NULL);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
    }
    return 0;
}
