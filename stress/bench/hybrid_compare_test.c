#include "bench/hybrid_compare.h"

#include <criterion/criterion.h>

#define TRADES 4

static struct ts_trade left_trades[TRADES], right_trades[TRADES];
static struct ts_hybrid_run left, right;

static void init(void)
{
    for (unsigned i = 0; i < TRADES; i++) {
        left_trades[i] = (struct ts_trade){
            .number = i + 1, .sequence = 10 * i, .price = 100 + i, .buys = i % 2 == 0, .profit = 0.5 * i};
        right_trades[i] = left_trades[i];
    }
    left = (struct ts_hybrid_run){.trades = left_trades, .trade_count = TRADES};
    right = (struct ts_hybrid_run){.trades = right_trades, .trade_count = TRADES};
}

TestSuite(hybrid_compare, .init = init);

/* Whichever of the two is asked about first. */
static void differs_at(size_t expected)
{
    size_t number = 0;
    cr_assert_not(ts_hybrid_same_trades(&left, &right, &number));
    cr_assert_eq(number, expected);
    number = 0;
    cr_assert_not(ts_hybrid_same_trades(&right, &left, &number));
    cr_assert_eq(number, expected);
}

Test(hybrid_compare, equal_lists_are_the_same)
{
    size_t number;
    cr_assert(ts_hybrid_same_trades(&left, &right, &number));
    left.trade_count = right.trade_count = 0;
    cr_assert(ts_hybrid_same_trades(&left, &right, &number));
}

Test(hybrid_compare, each_member_of_each_trade_counts)
{
    for (size_t i = 0; i < TRADES; i++) {
        init();
        right_trades[i].number++;
        differs_at(i + 1);
        init();
        right_trades[i].sequence++;
        differs_at(i + 1);
        init();
        right_trades[i].price += 0.01;
        differs_at(i + 1);
        init();
        right_trades[i].buys = !right_trades[i].buys;
        differs_at(i + 1);
        init();
        right_trades[i].reason = TS_CLOSE_STOP;
        differs_at(i + 1);
        init();
        right_trades[i].profit += 1e-9;
        differs_at(i + 1);
    }
}

Test(hybrid_compare, a_list_that_only_begins_alike_is_another_one)
{
    right.trade_count = TRADES - 1;
    differs_at(TRADES);
    right.trade_count = 0;
    differs_at(1);
}
