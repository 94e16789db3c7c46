#include "base/clock.h"
#include "base/thread.h"

#include <criterion/criterion.h>

static void add_one(void *argument)
{
    ++*(int *)argument;
}

Test(thread, join_sees_what_the_body_wrote)
{
    int value = 41;
    struct ts_thread thread = {0};
    cr_assert_eq(ts_thread_start(&thread, "adder", add_one, &value, NULL), TS_OK);
    ts_thread_join(&thread);
    cr_assert_eq(value, 42);
    ts_thread_join(&thread); /* a second join does nothing */
}

Test(thread, a_name_too_long_is_cut)
{
    int value = 0;
    struct ts_thread thread = {0};
    cr_assert_eq(ts_thread_start(&thread, "a-name-longer-than-the-kernel-takes", add_one, &value, NULL),
                 TS_OK);
    ts_thread_join(&thread);
    cr_assert_eq(strlen(thread.name), 15);
}

static int64_t frozen(void)
{
    return 77;
}

Test(clock, can_be_replaced_and_put_back)
{
    ts_clock_replace(frozen);
    cr_assert_eq(ts_clock_ns(), 77);
    ts_clock_replace(NULL);
    int64_t before_ns = ts_clock_ns();
    ts_sleep_ns(2 * TS_NS_PER_MS);
    cr_assert_geq(ts_clock_ns() - before_ns, 2 * TS_NS_PER_MS);
}

Test(idle, sleeps_grow_to_the_bound_and_reset)
{
    struct ts_idle idle;
    ts_idle_reset(&idle);
    for (int i = 0; i < TS_IDLE_YIELDS + 10; i++) {
        ts_idle_wait(&idle);
    }
    cr_assert_eq(idle.sleep_ns, TS_IDLE_SLEEP_MAX_NS);
    ts_idle_reset(&idle);
    cr_assert_eq(idle.sleep_ns, TS_IDLE_SLEEP_MIN_NS);
    cr_assert_eq(idle.rounds, 0);
}
