/* lib/queue/spsc.h, published by the burst: at PUBLISH_BYTES, or when the producer is about to wait. */
#include "bench/queues/contest.h"
#include "queue/spsc.h"

#include <stdlib.h>

#define PUBLISH_BYTES  2048u
#define RELEASE_BYTES  (TS_CONTEST_BYTES / 8)

#define QUEUE_OF(slot) struct ts_spsc

static inline bool put(struct ts_spsc *ring, uint64_t number, uint32_t size, uint32_t slot,
                       const struct ts_contest_plan *plan)
{
    (void)slot;
    void *room = ts_spsc_claim(ring, size);
    if (room == NULL) {
        return false;
    }
    ts_contest_write(room, number, size, plan);
    ts_spsc_commit(ring);
    ts_spsc_publish_at(ring, PUBLISH_BYTES);
    return true;
}

static inline void put_end(struct ts_spsc *ring)
{
    ts_spsc_publish(ring);
}

static inline bool get(struct ts_spsc *ring, uint32_t size, uint32_t slot, struct ts_contest_sink *sink)
{
    (void)slot;
    uint32_t found;
    const void *record = ts_spsc_peek(ring, &found);
    if (record == NULL) {
        return false;
    }
    sink->errors += found != size;
    ts_contest_read(record, size, sink);
    ts_spsc_advance_over(ring, size);
    ts_spsc_release_at(ring, RELEASE_BYTES);
    return true;
}

static inline void get_end(struct ts_spsc *ring)
{
    ts_spsc_release(ring);
}

static void *create_queue(uint32_t slot, const struct ts_contest_plan *plan)
{
    (void)plan;
    struct ts_spsc *ring = aligned_alloc(TS_CACHE_LINE, sizeof *ring);
    TS_ASSERT(ring != NULL);
    ts_err error = ts_spsc_init(ring, TS_CONTEST_BYTES, TS_SPSC_RECORDS_UNBOUNDED, slot, false, NULL);
    TS_ASSERT(error == TS_OK);
    return ring;
}

static void destroy_queue(struct ts_spsc *ring, uint32_t slot)
{
    (void)slot;
    ts_spsc_fini(ring);
    free(ring);
}

#define CONTESTANT      ts_contest_ring
#define CONTESTANT_NAME "tickstorm ring"
#include "bench/queues/loops.h"
