/* DPDK's ring: DPDK_COPY copies elements in and out; else both sides work in place, by bursts of up to BURST,
 * which are given to the other side when they are full or the side is about to wait. */
#include "bench/queues/contest.h"

#include <rte_ring.h>
#include <rte_ring_elem.h>
#include <rte_ring_peek_zc.h>
#include <stdbool.h>
#include <stdlib.h>

#ifndef BURST
#define BURST 1
#endif

struct side {
    struct rte_ring_zc_data room;
    uint32_t granted, used;
};

struct queue {
    struct rte_ring *ring;
    struct side in __attribute__((aligned(64)));
    struct side out __attribute__((aligned(64)));
};

#define QUEUE_OF(slot) struct queue

TS_CONTEST_INLINE void *place(struct side *side, uint32_t slot)
{
    uint32_t at = side->used++;
    return at < side->room.n1 ? (unsigned char *)side->room.ptr1 + at * slot
                              : (unsigned char *)side->room.ptr2 + (at - side->room.n1) * slot;
}

static inline void put_end(struct queue *queue)
{
    if (queue->in.granted > 0) {
        rte_ring_enqueue_zc_elem_finish(queue->ring, queue->in.used);
        queue->in = (struct side){0};
    }
}

static inline void get_end(struct queue *queue)
{
    if (queue->out.granted > 0) {
        rte_ring_dequeue_zc_elem_finish(queue->ring, queue->out.used);
        queue->out = (struct side){0};
    }
}

#ifdef DPDK_COPY

TS_CONTEST_INLINE bool put(struct queue *queue, uint64_t number, uint32_t size, uint32_t slot,
                           const struct ts_contest_plan *plan)
{
    struct ts_contest_record record;
    ts_contest_write(&record, number, size, plan);
    return rte_ring_sp_enqueue_elem(queue->ring, &record, slot) == 0;
}

TS_CONTEST_INLINE bool get(struct queue *queue, uint32_t size, uint32_t slot, struct ts_contest_sink *sink)
{
    struct ts_contest_record record;
    if (rte_ring_sc_dequeue_elem(queue->ring, &record, slot) != 0) {
        return false;
    }
    ts_contest_read(&record, size, sink);
    return true;
}

#else

TS_CONTEST_INLINE bool put(struct queue *queue, uint64_t number, uint32_t size, uint32_t slot,
                           const struct ts_contest_plan *plan)
{
    struct side *in = &queue->in;
    if (in->granted == 0) {
        in->granted = rte_ring_enqueue_zc_burst_elem_start(queue->ring, slot, BURST, &in->room, NULL);
        if (in->granted == 0) {
            return false;
        }
    }
    ts_contest_write(place(in, slot), number, size, plan);
    if (in->used == in->granted) {
        put_end(queue);
    }
    return true;
}

TS_CONTEST_INLINE bool get(struct queue *queue, uint32_t size, uint32_t slot, struct ts_contest_sink *sink)
{
    struct side *out = &queue->out;
    if (out->granted == 0) {
        out->granted = rte_ring_dequeue_zc_burst_elem_start(queue->ring, slot, BURST, &out->room, NULL);
        if (out->granted == 0) {
            return false;
        }
    }
    ts_contest_read(place(out, slot), size, sink);
    if (out->used == out->granted) {
        get_end(queue);
    }
    return true;
}

#endif

static void *create_queue(uint32_t slot, const struct ts_contest_plan *plan)
{
    (void)plan;
    uint32_t slots = ts_contest_slots(slot);
    struct queue *queue = aligned_alloc(64, sizeof *queue);
    memset(queue, 0, sizeof *queue);
    queue->ring = aligned_alloc(64, ((size_t)rte_ring_get_memsize_elem(slot, slots) + 63) / 64 * 64);
    if (queue->ring == NULL ||
        rte_ring_init(queue->ring, "contest", slots, RING_F_SP_ENQ | RING_F_SC_DEQ) != 0) {
        abort();
    }
    return queue;
}

static void destroy_queue(struct queue *queue, uint32_t slot)
{
    (void)slot;
    free(queue->ring);
    free(queue);
}

#include "bench/queues/loops.h"
