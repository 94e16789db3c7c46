#include "reports/trend.h"

#include "base/random.h"

#include <criterion/criterion.h>
#include <math.h>

#define ROUNDS 1000

static double times[TS_TREND_MOST], values[TS_TREND_MOST];

static double normal(struct ts_random *random)
{
    double sum = -6;
    for (int i = 0; i < 12; i++) {
        sum += ts_random_unit(random);
    }
    return sum;
}

/* Noise in which each point keeps `memory` of the one before. */
static struct ts_trend draw(struct ts_random *random, size_t count, double slope, double memory)
{
    double noise = normal(random);
    for (size_t i = 0; i < count; i++) {
        times[i] = (double)i;
        values[i] = 100 + slope * times[i] + noise;
        noise = memory * noise + sqrt(1 - memory * memory) * normal(random);
    }
    return ts_trend_of(times, values, count);
}

static int covered(double slope, double memory)
{
    struct ts_random random = {7};
    int count = 0;
    for (int i = 0; i < ROUNDS; i++) {
        struct ts_trend trend = draw(&random, 40, slope, memory);
        count += trend.low <= slope && slope <= trend.high;
    }
    return count;
}

/* Of the 28 slopes, sorted, the 14th and 15th are 59 / 15 and 63 / 16; S varies by 8 * 7 * 21 / 18, so the
 * interval goes from the 6th, 62 / 17, to the 23rd, 25 / 6. */
Test(trend, few_points_agree_with_a_count_by_hand)
{
    static const double t[] = {1, 2, 3, 4, 10, 12, 18, 20}, v[] = {9, 15, 19, 20, 45, 55, 78, 81};
    struct ts_trend trend = ts_trend_of(t, v, 8);
    cr_assert_float_eq(trend.slope, (59.0 / 15 + 63.0 / 16) / 2, 1e-12);
    cr_assert_float_eq(trend.low, 62.0 / 17, 1e-12);
    cr_assert_float_eq(trend.high, 25.0 / 6, 1e-12);
}

Test(trend, a_line_without_noise_is_found_exactly_and_a_flat_one_is_flat)
{
    for (size_t i = 0; i < 20; i++) {
        times[i] = (double)i;
        values[i] = 3 * times[i] - 7;
    }
    struct ts_trend trend = ts_trend_of(times, values, 20);
    cr_assert_float_eq(trend.slope, 3, 1e-12);
    cr_assert(trend.low > 2.999 && trend.high < 3.001);
    for (size_t i = 0; i < 20; i++) {
        values[i] = 4096;
    }
    trend = ts_trend_of(times, values, 20);
    cr_assert(trend.slope == 0 && trend.low == 0 && trend.high == 0);
}

Test(trend, the_interval_holds_the_slope_as_often_as_it_says)
{
    int flat = covered(0.0, 0), rising = covered(0.5, 0);
    cr_expect(flat >= ROUNDS * 94 / 100, "%d of %d", flat, ROUNDS);
    cr_expect(rising >= ROUNDS * 94 / 100 && rising <= ROUNDS * 99 / 100, "%d of %d", rising, ROUNDS);
}

/* Without the widening 79 and 64 in a hundred. */
Test(trend, likeness_of_neighbours_widens_it)
{
    int half = covered(0.0, 0.5), more = covered(0.0, 0.7);
    cr_expect(half >= ROUNDS * 91 / 100, "%d of %d", half, ROUNDS);
    cr_expect(more >= ROUNDS * 89 / 100, "%d of %d", more, ROUNDS);
}

Test(trend, one_step_is_no_growth_and_a_leak_is)
{
    struct ts_random random = {3};
    for (size_t i = 0; i < 40; i++) {
        times[i] = (double)i;
        values[i] = i < 20 ? 1000 : 1004;
    }
    struct ts_trend trend = ts_trend_of(times, values, 40);
    cr_assert(trend.low <= 0, "%g", trend.low);
    trend = draw(&random, 40, 0.2, 0.3);
    cr_assert_gt(trend.low, 0);
}

Test(trend, too_few_points_say_nothing)
{
    struct ts_random random = {3};
    struct ts_trend trend = draw(&random, TS_TREND_LEAST - 1, 1, 0);
    cr_assert(isinf(trend.low) && isinf(trend.high) && trend.slope == 0);
}
