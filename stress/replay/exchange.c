#include "replay/exchange.h"

#include "base/err.h"
#include "replay/exchange_inside.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LEVEL_BYTES 72 /* ["price","quantity"], both with eight decimals, and a comma */

const char *const ts_replay_stream_names[TS_REPLAY_STREAM_COUNT] = {"depth", "bookTicker", "trade"};

ts_err ts_exchange_begin_book(struct ts_exchange *exchange, const struct ts_message *snapshot)
{
    ts_book_clear(&exchange->book);
    ts_sequence_begin(&exchange->sequence, snapshot->last_id);
    exchange->has_book = true;
    return ts_book_apply(&exchange->book, snapshot->changes, snapshot->change_count);
}

ts_err ts_exchange_next(struct ts_exchange *exchange, struct ts_replay_event *event, struct ts_diag *diag)
{
    struct ts_message *message = &exchange->message;
    ts_err err = exchange->next(exchange, event, diag);
    if (err != TS_OK) {
        return err;
    }
    err = ts_message_parse(message, event->receive_ns, event->text, event->length, exchange->subject, diag);
    if (err != TS_OK) {
        return err;
    }
    switch (message->kind) {
    case TS_MESSAGE_TICKER:
        event->stream = TS_REPLAY_TICKER;
        return TS_OK;
    case TS_MESSAGE_TRADE:
        event->stream = TS_REPLAY_TRADE;
        return TS_OK;
    default:
        event->stream = TS_REPLAY_DEPTH;
        break;
    }
    if (!exchange->has_book || ts_sequence_place(&exchange->sequence, message) == TS_SEQUENCE_STALE) {
        return TS_OK; /* the snapshot was taken after it */
    }
    ts_sequence_advance(&exchange->sequence, message);
    if (ts_book_apply(&exchange->book, message->changes, message->change_count) != TS_OK) {
        return ts_fail(diag, TS_NO_MEMORY, "replay", exchange->subject, "no memory for the book");
    }
    return TS_OK;
}

/* Best first, as the exchange writes them; the book has the worst first. */
static size_t write_side(char *text, size_t size, const char *name, const struct ts_book_side *side,
                         size_t limit)
{
    size_t levels = side->count < limit ? side->count : limit;
    size_t used = (size_t)snprintf(text, size, "\"%s\":[", name);
    for (size_t i = 0; i < levels; i++) {
        const struct ts_book_level *level = &side->levels[side->count - 1 - i];
        used += (size_t)snprintf(text + used, size - used, "%s[\"%.8f\",\"%.8f\"]", i > 0 ? "," : "",
                                 level->price, level->quantity);
    }
    return used + (size_t)snprintf(text + used, size - used, "]");
}

ts_err ts_exchange_snapshot(struct ts_exchange *exchange, size_t limit, char **text, size_t *length)
{
    if (!exchange->has_book) {
        return TS_NOT_FOUND;
    }
    size_t size = 2 * limit * LEVEL_BYTES + 256;
    char *made = malloc(size);
    if (made == NULL) {
        return TS_NO_MEMORY;
    }
    size_t used = (size_t)snprintf(made, size, "{\"lastUpdateId\":%" PRId64 ",", exchange->sequence.last_id);
    used += write_side(made + used, size - used, "bids", &exchange->book.sides[TS_BOOK_BID], limit);
    used += (size_t)snprintf(made + used, size - used, ",");
    used += write_side(made + used, size - used, "asks", &exchange->book.sides[TS_BOOK_ASK], limit);
    used += (size_t)snprintf(made + used, size - used, "}");
    TS_ASSERT(used < size);
    *text = made;
    *length = used;
    return TS_OK;
}

void ts_exchange_close(struct ts_exchange *exchange)
{
    if (exchange != NULL) {
        ts_book_fini(&exchange->book);
        ts_message_fini(&exchange->message);
        exchange->destroy(exchange);
    }
}

const char *ts_exchange_symbol(const struct ts_exchange *exchange)
{
    return exchange->symbol;
}

bool ts_exchange_is_futures(const struct ts_exchange *exchange)
{
    return exchange->futures;
}

const char *ts_exchange_snapshot_path(const struct ts_exchange *exchange)
{
    return exchange->futures ? "/fapi/v1/depth" : "/api/v3/depth";
}
