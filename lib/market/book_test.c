#include "market/book.h"

#include "base/random.h"

#include <criterion/criterion.h>
#include <string.h>

static void set(struct ts_book *book, enum ts_book_side_name side, double price, double quantity)
{
    struct ts_book_change change = {.side = side, .price = price, .quantity = quantity};
    cr_assert_eq(ts_book_apply(book, &change, 1), TS_OK);
}

static struct wingchun_depth top_of(const struct ts_book *book)
{
    struct wingchun_depth depth;
    memset(&depth, 0xff, sizeof depth);
    ts_book_top(book, &depth);
    return depth;
}

Test(book, levels_come_best_first_and_the_rest_is_zero)
{
    struct ts_book book;
    ts_book_init(&book);
    set(&book, TS_BOOK_BID, 99.0, 1);
    set(&book, TS_BOOK_BID, 100.0, 2);
    set(&book, TS_BOOK_BID, 98.5, 3);
    set(&book, TS_BOOK_ASK, 101.0, 4);
    set(&book, TS_BOOK_ASK, 100.5, 5);
    struct wingchun_depth depth = top_of(&book);
    cr_assert(depth.bid_price[0] == 100.0 && depth.bid_volume[0] == 2);
    cr_assert(depth.bid_price[1] == 99.0 && depth.bid_volume[1] == 1);
    cr_assert(depth.bid_price[2] == 98.5 && depth.bid_volume[2] == 3);
    cr_assert(depth.bid_price[3] == 0 && depth.bid_volume[3] == 0);
    cr_assert(depth.ask_price[0] == 100.5 && depth.ask_volume[0] == 5);
    cr_assert(depth.ask_price[1] == 101.0 && depth.ask_volume[1] == 4);
    cr_assert(depth.ask_price[9] == 0 && depth.ask_volume[9] == 0);
    cr_assert_not(ts_book_crossed(&book));
    ts_book_fini(&book);
}

Test(book, quantities_are_absolute_and_zero_deletes)
{
    struct ts_book book;
    ts_book_init(&book);
    set(&book, TS_BOOK_BID, 100.0, 2);
    set(&book, TS_BOOK_BID, 100.0, 7);
    cr_assert(top_of(&book).bid_volume[0] == 7);
    set(&book, TS_BOOK_BID, 99.0, 0); /* never there */
    cr_assert_eq(book.sides[TS_BOOK_BID].count, 1);
    set(&book, TS_BOOK_BID, 100.0, 0);
    cr_assert_eq(book.sides[TS_BOOK_BID].count, 0);
    cr_assert(top_of(&book).bid_price[0] == 0);
    ts_book_fini(&book);
}

Test(book, crossed_means_both_sides_and_bid_not_below_ask)
{
    struct ts_book book;
    ts_book_init(&book);
    cr_assert_not(ts_book_crossed(&book));
    set(&book, TS_BOOK_BID, 100.0, 1);
    cr_assert_not(ts_book_crossed(&book));
    set(&book, TS_BOOK_ASK, 100.0, 1);
    cr_assert(ts_book_crossed(&book));
    set(&book, TS_BOOK_ASK, 100.0, 0);
    set(&book, TS_BOOK_ASK, 100.1, 1);
    cr_assert_not(ts_book_crossed(&book));
    ts_book_clear(&book);
    cr_assert(top_of(&book).ask_price[0] == 0);
    ts_book_fini(&book);
}

/* Against the plainest model: a quantity per whole price. Grows past the first capacity. */
Test(book, random_changes_agree_with_a_plain_table)
{
    enum { PRICES = 6000 };
    static double table[2][PRICES + 1];
    struct ts_random random = {.state = 42};
    struct ts_book book;
    ts_book_init(&book);
    for (int i = 0; i < 100000; i++) {
        enum ts_book_side_name side = ts_random_below(&random, 2) == 0 ? TS_BOOK_BID : TS_BOOK_ASK;
        size_t price = 1 + ts_random_below(&random, PRICES);
        double quantity = (double)ts_random_below(&random, 4);
        set(&book, side, (double)price, quantity);
        table[side][price] = quantity;
        if (i % 1000 != 0) {
            continue;
        }
        struct wingchun_depth depth = top_of(&book);
        size_t bid = PRICES + 1;
        size_t ask = 0;
        for (int level = 0; level < WINGCHUN_DEPTH_LEVELS; level++) {
            do {
                bid--;
            } while (bid > 0 && table[TS_BOOK_BID][bid] == 0);
            do {
                ask++;
            } while (ask <= PRICES && table[TS_BOOK_ASK][ask] == 0);
            if (bid == 0 || ask > PRICES) {
                break;
            }
            cr_assert(depth.bid_price[level] == (double)bid &&
                      depth.bid_volume[level] == table[TS_BOOK_BID][bid]);
            cr_assert(depth.ask_price[level] == (double)ask &&
                      depth.ask_volume[level] == table[TS_BOOK_ASK][ask]);
        }
    }
    cr_assert_gt(book.sides[TS_BOOK_BID].count, 2048);
    ts_book_fini(&book);
}
