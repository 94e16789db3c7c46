#include "queue/spsc.h"

#include <stdlib.h>
#include <string.h>

static uint64_t next_power_of_two(uint64_t value)
{
    uint64_t power = 64;
    while (power < value) {
        power *= 2;
    }
    return power;
}

ts_err ts_spsc_init(struct ts_spsc *ring, uint64_t capacity_bytes, uint64_t capacity_records,
                    uint32_t record_max_bytes, bool evictable, struct ts_diag *diag)
{
    uint64_t stride = ts_spsc_stride(record_max_bytes);
    if (record_max_bytes > TS_SPSC_RECORD_MAX || capacity_records == 0 ||
        capacity_bytes > UINT64_C(1) << 40) {
        return ts_fail(
            diag, TS_INVALID, "init ring", NULL, "capacity %llu bytes, %llu records of up to %u bytes",
            (unsigned long long)capacity_bytes, (unsigned long long)capacity_records, record_max_bytes);
    }
    /* A record that does not fit before the end leaves less than one stride unused, so twice that always
     * suffices, with a header left for the NONE: all three are multiples of 8. */
    uint64_t need = 2 * stride;
    if (capacity_records != TS_SPSC_RECORDS_UNBOUNDED) {
        if (capacity_records > (UINT64_C(1) << 40) / stride) {
            return ts_fail(diag, TS_INVALID, "init ring", NULL, "%llu records are too many",
                           (unsigned long long)capacity_records);
        }
        need = (capacity_records + 1) * stride;
    }
    memset(ring, 0, sizeof *ring);
    ring->capacity_bytes = next_power_of_two(need > capacity_bytes ? need : capacity_bytes);
    ring->capacity_records = capacity_records;
    ring->evictable = evictable;
    ring->buffer = aligned_alloc(TS_CACHE_LINE, ring->capacity_bytes);
    if (ring->buffer == NULL) {
        return ts_fail(diag, TS_NO_MEMORY, "init ring", NULL, "%llu bytes",
                       (unsigned long long)ring->capacity_bytes);
    }
    ts_spsc_set_size(ring, 0, TS_SPSC_NONE);
    ts_spsc_set_limits(ring);
    return TS_OK;
}

void ts_spsc_fini(struct ts_spsc *ring)
{
    free(ring->buffer);
    ring->buffer = NULL;
}

void ts_spsc_begin_at(struct ts_spsc *ring, uint64_t index, uint64_t records)
{
    TS_ASSERT(index % 8 == 0 && ring->committed == 0);
    ring->write = ring->head_seen = ring->read = ring->run_end = ring->tail_seen = index;
    ring->tail_told = ring->head_told = index;
    ts_spsc_set_size(ring, index, TS_SPSC_NONE);
    ts_spsc_set_limits(ring);
    ring->committed = ring->removed_seen = ring->taken = records;
    /* Relaxed: nobody else uses the ring yet; what starts the other thread publishes it. */
    atomic_store_explicit(&ring->head, index, memory_order_relaxed);
    atomic_store_explicit(&ring->tail, index, memory_order_relaxed);
    atomic_store_explicit(&ring->consumed, records, memory_order_relaxed);
    atomic_store_explicit(&ring->published, records, memory_order_relaxed);
}

ts_err ts_spsc_evict_oldest(struct ts_spsc *ring)
{
    TS_ASSERT(ring->evictable);
    ts_spsc_publish(ring);
    uint64_t word = atomic_load_explicit(&ring->head, memory_order_acquire); /* ROOM acquire */
    for (;;) {
        if ((word & TS_SPSC_BUSY) != 0) {
            return TS_FULL;
        }
        if (word == ring->write) {
            return TS_EMPTY;
        }
        if (word != ring->head_seen) {
            ts_spsc_refresh_room(ring); /* the consumer made room since we looked */
            return TS_OK;
        }
        uint64_t record = ts_spsc_record(ring, word);
        uint64_t next = record + ts_spsc_stride(ts_spsc_size_at(ring, record));
        TS_PROBE_PAUSE(SPSC_EVICT_EXCHANGE);
        /*
         * Acquire (ROOM): the value may be the consumer's. No release: the consumer takes nothing from this
         * store but the number; what it then reads it gets through DATA.
         */
        if (atomic_compare_exchange_strong_explicit(&ring->head, &word, next, memory_order_acquire,
                                                    memory_order_acquire)) {
            ring->evicted++;
            atomic_store_explicit(&ring->evicted_published, ring->evicted,
                                  memory_order_relaxed); /* a statistic */
            ts_spsc_refresh_room(ring);
            return TS_OK;
        }
    }
}

/* Claims the oldest record of an evictable ring: sets the busy bit on it. */
static bool hold_oldest(struct ts_spsc *ring)
{
    uint64_t word = atomic_load_explicit(&ring->head, memory_order_relaxed); /* re-checked by the exchange */
    for (;;) {
        if ((int64_t)(ring->tail_seen - word) <= 0) {
            ring->tail_seen = atomic_load_explicit(&ring->tail, memory_order_acquire); /* DATA acquire */
            if ((int64_t)(ring->tail_seen - word) <= 0) {
                return false;
            }
        }
        /*
         * Relaxed: head only grows, so success means that the producer has not passed this record, and with
         * the bit set it cannot; the record itself was acquired with tail (DATA), and is given back with
         * ROOM.
         */
        if (atomic_compare_exchange_weak_explicit(&ring->head, &word, word | TS_SPSC_BUSY,
                                                  memory_order_relaxed, memory_order_relaxed)) {
            ring->read = ts_spsc_record(ring, word);
            return true;
        }
    }
}

/* From an evictable ring: each record has a header of its own, and may only be read while it is held. */
static ts_err take_held(struct ts_spsc *ring, void *buffer, uint32_t size_max, uint32_t *size)
{
    if (!hold_oldest(ring)) {
        return TS_EMPTY;
    }
    TS_PROBE_PAUSE(SPSC_TAKE_HELD);
    *size = ts_spsc_size_at(ring, ring->read);
    if (*size > size_max) {
        /* ROOM release: nothing was read but the size; the bit goes, the record stays. */
        atomic_store_explicit(&ring->head, ring->read, memory_order_release);
        return TS_LIMIT;
    }
    memcpy(buffer, ts_spsc_at(ring, ring->read) + 1, *size);
    TS_PROBE_PAUSE(SPSC_TAKE_COPIED);
    ring->read += ts_spsc_stride(*size);
    ring->run_end = ring->read;
    ring->taken++;
    ts_spsc_release(ring); /* clears the busy bit too */
    return TS_OK;
}

ts_err ts_spsc_take(struct ts_spsc *ring, void *buffer, uint32_t size_max, uint32_t *size)
{
    if (ring->evictable) {
        return take_held(ring, buffer, size_max, size);
    }
    const void *payload = ts_spsc_peek(ring, size);
    if (payload == NULL) {
        return TS_EMPTY;
    }
    TS_PROBE_PAUSE(SPSC_TAKE_HELD);
    if (*size > size_max) {
        return TS_LIMIT;
    }
    memcpy(buffer, payload, *size);
    TS_PROBE_PAUSE(SPSC_TAKE_COPIED);
    ts_spsc_advance(ring);
    ts_spsc_release(ring);
    return TS_OK;
}

uint64_t ts_spsc_walk(struct ts_spsc *ring)
{
    uint64_t tail = atomic_load_explicit(&ring->tail, memory_order_acquire); /* DATA acquire */
    /* Not from head where the consumer may have released a part of a run: no header stands there. Relaxed: a
     * quiet point, or this thread's own. */
    uint64_t index = ring->run_end;
    uint64_t count = ring->taken - atomic_load_explicit(&ring->consumed, memory_order_relaxed);
    if (ring->evictable) {
        index = atomic_load_explicit(&ring->head, memory_order_relaxed) & ~TS_SPSC_BUSY;
        count = 0;
    }
    while (index != tail) {
        index = ts_spsc_record(ring, index);
        uint64_t word = ts_spsc_word_at(ring, index);
        uint32_t size = (uint32_t)word & ~TS_SPSC_ON_LINE;
        index += sizeof(struct ts_spsc_header);
        index = size == (uint32_t)word ? index : ts_spsc_next_line(index);
        index += (word >> 32) * ts_spsc_payload_stride(size);
        count += word >> 32;
    }
    return count;
}
