#include "scenario/soak.h"

#include <criterion/criterion.h>
#include <math.h>

static struct ts_board_soak soak;
static struct ts_board_beats beats;

/* As many looks, a tenth of a second apart, at a memory that is `size` of the look's number. */
static bool look(uint32_t looks, uint32_t (*size)(uint32_t look))
{
    struct ts_memory_watch watch;
    ts_memory_watch_begin(&watch, &soak);
    for (uint32_t i = 0; i < looks; i++) {
        ts_memory_watch_take(&watch, watch.start_ns + (i + 1) * 100 * TS_NS_PER_MS, size(i));
    }
    return ts_memory_watch_end(&watch, 128);
}

static uint32_t leaky(uint32_t look)
{
    return 4000 + look;
}

static uint32_t busy(uint32_t look)
{
    return look < 1000 ? 2000 + look : look % 10 == 0 ? 3000 + look % 7 : 9000 - look % 100;
}

Test(soak, any_number_of_looks_fits_and_growth_is_told)
{
    for (uint32_t looks = 1000; looks < 1200; looks++) {
        cr_assert(look(looks, leaky));
        cr_assert(soak.trough_count >= TS_BOARD_TROUGHS / 2 && soak.trough_count <= TS_BOARD_TROUGHS);
        cr_assert_eq(soak.troughs_kib[0], 4000);
        cr_assert_eq(soak.troughs_kib[1], 4000 + soak.trough_ns / (100 * TS_NS_PER_MS));
        cr_assert_float_eq(soak.slope, 36000, 1); /* a KiB each tenth of a second */
        cr_assert(soak.slope_low <= 36001 && soak.slope_high >= 35999);
    }
}

Test(soak, neither_peaks_nor_the_way_to_its_size_are_growth)
{
    cr_assert_not(look(18000, busy));
    cr_assert(soak.slope_low <= 0 && soak.slope_high >= 0, "%g to %g", soak.slope_low, soak.slope_high);
    cr_assert_eq(soak.settled, soak.trough_count / 5);
}

Test(soak, a_short_life_says_nothing)
{
    cr_assert_not(look(190, leaky));
    cr_assert(isinf(soak.slope_low) && isinf(soak.slope_high));
}

Test(soak, beats_are_measured_and_missing_ones_counted)
{
    static struct ts_beat_watch watch;
    int64_t at_ns = 5;
    ts_beat_watch_begin(&watch, 100 * TS_NS_PER_MS);
    ts_beat_watch_beat(&watch, at_ns);
    for (int i = 0; i < 1000; i++) {
        at_ns += i % 2 == 0 ? 99 * TS_NS_PER_MS : 103 * TS_NS_PER_MS;
        ts_beat_watch_beat(&watch, at_ns);
    }
    ts_beat_watch_end(&watch, &beats);
    cr_assert_eq(beats.beats, 1001);
    cr_assert_eq(beats.missed, 0);
    cr_assert_eq(beats.gap_mean_ns, 101 * TS_NS_PER_MS);
    cr_assert_float_eq((double)beats.gap_deviation_ns, 2e6, 2e3);
    cr_assert(beats.gap_p50_ns >= 99 * TS_NS_PER_MS && beats.gap_p50_ns <= 100 * TS_NS_PER_MS);
    cr_assert_eq(beats.gap_most_ns, 103 * TS_NS_PER_MS);
    ts_beat_watch_beat(&watch, at_ns += 149 * TS_NS_PER_MS);
    ts_beat_watch_beat(&watch, at_ns += 420 * TS_NS_PER_MS);
    ts_beat_watch_end(&watch, &beats);
    cr_assert_eq(beats.missed, 3);
    cr_assert_eq(beats.gap_most_ns, 420 * TS_NS_PER_MS);
}
