/*
 * Whether a trade is the next one, by its number: next, after a gap, repeated, or astray.
 *
 * Binance numbers the trades of a symbol, single or aggregated, one by one, and says each once; a connection
 * keeps their order. (Both recordings: 27,419 numbers, each one more than the last.) What is missing is
 * missing in a row: a frame that did not parse, an outage. A server that lags behind the one before it begins
 * a connection with trades that are known already.
 *
 * One bogus number must not make all that follow look old, so a number is not believed on its own word when
 *   - it leaps by more than TS_TRADE_REACH, up or down, or
 *   - it lies in a hole whose far side is the latest trade of this connection: either that one came too
 * early, or this one too late. It is astray, and changes nothing, until the next one astray follows it: the
 * stream goes on from there. A bogus number thus costs itself if it leaps far; the trade after it too, if it
 * leaps up to the reach; and what the reach holds at the most, if the connection ends before the next trade.
 * An honest gap beyond the reach costs one trade, counted as missing. No number is said to follow twice on
 * one connection, or within the reach.
 *
 * Threads: belongs to whom the feed belongs to. Ownership: plain data; zeros are ready for the first trade.
 */
#ifndef TS_MARKET_TRADE_NUMBERS_H
#define TS_MARKET_TRADE_NUMBERS_H

#include <stdbool.h>
#include <stdint.h>

#define TS_TRADE_REACH 100000 /* numbers; a quarter of an hour of the busiest symbols */

struct ts_trade_numbers {
    bool begun;
    int64_t last; /* the latest that follows */
    bool holed;   /* what lies between the next two was left out by this connection, and after_hole is last */
    int64_t before_hole, after_hole;
    int64_t hole_missing; /* told as missing; 0 for what was before the first of all */
    bool strayed;
    int64_t stray; /* the latest astray, unless another followed since */
};

enum ts_trade_place {
    TS_TRADE_NEXT,
    TS_TRADE_AFTER_GAP, /* it follows, and others are missing before it */
    TS_TRADE_REPEATED,
    TS_TRADE_ASTRAY,
};

/* A connection begins: its order begins anew, what is known stays known. */
void ts_trade_numbers_connect(struct ts_trade_numbers *numbers);

/* Takes a number of 0 or more. *missing: how many more are known to be missing since the last that followed;
 * below 0 where some that were told as missing may still come. 0 for what does not follow. */
enum ts_trade_place ts_trade_numbers_take(struct ts_trade_numbers *numbers, int64_t number, int64_t *missing);

#endif
