// A barrier of one's own without phases: it is used again before everybody has left it.
// Fails when: a thread that left the first round enters the second before the other has looked at `arrived`:
// the other then finds somebody there and stays, and both wait.
// Preemptions: 0 (the order in which the two get the mutex decides).
#include <pthread.h>

enum { THREADS = 2, ROUNDS = 2 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t complete = PTHREAD_COND_INITIALIZER;
static int arrived;

static void meet(void)
{
    pthread_mutex_lock(&lock);
    if (++arrived == THREADS) {
        arrived = 0;
        pthread_cond_broadcast(&complete);
    } else {
        while (arrived != 0) {
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
