/*
 * The live feed: a session (session.h) on a wire (wire.h), with the threads that both lack.
 *
 * The feed thread waits at the wire, takes what came, parses it and calls the sink, straight: nothing is
 * handed to another thread between the network and the callback. A callback that takes long must not make the
 * exchange miss its pongs, though: once a batch is not done after keep_ns, the keeper, a second thread, looks
 * after the wire instead, without blocking, every keep_ns. It answers pings and puts frames into the inbox,
 * in order, and never calls the sink; it lets go of the wire as soon as the feed thread wants it. When the
 * inbox is full the connection is given up
 * (TS_SESSION_END_OVERRUN): a reader that slow would act on old prices. What had come before is delivered
 * still, as old (SYNCING).
 *
 * It fulfils trader/feed.h: ticks are trades, single or aggregated; the book and its best prices decide how
 * LIVE the feed is, and are shown to an observer that wants all of it.
 *
 * Threads, start, stop: as trader/feed.h says. After stop no thread of the feed runs, and start begins anew,
 * with a new session; it waits for the callback in flight.
 * Ownership: create takes the wire, also when it fails; destroy stops and frees all. Memory is bounded.
 * Order: the wire, its inbox and the statistics go from thread to thread under mutexes. STOP: a flag that
 * stop releases and the feed thread acquires. `busy_ns` is relaxed: a guess of when to look, nothing more.
 */
#ifndef TS_TRADER_FEED_LIVE_FEED_H
#define TS_TRADER_FEED_LIVE_FEED_H

#include "trader/feed.h"
#include "trader/feed/session.h"
#include "trader/feed/wire.h"

struct ts_live_options {
    struct ts_session_options session;
    int64_t keep_ns;      /* a fifth of the time in which the exchange wants its pong, or less */
    uint32_t room_frames; /* in each of two inboxes */
    uint32_t room_bytes;
    /* Sees every tick of the session, trades before the sink does; on the feed's thread. May be NULL. */
    void (*observe)(void *context, const struct ts_session_tick *tick);
    void *observe_context;
};

/* 100 ms, and room for the busiest second of the recordings, three times over. */
struct ts_live_options ts_live_defaults(const char *symbol, bool futures);

struct ts_live_statistics {
    struct ts_session_counts session;
    enum ts_session_state state;
    uint64_t kept;        /* times the keeper looked after the wire */
    uint64_t trades;      /* delivered to the sink */
    uint64_t lost;        /* missing before those: what a tick that stop kept back would tell is not in it */
    uint64_t undelivered; /* ticks of any kind that had come when stop was called */
    int64_t busy_most_ns; /* the longest batch: parsing and callbacks */
    uint64_t batches;     /* that it is done with; each takes all that the wire has said before it */
    char complaint[160];  /* ts_session_complaint */
};

/* symbol of the options is copied. */
ts_err ts_live_feed_create(const struct ts_live_options *options, struct ts_wire *wire, struct ts_feed **feed,
                           struct ts_diag *diag);
void ts_live_feed_destroy(struct ts_feed *feed);

/* More than trader/feed.h asks for, of the latest start. Any thread. */
void ts_live_feed_statistics(const struct ts_feed *feed, struct ts_live_statistics *statistics);

#endif
