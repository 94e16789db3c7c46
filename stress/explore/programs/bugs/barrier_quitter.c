// Two workers share two jobs and meet at a barrier; a worker that finds no job left goes home without meeting
// anybody.
// Fails when: one worker takes both jobs before the other asks for one.
// Preemptions: 0 (one worker runs until it waits at the barrier).
#include <pthread.h>
#include <stdatomic.h>

enum { WORKERS = 2, JOBS = 2 };

static pthread_barrier_t all_done;
static atomic_int next_job;

static void *work(void *arg)
{
    int done = 0;
    (void)arg;
    while (atomic_fetch_add(&next_job, 1) < JOBS) {
        done++;
    }
    if (done > 0) {
        pthread_barrier_wait(&all_done);
    }
    return NULL;
}

int main(void)
{
    pthread_t workers[WORKERS];
    pthread_barrier_init(&all_done, NULL, WORKERS);
    for (int i = 0; i < WORKERS; i++) {
        pthread_create(&workers[i], NULL, work, NULL);
    }
    for (int i = 0; i < WORKERS; i++) {
        pthread_join(workers[i], NULL);
    }
    pthread_barrier_destroy(&all_done);
    return 0;
}
