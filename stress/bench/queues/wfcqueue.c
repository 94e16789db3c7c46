/* liburcu's linked queue. It has no bound, so the consumer tells how far it is, as whoever wants one would
 * have to. */
#include "bench/queues/contest.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#define _LGPL_SOURCE
#include <urcu/wfcqueue.h>

struct node {
    struct cds_wfcq_node link;
    uint64_t words[];
};

struct queue {
    struct cds_wfcq_tail tail;
    uint64_t done_seen;
    _Alignas(64) struct cds_wfcq_head head;
    uint64_t taken;
    _Alignas(64) _Atomic uint64_t done;
    unsigned char *nodes;
};

#define QUEUE_OF(slot)  struct queue
#define NODE_SIZE(slot) (sizeof(struct node) + (slot))

TS_CONTEST_INLINE bool put(struct queue *queue, uint64_t number, uint32_t size, uint32_t slot,
                           const struct ts_contest_plan *plan)
{
    uint32_t slots = ts_contest_slots(slot);
    if (number - queue->done_seen >= slots) {
        queue->done_seen = atomic_load_explicit(&queue->done, memory_order_acquire);
        if (number - queue->done_seen >= slots) {
            return false;
        }
    }
    struct node *node = (struct node *)(void *)(queue->nodes + number % (2 * slots) * NODE_SIZE(slot));
    cds_wfcq_node_init(&node->link);
    ts_contest_write(node->words, number, size, plan);
    cds_wfcq_enqueue(&queue->head, &queue->tail, &node->link);
    return true;
}

TS_CONTEST_INLINE bool get(struct queue *queue, uint32_t size, uint32_t slot, struct ts_contest_sink *sink)
{
    (void)slot;
    struct cds_wfcq_node *link = __cds_wfcq_dequeue_nonblocking(&queue->head, &queue->tail);
    if (link == NULL || link == CDS_WFCQ_WOULDBLOCK) {
        return false;
    }
    ts_contest_read(((struct node *)link)->words, size, sink);
    queue->taken++;
    atomic_store_explicit(&queue->done, queue->taken, memory_order_release);
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
    memset(queue, 0, sizeof *queue);
    queue->nodes = calloc((size_t)2 * ts_contest_slots(slot), NODE_SIZE(slot));
    cds_wfcq_init(&queue->head, &queue->tail);
    return queue;
}

static void destroy_queue(struct queue *queue, uint32_t slot)
{
    (void)slot;
    cds_wfcq_destroy(&queue->head, &queue->tail);
    free(queue->nodes);
    free(queue);
}

#define CONTESTANT      ts_contest_wfcqueue
#define CONTESTANT_NAME "liburcu wfcqueue"
#include "bench/queues/loops.h"
