/* lib/queue/broadcast.h by the run, read by CURSORS cursors of one thread, each of which sees every record.
 */
#include "queue/broadcast.h"
#include "bench/queues/contest.h"

#include "base/thread.h"

#include <stdbool.h>
#include <stdlib.h>

#ifndef BLOCKS
#define BLOCKS 4u /* a quarter of the memory is written at once, as in the ring */
#endif
#define RUN_BYTES (TS_CONTEST_BYTES / BLOCKS)

struct cursor {
    const unsigned char *at, *end; /* what is left of its run */
    struct ts_broadcast_token *token;
    uint32_t count; /* of its run */
};

struct queue {
    struct ts_broadcast *buffer;
    uint32_t slot;
    _Alignas(TS_CACHE_LINE) unsigned char *room;
    uint32_t granted, written;
    _Alignas(TS_CACHE_LINE) struct cursor cursors[CURSORS];
};

#define QUEUE_OF(slot) struct queue

static inline void put_end(struct queue *queue)
{
    ts_broadcast_commit_run(queue->buffer, queue->written);
    queue->granted = queue->written = 0;
}

TS_CONTEST_INLINE bool put(struct queue *queue, uint64_t number, uint32_t size, uint32_t slot,
                           const struct ts_contest_plan *plan)
{
    if (queue->written == queue->granted) {
        put_end(queue);
        queue->granted = RUN_BYTES / slot;
        queue->room = ts_broadcast_claim_run(queue->buffer, &queue->granted);
        if (queue->granted == 0) {
            return false;
        }
    }
    ts_contest_write(queue->room + (size_t)queue->written * slot, number, size, plan);
    queue->written++;
    return true;
}

static inline void step_over(struct cursor *cursor, uint32_t slot)
{
    uint32_t left = (uint32_t)(cursor->end - cursor->at);
    ts_broadcast_advance_run(cursor->token, cursor->count - (left == 0 ? 0 : left / slot));
    cursor->at = cursor->end = NULL;
    cursor->count = 0;
}

static inline void get_end(struct queue *queue)
{
    for (unsigned i = 0; i < CURSORS; i++) {
        step_over(&queue->cursors[i], queue->slot);
    }
}

static bool look(struct cursor *cursor, uint32_t slot)
{
    const void *items;
    uint64_t lost;
    step_over(cursor, slot);
    if (ts_broadcast_peek_run(cursor->token, &items, &cursor->count, &lost) != TS_OK) {
        cursor->count = 0;
        return false;
    }
    cursor->at = items;
    cursor->end = cursor->at + (size_t)cursor->count * slot;
    return true;
}

TS_CONTEST_INLINE bool get(struct queue *queue, uint32_t size, uint32_t slot, struct ts_contest_sink *sink)
{
    struct ts_contest_sink each = *sink;
    for (unsigned i = 0; i < CURSORS; i++) {
        struct cursor *cursor = &queue->cursors[i];
        if (cursor->at == cursor->end && !look(cursor, slot)) {
            TS_ASSERT(i == 0); /* what one cursor saw the others see */
            return false;
        }
        each.next = sink->next;
        ts_contest_read(cursor->at, size, &each);
        cursor->at += slot;
    }
    *sink = each;
    return true;
}

static void *create_queue(uint32_t slot, const struct ts_contest_plan *plan)
{
    (void)plan;
    struct queue *queue = aligned_alloc(TS_CACHE_LINE, sizeof *queue);
    TS_ASSERT(queue != NULL);
    memset(queue, 0, sizeof *queue);
    queue->slot = slot;
    struct ts_broadcast_options options = {.item_size = slot,
                                           .block_items = ts_contest_slots(slot) / BLOCKS,
                                           .max_blocks = BLOCKS,
                                           .max_consumers = CURSORS,
                                           .policy = TS_SLOW_CONSUMER_GATE};
    ts_err error = ts_broadcast_create(&options, &queue->buffer, NULL);
    for (unsigned i = 0; error == TS_OK && i < CURSORS; i++) {
        error = ts_broadcast_join(queue->buffer, TS_JOIN_NOW, &queue->cursors[i].token);
    }
    TS_ASSERT(error == TS_OK);
    return queue;
}

static void destroy_queue(struct queue *queue, uint32_t slot)
{
    (void)slot;
    for (unsigned i = 0; i < CURSORS; i++) {
        ts_broadcast_leave(queue->cursors[i].token);
    }
    ts_broadcast_destroy(queue->buffer);
    free(queue);
}

#include "bench/queues/loops.h"
