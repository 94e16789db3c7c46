// A consumer that finds nothing counts itself among the sleepers and sleeps on a semaphore; a producer wakes
// only those that it sees counted.
// Fails when: the producer adds its item and looks at `sleepers` between the consumer's look at `items` and
// its counting.
// Preemptions: 1 (the consumer, between its look and its counting).
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>

static sem_t wake;
static atomic_int items, sleepers;

static void *consume(void *arg)
{
    (void)arg;
    if (atomic_load(&items) == 0) {
        atomic_fetch_add(&sleepers, 1);
        sem_wait(&wake);
    }
    atomic_fetch_sub(&items, 1);
    return NULL;
}

static void *produce(void *arg)
{
    (void)arg;
    atomic_fetch_add(&items, 1);
    if (atomic_load(&sleepers) > 0) {
        sem_post(&wake);
    }
    return NULL;
}

int main(void)
{
    pthread_t consumer, producer;
    sem_init(&wake, 0, 0);
    pthread_create(&consumer, NULL, consume, NULL);
    pthread_create(&producer, NULL, produce, NULL);
    pthread_join(consumer, NULL);
    pthread_join(producer, NULL);
    sem_destroy(&wake);
    return 0;
}
