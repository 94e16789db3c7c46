/*
 * The producer's way for many records of a ring: claims a span once and puts records into it one behind the
 * other, without a look at the ring for each, those of one size in runs behind one header.
 *
 * What is put is committed and published when the span is used up or at the flush; who waits for anything
 * flushes first. While there is a writer, its ring is not claimed from otherwise. Not for evictable rings,
 * whose records must be parted with one by one.
 *
 * Threads: the producer's. Ownership: the room from put is valid until the next put or flush. Units: bytes.
 * Progress: wait-free. Errors: put returns NULL when there is no room; what was put before is flushed then.
 * Order: the ring's. Every header of the span is written before the flush, whose publish releases them
 * (MARK).
 */
#ifndef TS_QUEUE_SPSC_WRITER_H
#define TS_QUEUE_SPSC_WRITER_H

#include "queue/spsc.h"

#define TS_SPSC_FETCH_MAX 4096 /* bytes: what a core has on its way at a time, some times over */

/* Zeroed but for ring and span_bytes, how much is published at once. */
struct ts_spsc_writer {
    struct ts_spsc *ring;
    uint32_t span_bytes;
    uint32_t run_size;            /* of the run that is open: there is one while at is not NULL */
    unsigned char *at, *run_end;  /* the next record's place; where the run must end */
    unsigned char *run_begin;     /* its first payload */
    _Atomic uint64_t *run_header; /* of it, or what publish will store there */
    unsigned char *span_end;
    unsigned char *second;         /* what the claim of the first record covers ends here */
    uint32_t run_pad;              /* bytes between its header and its first payload */
    bool streaming;                /* the last span held more than one record */
    uint64_t records, records_max; /* in the runs before; that the span may have */
};

static inline void ts_spsc_writer_begin_run(struct ts_spsc_writer *writer, unsigned char *payload,
                                            uint32_t size)
{
    uint64_t stride = ts_spsc_payload_stride(size);
    uint64_t room = (uint64_t)(writer->span_end - payload), most = writer->records_max - writer->records;
    writer->run_size = size;
    writer->run_begin = payload;
    writer->at = payload + stride;
    /* At least 8 bytes a record: beyond that many no product is needed. */
    writer->run_end = most < room / 8 && most * stride < room ? payload + most * stride : writer->span_end;
}

static inline uint32_t ts_spsc_writer_run_records(const struct ts_spsc_writer *writer)
{
    uint32_t bytes = (uint32_t)(writer->at - writer->run_begin);
    uint32_t stride = (uint32_t)ts_spsc_payload_stride(writer->run_size);
    return bytes == stride ? 1 : bytes / stride; /* a record sent alone does not wait for a division */
}

/* Its header says how many they are before the burst is published (MARK). */
static inline void ts_spsc_writer_end_run(struct ts_spsc_writer *writer)
{
    uint32_t count = ts_spsc_writer_run_records(writer);
    writer->records += count;
    uint32_t size = writer->run_size | (writer->run_pad == 0 ? 0 : TS_SPSC_ON_LINE);
    atomic_store_explicit(writer->run_header, ts_spsc_word(size, count), memory_order_relaxed);
}

static inline void ts_spsc_writer_flush(struct ts_spsc_writer *writer)
{
    struct ts_spsc *ring = writer->ring;
    if (writer->at != NULL) {
        ts_spsc_writer_end_run(writer);
        ring->claimed_bytes += (uint64_t)(writer->at - writer->second);
        ring->committed += writer->records - 1;
        writer->streaming = writer->records > 1;
        ts_spsc_commit(ring);
        writer->records = 0;
        writer->at = writer->run_end = writer->span_end = NULL;
    }
    ts_spsc_publish(ring);
}

/* In a stream, records of whole lines stand on lines. One that is sent alone rather shares its header's, and
 * where records are bounded there may be no bytes but for them. */
static inline uint32_t ts_spsc_writer_align(struct ts_spsc_writer *writer, const unsigned char *room,
                                            uint32_t size)
{
    uint32_t pad = (uint32_t)(-(uintptr_t)room % TS_CACHE_LINE);
    if (size % TS_CACHE_LINE != 0 || writer->ring->capacity_records != TS_SPSC_RECORDS_UNBOUNDED ||
        writer->span_end - writer->second < (ptrdiff_t)pad) {
        return 0;
    }
    writer->run_pad = pad;
    return pad;
}

/* Gets the span's lines for writing, the many at once that a burst will need one after the other. */
static inline void ts_spsc_writer_fetch(const struct ts_spsc_writer *writer, unsigned char *room)
{
    unsigned char *end =
        writer->span_end - room < TS_SPSC_FETCH_MAX ? writer->span_end : room + TS_SPSC_FETCH_MAX;
    for (unsigned char *line = room; line < end; line += TS_CACHE_LINE) {
        ts_prefetch_write(line);
    }
}

/* The first record of a span is claimed as any other, and what it leaves within the limits is the span's. */
static inline void *ts_spsc_writer_open(struct ts_spsc_writer *writer, uint32_t size)
{
    struct ts_spsc *ring = writer->ring;
    TS_ASSERT(!ring->evictable && writer->span_bytes <= INT32_MAX);
    ts_spsc_writer_flush(writer);
    unsigned char *room = ts_spsc_claim(ring, size);
    if (room == NULL) {
        return NULL;
    }
    int64_t left =
        (int64_t)(ring->limit - ring->write) - (int64_t)ring->claimed_bytes; /* below 0 behind a skip */
    int64_t span = (int64_t)writer->span_bytes - (int64_t)ring->claimed_bytes;
    left = left < span ? left : span;
    writer->second = room + ts_spsc_payload_stride(size);
    writer->span_end = writer->second + (left > 0 ? left : 0);
    writer->records_max = ring->record_limit - ring->committed;
    writer->run_pad = 0;
    struct ts_spsc_header *header = (struct ts_spsc_header *)(void *)room - 1;
    writer->run_header = header == ts_spsc_at(ring, ring->tail_told) ? &ring->first_word : &header->word;
    if (writer->streaming) {
        room += ts_spsc_writer_align(writer, room, size);
        ts_spsc_writer_fetch(writer, room);
    }
    ts_spsc_writer_begin_run(writer, room, size);
    return room;
}

/* A record of another size, or one that no longer fits. */
static inline void *ts_spsc_writer_turn(struct ts_spsc_writer *writer, uint32_t size)
{
    if ((uint64_t)(writer->span_end - writer->at) < ts_spsc_stride(size) ||
        writer->records + ts_spsc_writer_run_records(writer) == writer->records_max) {
        return ts_spsc_writer_open(writer, size);
    }
    ts_spsc_writer_end_run(writer);
    struct ts_spsc_header *header = (struct ts_spsc_header *)(void *)writer->at;
    writer->run_header = &header->word;
    writer->run_pad = 0;
    ts_spsc_writer_begin_run(writer, (unsigned char *)(header + 1), size);
    return header + 1;
}

/* Room for a record of `size` bytes, to be written before the next call; NULL when full. */
static inline void *ts_spsc_writer_put(struct ts_spsc_writer *writer, uint32_t size)
{
    unsigned char *room = writer->at;
    uint64_t stride = ts_spsc_payload_stride(size);
    if (__builtin_expect(size != writer->run_size || (uint64_t)(writer->run_end - room) < stride, 0)) {
        return ts_spsc_writer_turn(writer, size);
    }
    writer->at = room + stride;
    return room;
}

#endif
