#include "supervisor/usage.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static struct ts_usage usage;
static struct ts_board board;

static void look_at_self(int times)
{
    for (int i = 0; i < times; i++) {
        ts_usage_look(&usage, getpid(), &board, 50 * i);
    }
}

Test(usage, a_process_is_seen_from_outside)
{
    atomic_store(&board.counters[TS_COUNTER_results_offered], 12);
    atomic_store(&board.counters[TS_COUNTER_results_executed], 7);
    atomic_store(&board.counters[TS_COUNTER_results_dropped], 2);
    ts_usage_begin(&usage);
    look_at_self(1);
    int more = dup(0);
    look_at_self(1);
    close(more);
    cr_assert_eq(usage.sample_count, 2);
    cr_expect_gt(usage.samples[0].rss_bytes, 100000);
    cr_expect_geq(usage.peak_rss_bytes, usage.samples[0].rss_bytes);
    cr_expect_eq(usage.samples[1].fds, usage.samples[0].fds + 1);
    cr_expect_geq(usage.samples[0].threads, 1);
    cr_expect_eq(usage.samples[0].on_the_way, 3);
}

Test(usage, a_long_life_keeps_even_samples)
{
    ts_usage_begin(&usage);
    look_at_self(1000);
    cr_assert_leq(usage.sample_count, TS_USAGE_SAMPLES);
    cr_expect_geq(usage.sample_count, TS_USAGE_SAMPLES / 2);
    for (size_t i = 1; i < usage.sample_count; i++) {
        cr_expect_eq(usage.samples[i].at_ms - usage.samples[i - 1].at_ms, 50 * (int64_t)usage.stride, "%zu",
                     i);
    }
    cr_expect_geq(usage.samples[usage.sample_count - 1].at_ms, 50 * (1000 - 2 * (int64_t)usage.stride));
}

Test(usage, processor_time_is_that_of_the_child)
{
    ts_usage_begin(&usage);
    pid_t child = fork();
    if (child == 0) {
        struct timespec used;
        do {
            clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
        } while (used.tv_sec == 0 && used.tv_nsec < 60000000);
        _exit(0);
    }
    cr_assert_eq(waitpid(child, NULL, 0), child);
    ts_usage_end(&usage);
    cr_expect(usage.cpu_ms >= 50 && usage.cpu_ms < 500, "%lld ms", (long long)usage.cpu_ms);
}

Test(usage, nothing_is_seen_of_the_dead)
{
    ts_usage_begin(&usage);
    pid_t child = fork();
    if (child == 0) {
        _exit(0);
    }
    siginfo_t info;
    cr_assert_eq(waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT), 0);
    ts_usage_look(&usage, child, &board, 50); /* a zombie */
    waitpid(child, NULL, 0);
    ts_usage_look(&usage, child, &board, 100);
    cr_expect_eq(usage.sample_count, 0);
    cr_expect_eq(usage.peak_rss_bytes, TS_RECORD_NONE);
}
