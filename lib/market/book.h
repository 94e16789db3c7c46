/*
 * A price-level book: two sorted arrays of absolute quantities.
 *
 * Threads: a book belongs to one thread.
 * Ownership: init allocates nothing; apply grows the sides; fini frees them. A book of zeros is an empty one.
 * Units: prices in the quote currency, quantities in the base currency, as recorded.
 * Errors: apply returns TS_NO_MEMORY; the changes before the failing one are in the book then.
 */
#ifndef TS_MARKET_BOOK_H
#define TS_MARKET_BOOK_H

#include "base/err.h"
#include "wingchun.h"

#include <stdbool.h>
#include <stddef.h>

enum ts_book_side_name { TS_BOOK_BID = 0, TS_BOOK_ASK = 1 };

struct ts_book_change {
    enum ts_book_side_name side;
    double price;
    double quantity; /* 0 deletes the level; deleting one that is not there is no error */
};

struct ts_book_level {
    double price;
    double quantity;
};

/* Worst level first: most changes are near the best price, so they move few levels. */
struct ts_book_side {
    struct ts_book_level *levels;
    size_t count;
    size_t capacity;
};

struct ts_book {
    struct ts_book_side sides[2]; /* by enum ts_book_side_name */
};

void ts_book_init(struct ts_book *book);
void ts_book_fini(struct ts_book *book);

/* Empties both sides; keeps their memory. */
void ts_book_clear(struct ts_book *book);

ts_err ts_book_apply(struct ts_book *book, const struct ts_book_change *changes, size_t count);

/* Writes the ten best levels of each side, zeros where there are fewer; leaves the other members alone. */
void ts_book_top(const struct ts_book *book, struct wingchun_depth *depth);

/* Both sides have a level and the best bid is not below the best ask. */
bool ts_book_crossed(const struct ts_book *book);

#endif
