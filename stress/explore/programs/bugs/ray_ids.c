// Workers draw the numbers of the rays that they trace from a shared plain counter.
// Fails when: two workers load the same `next_ray` before either stores the next one: a ray is traced twice.
// Preemptions: 1 (one worker, between its load and its store).
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>

enum { RAYS = 3, WORKERS = 2 };

static int next_ray;
static atomic_int traced[RAYS + WORKERS];

static void *trace(void *arg)
{
    (void)arg;
    for (;;) {
        int ray = next_ray;
        next_ray = ray + 1;
        if (ray >= RAYS) {
            return NULL;
        }
        assert(atomic_fetch_add(&traced[ray], 1) == 0);
    }
}

int main(void)
{
    pthread_t workers[WORKERS];
    for (int i = 0; i < WORKERS; i++) {
        pthread_create(&workers[i], NULL, trace, NULL);
    }
    for (int i = 0; i < WORKERS; i++) {
        pthread_join(workers[i], NULL);
    }
    return 0;
}
