// Main waits for a worker by the clock, in a loop, for a second at most; then it takes it for granted.
// Fails when: the second goes by before the worker has said that it is ready.
// Preemptions: 0 (time passes).
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <time.h>

static atomic_int ready;
static int built;

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void *build(void *unused)
{
    for (int i = 0; i < 20; i++) {
        built++;
    }
    atomic_store(&ready, 1);
    return unused;
}

int main(void)
{
    pthread_t worker;
    pthread_create(&worker, NULL, build, NULL);
    int64_t until_ms = now_ms() + 1000;
    while (!atomic_load(&ready) && now_ms() < until_ms) {
    }
    assert(atomic_load(&ready));
    pthread_join(worker, NULL);
    return 0;
}
