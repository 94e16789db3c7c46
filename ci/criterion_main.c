/*
 * What every Criterion program of the project links beside its tests.
 *
 * 1. rand_r: Criterion's sandbox maps its arena at base 2^45 plus (rand_r & 0x3fffff) << 24 and gives up
 * after ten refused places. ThreadSanitizer refuses every mapping outside its application ranges, so the
 * stock generator nearly never gets one. Answers from this range put the arena at
 * 0x550000000000..0x555000000000, an application range on x86-64 that lies below where the kernel puts
 * position-independent executables.
 * 2. The POST_ALL hook: Criterion calls a test passed when its assertions held, even if the process that ran
 * it ended with a status (a sanitizer's report at exit). Such a test is failed here.
 */
#include <criterion/criterion.h>
#include <criterion/hooks.h>
#include <stdio.h>
#include <stdlib.h>

__attribute__((visibility("default"))) int rand_r(unsigned *seed)
{
    *seed = *seed * 1103515245u + 12345u;
    return (int)(0x350000u + (*seed >> 8) % 0x5000u);
}

ReportHook(POST_ALL)(struct criterion_global_stats *stats)
{
    for (struct criterion_suite_stats *suite = stats->suites; suite != NULL; suite = suite->next) {
        for (struct criterion_test_stats *test = suite->tests; test != NULL; test = test->next) {
            if (test->test_status == CR_STATUS_PASSED && test->exit_code != test->test->data->exit_code) {
                fprintf(stderr, "%s::%s passed its assertions, but its process ended with status %d\n",
                        suite->suite->name, test->test->name, test->exit_code);
                fflush(stderr);
                _Exit(1);
            }
        }
    }
}
