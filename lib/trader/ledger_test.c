#include "trader/ledger.h"

#include <criterion/criterion.h>

Test(ledger, a_position_is_closed_once)
{
    struct ts_ledger ledger;
    struct ts_trade trades[4];
    ts_ledger_init(&ledger, 2.0, 0.0, trades, 4);
    cr_assert_eq(ts_ledger_close(&ledger, 100, 1, TS_CLOSE_STOP), TS_EMPTY);
    cr_assert_eq(ts_ledger_open(&ledger, 100, 2), TS_OK);
    cr_assert_eq(ts_ledger_open(&ledger, 105, 3), TS_FULL);
    cr_assert_float_eq(ts_ledger_unrealised(&ledger, 103), 6.0, 1e-12);
    cr_assert_eq(ts_ledger_close(&ledger, 110, 4, TS_CLOSE_SIGNAL), TS_OK);
    cr_assert_eq(ts_ledger_close(&ledger, 120, 5, TS_CLOSE_STOP), TS_EMPTY);
    cr_assert(ledger.opened == 1 && ledger.closed == 1 && ledger.listed == 2 && !ledger.open);
    cr_assert(ledger.closed_for[TS_CLOSE_SIGNAL] == 1 && ledger.closed_for[TS_CLOSE_STOP] == 0);
    cr_assert_float_eq(ledger.realised, 20.0, 1e-12);
    cr_assert_float_eq(ts_ledger_unrealised(&ledger, 200), 0.0, 0.0);
    cr_assert(trades[0].buys && trades[0].number == 1 && trades[0].sequence == 2);
    cr_assert(!trades[1].buys && trades[1].number == 2 && trades[1].sequence == 4);
    cr_assert_float_eq(trades[1].profit, 20.0, 1e-12);
}

Test(ledger, fees_are_taken_of_both_trades)
{
    struct ts_ledger ledger;
    ts_ledger_init(&ledger, 3.0, 0.001, NULL, 0);
    ts_ledger_open(&ledger, 100, 1);
    ts_ledger_close(&ledger, 110, 2, TS_CLOSE_SIGNAL);
    cr_assert_float_eq(ledger.realised, 30.0 - 0.3 - 0.33, 1e-12);
    cr_assert_eq(ledger.listed, 0);
}

Test(ledger, equal_trades_have_equal_digests_and_others_not)
{
    struct ts_ledger a, b;
    ts_ledger_init(&a, 1.0, 0.0, NULL, 0);
    ts_ledger_init(&b, 1.0, 0.0, NULL, 0);
    ts_ledger_open(&a, 100, 1);
    ts_ledger_open(&b, 100, 1);
    cr_assert_eq(a.digest, b.digest);
    struct ts_ledger later = b, dearer = b, stopped = b;
    ts_ledger_close(&a, 101, 2, TS_CLOSE_SIGNAL);
    ts_ledger_close(&b, 101, 2, TS_CLOSE_SIGNAL);
    ts_ledger_close(&later, 101, 3, TS_CLOSE_SIGNAL);
    ts_ledger_close(&dearer, 101.5, 2, TS_CLOSE_SIGNAL);
    ts_ledger_close(&stopped, 101, 2, TS_CLOSE_STOP);
    cr_assert_eq(a.digest, b.digest);
    cr_assert(a.digest != later.digest && a.digest != dearer.digest && a.digest != stopped.digest);
}

Test(ledger, what_has_no_room_in_the_list_is_traded_all_the_same)
{
    struct ts_ledger ledger;
    struct ts_trade one;
    ts_ledger_init(&ledger, 1.0, 0.0, &one, 1);
    for (uint64_t i = 0; i < 5; i++) {
        ts_ledger_open(&ledger, 100, i);
        ts_ledger_close(&ledger, 101, i, TS_CLOSE_SIGNAL);
    }
    cr_assert(ledger.listed == 1 && ledger.closed == 5 && one.number == 1);
    cr_assert_float_eq(ledger.realised, 5.0, 1e-12);
}
