/* Inside of a replayed exchange: what its kinds share. Not for users of exchange.h. */
#ifndef TS_REPLAY_EXCHANGE_INSIDE_H
#define TS_REPLAY_EXCHANGE_INSIDE_H

#include "market/book.h"
#include "market/message.h"
#include "market/sequence.h"
#include "replay/exchange.h"

struct ts_exchange {
    /* The next message's text; *begins as in the event. A snapshot in the stream is passed over by the kind.
     */
    ts_err (*next)(struct ts_exchange *exchange, struct ts_replay_event *event, struct ts_diag *diag);
    void (*destroy)(struct ts_exchange *exchange);
    const char *subject;
    char symbol[WINGCHUN_SYMBOL_SIZE + 1];
    bool futures;
    bool has_book;
    struct ts_book book;
    struct ts_sequence sequence;
    struct ts_message message; /* of the latest event */
};

/* The book now is this snapshot. */
ts_err ts_exchange_begin_book(struct ts_exchange *exchange, const struct ts_message *snapshot);

#endif
