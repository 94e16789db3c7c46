/*
 * spsc-wrap: the ring between producer and consumer, at the ends of its buffer and of its numbers.
 *
 * Hazard: rings whose indices passed 2^32 (or 2^64) or whose records wrapped round the end of a small buffer.
 * The ring of lib/queue alone, no engine: the delivery mode changes nothing. Each round draws the capacity,
 * the sizes of the records, where the indices begin, and whether records go one by one or through a writer
 * and a reader. Must show: every record whole and in order, none lost
 * or doubled, no more counted than there is room for; in an evictable ring exactly those missing that the
 * producer evicted. Threads: one producer of the scenario; the owner consumes.
 */
#include "base/clock.h"
#include "base/thread.h"
#include "queue/spsc_reader.h"
#include "queue/spsc_writer.h"
#include "scenario/life.h"
#include "scenario/scenarios.h"

#include <string.h>

#define RECORD_WORDS_MAX 24u
#define RECORDS          4000u /* a round */

/* Where indices and counts begin: a few records before an end, or at the beginning. */
static const uint64_t ends[] = {UINT64_C(1) << 32, UINT64_C(1) << 31, 0 /* of 2^64 */, UINT64_C(4096)};

struct round {
    struct ts_life *life;
    struct ts_spsc ring;
    struct ts_random random; /* the producer's */
    struct ts_thread producer;
    struct ts_spsc_writer writer; /* the producer's, with span_bytes: it puts */
    struct ts_spsc_reader reader; /* the owner's, with a ring: it gets */
    uint32_t records;
    uint32_t burst;    /* records between two publications, at most */
    uint32_t pace;     /* records of one size behind each other, at most */
    uint64_t evicted;  /* the producer's until it has ended */
    _Atomic int abort; /* relaxed: carries nothing but itself */
};

static void write_record(uint64_t *words, uint32_t count, uint64_t sequence)
{
    words[0] = sequence;
    for (uint32_t i = 1; i < count; i++) {
        words[i] = ts_hash64(sequence + i);
    }
}

static bool is_whole(const uint64_t *words, uint32_t size)
{
    bool whole = size % sizeof *words == 0 && size >= sizeof *words;
    for (uint32_t i = 1; whole && i < size / sizeof *words; i++) {
        whole = words[i] == ts_hash64(words[0] + i);
    }
    return whole;
}

static void publish(struct round *round)
{
    if (round->writer.span_bytes > 0) {
        ts_spsc_writer_flush(&round->writer);
    } else {
        ts_spsc_publish(&round->ring);
    }
}

/* Room for a record, waited for or made by an eviction. NULL when the round was given up. */
static uint64_t *claim(struct round *round, uint32_t size)
{
    struct ts_idle idle;
    uint64_t *words;
    ts_idle_reset(&idle);
    while ((words = round->writer.span_bytes > 0 ? ts_spsc_writer_put(&round->writer, size)
                                                 : ts_spsc_claim(&round->ring, size)) == NULL) {
        if (atomic_load_explicit(&round->abort, memory_order_relaxed) != 0) {
            return NULL;
        }
        if (!round->ring.evictable) {
            publish(round);
            ts_idle_wait(&idle);
        } else if (ts_spsc_evict_oldest(&round->ring) == TS_FULL) {
            ts_idle_wait(&idle);
        }
    }
    return words;
}

static void produce(void *argument)
{
    struct round *round = argument;
    uint32_t count = 0, alike = 0;
    for (uint64_t sequence = 1; sequence <= round->records; sequence++) {
        if (alike-- == 0) {
            alike = (uint32_t)ts_random_below(&round->random, round->pace);
            count = 1 + (uint32_t)ts_random_below(&round->random, RECORD_WORDS_MAX);
        }
        uint64_t *words = claim(round, count * (uint32_t)sizeof *words);
        if (words == NULL) {
            return;
        }
        write_record(words, count, sequence);
        if (round->writer.span_bytes == 0) {
            ts_spsc_commit(&round->ring);
        }
        if (sequence == round->records || ts_random_below(&round->random, round->burst) == 0) {
            publish(round);
        }
    }
    round->evicted = round->ring.evicted;
}

struct consumer {
    struct round *round;
    uint64_t last;  /* sequence number of the latest record */
    uint64_t holes; /* numbers jumped over */
};

static void consume(const void *payload, uint32_t size, void *user_data)
{
    struct consumer *consumer = user_data;
    struct round *round = consumer->round;
    const uint64_t *words = payload;
    ts_board_beat(round->life->board);
    if (!is_whole(words, size)) {
        ts_board_violation(round->life->board, "torn", "the record after number %llu is not whole",
                           (unsigned long long)consumer->last);
        return;
    }
    if (words[0] <= consumer->last || (!round->ring.evictable && words[0] != consumer->last + 1)) {
        ts_board_violation(round->life->board, "order", "record %llu came after %llu",
                           (unsigned long long)words[0], (unsigned long long)consumer->last);
    }
    consumer->holes += words[0] - consumer->last - 1;
    consumer->last = words[0];
}

/* Some records. Their room is given back now and then, and before anybody waits. */
static uint32_t get_some(struct round *round, struct consumer *consumer)
{
    struct ts_random *random = &round->life->random;
    const void *record;
    uint32_t size, count = 0, most = 1 + (uint32_t)ts_random_below(random, 64);
    while (count < most && ts_spsc_reader_get(&round->reader, &record, &size)) {
        consume(record, size, consumer);
        count++;
    }
    if (count < most || ts_random_below(random, 2) == 0) {
        ts_spsc_reader_release(&round->reader);
    }
    return count;
}

/* Takes what there is, in one of the ring's ways. Returns how many records. */
static uint32_t take_some(struct round *round, struct consumer *consumer)
{
    uint64_t copy[RECORD_WORDS_MAX];
    uint32_t size, count = 0;
    uint64_t pending = ts_spsc_records(&round->ring);
    if (pending > round->ring.capacity_records) {
        ts_board_violation(round->life->board, "bound", "%llu records in a ring for %llu",
                           (unsigned long long)pending, (unsigned long long)round->ring.capacity_records);
    }
    if (round->reader.ring != NULL) {
        return get_some(round, consumer);
    }
    if (!round->ring.evictable && ts_random_below(&round->life->random, 2) == 0) {
        return ts_spsc_pop_batch(&round->ring, 1 + (uint32_t)ts_random_below(&round->life->random, 64),
                                 consume, consumer);
    }
    while (count < 64 && ts_spsc_take(&round->ring, copy, sizeof copy, &size) == TS_OK) {
        consume(copy, size, consumer);
        count++;
    }
    return count;
}

static void check_books(struct round *round, const struct consumer *consumer)
{
    struct ts_board *board = round->life->board;
    ts_board_add(board, TS_COUNTER_checks, 2);
    if (consumer->holes != round->evicted) {
        ts_board_violation(board, "accounting", "%llu records are missing, %llu were evicted",
                           (unsigned long long)consumer->holes, (unsigned long long)round->evicted);
    }
    if (ts_spsc_records(&round->ring) != 0 || ts_spsc_walk(&round->ring) != 0) {
        ts_board_violation(board, "accounting", "an empty ring counts %llu records and holds %llu",
                           (unsigned long long)ts_spsc_records(&round->ring),
                           (unsigned long long)ts_spsc_walk(&round->ring));
    }
}

/* Consumes until the last record is through; an explored round has no time that could be up. Without a
 * heartbeat of its own: a ring that stands still is seen to. */
static void drain(struct round *round)
{
    struct consumer consumer = {.round = round};
    struct ts_idle idle;
    ts_idle_reset(&idle);
    while (consumer.last < round->records && (round->life->explored || !ts_life_expired(round->life))) {
        if (take_some(round, &consumer) > 0) {
            ts_idle_reset(&idle);
        } else {
            ts_idle_wait(&idle);
        }
    }
    atomic_store_explicit(&round->abort, 1, memory_order_relaxed);
    ts_thread_join(&round->producer);
    /* Nobody writes any more: what is published must come out, also in a round that time has ended. */
    while (take_some(round, &consumer) > 0) {
    }
    if (ts_spsc_records(&round->ring) != 0) {
        ts_board_violation(round->life->board, "unreachable", "%llu published records cannot be read",
                           (unsigned long long)ts_spsc_records(&round->ring));
    }
    if (consumer.last == round->records) {
        check_books(round, &consumer);
        atomic_fetch_add_explicit(&round->life->board->hazard, 1, memory_order_relaxed); /* a statistic */
    }
}

/* Writer and reader, each or both, where the ring has room for them: not where records are evicted. */
static void draw_ways(struct round *round)
{
    struct ts_random *random = &round->life->random;
    if (round->ring.evictable) {
        return;
    }
    if (ts_random_below(random, 2) == 0) {
        round->writer.ring = &round->ring;
        round->writer.span_bytes = 1u << ts_random_below(random, 13);
    }
    if (ts_random_below(random, 2) == 0) {
        ts_spsc_reader_begin(&round->reader, &round->ring, 1u << ts_random_below(random, 13));
    }
}

static ts_err run_round(struct ts_life *life, struct ts_diag *diag)
{
    static struct round round; /* its producer knows its address; one round at a time */
    struct ts_random *random = &life->random;
    memset(&round, 0, sizeof round);
    round.life = life;
    round.random.state = ts_random_next(random);
    round.records = ts_life_size(life, RECORDS, 24);
    round.burst = 1 + (uint32_t)ts_random_below(random, 32);
    round.pace = ts_random_below(random, 2) == 0 ? 1 : 1 + (uint32_t)ts_random_below(random, 24);
    uint64_t records = ts_random_below(random, 4) == 0 ? TS_SPSC_RECORDS_UNBOUNDED
                                                       : UINT64_C(1) << ts_random_below(random, 6);
    ts_err error = ts_spsc_init(&round.ring, 0, records, RECORD_WORDS_MAX * sizeof(uint64_t),
                                ts_random_below(random, 2) == 0, diag);
    if (error != TS_OK) {
        return error;
    }
    uint64_t end = ends[ts_random_below(random, sizeof ends / sizeof *ends)];
    uint64_t index = end - 8 * (1 + ts_random_below(random, 64));
    ts_spsc_begin_at(&round.ring, index, end - 1 - ts_random_below(random, round.records / 2));
    draw_ways(&round);
    error = ts_thread_start(&round.producer, "producer", produce, &round, diag);
    if (error == TS_OK) {
        drain(&round);
    }
    ts_spsc_fini(&round.ring);
    return error;
}

ts_err ts_scenario_spsc_wrap(struct ts_life *life, struct ts_diag *diag)
{
    ts_err error = TS_OK;
    atomic_store_explicit(&life->board->phase, TS_BOARD_RUNNING, memory_order_release); /* READY release */
    while (error == TS_OK && !ts_life_over(life)) {
        error = run_round(life, diag);
    }
    return error;
}
