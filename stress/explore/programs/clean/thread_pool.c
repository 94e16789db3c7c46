// A pool of two workers that take jobs off a list until it is closed and empty.
// Right because: list and closing are changed under one lock, and workers look at both after each wait.
// Twin of: queue_gap.c
#include <assert.h>
#include <pthread.h>

enum { WORKERS = 2, JOBS = 4 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int queued, taken, closed, done[JOBS];

static void *work(void *arg)
{
    (void)arg;
    for (;;) {
        pthread_mutex_lock(&lock);
        while (taken == queued && !closed) {
            pthread_cond_wait(&changed, &lock);
        }
        if (taken == queued) {
            pthread_mutex_unlock(&lock);
            return NULL;
        }
        int job = taken++;
        pthread_mutex_unlock(&lock);
        done[job]++;
    }
}

int main(void)
{
    pthread_t workers[WORKERS];
    for (int i = 0; i < WORKERS; i++) {
        pthread_create(&workers[i], NULL, work, NULL);
    }
    for (int i = 0; i < JOBS; i++) {
        pthread_mutex_lock(&lock);
        queued++;
        pthread_cond_signal(&changed);
        pthread_mutex_unlock(&lock);
    }
    pthread_mutex_lock(&lock);
    closed = 1;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
    for (int i = 0; i < WORKERS; i++) {
        pthread_join(workers[i], NULL);
    }
    for (int i = 0; i < JOBS; i++) {
        assert(done[i] == 1);
    }
    return 0;
}
