// Producers reserve slots in order and count what they have filled; the consumer takes "one is filled" for
// "the first is".
// Fails when: the second producer fills its slot and counts it before the first fills slot 0, and the
// consumer comes then.
// Preemptions: 1 (the first producer, between reserving and filling).
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>

enum { PRODUCERS = 2 };

static atomic_int reserved, filled, slots[PRODUCERS];

static void *produce(void *arg)
{
    (void)arg;
    int slot = atomic_fetch_add(&reserved, 1);
    atomic_store(&slots[slot], 10 + slot);
    atomic_fetch_add(&filled, 1);
    return NULL;
}

static void *consume(void *arg)
{
    (void)arg;
    if (atomic_load(&filled) > 0) {
        assert(atomic_load(&slots[0]) != 0);
    }
    return NULL;
}

int main(void)
{
    pthread_t producers[PRODUCERS], consumer;
    for (int i = 0; i < PRODUCERS; i++) {
        pthread_create(&producers[i], NULL, produce, NULL);
    }
    pthread_create(&consumer, NULL, consume, NULL);
    for (int i = 0; i < PRODUCERS; i++) {
        pthread_join(producers[i], NULL);
    }
    pthread_join(consumer, NULL);
    return 0;
}
