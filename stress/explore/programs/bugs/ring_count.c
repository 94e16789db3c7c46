// A ring whose two sides share a plain count of what is in it.
// Fails when: one side's load of `count` comes between the other's load and store of it.
// Preemptions: 1 (one side, between its load and its store).
#include <assert.h>
#include <pthread.h>

enum { SLOTS = 4 };

static int ring[SLOTS] = {7}, first, count = 1;

static void *produce(void *arg)
{
    (void)arg;
    int known = count;
    ring[(first + known) % SLOTS] = 9;
    count = known + 1;
    return NULL;
}

static void *consume(void *arg)
{
    (void)arg;
    int known = count;
    if (known > 0) {
        count = known - 1;
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
    assert(count == 1);
    return 0;
}
