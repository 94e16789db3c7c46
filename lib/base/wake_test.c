#include "base/clock.h"
#include "base/thread.h"
#include "base/wake.h"

#include <criterion/criterion.h>

static struct ts_wake wake;

static void set_up(void)
{
    cr_assert_eq(ts_wake_init(&wake, NULL), TS_OK);
}

static void tear_down(void)
{
    ts_wake_fini(&wake);
}

TestSuite(wake, .init = set_up, .fini = tear_down);

Test(wake, a_signal_before_the_wait_is_kept_and_several_are_one)
{
    int64_t start_ns = ts_clock_ns();
    ts_wake_signal(&wake);
    ts_wake_signal(&wake);
    ts_wake_wait(&wake, 100 * TS_NS_PER_S);
    cr_assert_lt(ts_clock_ns() - start_ns, 50 * TS_NS_PER_S);
    start_ns = ts_clock_ns();
    ts_wake_wait(&wake, 2 * TS_NS_PER_MS);
    cr_assert_geq(ts_clock_ns() - start_ns, 2 * TS_NS_PER_MS);
}

Test(wake, no_time_is_no_wait_and_takes_the_signal)
{
    ts_wake_signal(&wake);
    ts_wake_wait(&wake, 0);
    ts_wake_wait(&wake, -1);
    int64_t start_ns = ts_clock_ns();
    ts_wake_wait(&wake, 2 * TS_NS_PER_MS);
    cr_assert_geq(ts_clock_ns() - start_ns, 2 * TS_NS_PER_MS);
}

static void signal_it(void *argument)
{
    ts_wake_signal(argument);
}

Test(wake, another_thread_ends_the_wait)
{
    struct ts_thread thread;
    int64_t start_ns = ts_clock_ns();
    cr_assert_eq(ts_thread_start(&thread, "signals", signal_it, &wake, NULL), TS_OK);
    ts_wake_wait(&wake, 100 * TS_NS_PER_S);
    cr_assert_lt(ts_clock_ns() - start_ns, 50 * TS_NS_PER_S);
    ts_thread_join(&thread);
}
