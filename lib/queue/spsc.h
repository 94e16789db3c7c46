/*
 * Single-producer single-consumer ring of variable-size records.
 *
 * A byte ring with a power-of-two capacity and an optional bound on the number of records. Records are built
 * and read in place: the producer claims room, writes, commits and publishes; the consumer peeks, advances
 * and releases. Both sides work on private indices and publish them per burst; the producer caches the
 * consumer's index, so that it touches the consumer's cache line only when its cached view is used up.
 *
 * What is published is told in band: behind the last published record stands a header that says NONE, and
 * publish stores the true size there once the whole burst behind it is written, up to the next NONE. The
 * consumer looks at the header where it will read the record anyway, so a record reaches it with one cache
 * line, not with that of an index first. One header's room always stays free for the NONE.
 *
 * One header may stand before a run of records of one size, told with their number: behind it they cost
 * their payloads alone, and the consumer looks at none of them before the run is through. The writer makes
 * runs; a record that is claimed alone has its own header.
 *
 * A ring initialised as evictable also lets the producer discard the oldest record. Its consumer takes
 * records out by copy (ts_spsc_take): the head then carries a busy bit while the consumer copies, and the
 * producer never discards or overwrites a record that is being copied.
 *
 * Sources: the cached indices are those of FastForward/MCRingBuffer (Lee, Bu, Chandranmenon: "A lock-free,
 * cache-efficient multi-core synchronization mechanism for line-rate network traffic monitoring", IPDPS
 * 2010).
 *
 * Threads: claim, commit, publish, evict_oldest by one producer thread; peek, advance, release, take, walk by
 * one consumer thread; records by anybody. init and fini while nobody else uses the ring. Ownership: the ring
 * owns its buffer; a pointer from claim is valid until commit, one from peek until release. Units: sizes in
 * bytes, payloads are aligned to 8. Progress: wait-free, but for take and evict_oldest, which are lock-free
 * (each retry means the other side moved on). Errors: claim returns NULL when there is no room, peek returns
 * NULL when there is nothing.
 *
 * Order:
 *   MARK  publish stores the first header of a burst with release; peek loads it with acquire: the consumer
 * sees the whole burst, the headers of its other runs and the NONE behind it. No header changes once it is
 * published, until its room is claimed again (ROOM). DATA  publish then stores tail with release; take from
 * an evictable ring, walk and who asks whether there is anything load it with acquire: they see the whole
 * record. ROOM  release/take store head with release; claim/evict_oldest load it with acquire: the producer
 * overwrites a record only after the consumer has read it.
 */
#ifndef TS_QUEUE_SPSC_H
#define TS_QUEUE_SPSC_H

#include "base/err.h"
#include "base/probe.h"
#include "base/thread.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define TS_SPSC_RECORDS_UNBOUNDED UINT64_MAX
#define TS_SPSC_RECORD_MAX        (UINT32_MAX / 2)

/* Precedes the payloads of a run: their size in the lower half, their number in the upper. Instead of a size,
 * TS_SPSC_SKIP marks the rest of the buffer before a wrap, TS_SPSC_NONE that nothing is published here yet.
 */
struct ts_spsc_header {
    _Atomic uint64_t word;
};

#define TS_SPSC_SKIP UINT32_MAX
#define TS_SPSC_NONE (UINT32_MAX - 1)
/* In the size, a multiple of a line: the payloads begin at the next line, not right behind the header. */
#define TS_SPSC_ON_LINE UINT32_C(0x80000000)
#define TS_SPSC_BUSY                                                                                         \
    UINT64_C(1) /* in head: the consumer copies the record there; indices are multiples of 8 */

struct ts_spsc {
    unsigned char *buffer;
    uint64_t capacity_bytes; /* power of two */
    uint64_t capacity_records;
    bool evictable;

    /* The producer's own line. */
    _Alignas(TS_CACHE_LINE) uint64_t write;
    uint64_t claimed_bytes;
    uint64_t committed;    /* records, published or not */
    uint64_t head_seen;    /* head when last loaded */
    uint64_t removed_seen; /* records consumed or evicted, as of head_seen */
    uint64_t limit;        /* up to here there is room, and no wrap */
    uint64_t record_limit; /* the value of committed at which there is none */
    uint64_t evicted;      /* records discarded by evict_oldest */
    uint64_t tail_told;    /* tail when last stored: there the next burst begins */
    /* What its first header will say; the producer's own, and atomic only because headers are. */
    _Atomic uint64_t first_word;

    /* Written by the producer, read by the consumer. */
    _Alignas(TS_CACHE_LINE) _Atomic uint64_t tail;
    _Atomic uint64_t published; /* records */
    _Atomic uint64_t evicted_published;

    /* The consumer's own line. */
    _Alignas(TS_CACHE_LINE) uint64_t read;
    uint64_t run_end;   /* where read is at a payload, its run ends; where read is this, a header follows */
    uint64_t taken;     /* records up to run_end, released or not */
    uint64_t head_told; /* head when last stored */
    uint64_t tail_seen; /* evictable rings only */
    uint64_t run_stride;
    uint32_t run_size; /* of each record of the run */

    /* Written by the consumer (and by evict_oldest), read by the producer. */
    _Alignas(TS_CACHE_LINE) _Atomic uint64_t head;
    _Atomic uint64_t consumed; /* records */
};

/*
 * capacity_bytes is rounded up to a power of two and to what one record of record_max_bytes needs.
 * capacity_records bounds the records in the ring; with it given, the bytes suffice for that many records of
 * the greatest size whatever capacity_bytes says. Fails with TS_INVALID or TS_NO_MEMORY.
 */
ts_err ts_spsc_init(struct ts_spsc *ring, uint64_t capacity_bytes, uint64_t capacity_records,
                    uint32_t record_max_bytes, bool evictable, struct ts_diag *diag);
void ts_spsc_fini(struct ts_spsc *ring);

/* Before the first use: begins as though so many bytes (a multiple of 8) and records had gone through.
 * Indices and counts that pass their greatest value must make no difference, and need not be waited for to
 * try it. */
void ts_spsc_begin_at(struct ts_spsc *ring, uint64_t index, uint64_t records);

/* Discards the oldest record to make room. TS_OK: it did, or the consumer made room meanwhile. TS_EMPTY:
 * nothing in the ring. TS_FULL: the consumer is copying that record now; try again. Publishes first. */
ts_err ts_spsc_evict_oldest(struct ts_spsc *ring);

/* Copies the oldest record to buffer and removes it. TS_EMPTY, or TS_LIMIT when size_max is too small (it
 * stays). */
ts_err ts_spsc_take(struct ts_spsc *ring, void *buffer, uint32_t size_max, uint32_t *size);

/* Counts the records by walking them, consumer side, from the first unreleased to the last published. */
uint64_t ts_spsc_walk(struct ts_spsc *ring);

/* Bytes of a record in a run; an empty one takes some too, so that the ends of a run differ. */
static inline uint64_t ts_spsc_payload_stride(uint32_t size)
{
    return ((uint64_t)size + (size == 0) + 7) & ~UINT64_C(7);
}

/* Bytes of a record with a header of its own. */
static inline uint64_t ts_spsc_stride(uint32_t size)
{
    return sizeof(struct ts_spsc_header) + ts_spsc_payload_stride(size);
}

static inline uint64_t ts_spsc_word(uint32_t size, uint32_t count)
{
    return (uint64_t)count << 32 | size;
}

static inline uint64_t ts_spsc_next_line(uint64_t index)
{
    return (index + TS_CACHE_LINE - 1) & ~(uint64_t)(TS_CACHE_LINE - 1);
}

static inline struct ts_spsc_header *ts_spsc_at(const struct ts_spsc *ring, uint64_t index)
{
    return (struct ts_spsc_header *)(void *)(ring->buffer + (index & (ring->capacity_bytes - 1)));
}

/* Bytes before the wrap; all of them at a wrap. */
static inline uint64_t ts_spsc_to_end(const struct ts_spsc *ring, uint64_t index)
{
    return ring->capacity_bytes - (index & (ring->capacity_bytes - 1));
}

/* Relaxed: this side wrote it, or came to it by MARK or DATA. */
static inline uint64_t ts_spsc_word_at(const struct ts_spsc *ring, uint64_t index)
{
    return atomic_load_explicit(&ts_spsc_at(ring, index)->word, memory_order_relaxed);
}

static inline uint32_t ts_spsc_size_at(const struct ts_spsc *ring, uint64_t index)
{
    return (uint32_t)ts_spsc_word_at(ring, index);
}

/* Relaxed: the consumer comes to it by MARK, but to a NONE, which tells it nothing. */
static inline void ts_spsc_set_size(const struct ts_spsc *ring, uint64_t index, uint32_t size)
{
    atomic_store_explicit(&ts_spsc_at(ring, index)->word, ts_spsc_word(size, 1), memory_order_relaxed);
}

/* Index of the record at or, past a skip, after `index`. */
static inline uint64_t ts_spsc_record(const struct ts_spsc *ring, uint64_t index)
{
    if (ts_spsc_size_at(ring, index) == TS_SPSC_SKIP) {
        index += ts_spsc_to_end(ring, index);
    }
    return index;
}

static inline bool ts_spsc_has_room(const struct ts_spsc *ring, uint64_t need)
{
    return ring->write + need + sizeof(struct ts_spsc_header) - ring->head_seen <= ring->capacity_bytes &&
           ring->committed - ring->removed_seen < ring->capacity_records;
}

static inline void ts_spsc_refresh_room(struct ts_spsc *ring)
{
    /* ROOM acquire. consumed is relaxed: the consumer stores it before head, so it is no older than head. */
    ring->head_seen = atomic_load_explicit(&ring->head, memory_order_acquire) & ~TS_SPSC_BUSY;
    ring->removed_seen = atomic_load_explicit(&ring->consumed, memory_order_relaxed) + ring->evicted;
}

/* How far claims may go before they must look again; by differences and equality, as indices may wrap. */
static inline void ts_spsc_set_limits(struct ts_spsc *ring)
{
    uint64_t to_end = ts_spsc_to_end(ring, ring->write);
    uint64_t room = ring->capacity_bytes - sizeof(struct ts_spsc_header) - (ring->write - ring->head_seen);
    ring->limit = ring->write + (room < to_end ? room : to_end);
    ring->record_limit = ring->removed_seen + ring->capacity_records;
}

/* The way of a claim that the limits do not let pass: the number of bytes to skip, or UINT64_MAX when full.
 */
static inline uint64_t ts_spsc_find_room(struct ts_spsc *ring, uint64_t stride)
{
    uint64_t to_end = ts_spsc_to_end(ring, ring->write);
    uint64_t skip = stride > to_end ? to_end : 0;
    if (!ts_spsc_has_room(ring, skip + stride)) {
        ts_spsc_refresh_room(ring);
        if (!ts_spsc_has_room(ring, skip + stride)) {
            return UINT64_MAX;
        }
    }
    if (skip == 0) {
        ts_spsc_set_limits(ring);
        return 0;
    }
    if (ring->write != ring->tail_told) {
        ts_spsc_set_size(ring, ring->write, TS_SPSC_SKIP);
    }
    ring->limit = ring->write; /* passed by the commit: the next claim comes here too */
    ring->record_limit = ring->removed_seen + ring->capacity_records;
    return skip;
}

/* Room for a record of `size` bytes, to be written in place; NULL when full. A claim that is not committed is
 * void. */
static inline void *ts_spsc_claim(struct ts_spsc *ring, uint32_t size)
{
    if (TS_PROBE(SPSC_CLAIM_FULL)) {
        return NULL;
    }
    uint64_t stride = ts_spsc_stride(size);
    uint64_t skip = 0;
    bool within =
        (int64_t)(ring->limit - ring->write) >= (int64_t)stride && ring->committed != ring->record_limit;
    if (__builtin_expect(!within, 0)) {
        skip = ts_spsc_find_room(ring, stride);
        if (skip == UINT64_MAX) {
            return NULL;
        }
    }
    bool first = ring->write == ring->tail_told;
    if (first) {
        /* Relaxed: this thread's own. The consumer looks at the header already: publish stores it there. */
        atomic_store_explicit(&ring->first_word, ts_spsc_word(skip != 0 ? TS_SPSC_SKIP : size, 1),
                              memory_order_relaxed);
    }
    if (!first || skip != 0) {
        ts_spsc_set_size(ring, ring->write + skip, size);
    }
    ring->claimed_bytes = skip + stride;
    return ts_spsc_at(ring, ring->write + skip) + 1;
}

/* Ends the claim; the consumer sees the record after the next publish. */
static inline void ts_spsc_commit(struct ts_spsc *ring)
{
    ring->write += ring->claimed_bytes;
    ring->claimed_bytes = 0;
    ring->committed++;
}

/* Does nothing when nothing was committed since. */
static inline void ts_spsc_publish(struct ts_spsc *ring)
{
    uint64_t first = ring->tail_told;
    if (ring->write == first) {
        return;
    }
    ring->tail_told = ring->write;
    ts_spsc_set_size(ring, ring->write, TS_SPSC_NONE);
    /* Relaxed: a statistic. Only this thread writes it, and readers want no record with it. */
    atomic_store_explicit(&ring->published, ring->committed, memory_order_relaxed);
    TS_PROBE_PAUSE(SPSC_PUBLISH_TAIL);
    atomic_store_explicit(&ts_spsc_at(ring, first)->word,
                          atomic_load_explicit(&ring->first_word, memory_order_relaxed),
                          memory_order_release);                           /* MARK release */
    atomic_store_explicit(&ring->tail, ring->write, memory_order_release); /* DATA release */
}

/* Opens the run whose header stands at read; false when there is none. Where the first payload stands follows
 * from the header by branches alone, so that a processor may guess it and fetch header and payload at once.
 */
static inline bool ts_spsc_open_run(struct ts_spsc *ring)
{
    uint64_t word =
        atomic_load_explicit(&ts_spsc_at(ring, ring->read)->word, memory_order_acquire); /* MARK acquire */
    uint64_t payload = ring->read + sizeof(struct ts_spsc_header);
    if (__builtin_expect((word & TS_SPSC_ON_LINE) != 0, 0)) {
        if ((uint32_t)word == TS_SPSC_NONE) {
            return false;
        }
        TS_PROBE_PAUSE(SPSC_PEEK_LOADED);
        uint64_t header = ts_spsc_record(ring, ring->read);
        word = ts_spsc_word_at(ring, header);
        payload = header + sizeof(struct ts_spsc_header);
        if ((word & TS_SPSC_ON_LINE) != 0) {
            payload = ts_spsc_next_line(payload);
            word &= ~(uint64_t)TS_SPSC_ON_LINE;
        }
    }
    ring->run_size = (uint32_t)word;
    ring->run_stride = ts_spsc_payload_stride((uint32_t)word);
    ring->taken += word >> 32;
    ring->read = payload;
    ring->run_end = payload + (word >> 32) * ring->run_stride;
    return true;
}

/* Records of the run that were not stepped over. Nothing is divided behind one that had its own header. */
static inline uint32_t ts_spsc_unread_of_run(const struct ts_spsc *ring)
{
    uint64_t left = ring->run_end - ring->read;
    return left == 0 ? 0 : (uint32_t)(left / ring->run_stride);
}

/* The oldest unread record, in place; NULL when there is none. Not for evictable rings. */
static inline void *ts_spsc_peek(struct ts_spsc *ring, uint32_t *size)
{
    if (ring->read == ring->run_end && !ts_spsc_open_run(ring)) {
        return NULL;
    }
    if (size != NULL) {
        *size = ring->run_size;
    }
    return ts_spsc_at(ring, ring->read);
}

/* Steps over the record that peek returned; its room is free after the next release. */
static inline void ts_spsc_advance(struct ts_spsc *ring)
{
    ring->read += ring->run_stride;
}

/* The same for who knows the size that peek told. */
static inline void ts_spsc_advance_over(struct ts_spsc *ring, uint32_t size)
{
    ring->read += ts_spsc_payload_stride(size);
}

/*
 * The same by the run: *count records of *size bytes, one behind the other at ts_spsc_payload_stride(*size),
 * as many as are left of the run; NULL when there is none. Nothing else is peeked at before they are stepped
 * over, all or the first few of them.
 */
static inline void *ts_spsc_peek_run(struct ts_spsc *ring, uint32_t *size, uint32_t *count)
{
    void *payload = ts_spsc_peek(ring, size);
    if (payload != NULL) {
        *count = ts_spsc_unread_of_run(ring);
    }
    return payload;
}

static inline void ts_spsc_advance_run(struct ts_spsc *ring, uint32_t count)
{
    ring->read += count * ring->run_stride;
}

/* Does nothing when nothing was read since. */
static inline void ts_spsc_release(struct ts_spsc *ring)
{
    if (ring->read == ring->head_told) {
        return;
    }
    /* Relaxed: ordered by the release of head that follows, which is what the producer acquires. */
    atomic_store_explicit(&ring->consumed, ring->taken - ts_spsc_unread_of_run(ring), memory_order_relaxed);
    TS_PROBE_PAUSE(SPSC_RELEASE_HEAD);
    ring->head_told = ring->read;
    atomic_store_explicit(&ring->head, ring->read, memory_order_release); /* ROOM release */
}

/* Publishes when so many bytes are committed and not yet published: a burst costs the consumer one look. Who
 * uses it publishes the rest before it waits for anything, or the consumer waits for it. */
static inline void ts_spsc_publish_at(struct ts_spsc *ring, uint64_t bytes)
{
    if (ring->write - ring->tail_told >= bytes) {
        ts_spsc_publish(ring);
    }
}

/* Releases when so many bytes were read and not yet released; who uses it releases the rest before it waits.
 */
static inline void ts_spsc_release_at(struct ts_spsc *ring, uint64_t bytes)
{
    if (ring->read - ring->head_told >= bytes) {
        ts_spsc_release(ring);
    }
}

typedef void (*ts_spsc_visitor)(const void *payload, uint32_t size, void *user_data);

/* Batch pop: visits up to max records in place and frees their room at once. Returns how many. */
static inline uint32_t ts_spsc_pop_batch(struct ts_spsc *ring, uint32_t max, ts_spsc_visitor visit,
                                         void *user_data)
{
    uint32_t count = 0;
    uint32_t size;
    void *payload;
    while (count < max && (payload = ts_spsc_peek(ring, &size)) != NULL) {
        visit(payload, size, user_data);
        ts_spsc_advance_over(ring, size);
        count++;
    }
    if (count > 0) {
        ts_spsc_release(ring);
    }
    return count;
}

/*
 * Records published and not yet consumed or evicted. Exact at a quiet point, else a moment's view; never more
 * than there is room for. Relaxed: a gauge. What is removed is counted after what was published, or the view
 * would take in all that came and went between the two.
 */
static inline uint64_t ts_spsc_records(const struct ts_spsc *ring)
{
    uint64_t published = atomic_load_explicit(&ring->published, memory_order_relaxed);
    uint64_t consumed = atomic_load_explicit(&ring->consumed, memory_order_relaxed);
    uint64_t evicted = atomic_load_explicit(&ring->evicted_published, memory_order_relaxed);
    uint64_t records = published > consumed + evicted ? published - consumed - evicted : 0;
    return records < ring->capacity_records ? records : ring->capacity_records;
}

#endif
