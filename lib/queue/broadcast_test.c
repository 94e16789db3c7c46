#include "base/random.h"
#include "base/thread.h"
#include "queue/broadcast.h"

#include <criterion/criterion.h>
#include <sched.h>

static struct ts_broadcast *create(uint32_t max_blocks, uint32_t retain, enum ts_slow_consumer_policy policy)
{
    struct ts_broadcast_options options = {.item_size = 24,
                                           .block_items = 4,
                                           .max_blocks = max_blocks,
                                           .max_consumers = 3,
                                           .retain_blocks = retain,
                                           .policy = policy};
    struct ts_broadcast *buffer = NULL;
    cr_assert_eq(ts_broadcast_create(&options, &buffer, NULL), TS_OK);
    return buffer;
}

static bool append(struct ts_broadcast *buffer, uint64_t number)
{
    uint64_t *item = ts_broadcast_claim(buffer);
    if (item == NULL) {
        return false;
    }
    item[0] = number;
    item[1] = ts_hash64(number);
    item[2] = ~number;
    ts_broadcast_commit(buffer);
    return true;
}

static uint64_t number_of(const void *item)
{
    const uint64_t *words = item;
    cr_assert(words[1] == ts_hash64(words[0]) && words[2] == ~words[0], "item %llu is torn",
              (unsigned long long)words[0]);
    return words[0];
}

static uint64_t take(struct ts_broadcast_token *token)
{
    const void *item;
    uint64_t lost;
    cr_assert_eq(ts_broadcast_peek(token, &item, &lost), TS_OK);
    uint64_t number = number_of(item);
    ts_broadcast_advance(token);
    return number;
}

Test(broadcast, a_run_ends_with_its_block_and_is_seen_whole_at_its_commit)
{
    struct ts_broadcast *buffer = create(3, 0, TS_SLOW_CONSUMER_GATE); /* 4 items a block */
    struct ts_broadcast_token *token;
    uint64_t lost, written = 0, expected = 0;
    cr_assert_eq(ts_broadcast_join(buffer, TS_JOIN_NOW, &token), TS_OK);
    for (int round = 0; round < 50; round++) {
        const void *items;
        uint32_t count = 1 + (uint32_t)round % 6;
        uint64_t(*room)[3] = ts_broadcast_claim_run(buffer, &count);
        cr_assert(room != NULL && count >= 1 && count <= 4 - written % 4);
        for (uint32_t i = 0; i < count; i++, written++) {
            room[i][0] = written;
            room[i][1] = ts_hash64(written);
            room[i][2] = ~written;
        }
        cr_assert_eq(ts_broadcast_peek_run(token, &items, &count, &lost), TS_EMPTY, "seen before its commit");
        ts_broadcast_commit_run(buffer, (uint32_t)(written - expected));
        while (ts_broadcast_peek_run(token, &items, &count, &lost) == TS_OK) {
            for (uint32_t i = 0; i < count; i++, expected++) {
                cr_assert_eq(number_of((const uint64_t(*)[3])items + i), expected);
            }
            ts_broadcast_advance_run(token, count);
        }
        cr_assert_eq(expected, written);
    }
    ts_broadcast_leave(token);
    ts_broadcast_destroy(buffer);
}

Test(broadcast, every_consumer_sees_every_item_from_where_it_joined)
{
    struct ts_broadcast *buffer = create(8, 2, TS_SLOW_CONSUMER_GATE);
    struct ts_broadcast_token *now, *oldest;
    uint64_t lost;
    const void *item;
    for (uint64_t n = 0; n < 6; n++) {
        cr_assert(append(buffer, n));
    }
    cr_assert_eq(ts_broadcast_join(buffer, TS_JOIN_NOW, &now), TS_OK);
    cr_assert_eq(ts_broadcast_join(buffer, TS_JOIN_OLDEST, &oldest), TS_OK);
    cr_assert_eq(ts_broadcast_peek(now, &item, &lost), TS_EMPTY);
    for (uint64_t n = 6; n < 20; n++) {
        cr_assert(append(buffer, n));
    }
    for (uint64_t n = 0; n < 20; n++) {
        cr_assert_eq(take(oldest), n);
    }
    for (uint64_t n = 6; n < 20; n++) {
        cr_assert_eq(ts_broadcast_position(now), n);
        cr_assert_eq(take(now), n);
    }
    cr_assert_eq(ts_broadcast_peek(now, &item, &lost), TS_EMPTY);
    ts_broadcast_leave(now);
    ts_broadcast_leave(oldest);
    ts_broadcast_destroy(buffer);
}

Test(broadcast, joining_at_a_block_end_waits_for_the_next_block)
{
    struct ts_broadcast *buffer = create(2, 0, TS_SLOW_CONSUMER_GATE);
    struct ts_broadcast_token *token;
    for (uint64_t n = 0; n < 4; n++) {
        cr_assert(append(buffer, n));
    }
    cr_assert_eq(ts_broadcast_join(buffer, TS_JOIN_NOW, &token), TS_OK);
    cr_assert(append(buffer, 4));
    cr_assert_eq(take(token), 4);
    ts_broadcast_leave(token);
    ts_broadcast_destroy(buffer);
}

Test(broadcast, retention_bounds_what_a_late_joiner_gets)
{
    struct ts_broadcast *buffer = create(8, 2, TS_SLOW_CONSUMER_GATE);
    struct ts_broadcast_token *token;
    for (uint64_t n = 0; n < 1000; n++) {
        cr_assert(append(buffer, n));
    }
    cr_assert_eq(ts_broadcast_join(buffer, TS_JOIN_OLDEST, &token), TS_OK);
    uint64_t first = take(token);
    cr_assert(first >= 1000 - 4 * 4 && first <= 1000 - 2 * 4, "joined at %llu", (unsigned long long)first);
    ts_broadcast_leave(token);
    ts_broadcast_destroy(buffer);
}

Test(broadcast, one_token_too_many_is_refused)
{
    struct ts_broadcast *buffer = create(2, 0, TS_SLOW_CONSUMER_GATE);
    struct ts_broadcast_token *tokens[3], *fourth = NULL;
    for (int i = 0; i < 3; i++) {
        cr_assert_eq(ts_broadcast_join(buffer, TS_JOIN_NOW, &tokens[i]), TS_OK);
    }
    cr_assert_eq(ts_broadcast_join(buffer, TS_JOIN_NOW, &fourth), TS_LIMIT);
    cr_assert_null(fourth);
    ts_broadcast_leave(tokens[1]);
    cr_assert_eq(ts_broadcast_join(buffer, TS_JOIN_NOW, &fourth), TS_OK);
    ts_broadcast_destroy(buffer);
}

Test(broadcast, gate_stops_the_producer_at_the_bound_and_loses_nothing)
{
    struct ts_broadcast *buffer = create(3, 0, TS_SLOW_CONSUMER_GATE);
    struct ts_broadcast_token *token;
    uint64_t written = 0, read = 0;
    cr_assert_eq(ts_broadcast_join(buffer, TS_JOIN_NOW, &token), TS_OK);
    for (int round = 0; round < 50; round++) {
        while (append(buffer, written)) {
            written++;
        }
        cr_assert_leq(written - read, 12);
        for (int i = 0; i < 5; i++) {
            cr_assert_eq(take(token), read++);
        }
    }
    cr_assert_gt(ts_broadcast_stats(buffer).gated, 0);
    ts_broadcast_leave(token);
    ts_broadcast_destroy(buffer);
}

Test(broadcast, an_evicted_consumer_keeps_its_block_and_is_told_its_loss)
{
    struct ts_broadcast *buffer = create(2, 0, TS_SLOW_CONSUMER_EVICT);
    struct ts_broadcast_token *slow[2];
    const void *item;
    uint64_t lost = 0;
    for (int i = 0; i < 2; i++) {
        cr_assert_eq(ts_broadcast_join(buffer, TS_JOIN_NOW, &slow[i]), TS_OK);
    }
    for (uint64_t n = 0; n < 100; n++) {
        cr_assert(append(buffer, n), "an evicting buffer never gates");
    }
    for (int i = 0; i < 2; i++) {
        for (uint64_t n = 0; n < 4; n++) {
            cr_assert_eq(take(slow[i]), n);
        }
        cr_assert_eq(ts_broadcast_peek(slow[i], &item, &lost), TS_LAGGED);
        cr_assert_eq(take(slow[i]), 4 + lost);
    }
    struct ts_broadcast_stats stats = ts_broadcast_stats(buffer);
    cr_assert_eq(stats.evictions, 2);
    cr_assert_eq(stats.lost, 2 * lost);
    ts_broadcast_leave(slow[0]);
    ts_broadcast_leave(slow[1]);
    for (uint64_t n = 100; n < 200; n++) {
        cr_assert(append(buffer, n));
    }
    stats = ts_broadcast_stats(buffer);
    cr_assert_geq(stats.blocks_free + 2, stats.blocks_allocated, "a withheld block was lost");
    ts_broadcast_destroy(buffer);
}

Test(broadcast, bad_options_are_refused)
{
    struct ts_broadcast *buffer = NULL;
    struct ts_broadcast_options options = {
        .item_size = 8, .block_items = 4, .max_blocks = 1, .max_consumers = 1};
    cr_assert_eq(ts_broadcast_create(&options, &buffer, NULL), TS_INVALID);
    options.max_blocks = 4;
    options.retain_blocks = 3;
    cr_assert_eq(ts_broadcast_create(&options, &buffer, NULL), TS_INVALID);
    options.retain_blocks = 0;
    options.item_size = 0;
    cr_assert_eq(ts_broadcast_create(&options, &buffer, NULL), TS_INVALID);
    cr_assert_null(buffer);
}

#define ITEMS 40000u

struct reader {
    struct ts_thread thread;
    struct ts_broadcast *buffer;
    struct ts_broadcast_token *token;
    uint64_t joined, seen, lost;
};

static void read_all(void *argument)
{
    struct reader *reader = argument;
    uint64_t expected = ts_broadcast_position(reader->token);
    reader->joined = expected;
    while (expected < ITEMS) {
        const void *item;
        uint64_t lost;
        switch (ts_broadcast_peek(reader->token, &item, &lost)) {
        case TS_OK:
            cr_assert_eq(number_of(item), expected);
            ts_broadcast_advance(reader->token);
            expected++;
            reader->seen++;
            break;
        case TS_LAGGED:
            expected += lost;
            reader->lost += lost;
            break;
        default:
            sched_yield();
        }
    }
    ts_broadcast_leave(reader->token);
}

static void start_reader(struct reader *reader, struct ts_broadcast *buffer, enum ts_join_at at)
{
    *reader = (struct reader){.buffer = buffer};
    cr_assert_eq(ts_broadcast_join(buffer, at, &reader->token), TS_OK);
    cr_assert_eq(ts_thread_start(&reader->thread, "reader", read_all, reader, NULL), TS_OK);
}

static void run_threads(enum ts_slow_consumer_policy policy)
{
    struct ts_broadcast *buffer = create(4, 0, policy);
    struct reader readers[3];
    start_reader(&readers[0], buffer, TS_JOIN_NOW);
    start_reader(&readers[1], buffer, TS_JOIN_NOW);
    for (uint64_t n = 0; n < ITEMS; n++) {
        if (n == ITEMS / 2) {
            start_reader(&readers[2], buffer, TS_JOIN_OLDEST); /* joins while the others read */
        }
        while (!append(buffer, n)) {
            sched_yield();
        }
    }
    for (int i = 0; i < 3; i++) {
        ts_thread_join(&readers[i].thread);
        cr_assert_eq(readers[i].joined + readers[i].seen + readers[i].lost, ITEMS);
        cr_assert(policy == TS_SLOW_CONSUMER_EVICT || readers[i].lost == 0);
    }
    ts_broadcast_destroy(buffer);
}

Test(broadcast, threads_under_gate_see_all)
{
    run_threads(TS_SLOW_CONSUMER_GATE);
}

Test(broadcast, threads_under_evict_see_or_are_told)
{
    run_threads(TS_SLOW_CONSUMER_EVICT);
}
