#include "explore/shrink_rounds.h"

#include "base/clock.h"

#include <criterion/criterion.h>

#define COUNT 4u

/* A finding needs so much, and has had so much: of both, what comes first ends it. */
static struct {
    uint64_t needs_tries, tries, most_tries;
    int64_t needs_ms, had_ms, most_ms;
    unsigned parts;
} wants[COUNT];
static struct ts_shrink_item items[COUNT];
static size_t order[64], parts;
static size_t stop_after;
static int64_t now_ns;

static int64_t tell_time(void)
{
    return now_ns;
}

static bool part(size_t index, uint64_t tries, int64_t limit_ms, void *user_data)
{
    uint64_t rest_tries = wants[index].needs_tries - wants[index].tries;
    int64_t rest_ms = wants[index].needs_ms - wants[index].had_ms;
    uint64_t used = rest_tries < tries ? rest_tries : tries;
    int64_t used_ms = rest_ms < limit_ms ? rest_ms : limit_ms;
    (void)user_data;
    wants[index].tries += used;
    wants[index].had_ms += used_ms;
    wants[index].parts++;
    wants[index].most_ms = limit_ms > wants[index].most_ms ? limit_ms : wants[index].most_ms;
    wants[index].most_tries = tries > wants[index].most_tries ? tries : wants[index].most_tries;
    now_ns += used_ms * TS_NS_PER_MS;
    items[index].begun = true;
    items[index].better = used > 0 || used_ms > 0;
    items[index].tries += used;
    items[index].left = (uint64_t)(wants[index].needs_ms - wants[index].had_ms);
    items[index].end = rest_ms > limit_ms  ? TS_SHRUNK_TIME
                       : used < rest_tries ? TS_SHRUNK_TRIES
                                           : TS_SHRUNK_WHOLE;
    order[parts++ % 64] = index;
    return parts != stop_after;
}

static void run(uint64_t tries_each, int64_t limit_ms)
{
    struct ts_shrink_rounds rounds = {
        .tries_each = tries_each, .tries_all = 3 * tries_each, .limit_ms = limit_ms, .part = part};
    ts_clock_replace(tell_time);
    ts_shrink_rounds(&rounds, items, COUNT);
    ts_clock_replace(NULL);
}

static void want(uint64_t tries, int64_t ms)
{
    for (size_t i = 0; i < COUNT; i++) {
        wants[i].needs_tries = tries;
        wants[i].needs_ms = ms;
    }
}

Test(shrink_rounds, a_share_of_time_for_each)
{
    want(1, 100000);
    run(1000, 40000);
    for (size_t i = 0; i < COUNT; i++) {
        cr_assert_eq(wants[i].parts, 1, "finding %zu", i);
        cr_assert_eq(wants[i].had_ms, 10000, "finding %zu had %ld ms", i, (long)wants[i].had_ms);
    }
    cr_assert_eq(now_ns, 40000 * TS_NS_PER_MS);
}

Test(shrink_rounds, what_some_leave_goes_to_the_least_shrunk)
{
    want(1, 1000);
    wants[0].needs_ms = 15000; /* 10000 at first: 5000 are left of it, */
    wants[1].needs_ms = 80000; /* and of this 67000 */
    run(1000, 40000);
    cr_assert_eq(wants[2].parts, 1);
    cr_assert_eq(wants[3].parts, 1);
    cr_assert_eq(wants[0].had_ms, 15000);
    cr_assert_eq(wants[1].had_ms, 23000, "%ld ms", (long)wants[1].had_ms);
    cr_assert_eq(order[4], 1, "the one with most left comes first in the second round");
    cr_assert_eq(now_ns, 40000 * TS_NS_PER_MS, "all of it is used");
}

Test(shrink_rounds, a_share_of_schedules_for_each)
{
    want(100000, 1);
    run(1000, 40000);
    for (size_t i = 0; i < COUNT; i++) {
        cr_assert_eq(wants[i].tries, 750, "finding %zu had %lu", i, (unsigned long)wants[i].tries);
    }
}

Test(shrink_rounds, none_has_more_schedules_than_its_own)
{
    want(10, 1);
    wants[2].needs_tries = 100000;
    run(1000, 40000);
    cr_assert_eq(wants[2].tries, 1000, "%lu", (unsigned long)wants[2].tries);
}

Test(shrink_rounds, too_little_for_all)
{
    want(1, 100000);
    run(1000, 2000);
    cr_assert_eq(wants[0].had_ms, 1000);
    cr_assert_eq(wants[1].had_ms, 1000);
    cr_assert(!items[2].begun && !items[3].begun, "what is less than a second for nobody");
    cr_assert_eq(now_ns, 2000 * TS_NS_PER_MS);
}

Test(shrink_rounds, ends_when_told)
{
    want(1, 100);
    stop_after = 2;
    run(1000, 40000);
    cr_assert_eq(parts, 2);
}

Test(shrink_rounds, how_long_it_takes_where_nobody_says)
{
    cr_assert_eq(ts_shrink_limit_ms(0, 8000), 20000);
    cr_assert_eq(ts_shrink_limit_ms(0, 45000), 45000);
    cr_assert_eq(ts_shrink_limit_ms(0, 3600000), 300000);
    cr_assert_eq(ts_shrink_limit_ms(0, 0), 300000, "a number of schedules, and no time");
    cr_assert_eq(ts_shrink_limit_ms(500, 8000), 500);
}
