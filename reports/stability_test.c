#include "reports/stability_fixture.h"
#include "reports/stability_parts.h"

#include <criterion/criterion.h>
#include <string.h>

Test(stability, fixtures_are_whole)
{
    struct ts_stability *(*const makers[])(void) = {ts_stability_fixture, ts_stability_fixture_hostile,
                                                    ts_stability_fixture_large};
    for (size_t i = 0; i < sizeof makers / sizeof *makers; i++) {
        struct ts_stability *report = makers[i]();
        cr_assert_not_null(report);
        cr_assert_gt(report->head.line_count, 0);
        cr_assert_eq(report->contrast.mode_count, 4);
        cr_assert_gt(report->findings.of_standing[TS_STABILITY_NEW], 0);
        cr_assert_gt(report->findings.of_standing[TS_STABILITY_EXPECTED], 0);
        cr_assert_gt(report->hangs.items[0].wait_count, 0);
        cr_assert_eq(ts_stability_mode_index(report, "queued"), 3);
        cr_assert_eq(ts_stability_mode_index(report, "other"), SIZE_MAX);
        ts_stability_free(report);
    }
}

Test(stability, names_are_listed_once)
{
    struct ts_stability *report = ts_stability_new();
    const char *names = ts_stability_join(report, "", "tsan");
    names = ts_stability_join(report, names, "plain");
    names = ts_stability_join(report, names, "tsan");
    names = ts_stability_join(report, names, "tsa");
    cr_assert_str_eq(names, "tsan, plain, tsa");
    ts_stability_free(report);
}

Test(stability, a_share_of_nothing_seen_has_the_exact_bound)
{
    struct ts_stability_share share = ts_stability_share_of(0, 4096);
    cr_assert_eq(share.low, 0.0);
    cr_assert_float_eq(share.high, 0.000731, 0.000001); /* 1 - 0.05^(1/4096) */
    share = ts_stability_share_of(0, 0);
    cr_assert_eq(share.high, 1.0);
}
