/* Concurrency Kit's linked queue, with entries recycled as its own test does. */
#include "bench/queues/pool.h"

#include <ck_fifo.h>
#include <stdbool.h>

struct queue {
    struct ck_fifo_spsc fifo;
    ck_fifo_spsc_entry_t *entries;
    uint32_t used, slots;
    unsigned char *pool;
};

#define QUEUE_OF(slot) struct queue

TS_CONTEST_INLINE bool put(struct queue *queue, uint64_t number, uint32_t size, uint32_t slot,
                           const struct ts_contest_plan *plan)
{
    ck_fifo_spsc_entry_t *entry = ck_fifo_spsc_recycle(&queue->fifo);
    if (entry == NULL) {
        if (queue->used == queue->slots) {
            return false;
        }
        entry = &queue->entries[queue->used++];
    }
    ck_fifo_spsc_enqueue(&queue->fifo, entry, pool_write(queue->pool, number, size, slot, plan));
    return true;
}

TS_CONTEST_INLINE bool get(struct queue *queue, uint32_t size, uint32_t slot, struct ts_contest_sink *sink)
{
    void *carried;
    if (!ck_fifo_spsc_dequeue(&queue->fifo, &carried)) {
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
    queue->slots = ts_contest_slots(slot);
    queue->entries = calloc(queue->slots, sizeof *queue->entries);
    queue->pool = pool_create();
    queue->used = 1;
    ck_fifo_spsc_init(&queue->fifo, &queue->entries[0]);
    return queue;
}

static void destroy_queue(struct queue *queue, uint32_t slot)
{
    (void)slot;
    free(queue->pool);
    free(queue->entries);
    free(queue);
}

#define CONTESTANT      ts_contest_ck_fifo
#define CONTESTANT_NAME "ck_fifo"
#include "bench/queues/loops.h"
