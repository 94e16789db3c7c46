/*
 * What the trader's scenarios share: a tape that is drawn, a strategy that is a function of the tick's
 * number, a trader on one of its paths, and an oracle that knows what it must have done.
 *
 * The strategy answers by the seed, the tick's number and its price alone, so the trades follow from how many
 * ticks were handled. The oracle works them out again, one tick after the other, with code of its own, and
 * holds list, counts and profit against the trader's. The strategy's memory is freed as soon as stop has
 * returned: a call that is still in flight shows.
 *
 * Threads: by the owner, but for the strategy, which the trader calls, and ts_trader_rig_in_flight.
 * Ownership: open and close pair; the rig is the scenario's.
 */
#ifndef TS_SCENARIO_TRADER_RIG_H
#define TS_SCENARIO_TRADER_RIG_H

#include "scenario/life.h"
#include "trader/tape_feed.h"
#include "trader/trader.h"

#define TS_RIG_TICKS  512u
#define TS_RIG_TRADES 4096u

struct ts_rig_strategy;

/* In parts of 256: what the strategy answers, what the tape is like. */
struct ts_rig_chances {
    uint32_t buys, sells, errors;
    uint32_t bad_price;
    uint32_t bad_row; /* that another bad price follows one */
};

struct ts_trader_rig {
    struct ts_life *life;
    bool both_paths; /* a draw each round, else path */
    enum ts_trader_path path;
    uint64_t seed; /* of this round */
    struct ts_rig_chances chances;
    uint64_t slow_every; /* 0: never; else a call so often takes slow_ns */
    int64_t slow_ns;
    struct ts_trade_tick ticks[TS_RIG_TICKS];
    struct ts_tape_feed_options feed_options;
    struct ts_trader_options options;
    struct ts_trade trades[TS_RIG_TRADES];
    struct ts_trader *trader;
    struct ts_feed *feed;
    struct ts_rig_strategy *strategy;
    bool stopped;
    struct ts_trader_report report; /* after stop */
    uint64_t calls_at_stop;
    struct ts_feed_stats feed_seen; /* after close */
    bool filled;                    /* the tape is, by the scenario */
    struct ts_source *source;       /* a recording, if the scenario opened one; closed at the end */
    _Atomic uint32_t in_flight;     /* calls of the strategy; relaxed: to aim by */
    _Atomic uint64_t calls;         /* relaxed: a number */
};

/* A fresh round, on the path that the setting `path` says: chances, seed, tape and options as usual, for the
 * scenario to change before open. */
void ts_trader_rig_draw(struct ts_trader_rig *rig);

/* Rounds of the scenario until the life is over, or one says TS_END. */
typedef ts_err (*ts_trader_round)(struct ts_trader_rig *rig, struct ts_diag *diag);
ts_err ts_trader_rig_run(struct ts_life *life, ts_trader_round round, struct ts_diag *diag);

/* Draws the prices of the tape; open does it unless `filled`. */
void ts_trader_rig_fill(struct ts_trader_rig *rig);

/* On error nothing is left to close. */
ts_err ts_trader_rig_open(struct ts_trader_rig *rig, struct ts_diag *diag);

/* Stops the trader and frees the strategy. Other threads may be stopping it, too. */
void ts_trader_rig_stop(struct ts_trader_rig *rig);

/* Stops it unless that was done, frees all, and checks what it did. */
void ts_trader_rig_close(struct ts_trader_rig *rig);

/* Waits until a call of the strategy is in flight, for a moment at most. Any thread. */
bool ts_trader_rig_aim(struct ts_trader_rig *rig);

/* Waits until the feed is through and all its ticks are; "stranded" when that does not come. */
void ts_trader_rig_finish(struct ts_trader_rig *rig);

#endif
