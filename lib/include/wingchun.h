/*
 * Wire structs of market data, packed as the host compiles them. Sizes and offsets are part of the ABI and
 * are asserted below.
 *
 * Units: times in nanoseconds since the Unix epoch; prices in the quote currency, volumes in the base
 * currency. Access: doubles stand at odd offsets. Use the members (the compiler knows the packing) or memcpy,
 * never a pointer to one. A symbol of exactly 32 characters carries no NUL: read it with a bound.
 */
#ifndef WINGCHUN_H
#define WINGCHUN_H

#include <stddef.h>
#include <stdint.h>

#define WINGCHUN_SOURCE_ID_SIZE   16
#define WINGCHUN_SYMBOL_SIZE      32
#define WINGCHUN_EXCHANGE_ID_SIZE 16
#define WINGCHUN_CLIENT_ID_SIZE   32
#define WINGCHUN_DEPTH_LEVELS     10

enum wingchun_type {
    WINGCHUN_DEPTH = 101,
    WINGCHUN_TICKER = 102,
    WINGCHUN_TRADE = 103,
    WINGCHUN_INDEX_PRICE = 104,
};

enum wingchun_instrument {
    WINGCHUN_UNKNOWN = 0,
    WINGCHUN_FFUTURE = 1,
    WINGCHUN_DFUTURE = 2,
    WINGCHUN_FUTURE = 3,
    WINGCHUN_ETF = 4,
    WINGCHUN_SPOT = 5,
    WINGCHUN_INDEX = 6,
    WINGCHUN_SWAP = 7,
};

enum wingchun_side { WINGCHUN_BUY = 0, WINGCHUN_SELL = 1 };

#pragma pack(push, 1)

struct wingchun_depth {
    char source_id[WINGCHUN_SOURCE_ID_SIZE];
    char symbol[WINGCHUN_SYMBOL_SIZE];
    char exchange_id[WINGCHUN_EXCHANGE_ID_SIZE];
    int64_t data_time_ns;
    int8_t instrument_type;
    double bid_price[WINGCHUN_DEPTH_LEVELS]; /* best first; 0 where the book has fewer levels */
    double ask_price[WINGCHUN_DEPTH_LEVELS];
    double bid_volume[WINGCHUN_DEPTH_LEVELS];
    double ask_volume[WINGCHUN_DEPTH_LEVELS];
};

struct wingchun_ticker {
    char source_id[WINGCHUN_SOURCE_ID_SIZE];
    char symbol[WINGCHUN_SYMBOL_SIZE];
    char exchange_id[WINGCHUN_EXCHANGE_ID_SIZE];
    int64_t data_time_ns;
    int8_t instrument_type;
    double bid_price;
    double bid_volume;
    double ask_price;
    double ask_volume;
};

struct wingchun_trade {
    char client_id[WINGCHUN_CLIENT_ID_SIZE];
    char symbol[WINGCHUN_SYMBOL_SIZE];
    char exchange_id[WINGCHUN_EXCHANGE_ID_SIZE];
    int8_t instrument_type;
    int64_t trade_id;
    int64_t ask_id;
    int64_t bid_id;
    double price;
    double volume;
    int8_t side; /* the aggressor's, enum wingchun_side */
    int8_t position_side;
    int64_t trade_time_ns;
};

struct wingchun_index_price {
    char symbol[WINGCHUN_SYMBOL_SIZE];
    char exchange_id[WINGCHUN_EXCHANGE_ID_SIZE];
    int8_t instrument_type;
    double price;
};

#pragma pack(pop)

_Static_assert(sizeof(struct wingchun_depth) == 393, "Depth is 393 bytes on the wire");
_Static_assert(offsetof(struct wingchun_depth, data_time_ns) == 64, "Depth.data_time_ns");
_Static_assert(offsetof(struct wingchun_depth, bid_price) == 73, "Depth.bid_price");
_Static_assert(offsetof(struct wingchun_depth, ask_volume) == 313, "Depth.ask_volume");
_Static_assert(sizeof(struct wingchun_ticker) == 105, "Ticker is 105 bytes on the wire");
_Static_assert(offsetof(struct wingchun_ticker, ask_volume) == 97, "Ticker.ask_volume");
_Static_assert(sizeof(struct wingchun_trade) == 131, "Trade is 131 bytes on the wire");
_Static_assert(offsetof(struct wingchun_trade, trade_id) == 81, "Trade.trade_id");
_Static_assert(offsetof(struct wingchun_trade, trade_time_ns) == 123, "Trade.trade_time_ns");
_Static_assert(sizeof(struct wingchun_index_price) == 57, "IndexPrice is 57 bytes on the wire");
_Static_assert(offsetof(struct wingchun_index_price, price) == 49, "IndexPrice.price");

#define WINGCHUN_SIZE_MAX sizeof(struct wingchun_depth)

/* The wire size of a type, 0 for a type that is not one. */
static inline size_t wingchun_size(int type)
{
    switch (type) {
    case WINGCHUN_DEPTH:
        return sizeof(struct wingchun_depth);
    case WINGCHUN_TICKER:
        return sizeof(struct wingchun_ticker);
    case WINGCHUN_TRADE:
        return sizeof(struct wingchun_trade);
    case WINGCHUN_INDEX_PRICE:
        return sizeof(struct wingchun_index_price);
    default:
        return 0;
    }
}

#endif
