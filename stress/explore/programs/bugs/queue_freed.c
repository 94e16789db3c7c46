// A consumer says that it is done while it still uses the queue; main frees the queue as soon as it is said.
// Fails when: main's store of DEAD and free() come between the consumer's `done = 1` and its last look at the
// queue.
// Preemptions: 1 (the consumer, after `done = 1`).
#include <assert.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>

enum { ALIVE = 0x11fe, DEAD = 0xdead };

struct queue {
    char storage[48]; // what malloc writes into a freed block stays in here
    atomic_int magic;
};

static atomic_int done;

static void *consume(void *arg)
{
    struct queue *queue = arg;
    atomic_store(&done, 1);
    assert(atomic_load(&queue->magic) == ALIVE);
    return NULL;
}

int main(void)
{
    pthread_t consumer;
    struct queue *queue = calloc(1, sizeof *queue);
    if (queue == NULL) {
        return 2;
    }
    atomic_init(&queue->magic, ALIVE);
    pthread_create(&consumer, NULL, consume, queue);
    while (!atomic_load(&done)) {
        sched_yield();
    }
    atomic_store(&queue->magic, DEAD);
    free(queue);
    pthread_join(consumer, NULL);
    return 0;
}
