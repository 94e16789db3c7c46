/*
 * Inside of a message: two parsers that agree. Not for users of message.h.
 *
 * Any message goes through jansson (message.c). Tickers and trades, nine messages of ten and those a decision
 * waits for, are flat objects that the exchange writes in one way; message_flat.c reads them where they lie,
 * without memory, and takes only what it is sure of. What it leaves goes to the other one, which alone says
 * what is wrong with it. The fuzz target feed holds the two against each other.
 */
#ifndef TS_MARKET_MESSAGE_INSIDE_H
#define TS_MARKET_MESSAGE_INSIDE_H

#include "market/message.h"

ts_err ts_message_parse_any(struct ts_message *message, int64_t receive_ns, const char *json, size_t length,
                            const char *subject, struct ts_diag *diag);

/* False: not for this one, and *message may hold anything. */
bool ts_message_parse_flat(struct ts_message *message, int64_t receive_ns, const char *json, size_t length);

/* What both fill in once the values are known; symbol and event_ns are set already. */
struct ts_ticker_values {
    bool futures;
    double bid_price, bid_volume, ask_price, ask_volume;
};
struct ts_trade_values {
    bool futures;
    int64_t number;
    double price, volume;
    bool buyer_was_first;
    int64_t time_ns;
};
void ts_message_set_ticker(struct ts_message *message, const struct ts_ticker_values *values);
void ts_message_set_trade(struct ts_message *message, const struct ts_trade_values *values);

#endif
