/*
 * One message of Binance's public streams, parsed: an event of a combined stream or a snapshot of the book.
 *
 *   {"stream":"btcusdt@depth@100ms","data":{...}}    depth (depthUpdate), bookTicker, trade, aggTrade
 *   {"lastUpdateId":...,"bids":[...],"asks":[...]}   the answer of GET /api/v3/depth or /fapi/v1/depth
 *
 * Threads: a message belongs to one thread.
 * Ownership: a message of zeros is an empty one; parse reuses its memory; fini frees it.
 * Units: times in nanoseconds since the Unix epoch; ids are Binance's update ids.
 * Errors: TS_MALFORMED with the reason, TS_NO_MEMORY. The message is not to be used then, but may be parsed
 * into again.
 */
#ifndef TS_MARKET_MESSAGE_H
#define TS_MARKET_MESSAGE_H

#include "base/err.h"
#include "market/book.h"
#include "wingchun.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum ts_message_kind { TS_MESSAGE_SNAPSHOT, TS_MESSAGE_DIFF, TS_MESSAGE_TICKER, TS_MESSAGE_TRADE };

struct ts_message {
    enum ts_message_kind kind;
    int64_t receive_ns;
    int64_t event_ns;                  /* the exchange's time (E, else T), receive_ns where there is none */
    bool futures;                      /* USD-M futures, else spot; not set for a snapshot */
    char symbol[WINGCHUN_SYMBOL_SIZE]; /* lower case, without NUL at full length; zeros for a snapshot */
    int64_t first_id;                  /* diff: U */
    int64_t last_id;                   /* diff: u; snapshot: lastUpdateId */
    int64_t previous_id;               /* diff of futures: pu */
    struct ts_book_change *changes;    /* diff and snapshot */
    size_t change_count;
    size_t change_capacity;
    struct wingchun_ticker ticker;
    struct wingchun_trade trade;
};

/* json need not end with a NUL; subject names where it came from (a file, a connection) in the diag. */
ts_err ts_message_parse(struct ts_message *message, int64_t receive_ns, const char *json, size_t length,
                        const char *subject, struct ts_diag *diag);

void ts_message_fini(struct ts_message *message);

#endif
