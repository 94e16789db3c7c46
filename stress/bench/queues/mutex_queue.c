/* A plain bounded queue: one mutex, two condition variables. Its way to wait is its own, whatever the policy.
 */
#include "bench/queues/contest.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

struct queue {
    pthread_mutex_t mutex;
    pthread_cond_t room, records;
    uint64_t written, read;
    unsigned char *slots;
};

#define QUEUE_OF(slot) struct queue

TS_CONTEST_INLINE bool put(struct queue *queue, uint64_t number, uint32_t size, uint32_t slot,
                           const struct ts_contest_plan *plan)
{
    pthread_mutex_lock(&queue->mutex);
    while (queue->written - queue->read == ts_contest_slots(slot)) {
        pthread_cond_wait(&queue->room, &queue->mutex);
    }
    ts_contest_write(queue->slots + queue->written % ts_contest_slots(slot) * slot, number, size, plan);
    if (queue->written++ == queue->read) {
        pthread_cond_signal(&queue->records);
    }
    pthread_mutex_unlock(&queue->mutex);
    return true;
}

TS_CONTEST_INLINE bool get(struct queue *queue, uint32_t size, uint32_t slot, struct ts_contest_sink *sink)
{
    pthread_mutex_lock(&queue->mutex);
    while (queue->written == queue->read) {
        pthread_cond_wait(&queue->records, &queue->mutex);
    }
    ts_contest_read(queue->slots + queue->read % ts_contest_slots(slot) * slot, size, sink);
    if (queue->written - queue->read++ == ts_contest_slots(slot)) {
        pthread_cond_signal(&queue->room);
    }
    pthread_mutex_unlock(&queue->mutex);
    return true;
}

static inline void put_end(struct queue *queue)
{
    (void)queue;
}

static inline void get_end(struct queue *queue)
{
    (void)queue;
}

static void *create_queue(uint32_t slot, const struct ts_contest_plan *plan)
{
    (void)slot;
    (void)plan;
    struct queue *queue = calloc(1, sizeof *queue);
    queue->slots = aligned_alloc(64, TS_CONTEST_BYTES);
    pthread_mutex_init(&queue->mutex, NULL);
    pthread_cond_init(&queue->room, NULL);
    pthread_cond_init(&queue->records, NULL);
    return queue;
}

static void destroy_queue(struct queue *queue, uint32_t slot)
{
    (void)slot;
    pthread_cond_destroy(&queue->records);
    pthread_cond_destroy(&queue->room);
    pthread_mutex_destroy(&queue->mutex);
    free(queue->slots);
    free(queue);
}

#define CONTESTANT      ts_contest_mutex
#define CONTESTANT_NAME "mutex and condvar"
#include "bench/queues/loops.h"
