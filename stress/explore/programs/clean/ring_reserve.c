// Producers reserve slots in order and mark each as it is filled; the consumer waits for the marks in order.
// Right because: a slot's own mark, not a count of all, says that it is filled, and its release orders the
// item.
// Twin of: ring_reserve.c
#include <assert.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

enum { PRODUCERS = 2 };

static atomic_int reserved, marks[PRODUCERS];
static int slots[PRODUCERS];

static void *produce(void *arg)
{
    (void)arg;
    int slot = atomic_fetch_add(&reserved, 1);
    slots[slot] = 10 + slot;
    atomic_store_explicit(&marks[slot], 1, memory_order_release);
    return NULL;
}

static void *consume(void *arg)
{
    (void)arg;
    for (int i = 0; i < PRODUCERS; i++) {
        while (!atomic_load_explicit(&marks[i], memory_order_acquire)) {
            sched_yield();
        }
        assert(slots[i] == 10 + i);
    }
    return NULL;
}

int main(void)
{
    pthread_t producers[PRODUCERS], consumer;
    pthread_create(&consumer, NULL, consume, NULL);
    for (int i = 0; i < PRODUCERS; i++) {
        pthread_create(&producers[i], NULL, produce, NULL);
    }
    for (int i = 0; i < PRODUCERS; i++) {
        pthread_join(producers[i], NULL);
    }
    pthread_join(consumer, NULL);
    return 0;
}
