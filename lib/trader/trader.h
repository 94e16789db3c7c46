/*
 * The trader: ticks of a feed, a strategy, one position; two ways for a tick to travel, one switch.
 *
 *   polling   the feed's thread puts the tick into a bounded queue; the trader's loop polls it every poll_ns
 *   direct    the feed's thread handles the tick itself; the trader's loop only beats every beat_ns
 *
 *   ts_trader_create(&options, &trader, diag); ts_trader_start(trader, feed, diag);
 *   ts_trader_set_path(trader, TS_PATH_DIRECT);          any time, any thread; nothing else changes
 *   ts_trader_stop(trader, &report);                     flat, quiet, reported
 *   ts_trader_destroy(trader);
 *
 * What it does with a tick is the same on both paths, so the same ticks make the same trades. How the ways in
 * which its public ancestor failed are kept out:
 *
 *   position closed twice      look and act are one: the ledger closes what is open, under the desk's lock,
 *                              and says whether there was something
 *   shared tick counter        each counter has one writer, or is kept under the desk's lock
 *   stop with a tick in flight stop waits for feed, loop and handler before it frees and reports anything
 *   report written twice       one stop does the work; the others wait for it and get the same report
 *   stale ticks at a switch    a tick goes one way, decided once, by the only thread that puts ticks in; a
 *                              tick that is handled directly first waits for all that were queued before it
 *   connect loses the callback the feed is started with its sink; nothing registers one later (feed.h)
 *   trade after stop           stop closes the desk and the position in one step under the desk's lock; every
 *                              trade asks under that lock whether the desk is open
 *   slow callback, no pings    the feed's keepalive is on another path than its calls (feed.h); here each
 * call of the strategy that takes longer than budget_ns is counted and told, polling bounds what waits by its
 * queue, and no lock that beat or stop need is held while a callback runs
 *
 * Threads: create, start, destroy by the owner, destroy once all other calls have returned; the rest by any.
 * From inside a callback (strategy, observe, beat), or one of another trader's within it, stop is refused
 * with TS_DEADLOCK; halt, set_path and stats may be called. Callbacks: strategy and observe one at a time, on
 * the feed's thread or the loop; beat on the loop.
 * Ownership: the feed is the caller's and outlives the stop. So do the callbacks' contexts, the list of
 * trades and the journal's descriptor.
 * Units: nanoseconds on the clock of base/clock.h.
 * Progress: a tick that is queued waits for nobody. One that is handled directly waits for the handler of
 * those queued before it, after a switch. stop waits for the callback that runs, not longer; a beat waits for
 * nobody on the direct path, and for one call of the strategy on the polling one. The loop writes the
 * journal: a disk that stands still holds up beats, polls and stop, and no tick on the direct path.
 * Errors: those of the strategy are caught, counted and logged; the position is closed, and after errors_most
 * in a row the desk.
 * Order:
 *   TURN  a mutex: who holds it handles ticks and is the queue's consumer. Hands the strategy's state over.
 *   DESK  a mutex: ledger, open or closed, the counters of handled ticks. Taken inside TURN, never round it,
 *         and round no callback.
 *   DATA, ROOM  the queue's (queue/spsc.h).
 *   LAST  the feed's ENDED or FAILED is stored with release after its last tick was counted, and loaded with
 *         acquire by ts_trader_finished.
 */
#ifndef TS_TRADER_TRADER_H
#define TS_TRADER_TRADER_H

#include "base/err.h"
#include "trader/feed.h"
#include "trader/ledger.h"
#include "trader/strategy.h"

#include <stdbool.h>
#include <stdint.h>

enum ts_trader_path { TS_PATH_POLLING, TS_PATH_DIRECT, TS_PATH_COUNT };

const char *ts_trader_path_name(enum ts_trader_path path);

/* When the queue is full: a live feed's tick is dropped and counted; a tape's thread may wait for room. */
enum ts_trader_full { TS_TRADER_FULL_DROPS, TS_TRADER_FULL_WAITS };

/* Why the desk closed. */
enum ts_trader_end {
    TS_TRADER_OPEN, /* it has not */
    TS_TRADER_STOPPED,
    TS_TRADER_HALTED, /* asked for by ts_trader_halt */
    TS_TRADER_ERRORS, /* errors_most errors of the strategy in a row */
    TS_TRADER_FEED_FAILED,
    TS_TRADER_END_COUNT
};

const char *ts_trader_end_name(enum ts_trader_end end);

/* What became of one tick; for who measures or checks. */
struct ts_trader_decision {
    const struct ts_trade_tick *tick;
    enum ts_trader_path path; /* on which it came */
    enum ts_signal signal;
    ts_err error;       /* the strategy's */
    int64_t decided_ns; /* signal known, traded if it was to be */
    bool traded;
};

/* ticks_in = handled + nan_ticks + errors + dropped + discarded + queued, at any quiet point. */
struct ts_trader_stats {
    uint64_t ticks_in;  /* from the feed */
    uint64_t handled;   /* decided on by the strategy */
    uint64_t nan_ticks; /* without a price that is finite and above 0 */
    uint64_t errors;    /* of the strategy */
    uint64_t dropped;   /* the queue was full */
    uint64_t discarded; /* came, or were still queued, when the desk was closed */
    uint64_t queued;
    uint64_t direct;      /* ticks that were not queued, among the first three */
    uint64_t nan_streaks; /* of nan_streak_most ticks or more */
    uint64_t nan_longest;
    uint64_t overruns; /* calls of the strategy that took longer than budget_ns */
    int64_t slowest_ns;
    uint64_t ignored; /* signals to buy with a position, or to sell without */
    uint64_t beats;
    int64_t beat_gap_most_ns;
    enum ts_trader_end end;
    enum ts_feed_state feed;
    enum ts_trader_path path;
    bool open; /* a position */
    uint64_t opened, closed;
    double realised, unrealised;
    double last_price;
};

struct ts_trader_report {
    struct ts_trader_stats stats;
    uint64_t closed_for[TS_CLOSE_REASON_COUNT];
    uint64_t trades_digest;
    size_t trades_listed;
    uint64_t journal_lines, journal_lost, journal_failures;
    uint64_t number; /* of reports made by this trader: 1 */
};

struct ts_trader_options {
    enum ts_trader_path path; /* to begin with */
    int64_t poll_ns, beat_ns;
    uint32_t queue_ticks;
    enum ts_trader_full full;
    int64_t budget_ns;        /* of one call of the strategy */
    uint32_t nan_streak_most; /* the streak at which position and strategy are given up */
    uint32_t errors_most;     /* in a row, at which the desk closes */
    double quantity, fee_rate;
    struct ts_trader_strategy strategy;
    struct ts_trade *trades; /* where trades are listed; NULL with room 0 */
    size_t trades_room;
    int journal_file; /* -1: none */
    void *context;    /* of the two that follow; each may be NULL */
    void (*observe)(void *context, const struct ts_trader_decision *decision);
    void (*beat)(void *context, const struct ts_trader_stats *stats);
};

/* The document's: polling every 50 ms, beats every 100 ms, a queue of 2048 ticks that drops. The strategy is
 * still to be set. */
struct ts_trader_options ts_trader_defaults(void);

struct ts_trader;

/* TS_INVALID names the option that makes no sense. */
ts_err ts_trader_create(const struct ts_trader_options *options, struct ts_trader **trader,
                        struct ts_diag *diag);
/* Once. On error nothing runs, and it may be tried again. */
ts_err ts_trader_start(struct ts_trader *trader, struct ts_feed *feed, struct ts_diag *diag);

/* From the next tick on. */
void ts_trader_set_path(struct ts_trader *trader, enum ts_trader_path path);

/* Closes desk and position now, without waiting for anybody; no trade after its return. The feed goes on
 * until stop. */
void ts_trader_halt(struct ts_trader *trader);

/*
 * Ends it: when it returns, no callback is in flight and none will come, no thread of it runs, the position
 * is closed, and the report is made. Called again, or by several threads at once, it waits for the end and
 * gives the same report. report may be NULL. TS_INVALID: it was not started. TS_DEADLOCK: from a callback.
 */
ts_err ts_trader_stop(struct ts_trader *trader, struct ts_trader_report *report);

/* Stops it first. NULL does nothing. */
void ts_trader_destroy(struct ts_trader *trader);

/* A moment's view; exact when nothing flows. */
struct ts_trader_stats ts_trader_stats(struct ts_trader *trader);

/* Whether the feed is through, and every tick of it. */
bool ts_trader_finished(struct ts_trader *trader);

#endif
