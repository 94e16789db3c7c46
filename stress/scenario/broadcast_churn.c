/*
 * broadcast-churn: readers join and leave the broadcast buffer while its producer floods it.
 *
 * Hazard: joins and leaves during the flood. The buffer of lib/queue alone, no engine: the delivery mode
 * changes nothing. Each round draws its size, its policy and its readers. Must show: every reader sees every
 * item from where it joined, whole (checksum, read twice) and in order, or is told exactly how many it lost
 * (evict); a late joiner starts at now; one too many is refused; nobody starves; memory stays as it was
 * allocated (not asked in an explored life, whose process keeps more). Threads: one producer, up to six
 * readers of the scenario; the owner watches.
 */
#include "base/clock.h"
#include "base/thread.h"
#include "queue/broadcast.h"
#include "scenario/life.h"
#include "scenario/scenarios.h"

#include <sched.h>
#include <stdio.h>
#include <string.h>

#define READERS_MAX 6u
#define WORDS       15u
#define ROUND_NS    (100 * TS_NS_PER_MS)
#define STAY_MAX    400u /* items a reader reads before it leaves */
#define SLOW_NS     200000

/* In an explored life, of the producer and of each reader. */
#define EXPLORED_ITEMS  24u
#define EXPLORED_VISITS 4u

/* Growth of resident memory over the whole life that is still flat, by flavour. */
static const uint64_t growth_max_bytes[TS_FLAVOUR_COUNT] = {16u << 20, 96u << 20, 96u << 20,
                                                            UINT64_MAX / 2 /* the explorer's */};

struct item {
    uint64_t sequence;
    uint64_t words[WORDS]; /* functions of the sequence number */
};

struct round;

struct reader {
    struct round *round;
    struct ts_random random;
    struct ts_thread thread;
    uint64_t joins, lost; /* the reader's until it has ended */
};

struct round {
    struct ts_life *life;
    struct ts_broadcast *buffer;
    struct ts_broadcast_options options;
    struct ts_thread producer;
    struct reader readers[READERS_MAX];
    uint32_t reader_count;
    _Atomic int stop; /* relaxed: carries nothing but itself */
    uint64_t written; /* the producer's until it has ended */
};

static bool stopped(struct round *round)
{
    return atomic_load_explicit(&round->stop, memory_order_relaxed) != 0;
}

static void broken(const struct reader *reader, const char *name, const char *what, uint64_t got,
                   uint64_t wanted)
{
    ts_board_violation(reader->round->life->board, name, "%s: %llu, not %llu", what, (unsigned long long)got,
                       (unsigned long long)wanted);
}

static void fill(struct item *item, uint64_t sequence)
{
    item->sequence = sequence;
    for (uint32_t i = 0; i < WORDS; i++) {
        item->words[i] = ts_hash64(sequence + i);
    }
}

static bool is_whole(const struct item *item, uint64_t sequence)
{
    bool whole = item->sequence == sequence;
    for (uint32_t i = 0; i < WORDS; i++) {
        whole = whole && item->words[i] == ts_hash64(sequence + i);
    }
    return whole;
}

static void produce(void *argument)
{
    struct round *round = argument;
    struct ts_idle idle;
    ts_idle_reset(&idle);
    /* Some schedules let nobody else run. */
    uint64_t items_max = round->life->explored ? EXPLORED_ITEMS : UINT64_MAX;
    while (!stopped(round) && round->written < items_max) {
        struct item *item = ts_broadcast_claim(round->buffer);
        if (item == NULL) {
            ts_idle_wait(&idle);
            continue;
        }
        fill(item, round->written);
        ts_broadcast_commit(round->buffer);
        round->written++;
        ts_idle_reset(&idle);
    }
}

/* One look at the buffer. False when there was nothing to read. */
static bool read_next(struct reader *reader, struct ts_broadcast_token *token, uint64_t *expected)
{
    struct round *round = reader->round;
    uint64_t published = ts_broadcast_published(round->buffer), lost = 0;
    const void *item;
    ts_err error = ts_broadcast_peek(token, &item, &lost);
    if (error == TS_EMPTY) {
        if (*expected < published) {
            broken(reader, "starved", "a reader found nothing; its position and what was published",
                   *expected, published);
        }
        return false;
    }
    if (error == TS_LAGGED) {
        if (round->options.policy == TS_SLOW_CONSUMER_GATE) {
            broken(reader, "lapped", "items lost by a reader that the producer must wait for", lost, 0);
        }
        reader->lost += lost;
        *expected += lost;
        return true;
    }
    if (!is_whole(item, *expected) || !is_whole(item, *expected)) {
        broken(reader, "torn", "an item that is not whole has the sequence number",
               ((const struct item *)item)->sequence, *expected);
        *expected = ts_broadcast_position(token);
    }
    ts_broadcast_advance(token);
    ++*expected;
    ts_board_beat(round->life->board);
    return true;
}

/* Joins, reads for a while, leaves. False when every token is out. */
static bool visit(struct reader *reader)
{
    struct round *round = reader->round;
    struct ts_broadcast_token *token;
    enum ts_join_at at = ts_random_below(&reader->random, 4) == 0 ? TS_JOIN_OLDEST : TS_JOIN_NOW;
    uint64_t before = ts_broadcast_published(round->buffer);
    ts_err error = ts_broadcast_join(round->buffer, at, &token);
    uint64_t after = ts_broadcast_published(round->buffer);
    if (error != TS_OK) {
        if (round->reader_count <= round->options.max_consumers) {
            broken(reader, "join", "a reader was refused; readers and tokens", round->reader_count,
                   round->options.max_consumers);
        }
        return false;
    }
    uint64_t expected = ts_broadcast_position(token);
    if (expected > after || (at == TS_JOIN_NOW && expected < before)) {
        broken(reader, "late-join", "a reader that joined starts at an item, where the newest was", expected,
               before);
    }
    uint32_t consumers = ts_broadcast_stats(round->buffer).consumers;
    if (consumers > round->options.max_consumers) {
        broken(reader, "join", "readers in the buffer, and tokens", consumers, round->options.max_consumers);
    }
    bool slow = ts_random_below(&reader->random, 8) == 0;
    uint64_t stay = 1 + ts_random_below(&reader->random, ts_life_size(round->life, STAY_MAX, 6));
    struct ts_idle idle;
    ts_idle_reset(&idle);
    while (stay > 0 && !stopped(round)) {
        if (read_next(reader, token, &expected)) {
            stay--;
            ts_idle_reset(&idle);
        } else {
            ts_idle_wait(&idle);
        }
        if (slow && stay % ts_life_size(round->life, 64, 3) == 0) {
            ts_sleep_ns(ts_life_size(round->life, SLOW_NS, 2000));
        }
    }
    ts_broadcast_leave(token);
    reader->joins++;
    return true;
}

static void read_on(void *argument)
{
    struct reader *reader = argument;
    uint64_t visits_max = reader->round->life->explored ? EXPLORED_VISITS : UINT64_MAX;
    for (uint64_t i = 0; i < visits_max && !stopped(reader->round); i++) {
        if (!visit(reader)) {
            sched_yield();
        }
    }
}

static void draw_options(const struct ts_life *life, struct ts_random *random,
                         struct ts_broadcast_options *options)
{
    *options = (struct ts_broadcast_options){
        .item_size = sizeof(struct item),
        .block_items = 1u << ts_random_below(random, ts_life_size(life, 6, 2)),
        .max_blocks = 2 + (uint32_t)ts_random_below(random, ts_life_size(life, 14, 3)),
        .max_consumers = 1 + (uint32_t)ts_random_below(random, ts_life_size(life, READERS_MAX, 3)),
        .policy = ts_random_below(random, 2) == 0 ? TS_SLOW_CONSUMER_GATE : TS_SLOW_CONSUMER_EVICT,
    };
}

static ts_err start_threads(struct round *round, struct ts_diag *diag)
{
    char name[16];
    ts_err error = ts_thread_start(&round->producer, "producer", produce, round, diag);
    for (uint32_t i = 0; error == TS_OK && i < round->reader_count; i++) {
        struct reader *reader = &round->readers[i];
        *reader = (struct reader){.round = round, .random.state = ts_random_next(&round->life->random)};
        snprintf(name, sizeof name, "reader-%u", i);
        error = ts_thread_start(&reader->thread, name, read_on, reader, diag);
    }
    return error;
}

/* What the buffer says of itself must be what producer and readers counted. */
static void check_books(struct round *round)
{
    struct ts_broadcast_stats stats = ts_broadcast_stats(round->buffer);
    bool evicts = round->options.policy == TS_SLOW_CONSUMER_EVICT;
    uint64_t lost = 0, joins = 0;
    for (uint32_t i = 0; i < round->reader_count; i++) {
        lost += round->readers[i].lost;
        joins += round->readers[i].joins;
    }
    const struct {
        const char *what;
        uint64_t left, right;
    } identities[] = {
        {"items published = written", stats.published, round->written},
        {"items lost = told to readers", stats.lost, lost},
        {"consumers left = 0", stats.consumers, 0},
        {"blocks = as created", stats.blocks_allocated,
         round->options.max_blocks + (evicts ? round->options.max_consumers : 0)},
    };
    for (size_t i = 0; i < sizeof identities / sizeof *identities; i++) {
        ts_board_add(round->life->board, TS_COUNTER_checks, 1);
        if (identities[i].left != identities[i].right) {
            broken(&round->readers[0], "accounting", identities[i].what, identities[i].left,
                   identities[i].right);
        }
    }
    if (stats.blocks_free >= stats.blocks_allocated) {
        broken(&round->readers[0], "accounting", "blocks free, of all", stats.blocks_free,
               stats.blocks_allocated);
    }
    ts_board_add(round->life->board, TS_COUNTER_ticks_fed, round->written);
    atomic_fetch_add_explicit(&round->life->board->hazard, joins, memory_order_relaxed); /* a statistic */
}

static ts_err run_round(struct ts_life *life, struct ts_diag *diag)
{
    static struct round round; /* its threads know its address; one round at a time */
    memset(&round, 0, sizeof round);
    round.life = life;
    draw_options(life, &life->random, &round.options);
    /* Now and then one reader more than there are tokens. */
    round.reader_count = round.options.max_consumers + (ts_random_below(&life->random, 4) == 0);
    round.reader_count = round.reader_count < READERS_MAX ? round.reader_count : READERS_MAX;
    ts_err error = ts_broadcast_create(&round.options, &round.buffer, diag);
    if (error != TS_OK) {
        return error;
    }
    int64_t start_ns = ts_clock_ns();
    error = start_threads(&round, diag);
    while (error == TS_OK && ts_clock_within(start_ns, ts_life_size(life, ROUND_NS, 10000)) &&
           !ts_life_expired(life)) {
        ts_sleep_ns(ts_life_size(life, TS_NS_PER_MS, 5000));
    }
    atomic_store_explicit(&round.stop, 1, memory_order_relaxed);
    ts_thread_join(&round.producer);
    for (uint32_t i = 0; i < round.reader_count; i++) {
        ts_thread_join(&round.readers[i].thread);
    }
    check_books(&round);
    ts_broadcast_destroy(round.buffer);
    return error;
}

ts_err ts_scenario_broadcast_churn(struct ts_life *life, struct ts_diag *diag)
{
    ts_err error = TS_OK;
    uint64_t first_bytes = 0;
    atomic_store_explicit(&life->board->phase, TS_BOARD_RUNNING, memory_order_release); /* READY release */
    while (error == TS_OK && !ts_life_over(life)) {
        error = run_round(life, diag);
        if (first_bytes == 0 && !life->explored) {
            first_bytes = ts_life_resident_bytes();
        }
    }
    if (life->explored) {
        return error; /* the process keeps threads and schedules */
    }
    uint64_t last_bytes = ts_life_resident_bytes();
    ts_board_add(life->board, TS_COUNTER_checks, 1);
    if (last_bytes > first_bytes + growth_max_bytes[life->flavour]) {
        ts_board_violation(life->board, "memory", "resident memory grew from %llu to %llu bytes",
                           (unsigned long long)first_bytes, (unsigned long long)last_bytes);
    }
    return error;
}
