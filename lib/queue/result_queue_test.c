#include "base/clock.h"
#include "queue/result_queue.h"

#include <criterion/criterion.h>
#include <poll.h>
#include <sched.h>
#include <string.h>

static const char symbol_of_32[WINGCHUN_SYMBOL_SIZE] = "thirty-two-characters-no-nul-end";

static ts_err push_number(struct ts_result_queue *queue, double number)
{
    double values[2] = {number, -number};
    ts_err error = ts_result_queue_push(queue, symbol_of_32, (int64_t)number, values, 2);
    ts_result_queue_flush(queue);
    return error;
}

static void assert_balanced(struct ts_result_queue *queue)
{
    struct ts_result_queue_stats s = ts_result_queue_stats(queue);
    cr_assert_eq(s.offered, s.accepted + s.rejected);
    cr_assert_eq(s.accepted, s.executed + s.dropped_newest + s.dropped_oldest + s.pending);
    cr_assert_eq(s.pending, ts_result_queue_walk(queue));
}

Test(result_queue, a_result_comes_out_as_it_went_in)
{
    struct ts_result_queue queue;
    struct ts_result result;
    cr_assert_eq(ts_result_queue_init(&queue, 4, 2, TS_OVERFLOW_REJECT, NULL), TS_OK);
    cr_assert_eq(push_number(&queue, 7), TS_OK);
    cr_assert_eq(ts_result_queue_pop(&queue, &result), TS_OK);
    cr_assert(memcmp(result.symbol, symbol_of_32, sizeof result.symbol) == 0);
    cr_assert(result.timestamp_ns == 7 && result.count == 2 && result.values[0] == 7 &&
              result.values[1] == -7);
    cr_assert_eq(ts_result_queue_pop(&queue, &result), TS_EMPTY);
    assert_balanced(&queue);
    ts_result_queue_fini(&queue);
}

Test(result_queue, tells_under_each_policy_whether_there_is_a_result)
{
    for (int policy = 0; policy < TS_OVERFLOW_COUNT; policy++) {
        struct ts_result_queue queue;
        struct ts_result result;
        cr_assert_eq(ts_result_queue_init(&queue, 4, 2, (enum ts_overflow_policy)policy, NULL), TS_OK);
        for (int round = 0; round < 10; round++) {
            cr_assert_not(ts_result_queue_any(&queue));
            cr_assert_eq(push_number(&queue, round), TS_OK);
            cr_assert(ts_result_queue_any(&queue));
            cr_assert_eq(ts_result_queue_pop(&queue, &result), TS_OK);
        }
        ts_result_queue_fini(&queue);
    }
}

Test(result_queue, each_policy_does_what_its_name_says_when_full)
{
    static const struct {
        enum ts_overflow_policy policy;
        ts_err on_full;
        int first_left, last_left;
        uint64_t rejected, dropped_newest, dropped_oldest;
    } cases[] = {
        {TS_OVERFLOW_DROP_NEWEST, TS_OK, 1, 4, 0, 3, 0},
        {TS_OVERFLOW_DROP_OLDEST, TS_OK, 4, 7, 0, 0, 3},
        {TS_OVERFLOW_REJECT, TS_FULL, 1, 4, 3, 0, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct ts_result_queue queue;
        struct ts_result result;
        cr_assert_eq(ts_result_queue_init(&queue, 4, 2, cases[i].policy, NULL), TS_OK);
        for (int n = 1; n <= 7; n++) {
            cr_assert_eq(push_number(&queue, n), n <= 4 ? TS_OK : cases[i].on_full);
            assert_balanced(&queue);
        }
        struct ts_result_queue_stats stats = ts_result_queue_stats(&queue);
        cr_assert_eq(stats.rejected, cases[i].rejected);
        cr_assert_eq(stats.dropped_newest, cases[i].dropped_newest);
        cr_assert_eq(stats.dropped_oldest, cases[i].dropped_oldest);
        for (int n = cases[i].first_left; n <= cases[i].last_left; n++) {
            cr_assert_eq(ts_result_queue_pop(&queue, &result), TS_OK);
            cr_assert_eq(result.values[0], n);
        }
        cr_assert_eq(ts_result_queue_pop(&queue, &result), TS_EMPTY);
        assert_balanced(&queue);
        ts_result_queue_fini(&queue);
    }
}

static void push_second(void *argument)
{
    cr_assert_eq(push_number(argument, 2), TS_OK);
}

Test(result_queue, block_waits_for_room)
{
    struct ts_result_queue queue;
    struct ts_result result;
    struct ts_thread producer = {0};
    cr_assert_eq(ts_result_queue_init(&queue, 1, 2, TS_OVERFLOW_BLOCK, NULL), TS_OK);
    cr_assert_eq(push_number(&queue, 1), TS_OK);
    cr_assert_eq(ts_thread_start(&producer, "producer", push_second, &queue, NULL), TS_OK);
    while (ts_result_queue_stats(&queue).blocked == 0) {
        sched_yield();
    }
    cr_assert_eq(ts_result_queue_pop(&queue, &result), TS_OK);
    ts_thread_join(&producer);
    cr_assert_eq(ts_result_queue_pop(&queue, &result), TS_OK);
    cr_assert_eq(result.values[0], 2);
    assert_balanced(&queue);
    ts_result_queue_fini(&queue);
}

static void push_until_closed(void *argument)
{
    cr_assert_eq(push_number(argument, 2), TS_CLOSED);
}

Test(result_queue, close_ends_a_blocked_push_and_counts_it_as_rejected)
{
    struct ts_result_queue queue;
    struct ts_thread producer = {0};
    cr_assert_eq(ts_result_queue_init(&queue, 1, 2, TS_OVERFLOW_BLOCK, NULL), TS_OK);
    cr_assert_eq(push_number(&queue, 1), TS_OK);
    cr_assert_eq(ts_thread_start(&producer, "producer", push_until_closed, &queue, NULL), TS_OK);
    while (ts_result_queue_stats(&queue).blocked == 0) {
        sched_yield();
    }
    ts_result_queue_close(&queue);
    ts_thread_join(&producer);
    cr_assert_eq(ts_result_queue_stats(&queue).rejected, 1);
    assert_balanced(&queue);
    ts_result_queue_fini(&queue);
}

Test(result_queue, bad_capacities_and_policies_are_refused)
{
    struct ts_result_queue queue;
    enum ts_overflow_policy policy;
    cr_assert_eq(ts_result_queue_init(&queue, 0, 2, TS_OVERFLOW_REJECT, NULL), TS_INVALID);
    cr_assert_eq(ts_result_queue_init(&queue, 3, 2, TS_OVERFLOW_REJECT, NULL), TS_INVALID);
    cr_assert_eq(ts_result_queue_init(&queue, 4, TS_RESULT_VALUES_MAX + 1, TS_OVERFLOW_REJECT, NULL),
                 TS_LIMIT);
    cr_assert_eq(ts_overflow_policy_parse("drop_newest", &policy), TS_UNKNOWN);
    for (int i = 0; i < TS_OVERFLOW_COUNT; i++) {
        cr_assert_eq(ts_overflow_policy_parse(ts_overflow_policy_name((enum ts_overflow_policy)i), &policy),
                     TS_OK);
        cr_assert_eq((int)policy, i);
    }
}

#define RESULTS 20000

static void push_many(void *argument)
{
    for (int n = 1; n <= RESULTS; n++) {
        push_number(argument, n);
    }
}

/* Every result is executed or counted as dropped or rejected, by the numbers the consumer itself saw. */
Test(result_queue, accounting_is_exact_under_every_policy_and_capacity)
{
    static const uint32_t capacities[] = {1, 2, 4096};
    for (int p = 0; p < TS_OVERFLOW_COUNT; p++) {
        for (size_t c = 0; c < sizeof capacities / sizeof *capacities; c++) {
            struct ts_result_queue queue;
            struct ts_result result;
            struct ts_thread producer = {0};
            uint64_t seen = 0;
            double last = 0;
            bool done = false;
            cr_assert_eq(ts_result_queue_init(&queue, capacities[c], 2, (enum ts_overflow_policy)p, NULL),
                         TS_OK);
            cr_assert_eq(ts_thread_start(&producer, "producer", push_many, &queue, NULL), TS_OK);
            while (!done) {
                done = ts_result_queue_stats(&queue).offered == RESULTS;
                while (ts_result_queue_pop(&queue, &result) == TS_OK) {
                    cr_assert_gt(result.values[0], last);
                    cr_assert_eq(result.values[1], -result.values[0]);
                    last = result.values[0];
                    seen++;
                }
                sched_yield();
            }
            ts_thread_join(&producer);
            while (ts_result_queue_pop(&queue, &result) == TS_OK) {
                seen++;
            }
            struct ts_result_queue_stats stats = ts_result_queue_stats(&queue);
            cr_assert_eq(stats.offered, RESULTS);
            cr_assert_eq(stats.executed, seen);
            cr_assert_eq(seen + stats.dropped_newest + stats.dropped_oldest + stats.rejected, RESULTS);
            assert_balanced(&queue);
            ts_result_queue_fini(&queue);
        }
    }
}

/* Pushes each result as soon as the one before was executed: at the moment when the consumer is about to
 * sleep. */
static void push_when_executed(void *argument)
{
    struct ts_result_queue *queue = argument;
    for (int n = 1; n <= RESULTS; n++) {
        while (ts_result_queue_stats(queue).executed < (uint64_t)n - 1) {
            sched_yield();
        }
        push_number(queue, n);
    }
}

/* The consumer sleeps on the descriptor alone; a lost wake-up would end in the poll's time-out. */
Test(result_queue, a_sleeping_consumer_is_woken_for_every_result)
{
    struct ts_result_queue queue;
    struct ts_result result;
    struct ts_thread producer = {0};
    uint64_t seen = 0;
    cr_assert_eq(ts_result_queue_init(&queue, 4, 2, TS_OVERFLOW_REJECT, NULL), TS_OK);
    cr_assert_eq(ts_thread_start(&producer, "producer", push_when_executed, &queue, NULL), TS_OK);
    while (seen < RESULTS) {
        while (ts_result_queue_pop(&queue, &result) == TS_OK) {
            seen++;
        }
        if (seen < RESULTS && ts_result_queue_arm(&queue)) {
            struct pollfd wait = {.fd = queue.event_fd, .events = POLLIN};
            cr_assert_eq(poll(&wait, 1, 10000), 1, "no wake-up after result %llu", (unsigned long long)seen);
        }
    }
    ts_thread_join(&producer);
    cr_assert_gt(ts_result_queue_stats(&queue).wakeups, 0);
    ts_result_queue_fini(&queue);
}
