/*
 * What a trader wants of a feed, and a feed of a trader: start, ticks and states, stop.
 *
 * An implementation embeds struct ts_feed as its first member and fills in the three operations:
 * tape_feed.h plays an array, feed/ has the ones with a wire.
 *
 *   ts_feed_start(feed, &sink, diag)      connects, and begins to call
 *     sink.state(context, CONNECTING), sink.state(context, LIVE), sink.tick(context, &tick), ...
 *   ts_feed_stop(feed)                    returns when the last call has returned
 *
 * The sink is given with the start and copied by it. There is no call that registers one, and no connection,
 * first or later, that could lose it: a feed that runs has a sink.
 *
 * Threads: start and stop by the owner, one at a time, never from inside a call of the sink (TS_ASSERT).
 * stats by any thread. All calls of the sink come one after the other from one thread, the feed's, between
 * start's call and stop's return; start may be called again after stop. A call of the sink may take its time:
 * whoever answers the exchange's pings and reads its socket is not kept waiting by it, and a feed that runs
 * out of room because of it says DOWN or STALE and counts what it lost. It never blocks for ever in a sink
 * and is never blocked for ever by one.
 * Ownership: the feed belongs to who created it, and outlives its stop. *tick is valid during the call only;
 * context must live until stop has returned.
 * Units: receive_ns on the clock of base/clock.h, exchange_ns since the Unix epoch.
 * Progress: stop waits for one call of the sink and for the wire to close, bounded by both.
 * Errors: start returns what kept it from starting its thread; a connection that fails is a state.
 * Order: what the owner did before start happens before the first call, and the last call happens before
 * stop's return (the creation and the join of the feed's thread, or what does their work).
 */
#ifndef TS_TRADER_FEED_H
#define TS_TRADER_FEED_H

#include "base/err.h"

#include <stdint.h>

enum ts_feed_state {
    TS_FEED_CONNECTING,
    TS_FEED_LIVE,
    TS_FEED_STALE,  /* connected, but what arrives is not whole or not news: a gap, a new snapshot, a lag */
    TS_FEED_DOWN,   /* no connection; another attempt follows */
    TS_FEED_FAILED, /* no further attempt: the last word of a feed that gave up */
    TS_FEED_ENDED,  /* no further tick: the last word of a feed that is through, as a tape is */
    TS_FEED_STATE_COUNT
};

const char *ts_feed_state_name(enum ts_feed_state state);

enum ts_trade_tick_flag {
    TS_TRADE_TICK_SELLER = 1u << 0,    /* the aggressor sold */
    TS_TRADE_TICK_AFTER_GAP = 1u << 1, /* the first one after an interruption or a loss */
};

struct ts_trade_tick {
    int64_t receive_ns;  /* when the network handed it to us: every latency begins here */
    int64_t exchange_ns; /* 0 where the exchange says none */
    double price;        /* as parsed: finite or not is the trader's to judge */
    double quantity;
    uint64_t sequence; /* from 1, one more with each call of tick since start: none is skipped or repeated */
    uint32_t flags;    /* of enum ts_trade_tick_flag */
};

/* The feed's side of the contract; every member is set. Neither call may stop the feed. */
struct ts_feed_sink {
    void *context;
    void (*tick)(void *context, const struct ts_trade_tick *tick);
    void (*state)(void *context, enum ts_feed_state state); /* changes only, CONNECTING first */
};

struct ts_feed_stats {
    uint64_t ticks;       /* calls of tick since start */
    uint64_t connects;    /* times it became connected */
    uint64_t disconnects; /* times a connection was lost or given up, stop's own apart */
    uint64_t gaps;        /* times it became STALE */
    uint64_t lost;        /* ticks known to be lost: dropped for want of room, or missing by their numbers */
    uint64_t malformed;   /* messages that did not parse */
    uint64_t pings;       /* answered or sent */
    enum ts_feed_state state;
};

struct ts_feed {
    ts_err (*start)(struct ts_feed *feed, const struct ts_feed_sink *sink, struct ts_diag *diag);
    void (*stop)(struct ts_feed *feed); /* nothing on a feed that does not run */
    struct ts_feed_stats (*stats)(const struct ts_feed *feed);
};

static inline ts_err ts_feed_start(struct ts_feed *feed, const struct ts_feed_sink *sink,
                                   struct ts_diag *diag)
{
    return feed->start(feed, sink, diag);
}

static inline void ts_feed_stop(struct ts_feed *feed)
{
    feed->stop(feed);
}

static inline struct ts_feed_stats ts_feed_stats(const struct ts_feed *feed)
{
    return feed->stats(feed);
}

#endif
