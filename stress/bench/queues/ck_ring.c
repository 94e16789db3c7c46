/* Concurrency Kit's ring of pointers. */
#include "bench/queues/pool.h"

#include <ck_ring.h>
#include <stdbool.h>

struct queue {
    struct ck_ring ring;
    struct ck_ring_buffer *buffer;
    unsigned char *pool;
};

#define QUEUE_OF(slot) struct queue

TS_CONTEST_INLINE bool put(struct queue *queue, uint64_t number, uint32_t size, uint32_t slot,
                           const struct ts_contest_plan *plan)
{
    return ck_ring_enqueue_spsc(&queue->ring, queue->buffer,
                                pool_write(queue->pool, number, size, slot, plan));
}

TS_CONTEST_INLINE bool get(struct queue *queue, uint32_t size, uint32_t slot, struct ts_contest_sink *sink)
{
    void *carried;
    if (!ck_ring_dequeue_spsc(&queue->ring, queue->buffer, &carried)) {
        return false;
    }
    pool_read(carried, size, slot, sink);
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
    (void)plan;
    struct queue *queue = aligned_alloc(64, (sizeof *queue + 63) / 64 * 64);
    ck_ring_init(&queue->ring, ts_contest_slots(slot));
    queue->buffer = calloc(ts_contest_slots(slot), sizeof *queue->buffer);
    queue->pool = pool_create();
    return queue;
}

static void destroy_queue(struct queue *queue, uint32_t slot)
{
    (void)slot;
    free(queue->pool);
    free(queue->buffer);
    free(queue);
}

#define CONTESTANT      ts_contest_ck_ring
#define CONTESTANT_NAME "ck_ring"
#include "bench/queues/loops.h"
