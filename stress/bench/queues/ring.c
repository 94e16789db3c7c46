/* lib/queue/spsc.h, published by the burst: at PUBLISH_BYTES, or when the producer is about to wait. */
#include "bench/queues/contest.h"
#include "queue/spsc_reader.h"
#include "queue/spsc_writer.h"

#include <stdlib.h>

#define PUBLISH_BYTES (TS_CONTEST_BYTES / 4)
#define RELEASE_BYTES (TS_CONTEST_BYTES / 8)

struct queue {
    struct ts_spsc ring;
    _Alignas(TS_CACHE_LINE) struct ts_spsc_writer writer;
    _Alignas(TS_CACHE_LINE) struct ts_spsc_reader reader;
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

TS_CONTEST_INLINE bool get(struct queue *queue, uint32_t size, uint32_t slot, struct ts_contest_sink *sink)
{
    (void)slot;
    uint32_t found;
    const void *record;
    if (!ts_spsc_reader_get(&queue->reader, &record, &found)) {
        return false;
    }
    sink->errors += found != size;
    ts_contest_read(record, size, sink);
    return true;
}

static inline void get_end(struct queue *queue)
{
    ts_spsc_reader_release(&queue->reader);
}

static void *create_queue(uint32_t slot, const struct ts_contest_plan *plan)
{
    (void)plan;
    struct queue *queue = aligned_alloc(TS_CACHE_LINE, sizeof *queue);
    TS_ASSERT(queue != NULL);
    ts_err error = ts_spsc_init(&queue->ring, TS_CONTEST_BYTES, TS_SPSC_RECORDS_UNBOUNDED, slot, false, NULL);
    TS_ASSERT(error == TS_OK);
    queue->writer = (struct ts_spsc_writer){.ring = &queue->ring, .span_bytes = PUBLISH_BYTES};
    ts_spsc_reader_begin(&queue->reader, &queue->ring, RELEASE_BYTES);
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
