// Detached threads are counted in by their creator; main waits until none is counted.
// Right because: the count is up before the thread exists, and goes down as the last thing that it does.
// Twin of: counted_late.c
#include <assert.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

enum { THREADS = 2 };

static atomic_int active;
static int results[THREADS];

static void *work(void *arg)
{
    *(int *)arg = 1;
    atomic_fetch_sub(&active, 1);
    return NULL;
}

int main(void)
{
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++) {
        atomic_fetch_add(&active, 1);
        pthread_create(&threads[i], NULL, work, &results[i]);
        pthread_detach(threads[i]);
    }
    while (atomic_load(&active) > 0) {
        sched_yield();
    }
    assert(results[0] + results[1] == THREADS);
    return 0;
}
