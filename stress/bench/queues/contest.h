/*
 * A contest between queues that carry the same records from one thread to another.
 *
 * Records of 8 bytes are a number. Those of 64 and 512 are what the engine hands on: a symbol of up to 32
 * bytes, a timestamp, a count, and doubles. The mix holds all three sizes, a third each, in an order that no
 * predictor learns soon. Every queue has the same memory for what is under way; every producer builds each
 * record from the same sources, every consumer checks its number and adds up all of its words. Where a queue
 * lets them, they do so in place.
 *
 * An adapter is a file that defines how its queue takes and gives one record, and includes loops.h: so every
 * queue's hot path is compiled into the same loop. The adapters of peers may be C++, nothing else is.
 *
 * Threads: create, destroy by one; produce and consume by one thread each. Units: bytes, nanoseconds.
 */
#ifndef TS_BENCH_QUEUES_CONTEST_H
#define TS_BENCH_QUEUES_CONTEST_H

#include <stdint.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Of each queue: half of a usual first-level cache, so that what is under way stays in it. */
#ifndef TS_CONTEST_BYTES
#define TS_CONTEST_BYTES (16u * 1024)
#endif
#define TS_CONTEST_MIX      4096u /* sizes after which the mix repeats */
#define TS_CONTEST_SYMBOLS  8u
#define TS_CONTEST_VALUES   58u
#define TS_CONTEST_INSTANCE 64

/* What each record goes through: into the loop, and with it the size as a constant, for every contestant. A
 * compiler left to choose calls the one and not the other. */
#define TS_CONTEST_INLINE static inline __attribute__((always_inline))

enum ts_payload { TS_PAYLOAD_8, TS_PAYLOAD_64, TS_PAYLOAD_512, TS_PAYLOAD_MIX, TS_PAYLOAD_COUNT };
/* How a side waits for the other: looks all the time; with the spin instruction between two looks; with ever
 * more of them, up to 256. */
enum ts_wait { TS_WAIT_TIGHT, TS_WAIT_HARD, TS_WAIT_RELAXED, TS_WAIT_COUNT };

struct ts_contest_record {
    char symbol[32];
    uint64_t number; /* stands where the timestamp stands */
    uint64_t count;
    double values[TS_CONTEST_VALUES];
};

struct ts_contest_plan {
    uint64_t records;
    const uint16_t *mix;                     /* TS_CONTEST_MIX sizes */
    const struct ts_contest_record *sources; /* TS_CONTEST_SYMBOLS */
};

struct ts_contest_sink {
    uint64_t next; /* the number of the record that must come */
    uint64_t sum;
    uint64_t errors;
};

typedef void (*ts_produce)(void *queue, const struct ts_contest_plan *plan);
typedef void (*ts_consume)(void *queue, const struct ts_contest_plan *plan, struct ts_contest_sink *sink);
/* Sends a record and waits for the answer, or waits and answers; each of the two queues is used one way. */
typedef void (*ts_bounce)(void *out, void *in, const struct ts_contest_plan *plan,
                          struct ts_contest_sink *sink);

struct ts_contestant {
    const char *name;
    void *(*create)(uint32_t slot_bytes, const struct ts_contest_plan *plan); /* slot: the greatest record */
    void (*destroy)(void *queue, uint32_t slot_bytes);
    ts_produce produce[TS_PAYLOAD_COUNT][TS_WAIT_COUNT];
    ts_consume consume[TS_PAYLOAD_COUNT][TS_WAIT_COUNT];
    ts_bounce ask[TS_PAYLOAD_COUNT][TS_WAIT_COUNT], answer[TS_PAYLOAD_COUNT][TS_WAIT_COUNT];
};

static inline uint32_t ts_contest_slots(uint32_t slot_bytes)
{
    return TS_CONTEST_BYTES / slot_bytes;
}

TS_CONTEST_INLINE void ts_contest_write(void *room, uint64_t number, uint32_t size,
                                        const struct ts_contest_plan *plan)
{
    if (size == 8) {
        memcpy(room, &number, sizeof number);
        return;
    }
    const struct ts_contest_record *source = &plan->sources[number % TS_CONTEST_SYMBOLS];
    struct ts_contest_record *record = (struct ts_contest_record *)room;
    uint64_t count = (size - 48) / sizeof(double);
    memcpy(record->symbol, source->symbol, sizeof record->symbol);
    record->number = number;
    record->count = count;
    memcpy(record->values, source->values, count * sizeof(double));
}

TS_CONTEST_INLINE void ts_contest_read(const void *room, uint32_t size, struct ts_contest_sink *sink)
{
    const uint64_t *words = (const uint64_t *)room;
    uint64_t number = size == 8 ? words[0] : words[4];
    uint64_t sum = 0;
    for (uint32_t i = 0; i < size / 8; i++) {
        sum += words[i];
    }
    sink->sum += sum;
    sink->errors += number != sink->next;
    sink->next++;
}

#ifdef __cplusplus
}
#endif

#endif
