// Detached threads count themselves in when they start; main waits until none is counted and takes that for
// "all done".
// Fails when: main's look at `active` comes before a thread has counted itself in.
// Preemptions: 0 (main goes on after its last create).
#include <assert.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

enum { THREADS = 2 };

static atomic_int active, finished;

static void *work(void *arg)
{
    (void)arg;
    atomic_fetch_add(&active, 1);
    atomic_fetch_add(&finished, 1);
    atomic_fetch_sub(&active, 1);
    return NULL;
}

int main(void)
{
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++) {
        pthread_create(&threads[i], NULL, work, NULL);
        pthread_detach(threads[i]);
    }
    sched_yield();
    while (atomic_load(&active) > 0) {
        sched_yield();
    }
    assert(atomic_load(&finished) == THREADS);
    return 0;
}
