/* Ends of a test, good and bad, for runner_test.sh, which knows what must be said of each. */
#include <criterion/criterion.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void fails(void)
{
    cr_assert_fail("in its set-up");
}

static void says(void)
{
    dprintf(STDERR_FILENO, "torn down\n");
}

static void *asserts(void *argument)
{
    cr_assert_null(argument);
    return NULL;
}

TestSuite(good, .fini = says);

Test(good, holds)
{
    cr_assert_eq(1, 1);
}

Test(good, is_skipped)
{
    cr_skip_test("for reason %d", 7);
}

Test(good, aborts, .signal = SIGABRT)
{
    abort();
}

Test(good, exits, .exit_code = 3)
{
    exit(3);
}

Test(bad, goes_on)
{
    cr_expect_eq(1, 2, "first of %d", 2);
    cr_expect_str_eq("this", "that");
}

Test(bad, stops, .fini = says)
{
    const char *nothing = NULL;
    cr_assert_not_null(nothing);
    dprintf(STDERR_FILENO, "went on\n");
}

Test(bad, is_not_set_up, .init = fails)
{
    dprintf(STDERR_FILENO, "went on\n");
}

Test(bad, leaves)
{
    exit(0);
}

Test(bad, ends_otherwise)
{
    exit(3);
}

Test(bad, crashes)
{
    raise(SIGSEGV);
}

Test(bad, does_not_crash, .signal = SIGABRT)
{
    cr_assert(true);
}

Test(bad, takes_too_long, .timeout = 0.1)
{
    for (;;) {
        pause();
    }
}

Test(bad, is_left_by_another_thread)
{
    pthread_t thread;
    cr_assert_eq(pthread_create(&thread, NULL, asserts, &thread), 0);
    pthread_join(thread, NULL);
}
