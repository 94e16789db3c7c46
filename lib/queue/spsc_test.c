#include "base/random.h"
#include "queue/spsc.h"

#include <criterion/criterion.h>
#include <sched.h>
#include <string.h>

static void push_text(struct ts_spsc *ring, const char *text)
{
    char *room = ts_spsc_claim(ring, (uint32_t)strlen(text));
    cr_assert_not_null(room);
    memcpy(room, text, strlen(text));
    ts_spsc_commit(ring);
    ts_spsc_publish(ring);
}

static bool next_is(struct ts_spsc *ring, const char *text)
{
    uint32_t size;
    const char *payload = ts_spsc_peek(ring, &size);
    bool same = payload != NULL && size == strlen(text) && memcmp(payload, text, size) == 0;
    if (payload != NULL) {
        ts_spsc_advance(ring);
        ts_spsc_release(ring);
    }
    return same;
}

Test(spsc, records_come_out_in_order_whole_and_of_their_own_size)
{
    struct ts_spsc ring;
    cr_assert_eq(ts_spsc_init(&ring, 256, TS_SPSC_RECORDS_UNBOUNDED, 40, false, NULL), TS_OK);
    for (int round = 0; round < 100; round++) { /* wraps at many offsets */
        push_text(&ring, "a");
        push_text(&ring, "a longer record of 33 characters.");
        push_text(&ring, "");
        cr_assert_eq(ts_spsc_records(&ring), 3);
        cr_assert_eq(ts_spsc_walk(&ring), 3);
        cr_assert(next_is(&ring, "a"));
        cr_assert(next_is(&ring, "a longer record of 33 characters."));
        cr_assert(next_is(&ring, ""));
        cr_assert_null(ts_spsc_peek(&ring, NULL));
    }
    ts_spsc_fini(&ring);
}

Test(spsc, push_when_full_returns_null_until_a_record_is_released)
{
    struct ts_spsc ring;
    cr_assert_eq(ts_spsc_init(&ring, 0, 2, 16, false, NULL), TS_OK);
    push_text(&ring, "one");
    push_text(&ring, "two");
    cr_assert_null(ts_spsc_claim(&ring, 5));
    cr_assert_not_null(ts_spsc_peek(&ring, NULL));
    ts_spsc_advance(&ring);
    cr_assert_null(ts_spsc_claim(&ring, 5), "room that is not released is not room");
    ts_spsc_release(&ring);
    push_text(&ring, "three");
    cr_assert(next_is(&ring, "two"));
    cr_assert(next_is(&ring, "three"));
    ts_spsc_fini(&ring);
}

Test(spsc, the_record_bound_holds_at_every_offset_with_the_greatest_records)
{
    for (uint32_t capacity = 1; capacity <= 5; capacity++) {
        struct ts_spsc ring;
        char text[45];
        memset(text, 'x', 44);
        text[44] = '\0';
        cr_assert_eq(ts_spsc_init(&ring, 0, capacity, 44, false, NULL), TS_OK);
        for (int round = 0; round < 200; round++) {
            for (uint32_t i = 0; i < capacity; i++) {
                push_text(&ring, text);
            }
            cr_assert_null(ts_spsc_claim(&ring, 0));
            for (uint32_t i = 0; i < capacity; i++) {
                cr_assert(next_is(&ring, text));
            }
        }
        ts_spsc_fini(&ring);
    }
}

Test(spsc, a_byte_bound_ring_fills_by_bytes)
{
    struct ts_spsc ring;
    cr_assert_eq(ts_spsc_init(&ring, 128, TS_SPSC_RECORDS_UNBOUNDED, 24, false, NULL), TS_OK);
    for (int i = 0; i < 3; i++) { /* 3 * (8 + 24) + (8 + 16) + 8 that stay free = 128 */
        cr_assert_not_null(ts_spsc_claim(&ring, 24));
        ts_spsc_commit(&ring);
    }
    cr_assert_null(ts_spsc_claim(&ring, 24));
    cr_assert_not_null(ts_spsc_claim(&ring, 16));
    ts_spsc_commit(&ring);
    ts_spsc_publish(&ring);
    cr_assert_null(ts_spsc_claim(&ring, 0));
    ts_spsc_fini(&ring);
}

Test(spsc, nothing_is_seen_before_publish)
{
    struct ts_spsc ring;
    cr_assert_eq(ts_spsc_init(&ring, 0, 4, 8, false, NULL), TS_OK);
    cr_assert_not_null(ts_spsc_claim(&ring, 8));
    ts_spsc_commit(&ring);
    cr_assert_null(ts_spsc_peek(&ring, NULL));
    ts_spsc_publish(&ring);
    cr_assert_not_null(ts_spsc_peek(&ring, NULL));
    ts_spsc_fini(&ring);
}

Test(spsc, a_burst_is_seen_whole_at_its_publish_wherever_it_wraps)
{
    struct ts_spsc ring;
    cr_assert_eq(ts_spsc_init(&ring, 256, TS_SPSC_RECORDS_UNBOUNDED, 40, false, NULL), TS_OK);
    for (int round = 0; round < 200; round++) {
        for (uint32_t i = 0; i < 3; i++) {
            uint32_t *room = ts_spsc_claim(&ring, 8 * (1 + ((uint32_t)round + i) % 5));
            cr_assert_not_null(room);
            *room = (uint32_t)round * 3 + i;
            ts_spsc_commit(&ring);
            ts_spsc_publish_at(&ring, 4096); /* never: the ring is smaller */
            cr_assert_null(ts_spsc_peek(&ring, NULL), "record %u of round %d is seen before its publish", i,
                           round);
        }
        ts_spsc_publish(&ring);
        for (uint32_t i = 0; i < 3; i++) {
            uint32_t size;
            const uint32_t *record = ts_spsc_peek(&ring, &size);
            cr_assert(record != NULL && *record == (uint32_t)round * 3 + i, "record %u of round %d", i,
                      round);
            cr_assert_eq(size, 8 * (1 + ((uint32_t)round + i) % 5));
            ts_spsc_advance(&ring);
        }
        cr_assert_null(ts_spsc_peek(&ring, NULL));
        ts_spsc_release(&ring);
    }
    ts_spsc_fini(&ring);
}

Test(spsc, what_an_earlier_lap_left_behind_is_no_record)
{
    struct ts_spsc ring;
    cr_assert_eq(ts_spsc_init(&ring, 64, TS_SPSC_RECORDS_UNBOUNDED, 24, false, NULL), TS_OK);
    for (uint32_t round = 0; round < 100; round++) {
        uint32_t words = 1 + round % 3;
        uint64_t *room = ts_spsc_claim(&ring, 8 * words);
        cr_assert_not_null(room);
        for (uint32_t i = 0; i < words; i++) {
            room[i] = 8; /* would pass for a header, were one expected there */
        }
        ts_spsc_commit(&ring);
        ts_spsc_publish(&ring);
        cr_assert_not_null(ts_spsc_peek(&ring, NULL));
        ts_spsc_advance(&ring);
        ts_spsc_release(&ring);
        cr_assert_null(ts_spsc_peek(&ring, NULL), "round %u", round);
    }
    ts_spsc_fini(&ring);
}

Test(spsc, bad_capacities_are_refused)
{
    struct ts_spsc ring;
    struct ts_diag diag;
    cr_assert_eq(ts_spsc_init(&ring, 64, 0, 8, false, &diag), TS_INVALID);
    cr_assert_eq(ts_spsc_init(&ring, 64, UINT64_C(1) << 50, 8, false, &diag), TS_INVALID);
    cr_assert_eq(ts_spsc_init(&ring, 64, 1, UINT32_MAX, false, &diag), TS_INVALID);
}

Test(spsc, evicting_makes_room_and_keeps_order)
{
    struct ts_spsc ring;
    char buffer[16];
    uint32_t size;
    cr_assert_eq(ts_spsc_init(&ring, 0, 2, 16, true, NULL), TS_OK);
    cr_assert_eq(ts_spsc_evict_oldest(&ring), TS_EMPTY);
    push_text(&ring, "one");
    push_text(&ring, "two");
    cr_assert_null(ts_spsc_claim(&ring, 5));
    cr_assert_eq(ts_spsc_evict_oldest(&ring), TS_OK);
    push_text(&ring, "three");
    cr_assert_eq(ts_spsc_records(&ring), 2);
    cr_assert_eq(ts_spsc_take(&ring, buffer, 2, &size), TS_LIMIT);
    cr_assert_eq(ts_spsc_take(&ring, buffer, sizeof buffer, &size), TS_OK);
    cr_assert(size == 3 && memcmp(buffer, "two", 3) == 0);
    cr_assert_eq(ts_spsc_take(&ring, buffer, sizeof buffer, &size), TS_OK);
    cr_assert(size == 5 && memcmp(buffer, "three", 5) == 0);
    cr_assert_eq(ts_spsc_take(&ring, buffer, sizeof buffer, &size), TS_EMPTY);
    ts_spsc_fini(&ring);
}

/* Two threads: each record carries its number and a length that follows from it, filled with one byte. */
#define RECORDS 60000u

static uint32_t payload_words(uint64_t number)
{
    return (uint32_t)(ts_hash64(number) % 7);
}

static void write_numbered(uint64_t *room, uint64_t number)
{
    room[0] = number;
    for (uint32_t i = 1; i <= payload_words(number); i++) {
        room[i] = ts_hash64(number + i);
    }
}

static void check_numbered(const uint64_t *payload, uint32_t size)
{
    uint64_t number = payload[0];
    cr_assert_eq(size, 8 * (1 + payload_words(number)), "record %llu has the wrong size",
                 (unsigned long long)number);
    for (uint32_t i = 1; i <= payload_words(number); i++) {
        cr_assert_eq(payload[i], ts_hash64(number + i), "record %llu is torn", (unsigned long long)number);
    }
}

static void produce_all(void *argument)
{
    struct ts_spsc *ring = argument;
    for (uint64_t number = 0; number < RECORDS; number++) {
        uint64_t *room;
        while ((room = ts_spsc_claim(ring, 8 * (1 + payload_words(number)))) == NULL) {
            ts_spsc_publish(ring);
            sched_yield();
        }
        write_numbered(room, number);
        ts_spsc_commit(ring);
        if (number % 3 == 0) {
            ts_spsc_publish(ring);
        }
    }
    ts_spsc_publish(ring);
}

static void check_next(const void *payload, uint32_t size, void *user_data)
{
    uint64_t *expected = user_data;
    cr_assert_eq(*(const uint64_t *)payload, *expected);
    check_numbered(payload, size);
    ++*expected;
}

Test(spsc, two_threads_lose_nothing_and_tear_nothing)
{
    static const uint64_t capacities[] = {1, 2, 64};
    for (size_t i = 0; i < sizeof capacities / sizeof *capacities; i++) {
        struct ts_spsc ring;
        struct ts_thread producer = {0};
        uint64_t expected = 0;
        cr_assert_eq(ts_spsc_init(&ring, 0, capacities[i], 64, false, NULL), TS_OK);
        cr_assert_eq(ts_thread_start(&producer, "producer", produce_all, &ring, NULL), TS_OK);
        while (expected < RECORDS) {
            if (ts_spsc_pop_batch(&ring, 16, check_next, &expected) == 0) {
                sched_yield();
            }
        }
        ts_thread_join(&producer);
        cr_assert_eq(ts_spsc_walk(&ring), 0);
        ts_spsc_fini(&ring);
    }
}

static void produce_evicting(void *argument)
{
    struct ts_spsc *ring = argument;
    for (uint64_t number = 0; number < RECORDS; number++) {
        uint64_t *room;
        while ((room = ts_spsc_claim(ring, 8 * (1 + payload_words(number)))) == NULL) {
            if (ts_spsc_evict_oldest(ring) == TS_FULL) {
                sched_yield();
            }
        }
        write_numbered(room, number);
        ts_spsc_commit(ring);
        ts_spsc_publish(ring);
    }
}

Test(spsc, evicting_against_a_taking_consumer_accounts_for_every_record)
{
    static const uint64_t capacities[] = {1, 2, 64};
    for (size_t i = 0; i < sizeof capacities / sizeof *capacities; i++) {
        struct ts_spsc ring;
        struct ts_thread producer = {0};
        uint64_t buffer[8];
        uint64_t taken = 0;
        uint64_t last = 0;
        uint32_t size;
        cr_assert_eq(ts_spsc_init(&ring, 0, capacities[i], 64, true, NULL), TS_OK);
        cr_assert_eq(ts_thread_start(&producer, "producer", produce_evicting, &ring, NULL), TS_OK);
        while (taken == 0 || last < RECORDS - 1) { /* the newest record is never evicted */
            if (ts_spsc_take(&ring, buffer, sizeof buffer, &size) != TS_OK) {
                sched_yield();
                continue;
            }
            cr_assert(taken == 0 || buffer[0] > last, "order");
            check_numbered(buffer, size);
            last = buffer[0];
            taken++;
        }
        ts_thread_join(&producer);
        cr_assert_eq(taken + ring.evicted, RECORDS, "%llu taken, %llu evicted", (unsigned long long)taken,
                     (unsigned long long)ring.evicted);
        ts_spsc_fini(&ring);
    }
}
