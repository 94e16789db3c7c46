#include "reports/statistics_series.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>

#define COUNT(items) (sizeof(items) / sizeof *(items))

/* Freireich et al., Blood 21 (1963), as Gehan, Biometrika 52 (1965) has them: weeks of remission of leukaemia
 * under 6-mercaptopurine. */
static const struct ts_lifetime treated[] = {
    {6, true},   {6, true},   {6, true},   {6, false},  {7, true},   {9, false},  {10, true},
    {10, false}, {11, false}, {13, true},  {16, true},  {17, false}, {19, false}, {20, false},
    {22, true},  {23, true},  {25, false}, {32, false}, {32, false}, {34, false}, {35, false}};

/* The same, under a placebo: all relapsed. */
static const double placebo[] = {1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23};

/* The estimates and intervals that Stata's "sts list" and R's survfit(conf.type = "log-log") print for these
 * data. */
Test(statistics_series, survival_is_that_of_the_leukaemia_trial)
{
    static const struct ts_survival_step expected[] = {
        {.at = 0, .at_risk = 21, .share = 1, .low = 1, .high = 1},
        {6, 21, 3, 1, 0.8571, 0.6197, 0.9516},
        {7, 17, 1, 1, 0.8067, 0.5631, 0.9228},
        {10, 15, 1, 2, 0.7529, 0.5032, 0.8894},
        {13, 12, 1, 0, 0.6902, 0.4316, 0.8491},
        {16, 11, 1, 3, 0.6275, 0.3675, 0.8049},
        {22, 7, 1, 0, 0.5378, 0.2678, 0.7468},
        {23, 6, 1, 5, 0.4482, 0.1881, 0.6801},
    };
    struct ts_lifetime lives[COUNT(treated)];
    struct ts_survival_step steps[COUNT(treated) + 1];
    for (size_t i = 0; i < COUNT(treated); i++) {
        lives[i] = treated[COUNT(treated) - 1 - i]; /* the order must not matter */
    }
    size_t count = ts_survival(lives, COUNT(lives), steps);
    cr_assert_eq(count, COUNT(expected));
    for (size_t i = 0; i < count; i++) {
        cr_expect_eq(steps[i].at, expected[i].at);
        cr_expect_eq(steps[i].at_risk, expected[i].at_risk, "at %g", expected[i].at);
        cr_expect_eq(steps[i].crashes, expected[i].crashes, "at %g", expected[i].at);
        cr_expect_eq(steps[i].censored, expected[i].censored, "at %g", expected[i].at);
        cr_expect_float_eq(steps[i].share, expected[i].share, 0.00005, "at %g", expected[i].at);
        cr_expect_float_eq(steps[i].low, expected[i].low, 0.00005, "at %g: %g", expected[i].at, steps[i].low);
        cr_expect_float_eq(steps[i].high, expected[i].high, 0.00005, "at %g: %g", expected[i].at,
                           steps[i].high);
    }
    struct ts_estimate median = ts_survival_median(steps, count);
    cr_expect_eq(median.value, 23);
    cr_expect_eq(median.low, 13);
    cr_expect(isinf(median.high));
}

/* survfit prints a median of 8 weeks, 4 to 11, for the placebo. */
Test(statistics_series, median_is_that_of_the_placebo)
{
    struct ts_lifetime lives[COUNT(placebo)];
    struct ts_survival_step steps[COUNT(placebo) + 1];
    for (size_t i = 0; i < COUNT(placebo); i++) {
        lives[i] = (struct ts_lifetime){placebo[i], true};
    }
    size_t count = ts_survival(lives, COUNT(lives), steps);
    struct ts_estimate median = ts_survival_median(steps, count);
    cr_expect_eq(median.value, 8);
    cr_expect_eq(median.low, 4);
    cr_expect_eq(median.high, 11);
    cr_expect_eq(steps[count - 1].share, 0.0);
    cr_expect_eq(steps[count - 1].high, 0.0);
}

Test(statistics_series, nobody_who_crashed_leaves_a_flat_curve)
{
    struct ts_lifetime lives[] = {{5, false}, {3, false}};
    struct ts_survival_step steps[3];
    cr_assert_eq(ts_survival(lives, 2, steps), 1);
    cr_expect_eq(steps[0].censored, 2);
    cr_expect(isinf(ts_survival_median(steps, 1).value));
    cr_assert_eq(ts_survival(lives, 0, steps), 1);
}

/* Peaks that come and go must not hide a leak, nor make one. */
Test(statistics_series, troughs_see_growth_below_peaks)
{
    struct ts_sample samples[256];
    for (size_t i = 0; i < COUNT(samples); i++) {
        double warm_up = i < 40 ? -1000.0 : 0.0;
        samples[i] = (struct ts_sample){(double)i, warm_up + 2.0 * (double)i + (i % 5 == 0 ? 0 : 500.0)};
    }
    struct ts_estimate slope = ts_trough_slope(samples, COUNT(samples));
    cr_expect_float_eq(slope.value, 2.0, 0.01);
    cr_expect(slope.low > 1.9 && slope.high < 2.1);
    for (size_t i = 0; i < COUNT(samples); i++) {
        samples[i].y = i % 5 == 0 ? 100 : 100 + (double)i; /* only the peaks grow */
    }
    slope = ts_trough_slope(samples, COUNT(samples));
    cr_expect_float_eq(slope.value, 0.0, 1e-9);
    cr_expect(isnan(ts_trough_slope(samples, 3).value));
    cr_expect(isnan(ts_trough_slope(samples, 0).value));
}

static int by_value(const void *left, const void *right)
{
    const int64_t a = *(const int64_t *)left;
    const int64_t b = *(const int64_t *)right;
    return (a > b) - (a < b);
}

/* Buckets of 32 to an octave: the bound that a histogram of that layout promises, held against the samples'
 * own order. */
Test(statistics_series, quantile_is_within_the_buckets_error)
{
    enum { SAMPLES = 20000, SUB = 32 };
    static int64_t values[SAMPLES];
    static struct ts_bucket buckets[64 * SUB];
    size_t used = 0;
    unsigned state = 7;
    for (size_t i = 0; i < SAMPLES; i++) {
        double u = ((double)rand_r(&state) + 1) / ((double)RAND_MAX + 2);
        values[i] = (int64_t)(100.0 / pow(u, 1.3)); /* a heavy tail */
    }
    qsort(values, SAMPLES, sizeof *values, by_value);
    for (size_t i = 0; i < SAMPLES; i++) {
        int octave = 63 - __builtin_clzll((unsigned long long)values[i]);
        int64_t width = octave < 5 ? 1 : INT64_C(1) << (octave - 5);
        int64_t high = values[i] / width * width + width - 1;
        if (used == 0 || buckets[used - 1].high != high) {
            buckets[used++].high = high;
        }
        buckets[used - 1].count++;
    }
    static const double shares[] = {0.001, 0.5, 0.9, 0.99, 0.999, 0.9999, 1};
    for (size_t i = 0; i < COUNT(shares); i++) {
        double truth = (double)values[(size_t)ceil(shares[i] * (double)SAMPLES) - 1];
        double read = (double)ts_bucket_quantile(buckets, used, shares[i]);
        cr_expect(truth <= read && truth >= read * (1 - 1.0 / (double)SUB), "q %g: %g for %g", shares[i],
                  read, truth);
    }
    cr_expect_eq(ts_bucket_quantile(buckets, 0, 0.5), -1);
}
