#include "scenario/tick_watch.h"

#include "base/clock.h"

#include <criterion/criterion.h>
#include <stdlib.h>

static struct ts_latencies *latencies;
static struct ts_tick_watch watch;
static int64_t now_ns;

static int64_t read_clock(void)
{
    return now_ns;
}

static void begin(void)
{
    latencies = calloc(1, sizeof *latencies);
    cr_assert_not_null(latencies);
    ts_clock_replace(read_clock);
    now_ns = INT64_C(5) << 40;
    ts_tick_watch_start(&watch, latencies, 100);
    cr_assert(ts_tick_watch_runs(&watch));
}

static void end(void)
{
    ts_tick_watch_end(&watch);
    ts_clock_replace(NULL);
    free(latencies);
}

static uint64_t count_of(uint64_t ns)
{
    return latencies->buckets[ts_latency_bucket(ns)];
}

Test(tick_watch, a_result_finds_the_mark_of_its_own_tick, .init = begin, .fini = end)
{
    ts_tick_watch_mark(&watch, 1, now_ns - 10);
    ts_tick_watch_mark(&watch, 2, now_ns - 40); /* dropped: the next one takes its number */
    ts_tick_watch_mark(&watch, 2, now_ns);
    now_ns += 20;
    ts_tick_watch_seen(&watch, 1);
    ts_tick_watch_seen(&watch, 2);
    cr_assert_eq(count_of(30), 1);
    cr_assert_eq(count_of(20), 1);
    cr_assert_eq(latencies->max_ns, 30);
    cr_assert_eq(latencies->untimed, 0);
}

Test(tick_watch, what_has_no_mark_of_its_own_is_counted_apart, .init = begin, .fini = end)
{
    ts_tick_watch_mark(&watch, 1, now_ns);
    ts_tick_watch_mark(&watch, 1 + watch.mask + 1, now_ns); /* the marks were too few */
    ts_tick_watch_seen(&watch, 1);
    cr_assert_eq(latencies->untimed, 1);
    ts_tick_watch_mark(&watch, 3, now_ns + 1); /* not due yet */
    ts_tick_watch_seen(&watch, 3);
    cr_assert_eq(latencies->untimed, 2);
    cr_assert_eq(latencies->max_ns, 0);
}

Test(tick_watch, the_marks_cover_what_may_be_on_its_way, .init = begin, .fini = end)
{
    for (uint64_t sequence = 1; sequence <= 101; sequence++) {
        ts_tick_watch_mark(&watch, sequence, now_ns);
    }
    now_ns += 50;
    for (uint64_t sequence = 1; sequence <= 101; sequence++) {
        ts_tick_watch_seen(&watch, sequence);
    }
    cr_assert_eq(count_of(50), 101);
    cr_assert_eq(latencies->untimed, 0);
}
