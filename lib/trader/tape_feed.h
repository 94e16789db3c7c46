/*
 * A feed that plays an array: at its pace or flat out, with interruptions where it is told to have some.
 *
 * For tests, scenarios and benchmarks: it needs no wire, and one thread. Every reconnect_every ticks its
 * connection is lost and made again: DOWN, CONNECTING, LIVE, and the next tick is AFTER_GAP. With lose_ticks
 * that many ticks of the array pass while it is down, counted as lost.
 *
 * Threads, Ownership, Progress, Order: as feed.h says. The array is the caller's and lives until stop has
 * returned; a tick's receive_ns is when it was handed out, its sequence and flags are the feed's, its
 * receive_ns in the array the time by which it is paced, which must not go back.
 * RUN (relaxed): the request to stop carries nothing; the join orders.
 */
#ifndef TS_TRADER_TAPE_FEED_H
#define TS_TRADER_TAPE_FEED_H

#include "trader/feed.h"

#include <stddef.h>

struct ts_tape_feed_options {
    const struct ts_trade_tick *ticks;
    size_t count;
    double speed;    /* 1.0: at the array's pace; 0: flat out */
    uint32_t passes; /* over the array; 0: endless */
    uint64_t reconnect_every;
    uint64_t lose_ticks;
    uint32_t connects_most; /* FAILED instead of one more connection than that; 0: no end */
};

/* TS_INVALID for an empty array or a speed below 0. *feed is untouched on error. */
ts_err ts_tape_feed_create(const struct ts_tape_feed_options *options, struct ts_feed **feed,
                           struct ts_diag *diag);
/* Stops it first. NULL does nothing. */
void ts_tape_feed_destroy(struct ts_feed *feed);

#endif
