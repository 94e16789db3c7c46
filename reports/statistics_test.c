#include "reports/figure.h"
#include "reports/statistics.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>

static void near(double value, double reference, double relative)
{
    cr_assert(fabs(value - reference) <= relative * fabs(reference), "%.8g instead of %.8g", value,
              reference);
}

Test(statistics, no_failure_in_n_has_the_exact_bound)
{
    near(ts_share_bound_none(1), 0.95, 1e-9);
    near(ts_share_bound_none(10), 0.25886555, 1e-6);
    near(ts_share_bound_none(100), 0.02951305, 1e-6);
    near(ts_share_bound_none(1000000), 2.995728e-6, 1e-5); /* the rule of three */
    cr_assert_eq(ts_share_bound_none(0), 1.0);
}

Test(statistics, wilson_agrees_with_published_values)
{
    struct ts_interval half = ts_share_interval(5, 10);
    near(half.low, 0.236593, 1e-5);
    near(half.high, 0.763407, 1e-5);
    struct ts_interval newcombe = ts_share_interval(81, 263); /* Newcombe, Statistics in Medicine 17 (1998) */
    near(newcombe.low, 0.2553, 2e-4);
    near(newcombe.high, 0.3662, 2e-4);
    struct ts_interval all = ts_share_interval(5, 5);
    near(all.low, 0.565518, 1e-5);
    cr_assert_eq(all.high, 1.0);
    cr_assert_eq(ts_share_interval(0, 10).low, 0.0);
    near(ts_share_interval(0, 10).high, 0.277533, 1e-5);
    cr_assert_eq(ts_share_interval(0, 0).high, 1.0);
}

/* Newcombe, Statistics in Medicine 17 (1998), table I: method 3 is Wilson's, method 5 Clopper and Pearson's.
 */
Test(statistics, shares_are_those_of_newcombes_table)
{
    static const struct {
        int64_t k, n;
        struct ts_interval wilson, exact;
    } rows[] = {
        {81, 263, {0.2553, 0.3662}, {0.2527, 0.3676}},
        {15, 148, {0.0624, 0.1605}, {0.0578, 0.1617}},
        {0, 20, {0.0000, 0.1611}, {0.0000, 0.1684}},
        {1, 29, {0.0061, 0.1718}, {0.0009, 0.1776}},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct ts_interval wilson = ts_share_interval(rows[i].k, rows[i].n);
        struct ts_interval exact = ts_share_interval_exact(rows[i].k, rows[i].n);
        cr_expect_float_eq(wilson.low, rows[i].wilson.low, 0.00005, "%g", wilson.low);
        cr_expect_float_eq(wilson.high, rows[i].wilson.high, 0.00005, "%g", wilson.high);
        cr_expect_float_eq(exact.low, rows[i].exact.low, 0.00005, "%g", exact.low);
        cr_expect_float_eq(exact.high, rows[i].exact.high, 0.00005, "%g", exact.high);
    }
}

Test(statistics, the_exact_interval_mirrors_and_ends_in_the_bound)
{
    struct ts_interval few = ts_share_interval_exact(3, 1000000);
    struct ts_interval many = ts_share_interval_exact(999997, 1000000);
    near(many.low, 1 - few.high, 1e-9);
    near(1 - many.high, few.low, 1e-6);
    near(ts_share_interval_exact(0, 20).high, -expm1(log(0.025) / 20), 1e-9); /* what k = 0 comes to */
    cr_assert_eq(ts_share_interval_exact(20, 20).high, 1.0);
    cr_assert_eq(ts_share_interval_exact(0, 0).high, 1.0);
}

Test(statistics, no_event_has_the_exact_poisson_bound)
{
    near(ts_rate_bound_none(1.0), 2.99573227, 1e-8);
    near(ts_rate_bound_none(0.5), 5.99146455, 1e-8);
    cr_assert(isinf(ts_rate_bound_none(0.0)));
}

Test(statistics, garwood_agrees_with_tables)
{
    static const struct {
        int64_t k;
        double low, high;
    } table[] = {{1, 0.02531781, 5.5716434},
                 {10, 4.7953887, 18.3903560},
                 {18, 10.6679408, 28.4477603},
                 {100, 81.3639913, 121.6267938}};
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        near(ts_rate_interval(table[i].k, 1.0).low, table[i].low, 1e-6);
        near(ts_rate_interval(table[i].k, 1.0).high, table[i].high, 1e-6);
        near(ts_rate_interval(table[i].k, 2.0).high, table[i].high / 2, 1e-6);
    }
    cr_assert_eq(ts_rate_interval(0, 1.0).low, 0.0);
    near(ts_rate_interval(0, 1.0).high, 3.688879, 1e-6);
    near(ts_rate_interval(10000, 1.0).low, 9804.9525, 1e-7);
    cr_assert(isinf(ts_rate_interval(3, 0.0).high));
}

Test(statistics, fifteen_clean_seconds_all_but_refute_18_a_minute)
{
    near(ts_rate_chance_of_none(18.0, 0.25), 0.0111090, 1e-5);
    cr_assert_eq(ts_rate_chance_of_none(18.0, 0.0), 1.0);
}

Test(statistics, fisher_agrees_with_known_tables)
{
    near(ts_fisher_exact(3, 4, 1, 4), 0.4857142857, 1e-8);     /* the lady tasting tea */
    near(ts_fisher_exact(2, 12, 15, 18), 0.00053672412, 1e-7); /* convictions of twins */
    near(ts_fisher_exact(1, 12, 11, 12), 0.00010724233, 1e-7);
    near(ts_fisher_exact(0, 5, 5, 5), 2.0 / 252, 1e-9);
    near(ts_fisher_exact(5, 5, 0, 5), 2.0 / 252, 1e-9);
    near(ts_fisher_exact(8, 10, 1, 6), 0.0349650350, 1e-8); /* the two tails differ */
    near(ts_fisher_exact(0, 1000, 10, 1000), 0.0019094652, 1e-7);
    near(ts_fisher_exact(7, 7, 9, 9), 1.0, 1e-12);
    near(ts_fisher_exact(0, 0, 3, 9), 1.0, 1e-12);
}

Test(figure, counts_are_grouped)
{
    struct ts_figure figure;
    cr_assert_str_eq(ts_figure_count(&figure, 0), "0");
    cr_assert_str_eq(ts_figure_count(&figure, 999), "999");
    cr_assert_str_eq(ts_figure_count(&figure, 1234), "1,234");
    cr_assert_str_eq(ts_figure_count(&figure, -123456), "-123,456");
    cr_assert_str_eq(ts_figure_count(&figure, INT64_MIN), "-9,223,372,036,854,775,808");
}

Test(figure, rates_have_three_digits_and_bounds_are_rounded_up)
{
    struct ts_figure figure;
    cr_assert_str_eq(ts_figure_rate(&figure, 66.0), "66");
    cr_assert_str_eq(ts_figure_rate(&figure, 17.94), "17.9");
    cr_assert_str_eq(ts_figure_rate_above(&figure, 17.91), "18");
    cr_assert_str_eq(ts_figure_rate_above(&figure, 0.3), "0.3");
    cr_assert_str_eq(ts_figure_rate_above(&figure, 0.3001), "0.301");
    cr_assert_str_eq(ts_figure_rate_above(&figure, 100.0), "100");
    cr_assert_str_eq(ts_figure_rate(&figure, INFINITY), "unbounded");
    cr_assert_str_eq(ts_figure_percent(&figure, 0.5655), "56.6");
    cr_assert_str_eq(ts_figure_duration(&figure, 9600), "9.6 s");
    cr_assert_str_eq(ts_figure_duration(&figure, 450000), "7.5 min");
}

Test(figure, foreign_text_can_steer_neither_terminal_nor_table)
{
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);
    ts_write_plain(stream, "a\x1b[2J\n|");
    ts_write_markdown(stream, "<b>|*_\n");
    ts_write_code(stream, "f`g | h");
    fclose(stream);
    cr_assert_str_eq(text, "a [2J |&lt;b>\\|\\*\\_ `f'g \\| h`");
    free(text);
}
