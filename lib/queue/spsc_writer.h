/*
 * The producer's way for many records of a ring: claims a span once and puts records into it one behind the
 * other, without a look at the ring for each, those of one size in runs behind one header.
 *
 * Where sizes change with nearly every record, a run is worth nothing, and whether it goes on is a branch
 * that no processor guesses: after some short runs each record gets a header of its own, for some spans, and
 * nothing depends on its size but where the next one stands. Then runs are tried again.
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

#define TS_SPSC_FETCH_MAX   4096 /* bytes: what a core has on its way at a time, some times over */
#define TS_SPSC_FETCH_AHEAD 2048 /* bytes beyond the span: the next one's first lines come meanwhile */
/* Of runs as short as this so many in a row, and each record gets a header for so many spans, twice as many
 * with each time, up to 1024; all over again when a run had so many records. */
#define TS_SPSC_SHORT_RUN      2u
#define TS_SPSC_SINGLY_AFTER   4u
#define TS_SPSC_SINGLY_SPANS   16u
#define TS_SPSC_SINGLY_DOUBLED 6u
#define TS_SPSC_LONG_RUN       8u

/* Zeroed but for ring and span_bytes, how much is published at once. */
struct ts_spsc_writer {
    struct ts_spsc *ring;
    uint32_t span_bytes;
    uint32_t run_size;             /* of the run that is open; no size where a header each is put */
    unsigned char *at, *run_end;   /* the next record's place; where the run must end, at when none is open */
    unsigned char *singly_end;     /* the span's end where a header each is put, else nothing ends so early */
    uint32_t short_runs;           /* in a row */
    uint32_t singly_spans;         /* still to come with a header each, this one among them; 0: runs */
    uint32_t singly_times;         /* that they were set, without a long run since */
    uint64_t records, records_max; /* put since the flush, but those of the run; that the span may have */
    unsigned char *run_begin;      /* its first payload */
    _Atomic uint64_t *run_header;  /* of it, or what publish will store there; NULL when no run is open */
    unsigned char *span_end;
    unsigned char *unclaimed; /* behind what the ring knows to be claimed */
    uint64_t fetched;         /* up to this index lines were asked for */
    uint32_t run_pad;         /* bytes between its header and its first payload */
    bool streaming;           /* more than one record was flushed last */
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
    if (writer->run_header == NULL) {
        return 0;
    }
    uint32_t bytes = (uint32_t)(writer->at - writer->run_begin);
    uint32_t stride = (uint32_t)ts_spsc_payload_stride(writer->run_size);
    return bytes == stride ? 1 : bytes / stride; /* a record sent alone does not wait for a division */
}

/* Its header says how many they are before the burst is published (MARK). */
static inline uint32_t ts_spsc_writer_end_run(struct ts_spsc_writer *writer)
{
    uint32_t count = ts_spsc_writer_run_records(writer);
    if (count > 0) {
        writer->records += count;
        uint32_t size = writer->run_size | (writer->run_pad == 0 ? 0 : TS_SPSC_ON_LINE);
        atomic_store_explicit(writer->run_header, ts_spsc_word(size, count), memory_order_relaxed);
        writer->run_header = NULL;
        writer->run_pad = 0;
    }
    writer->run_end = writer->at;
    return count;
}

static inline void ts_spsc_writer_flush(struct ts_spsc_writer *writer)
{
    struct ts_spsc *ring = writer->ring;
    (void)ts_spsc_writer_end_run(writer);
    if (writer->records > 0) {
        ring->claimed_bytes += (uint64_t)(writer->at - writer->unclaimed);
        ring->committed += writer->records - 1;
        ts_spsc_commit(ring);
        writer->streaming = writer->records > 1;
        writer->records_max -= writer->records;
        writer->records = 0;
        writer->unclaimed = writer->at;
        writer->singly_end = ring->buffer; /* the next record begins a burst: its header is publish's */
    }
    ts_spsc_publish(ring);
    if (!writer->streaming && writer->span_end - writer->at >= 2 * TS_CACHE_LINE) {
        /* The line that the next record will end in, and not the one that the consumer looks at now. */
        ts_prefetch_write(writer->at + TS_CACHE_LINE);
    }
}

/* In a stream, records of whole lines stand on lines. One that is sent alone rather shares its header's, and
 * where records are bounded there may be no bytes but for them. */
static inline uint32_t ts_spsc_writer_align(struct ts_spsc_writer *writer, const unsigned char *room,
                                            uint32_t size)
{
    uint32_t pad = (uint32_t)(-(uintptr_t)room % TS_CACHE_LINE);
    if (!writer->streaming || size % TS_CACHE_LINE != 0 ||
        writer->ring->capacity_records != TS_SPSC_RECORDS_UNBOUNDED ||
        writer->span_end - room < (ptrdiff_t)(pad + ts_spsc_payload_stride(size))) {
        return 0;
    }
    writer->run_pad = pad;
    return pad;
}

/*
 * Gets lines for writing, the many at once that a burst will need one after the other: those of the span that
 * were not asked for before, and the first of the next, which come while this one is written. room is what is
 * free from begin on: there is nothing in it that is still to be read.
 */
static inline void ts_spsc_writer_fetch(struct ts_spsc_writer *writer, uint64_t begin, uint64_t room)
{
    uint64_t bytes = writer->span_bytes < TS_SPSC_FETCH_MAX ? writer->span_bytes : TS_SPSC_FETCH_MAX;
    uint64_t asked = (int64_t)(writer->fetched - begin) > 0 ? writer->fetched - begin : 0;
    bytes += TS_SPSC_FETCH_AHEAD;
    bytes = room < bytes ? room : bytes;
    for (uint64_t i = asked; i < bytes; i += TS_CACHE_LINE) {
        ts_prefetch_write(ts_spsc_at(writer->ring, begin + i));
    }
    writer->fetched = begin + (asked > bytes ? asked : bytes);
}

/* The record whose header's place is given; word is what is to say its size, there or what publish will store
 * there. */
static inline void *ts_spsc_writer_begin(struct ts_spsc_writer *writer, struct ts_spsc_header *header,
                                         _Atomic uint64_t *word, uint32_t size)
{
    unsigned char *payload = (unsigned char *)(header + 1);
    bool alone = !writer->streaming && writer->records == 0; /* it may be: then no run is opened and ended */
    if (writer->singly_spans > 0 || alone) {
        /* Relaxed: the publish of the burst releases it (MARK). */
        atomic_store_explicit(word, ts_spsc_word(size, 1), memory_order_relaxed);
        writer->at = payload + ts_spsc_payload_stride(size);
        writer->records++;
        writer->run_size = TS_SPSC_NONE;
        writer->singly_end = writer->singly_spans > 0 ? writer->span_end : writer->ring->buffer;
        return payload;
    }
    writer->run_header = word;
    payload += writer->records == 0 ? ts_spsc_writer_align(writer, payload, size) : 0;
    ts_spsc_writer_begin_run(writer, payload, size);
    return payload;
}

/* The first record of a span is claimed as any other, and what it leaves within the limits is the span's. */
static inline void *ts_spsc_writer_open(struct ts_spsc_writer *writer, uint32_t size)
{
    struct ts_spsc *ring = writer->ring;
    TS_ASSERT(!ring->evictable && writer->span_bytes <= INT32_MAX);
    bool streaming = writer->streaming;
    ts_spsc_writer_flush(writer);
    writer->streaming = writer->streaming || streaming; /* a span cut short by a limit says nothing */
    unsigned char *room = ts_spsc_claim(ring, size);
    if (room == NULL) {
        writer->at = writer->run_end = writer->span_end = writer->singly_end = NULL;
        return NULL;
    }
    uint64_t skip = ring->claimed_bytes - ts_spsc_stride(size), end = ring->limit;
    if (skip > 0) { /* the limit stands at the wrap, which is behind this record */
        end = ring->head_seen + ring->capacity_bytes - sizeof(struct ts_spsc_header);
    }
    uint64_t left = end - ring->write - ring->claimed_bytes;
    if (writer->streaming) {
        ts_spsc_writer_fetch(writer, ring->write + skip, left + ts_spsc_stride(size));
    }
    int64_t span = (int64_t)writer->span_bytes - (int64_t)ts_spsc_stride(size);
    writer->unclaimed = room + ts_spsc_payload_stride(size);
    writer->span_end = writer->unclaimed + (span < 0 ? 0 : left < (uint64_t)span ? left : (uint64_t)span);
    writer->singly_end = ring->buffer;
    writer->singly_spans -= writer->singly_spans > 0;
    writer->records_max = ring->record_limit - ring->committed;
    struct ts_spsc_header *header = (struct ts_spsc_header *)(void *)room - 1;
    bool first = header == ts_spsc_at(ring, ring->tail_told);
    return ts_spsc_writer_begin(writer, header, first ? &ring->first_word : &header->word, size);
}

/* A record of another size, the first behind a flush, or one that no longer fits. */
__attribute__((noinline)) static void *ts_spsc_writer_turn(struct ts_spsc_writer *writer, uint32_t size)
{
    if (writer->span_end - writer->at < (ptrdiff_t)ts_spsc_stride(size) ||
        writer->records + ts_spsc_writer_run_records(writer) == writer->records_max) {
        return ts_spsc_writer_open(writer, size);
    }
    struct ts_spsc_header *header = (struct ts_spsc_header *)(void *)writer->at;
    uint32_t count = ts_spsc_writer_end_run(writer);
    if (count > 0) {
        writer->short_runs = count <= TS_SPSC_SHORT_RUN ? writer->short_runs + 1 : 0;
        if (writer->short_runs >= TS_SPSC_SINGLY_AFTER &&
            writer->ring->capacity_records == TS_SPSC_RECORDS_UNBOUNDED) {
            writer->singly_spans = TS_SPSC_SINGLY_SPANS << writer->singly_times;
            writer->singly_times += writer->singly_times < TS_SPSC_SINGLY_DOUBLED;
            writer->short_runs = 0;
        }
        writer->singly_times = count >= TS_SPSC_LONG_RUN ? 0 : writer->singly_times;
    }
    _Atomic uint64_t *word = writer->records == 0 ? &writer->ring->first_word : &header->word;
    return ts_spsc_writer_begin(writer, header, word, size);
}

/* Room for a record of `size` bytes, to be written before the next call; NULL when full. */
static inline void *ts_spsc_writer_put(struct ts_spsc_writer *writer, uint32_t size)
{
    unsigned char *room = writer->at;
    uint64_t stride = ts_spsc_payload_stride(size);
    if (__builtin_expect(size == writer->run_size && (uint64_t)(writer->run_end - room) >= stride, 1)) {
        writer->at = room + stride;
        return room;
    }
    if (writer->singly_end - room >= (ptrdiff_t)ts_spsc_stride(size)) {
        struct ts_spsc_header *header = (struct ts_spsc_header *)(void *)room;
        /* Relaxed: the publish of the burst releases it (MARK). */
        atomic_store_explicit(&header->word, ts_spsc_word(size, 1), memory_order_relaxed);
        writer->at = room + sizeof *header + stride;
        writer->records++;
        return header + 1;
    }
    return ts_spsc_writer_turn(writer, size);
}

#endif
