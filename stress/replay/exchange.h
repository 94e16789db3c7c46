/*
 * A replayed exchange: the events of one symbol in order, as combined-stream messages, and its book as of
 * now.
 *
 * A recording is said as it was recorded; its REST snapshot is where the book begins, so that a request can
 * be answered from the first event on. Later passes go on with shifted ids and times, and from that snapshot
 * again: whoever keeps a book must be disconnected between them (`begins`). The synthetic exchange has the
 * ticks of tape/source.h, without end.
 *
 * Threads: belongs to one thread. Ownership: open allocates, close frees; texts are valid until the next
 * call. Units: receive_ns since the Unix epoch, as recorded; never goes back. Errors: a line that does not
 * parse is TS_MALFORMED, with its number; TS_END after the last pass.
 */
#ifndef TS_REPLAY_EXCHANGE_H
#define TS_REPLAY_EXCHANGE_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum ts_replay_stream { TS_REPLAY_DEPTH, TS_REPLAY_TICKER, TS_REPLAY_TRADE, TS_REPLAY_STREAM_COUNT };

struct ts_replay_event {
    enum ts_replay_stream stream;
    int64_t receive_ns;
    const char *text;
    size_t length;
    bool begins; /* the first event of a further pass */
};

struct ts_exchange;

/* passes: 0 for no end. */
ts_err ts_exchange_open_recording(const char *path, uint32_t passes, struct ts_exchange **exchange,
                                  struct ts_diag *diag);
ts_err ts_exchange_open_synthetic(uint64_t seed, struct ts_exchange **exchange, struct ts_diag *diag);
void ts_exchange_close(struct ts_exchange *exchange);

ts_err ts_exchange_next(struct ts_exchange *exchange, struct ts_replay_event *event, struct ts_diag *diag);

/* What a snapshot request is answered, at most `limit` levels a side; *text is to be freed. TS_NOT_FOUND when
 * the recording has no snapshot. */
ts_err ts_exchange_snapshot(struct ts_exchange *exchange, size_t limit, char **text, size_t *length);

const char *ts_exchange_symbol(const struct ts_exchange *exchange);
bool ts_exchange_is_futures(const struct ts_exchange *exchange);
/* "/api/v3/depth" or "/fapi/v1/depth" */
const char *ts_exchange_snapshot_path(const struct ts_exchange *exchange);
/* "depth", "bookTicker", "trade" */
extern const char *const ts_replay_stream_names[TS_REPLAY_STREAM_COUNT];

#endif
