#include "trader/ema_cross.h"

#include <criterion/criterion.h>

Test(ema_cross, periods_out_of_their_domain_are_refused)
{
    static const uint32_t periods[][2] = {{0, 5}, {5, 5}, {6, 5}, {1, TS_EMA_TICKS_MAX + 1}};
    for (size_t i = 0; i < sizeof periods / sizeof *periods; i++) {
        struct ts_ema_cross cross;
        struct ts_diag diag;
        cr_assert_eq(ts_ema_cross_init(&cross, periods[i][0], periods[i][1], &diag), TS_INVALID);
    }
}

Test(ema_cross, buys_above_and_sells_below)
{
    /* fast follows the price at once (period 1), slow with 1/2 (period 3) */
    static const struct {
        double price;
        enum ts_signal signal;
    } rows[] = {
        {100, TS_SIGNAL_HOLD}, {90, TS_SIGNAL_HOLD}, {90, TS_SIGNAL_HOLD}, /* below: 92.5 */
        {90, TS_SIGNAL_HOLD},  {94, TS_SIGNAL_BUY},  {95, TS_SIGNAL_HOLD}, /* above: 93.78 */
        {80, TS_SIGNAL_SELL},  {80, TS_SIGNAL_HOLD}, {99, TS_SIGNAL_BUY},
    };
    struct ts_ema_cross cross;
    cr_assert_eq(ts_ema_cross_init(&cross, 1, 3, NULL), TS_OK);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        cr_assert_eq(ts_ema_cross_next(&cross, rows[i].price), rows[i].signal, "row %zu: %g over %g", i,
                     cross.fast, cross.slow);
    }
    cr_assert_float_eq(cross.slow, 90.5, 5.0);
}

Test(ema_cross, no_signal_before_the_slow_average_has_its_ticks)
{
    struct ts_ema_cross cross;
    cr_assert_eq(ts_ema_cross_init(&cross, 1, 50, NULL), TS_OK);
    for (int i = 0; i < 49; i++) {
        cr_assert_eq(ts_ema_cross_next(&cross, i % 2 ? 90 : 110), TS_SIGNAL_HOLD);
    }
    cr_assert_eq(ts_ema_cross_next(&cross, 90), TS_SIGNAL_HOLD, "the first side is no crossing");
    cr_assert_eq(ts_ema_cross_next(&cross, 110), TS_SIGNAL_BUY);
}

Test(ema_cross, after_a_reset_it_is_as_new)
{
    struct ts_ema_cross cross, fresh;
    cr_assert_eq(ts_ema_cross_init(&cross, 2, 4, NULL), TS_OK);
    cr_assert_eq(ts_ema_cross_init(&fresh, 2, 4, NULL), TS_OK);
    for (int i = 0; i < 20; i++) {
        ts_ema_cross_next(&cross, 100 + i % 3);
    }
    ts_ema_cross_reset(&cross);
    for (int i = 0; i < 50; i++) {
        double price = 100 + i % 7;
        cr_assert_eq(ts_ema_cross_next(&cross, price), ts_ema_cross_next(&fresh, price));
    }
}
