/* lib/queue/spsc.h, published by the burst: at PUBLISH_BYTES, or when the producer is about to wait. */
#include "bench/queues/contest.h"
#include "queue/spsc_writer.h"

#include <stdlib.h>

#define PUBLISH_BYTES (TS_CONTEST_BYTES / 4)
#define RELEASE_BYTES (TS_CONTEST_BYTES / 8)

struct queue {
    struct ts_spsc ring;
    _Alignas(TS_CACHE_LINE) struct ts_spsc_writer writer;
    /* The consumer's: what is left of a run. */
    _Alignas(TS_CACHE_LINE) const unsigned char *at;
    const unsigned char *end;
    uint32_t run_size, run_count;
};

#define QUEUE_OF(slot) struct queue

TS_CONTEST_INLINE bool put(struct queue *queue, uint64_t number, uint32_t size, uint32_t slot,
                           const struct ts_contest_plan *plan)
{
    (void)slot;
    void *room = ts_spsc_writer_put(&queue->writer, size);
    if (room == NULL) {
        return false;
    }
    ts_contest_write(room, number, size, plan);
    return true;
}

static inline void put_end(struct queue *queue)
{
    ts_spsc_writer_flush(&queue->writer);
}

static inline void step_over(struct queue *queue)
{
    uint32_t left = (uint32_t)(queue->end - queue->at);
    uint32_t done = queue->run_count - (left == 0 ? 0 : left / queue->run_size);
    ts_spsc_advance_run(&queue->ring, done);
    queue->at = queue->end = NULL;
    queue->run_count = 0;
}

static bool look(struct queue *queue)
{
    step_over(queue);
    ts_spsc_release_at(&queue->ring, RELEASE_BYTES);
    queue->at = ts_spsc_peek_run(&queue->ring, &queue->run_size, &queue->run_count);
    queue->end = queue->at == NULL ? NULL : queue->at + (size_t)queue->run_count * queue->run_size;
    return queue->at != NULL;
}

TS_CONTEST_INLINE bool get(struct queue *queue, uint32_t size, uint32_t slot, struct ts_contest_sink *sink)
{
    (void)slot;
    if (queue->at == queue->end && !look(queue)) {
        return false;
    }
    sink->errors += queue->run_size != size;
    ts_contest_read(queue->at, size, sink);
    queue->at += size;
    return true;
}

static inline void get_end(struct queue *queue)
{
    step_over(queue);
    ts_spsc_release(&queue->ring);
}

static void *create_queue(uint32_t slot, const struct ts_contest_plan *plan)
{
    (void)plan;
    struct queue *queue = aligned_alloc(TS_CACHE_LINE, sizeof *queue);
    TS_ASSERT(queue != NULL);
    ts_err error = ts_spsc_init(&queue->ring, TS_CONTEST_BYTES, TS_SPSC_RECORDS_UNBOUNDED, slot, false, NULL);
    TS_ASSERT(error == TS_OK);
    queue->writer = (struct ts_spsc_writer){.ring = &queue->ring, .span_bytes = PUBLISH_BYTES};
    queue->at = queue->end = NULL;
    queue->run_count = 0;
    return queue;
}

static void destroy_queue(struct queue *queue, uint32_t slot)
{
    (void)slot;
    ts_spsc_fini(&queue->ring);
    free(queue);
}

#define CONTESTANT      ts_contest_ring
#define CONTESTANT_NAME "tickstorm ring"
#include "bench/queues/loops.h"
