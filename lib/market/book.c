#include "market/book.h"

#include <stdlib.h>
#include <string.h>

#define CAPACITY_FIRST 2048

void ts_book_init(struct ts_book *book)
{
    *book = (struct ts_book){0};
}

void ts_book_fini(struct ts_book *book)
{
    free(book->sides[TS_BOOK_BID].levels);
    free(book->sides[TS_BOOK_ASK].levels);
    ts_book_init(book);
}

void ts_book_clear(struct ts_book *book)
{
    book->sides[TS_BOOK_BID].count = 0;
    book->sides[TS_BOOK_ASK].count = 0;
}

static bool is_worse(enum ts_book_side_name name, double price, double than)
{
    return name == TS_BOOK_BID ? price < than : price > than;
}

/* The first level that is not worse than the price: where it stands, or is to be inserted. */
static size_t place_of(const struct ts_book_side *side, enum ts_book_side_name name, double price)
{
    size_t low = 0;
    size_t high = side->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (is_worse(name, side->levels[middle].price, price)) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static ts_err reserve_one(struct ts_book_side *side)
{
    if (side->count < side->capacity) {
        return TS_OK;
    }
    size_t capacity = side->capacity > 0 ? 2 * side->capacity : CAPACITY_FIRST;
    struct ts_book_level *levels = realloc(side->levels, capacity * sizeof *levels);
    if (levels == NULL) {
        return TS_NO_MEMORY;
    }
    side->levels = levels;
    side->capacity = capacity;
    return TS_OK;
}

static ts_err apply_one(struct ts_book_side *side, const struct ts_book_change *change)
{
    size_t place = place_of(side, change->side, change->price);
    bool found = place < side->count && side->levels[place].price == change->price;
    if (found && change->quantity > 0) {
        side->levels[place].quantity = change->quantity;
    } else if (found) {
        side->count--;
        memmove(&side->levels[place], &side->levels[place + 1], (side->count - place) * sizeof *side->levels);
    } else if (change->quantity > 0) {
        if (reserve_one(side) != TS_OK) {
            return TS_NO_MEMORY;
        }
        memmove(&side->levels[place + 1], &side->levels[place], (side->count - place) * sizeof *side->levels);
        side->levels[place] = (struct ts_book_level){.price = change->price, .quantity = change->quantity};
        side->count++;
    }
    return TS_OK;
}

ts_err ts_book_apply(struct ts_book *book, const struct ts_book_change *changes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (apply_one(&book->sides[changes[i].side], &changes[i]) != TS_OK) {
            return TS_NO_MEMORY;
        }
    }
    return TS_OK;
}

void ts_book_top(const struct ts_book *book, struct wingchun_depth *depth)
{
    const struct ts_book_level none = {0};
    const struct ts_book_side *bids = &book->sides[TS_BOOK_BID];
    const struct ts_book_side *asks = &book->sides[TS_BOOK_ASK];
    for (size_t i = 0; i < WINGCHUN_DEPTH_LEVELS; i++) {
        const struct ts_book_level *bid = i < bids->count ? &bids->levels[bids->count - 1 - i] : &none;
        const struct ts_book_level *ask = i < asks->count ? &asks->levels[asks->count - 1 - i] : &none;
        depth->bid_price[i] = bid->price;
        depth->bid_volume[i] = bid->quantity;
        depth->ask_price[i] = ask->price;
        depth->ask_volume[i] = ask->quantity;
    }
}

bool ts_book_crossed(const struct ts_book *book)
{
    const struct ts_book_side *bids = &book->sides[TS_BOOK_BID];
    const struct ts_book_side *asks = &book->sides[TS_BOOK_ASK];
    return bids->count > 0 && asks->count > 0 &&
           bids->levels[bids->count - 1].price >= asks->levels[asks->count - 1].price;
}
