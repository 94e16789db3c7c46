// Two workers share three jobs and meet at a barrier, whether they got any or not; one of them is told that
// it was last.
// Right because: the number that meets is the number that started.
// Twin of: barrier_quitter.c
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>

enum { WORKERS = 2, JOBS = 3 };

static pthread_barrier_t all_done;
static atomic_int next_job, last;
static int results[JOBS];

static void *work(void *arg)
{
    (void)arg;
    for (int job; (job = atomic_fetch_add(&next_job, 1)) < JOBS;) {
        results[job] = 1;
    }
    if (pthread_barrier_wait(&all_done) == PTHREAD_BARRIER_SERIAL_THREAD) {
        atomic_fetch_add(&last, 1);
    }
    int sum = 0;
    for (int i = 0; i < JOBS; i++) {
        sum += results[i];
    }
    assert(sum == JOBS);
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
    assert(atomic_load(&last) == 1);
    return 0;
}
