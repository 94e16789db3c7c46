/* The trades of a recording, as the trader's feed would bring them. */
#include "bench/hybrid_run.h"
#include "market/message.h"
#include "replay/exchange.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static ts_err add_trade(struct ts_hybrid_tape *tape, size_t *room, const struct ts_message *message,
                        int64_t receive_ns, struct ts_diag *diag)
{
    if (tape->count == *room) {
        size_t more = *room > 0 ? 2 * *room : 4096;
        struct ts_trade_tick *ticks = realloc(tape->ticks, more * sizeof *ticks);
        if (ticks == NULL) {
            return ts_fail(diag, TS_NO_MEMORY, "load recording", tape->path, "no memory");
        }
        tape->ticks = ticks;
        *room = more;
    }
    tape->ticks[tape->count++] = (struct ts_trade_tick){
        .receive_ns = receive_ns,
        .exchange_ns = message->trade.trade_time_ns,
        .price = message->trade.price,
        .quantity = message->trade.volume,
    };
    return TS_OK;
}

static ts_err read_trades(struct ts_hybrid_tape *tape, struct ts_exchange *exchange, struct ts_diag *diag)
{
    struct ts_message message = {0};
    struct ts_replay_event event;
    size_t room = 0;
    int64_t first_ns = 0;
    ts_err error;
    while ((error = ts_exchange_next(exchange, &event, diag)) == TS_OK) {
        first_ns = first_ns == 0 ? event.receive_ns : first_ns;
        if (event.stream != TS_REPLAY_TRADE) {
            continue;
        }
        error = ts_message_parse(&message, 0, event.text, event.length, tape->path, diag);
        if (error == TS_OK) {
            error = add_trade(tape, &room, &message, event.receive_ns, diag);
        }
        if (error != TS_OK) {
            break;
        }
        tape->length_ns = event.receive_ns - first_ns;
    }
    ts_message_fini(&message);
    return error == TS_END ? TS_OK : error;
}

ts_err ts_hybrid_tape_load(const char *path, struct ts_hybrid_tape *tape, struct ts_diag *diag)
{
    struct ts_exchange *exchange;
    const char *slash = strrchr(path, '/');
    *tape = (struct ts_hybrid_tape){.path = path, .name = slash != NULL ? slash + 1 : path};
    ts_err error = ts_exchange_open_recording(path, 1, &exchange, diag);
    if (error != TS_OK) {
        return error;
    }
    snprintf(tape->symbol, sizeof tape->symbol, "%s", ts_exchange_symbol(exchange));
    for (char *c = tape->symbol; *c != '\0'; c++) {
        *c = (char)tolower((unsigned char)*c);
    }
    tape->futures = ts_exchange_is_futures(exchange);
    error = read_trades(tape, exchange, diag);
    ts_exchange_close(exchange);
    if (error == TS_OK && tape->count == 0) {
        error = ts_fail(diag, TS_MALFORMED, "load recording", path, "it has no trade");
    }
    return error;
}

void ts_hybrid_tape_fini(struct ts_hybrid_tape *tape)
{
    free(tape->ticks);
    tape->ticks = NULL;
}
