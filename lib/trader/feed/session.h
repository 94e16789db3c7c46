/*
 * The session: all that a feed of Binance's combined streams decides, without a socket, a thread or a clock.
 *
 * Events and the time go in, actions come out:
 *
 *   ts_session_start(session, now_ns);
 *   for (;;) {
 *       while (ts_session_next(session, &action)) ...      connect, close, ping, ask, deliver
 *       ... wait for the wire, at most until ts_session_due_ns(session) ...
 *       ts_session_event(session, &event, now_ns) or ts_session_timer(session, now_ns)
 *   }
 *
 * A connection opens, its diffs wait for a snapshot of the book (SYNCING), are applied to it, and it is LIVE.
 * A gap makes it SYNCING again, by a new snapshot and without a new connection. A connection that ends, is
 * silent, sends garbage or is not read fast enough is given up; the next attempt comes after a back-off
 * (WAITING) that doubles with each attempt, with jitter drawn from the seed. Diffs of before an interruption
 * are never applied to a book of after it.
 *
 * Threads: belongs to one thread at a time.
 * Ownership: create allocates, destroy frees. Memory is bounded by the options.
 * Units: times on the clock of base/clock.h, passed in. A clock that goes back takes the
 * timers along.
 * Errors: what the exchange sends is never an error of a call; it is counted, and the first words of the
 * latest complaint are kept (ts_session_complaint).
 */
#ifndef TS_TRADER_FEED_SESSION_H
#define TS_TRADER_FEED_SESSION_H

#include "base/err.h"
#include "trader/feed/wire_event.h"

#include <stdbool.h>
#include <stdint.h>

enum ts_session_state {
    TS_SESSION_IDLE,
    TS_SESSION_CONNECTING,
    TS_SESSION_SYNCING, /* connected; the book is not whole, or what arrives is old already */
    TS_SESSION_LIVE,
    TS_SESSION_WAITING, /* for the next attempt */
    TS_SESSION_FAILED,  /* out of attempts; for good */
    TS_SESSION_STOPPED,
    TS_SESSION_STATE_COUNT
};

/* Why a connection is over. */
enum ts_session_end {
    TS_SESSION_END_PEER,      /* closed by the other side, or it could not be opened */
    TS_SESSION_END_SILENCE,   /* nothing was heard for silence_ns, not even a ping */
    TS_SESSION_END_TIMEOUT,   /* it did not open within connect_ns */
    TS_SESSION_END_MALFORMED, /* malformed_most frames in a row */
    TS_SESSION_END_OVERRUN,   /* we were the slow reader */
    TS_SESSION_END_MEMORY,
    TS_SESSION_END_STOPPED,
    TS_SESSION_END_COUNT
};

struct ts_session_options {
    const char *symbol;                            /* as in the streams' names: "btcusdt" */
    bool futures;                                  /* USD-M, else spot */
    bool depth, tickers, trades, aggregate_trades; /* trades of one kind, not of both */
    int64_t connect_ns;                            /* to be open */
    int64_t ping_ns;                               /* without a sign of life until we ping */
    int64_t silence_ns;                            /* without one until the connection is given up */
    int64_t snapshot_ns;                           /* for an answer, and between two requests at least */
    int64_t backoff_first_ns;                      /* the first delay before jitter */
    int64_t backoff_most_ns;
    int64_t stable_ns;       /* live for so long, and the next delay is the first one again */
    int64_t lag_ns;          /* an event this old when it is taken is late: not live any more */
    uint32_t waiting_most;   /* diffs that wait for a snapshot */
    uint32_t changes_most;   /* of the book in all of those; one diff may have more */
    uint32_t levels_most;    /* a side of the book; with more the connection is given up: MEMORY */
    uint32_t malformed_most; /* frames in a row */
    uint32_t attempts_most;  /* in a row without being stable; 0: no end */
    uint64_t seed;           /* of the jitter */
};

/* All streams but aggregate trades; Binance pings every 20 s (spot) or 3 min (USD-M), and so we ask sooner.
 */
struct ts_session_options ts_session_defaults(const char *symbol, bool futures);

enum ts_session_tick_kind { TS_SESSION_DEPTH, TS_SESSION_TICKER, TS_SESSION_TRADE, TS_SESSION_TICK_COUNT };

struct ts_session_tick {
    enum ts_session_tick_kind kind;
    int64_t receive_ns; /* time_ns of the event */
    int64_t event_ns;   /* the exchange's, Unix epoch; 0 where it says none (bookTicker of spot) */
    double bid_price, bid_quantity, ask_price, ask_quantity; /* depth and ticker; 0 on an empty side */
    double price, quantity;                                  /* trade */
    int64_t trade_id;
    bool seller;     /* trade: the aggressor sold */
    bool after_gap;  /* trade: the first one of a connection, or numbers before it are missing */
    int64_t missing; /* trade: how many more (market/trade_numbers.h) */
};

enum ts_session_action_kind {
    TS_SESSION_CONNECT, /* to ts_session_path, giving up any connection before */
    TS_SESSION_CLOSE,
    TS_SESSION_PING,
    TS_SESSION_ASK_SNAPSHOT, /* of ts_session_snapshot_path */
    TS_SESSION_TICK,
    TS_SESSION_STATE,
};

struct ts_session_action {
    enum ts_session_action_kind kind;
    uint32_t connection;
    union {
        struct ts_session_tick tick;
        enum ts_session_state state;
        enum ts_session_end end; /* close */
    } as;
};

struct ts_session_counts {
    uint64_t attempts, opened;
    uint64_t lost;                        /* connections that had opened and ended, but not by stop */
    uint64_t ended[TS_SESSION_END_COUNT]; /* connections and attempts, by enum ts_session_end */
    uint64_t frames, bytes, malformed;
    uint64_t frames_dropped; /* not among those: of connections that were over when they were taken */
    uint64_t ticks[TS_SESSION_TICK_COUNT]; /* delivered */
    uint64_t diffs, diffs_applied;         /* taken; the rest was stale or lost with its connection */
    uint64_t diffs_stale;
    uint64_t diffs_dropped;   /* waited for a snapshot in vain */
    uint64_t gaps;            /* in the book's sequence, and numbers that contradict it */
    uint64_t trades_lost;     /* by their numbers (market/trade_numbers.h) */
    uint64_t trades_repeated; /* and not delivered */
    uint64_t trades_astray;   /* by a number that is not believed; nor delivered */
    uint64_t heard;           /* pings answered and pongs */
    uint64_t snapshots_asked, snapshots_used, snapshots_refused, snapshots_old;
    uint64_t pings;
    uint64_t late; /* events older than lag_ns when taken */
    int64_t lag_most_ns;
    uint64_t times_live, times_syncing; /* as said by STATE */
};

struct ts_session;

/* TS_INVALID for options that make no sense; *session is then untouched. */
ts_err ts_session_create(const struct ts_session_options *options, struct ts_session **session,
                         struct ts_diag *diag);
void ts_session_destroy(struct ts_session *session);

void ts_session_start(struct ts_session *session, int64_t now_ns);
void ts_session_event(struct ts_session *session, const struct ts_wire_event *event, int64_t now_ns);
/* Something came at that time, and its event will follow: it is not silence. */
void ts_session_heard(struct ts_session *session, int64_t heard_ns);
void ts_session_timer(struct ts_session *session, int64_t now_ns);
/* For good: closes, and says STOPPED. */
void ts_session_stop(struct ts_session *session, int64_t now_ns);

/* The next thing to do, oldest first. False when there is none. Every call above may leave some, and all are
 * to be taken before the next one. */
bool ts_session_next(struct ts_session *session, struct ts_session_action *action);

/* When ts_session_timer wants to be called; INT64_MAX for never. */
int64_t ts_session_due_ns(const struct ts_session *session);

enum ts_session_state ts_session_state(const struct ts_session *session);
const struct ts_session_counts *ts_session_counts(const struct ts_session *session);
/* What the latest malformed frame, refused snapshot or end of a connection was about; "" before any. */
const char *ts_session_complaint(const struct ts_session *session);

/* "/stream?streams=btcusdt@depth@100ms/btcusdt@bookTicker/btcusdt@trade" */
const char *ts_session_path(const struct ts_session *session);
/* "/api/v3/depth?symbol=BTCUSDT&limit=1000", of futures "/fapi/v1/depth?..." */
const char *ts_session_snapshot_path(const struct ts_session *session);

const char *ts_session_state_name(enum ts_session_state state);
const char *ts_session_end_name(enum ts_session_end end);

#endif
