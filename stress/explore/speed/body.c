/* What is scheduled: instrumented like any program. */
#include "explore/speed/body.h"

#include <assert.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>

static struct {
    _Atomic unsigned tail;
    _Atomic unsigned full[4];
    unsigned slot[4];
} queue;

static void *produce(void *argument)
{
    unsigned me = (unsigned)(uintptr_t)argument;
    for (unsigned i = 0; i < 2; i++) {
        unsigned at = atomic_fetch_add_explicit(&queue.tail, 1, memory_order_relaxed) % 4;
        queue.slot[at] = 10 * me + i;
        atomic_store_explicit(&queue.full[at], 1, memory_order_release); /* FULL release */
    }
    return NULL;
}

static void *consume(void *argument)
{
    uintptr_t sum = 0;
    (void)argument;
    for (unsigned at = 0; at < 4; at++) {
        while (atomic_load_explicit(&queue.full[at], memory_order_acquire) == 0) { /* FULL acquire */
        }
        sum += queue.slot[at];
        atomic_store_explicit(&queue.full[at], 0,
                              memory_order_relaxed); /* the next schedule comes after a join */
    }
    return (void *)sum;
}

void ts_speed_queue(void)
{
    pthread_t threads[3];
    void *sum = NULL;
    pthread_create(&threads[0], NULL, produce, (void *)1);
    pthread_create(&threads[1], NULL, produce, (void *)2);
    pthread_create(&threads[2], NULL, consume, NULL);
    pthread_join(threads[0], NULL);
    pthread_join(threads[1], NULL);
    pthread_join(threads[2], &sum);
    assert((uintptr_t)sum == 62);
}

static void *give_way(void *argument)
{
    for (int i = 0; i < TS_SPEED_YIELDS; i++) {
        sched_yield();
    }
    return argument;
}

void ts_speed_yields(void)
{
    pthread_t threads[2];
    pthread_create(&threads[0], NULL, give_way, NULL);
    pthread_create(&threads[1], NULL, give_way, NULL);
    pthread_join(threads[0], NULL);
    pthread_join(threads[1], NULL);
}
