/*
 * The consumer's way for many records of a ring, those of a run without a look at the ring for each. Room is
 * given back by the bulk.
 *
 * While there is a reader, its ring is not peeked at otherwise. Not for evictable rings.
 *
 * Threads: the consumer's. Ownership: a record from get is valid until the next get or release. Units: bytes.
 * Progress: wait-free. Errors: get returns false when there is nothing; who waits then releases first, or the
 * producer may wait for room that was read.
 * Order: the ring's. get comes to a record by MARK; get and release give its room back by ROOM.
 */
#ifndef TS_QUEUE_SPSC_READER_H
#define TS_QUEUE_SPSC_READER_H

#include "queue/spsc.h"

struct ts_spsc_reader {
    struct ts_spsc *ring;
    const unsigned char *at, *run_end; /* the next record; where they are the same, a header stands there */
    const unsigned char *buffer_end;
    uint64_t run_stride;
    uint64_t lap;   /* added to at as a number, the index of it in the ring */
    uint64_t taken; /* records up to run_end, released or not */
    uint32_t run_size;
    uint32_t release_bytes;
};

static inline uint64_t ts_spsc_reader_index(const struct ts_spsc_reader *reader, const unsigned char *at)
{
    return (uintptr_t)at + reader->lap;
}

/* Begins where the ring's consumer stands. When a get comes to a header, and so many bytes before it are not
 * released, it releases them. */
static inline void ts_spsc_reader_begin(struct ts_spsc_reader *reader, struct ts_spsc *ring,
                                        uint32_t release_bytes)
{
    TS_ASSERT(!ring->evictable);
    const unsigned char *at = (const unsigned char *)ts_spsc_at(ring, ring->read);
    *reader = (struct ts_spsc_reader){.ring = ring,
                                      .at = at,
                                      .run_end = at + (ring->run_end - ring->read),
                                      .buffer_end = ring->buffer + ring->capacity_bytes,
                                      .run_stride = ring->run_stride,
                                      .lap = ring->read - (uintptr_t)at,
                                      .taken = ring->taken,
                                      .run_size = ring->run_size,
                                      .release_bytes = release_bytes};
}

/* Gives back the room of what get returned. */
static inline void ts_spsc_reader_release(struct ts_spsc_reader *reader)
{
    struct ts_spsc *ring = reader->ring;
    uint64_t index = ts_spsc_reader_index(reader, reader->at);
    if (index == ring->head_told) {
        return; /* nothing was got since */
    }
    ring->read = index;
    ring->run_end = ts_spsc_reader_index(reader, reader->run_end);
    ring->run_stride = reader->run_stride;
    ring->run_size = reader->run_size;
    ring->taken = reader->taken;
    ts_spsc_release(ring);
}

static inline bool ts_spsc_reader_begin_run(struct ts_spsc_reader *reader, const unsigned char *payload,
                                            uint64_t word)
{
    reader->taken += word >> 32;
    reader->run_size = (uint32_t)word;
    reader->run_stride = ts_spsc_payload_stride((uint32_t)word);
    reader->run_end = payload + (word >> 32) * reader->run_stride;
    reader->at = payload;
    return true;
}

/* Behind a header that says more than a size and a number. */
static inline bool ts_spsc_reader_turn(struct ts_spsc_reader *reader, const unsigned char *at)
{
    struct ts_spsc *ring = reader->ring;
    uint64_t index = ts_spsc_record(ring, ts_spsc_reader_index(reader, at));
    uint64_t word = ts_spsc_word_at(ring, index);
    at = (const unsigned char *)ts_spsc_at(ring, index);
    reader->lap = index - (uintptr_t)at;
    at += sizeof(struct ts_spsc_header);
    if ((word & TS_SPSC_ON_LINE) != 0) {
        at += -(uintptr_t)at % TS_CACHE_LINE;
        word &= ~(uint64_t)TS_SPSC_ON_LINE;
    }
    return ts_spsc_reader_begin_run(reader, at, word);
}

/* Opens the run whose header is next; false when there is none. */
static inline bool ts_spsc_reader_open(struct ts_spsc_reader *reader)
{
    struct ts_spsc *ring = reader->ring;
    if (__builtin_expect(reader->at == reader->buffer_end, 0)) {
        reader->lap += ring->capacity_bytes;
        reader->at = reader->run_end = ring->buffer;
    }
    const unsigned char *at = reader->at;
    if (ts_spsc_reader_index(reader, at) - ring->head_told >= reader->release_bytes) {
        ts_spsc_reader_release(reader);
    }
    uint64_t word = atomic_load_explicit(&((const struct ts_spsc_header *)(const void *)at)->word,
                                         memory_order_acquire); /* MARK acquire */
    if (__builtin_expect((word & TS_SPSC_ON_LINE) != 0, 0)) {
        if ((uint32_t)word == TS_SPSC_NONE) {
            return false;
        }
        TS_PROBE_PAUSE(SPSC_PEEK_LOADED);
        return ts_spsc_reader_turn(reader, at);
    }
    return ts_spsc_reader_begin_run(reader, at + sizeof(struct ts_spsc_header), word);
}

/* The oldest record that was not got yet, in place; false when there is none, and both are untouched then. By
 * an address and not as the value: for that there may be NULL, a compiler keeps less of the reader at hand.
 */
static inline bool ts_spsc_reader_get(struct ts_spsc_reader *reader, const void **record, uint32_t *size)
{
    if (reader->at == reader->run_end && !ts_spsc_reader_open(reader)) {
        return false;
    }
    *record = reader->at;
    *size = reader->run_size;
    reader->at += reader->run_stride;
    return true;
}

#endif
