// A consumer counts itself among the sleepers, looks once more, and only then sleeps on a semaphore.
// Right because: either the consumer sees the item or the producer sees the sleeper; a post too many wakes
// nobody else.
// Twin of: sleeper_count.c
#include <assert.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>

static sem_t wake;
static atomic_int items, sleepers;

static void *consume(void *arg)
{
    (void)arg;
    atomic_fetch_add(&sleepers, 1);
    if (atomic_load(&items) == 0) {
        sem_wait(&wake);
    }
    atomic_fetch_sub(&sleepers, 1);
    assert(atomic_fetch_sub(&items, 1) == 1);
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
