// A ring for one producer and one consumer, plain slots between two atomic indices.
// Right because: each side's release of its index pairs with the other's acquire, and only its owner writes
// an index.
// Twin of: ring_two_producers.c
#include <assert.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

enum { SLOTS = 2, ITEMS = 4 };

static int ring[SLOTS];
static atomic_uint head, tail;

static void *produce(void *arg)
{
    (void)arg;
    for (unsigned i = 0; i < ITEMS; i++) {
        while (i - atomic_load_explicit(&tail, memory_order_acquire) == SLOTS) {
            sched_yield();
        }
        ring[i % SLOTS] = (int)i;
        atomic_store_explicit(&head, i + 1, memory_order_release);
    }
    return NULL;
}

static void *consume(void *arg)
{
    (void)arg;
    for (unsigned i = 0; i < ITEMS; i++) {
        while (atomic_load_explicit(&head, memory_order_acquire) == i) {
            sched_yield();
        }
        assert(ring[i % SLOTS] == (int)i);
        atomic_store_explicit(&tail, i + 1, memory_order_release);
    }
    return NULL;
}

int main(void)
{
    pthread_t producer, consumer;
    pthread_create(&producer, NULL, produce, NULL);
    pthread_create(&consumer, NULL, consume, NULL);
    pthread_join(producer, NULL);
    pthread_join(consumer, NULL);
    return 0;
}
