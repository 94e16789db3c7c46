/*
 * The strategy of the scenarios: an exponential moving average that places orders.
 *
 * It is written as the documents' users wrote theirs: for one thread, with plain state that on_depth and
 * on_factor share. What makes it safe is the delivery mode, or nothing. Its teardown does real work: it
 * cancels open orders and logs each, and the base class flushes the journal to a file.
 *
 * It watches itself: an object that is called after its end, or that becomes another one while it is being
 * called, says so on the board, if it still can.
 *
 * Threads: as host/strategy.h.
 */
#ifndef TS_SCENARIO_EMA_STRATEGY_H
#define TS_SCENARIO_EMA_STRATEGY_H

#include "delivery_mode.h"
#include "host/strategy.h"
#include "scenario/tick_watch.h"
#include "worker/board.h"

/* The schedule of a flood: one tick a microsecond, whether or not the host keeps up. */
#define TS_FLOOD_INTERVAL_NS 1000

struct ts_ema_options {
    struct ts_board *board;
    enum ts_delivery_mode mode;
    uint64_t epoch;
    int journal_file;
    const struct ts_tick_watch *watch; /* told of each result of a "checked" model; NULL: nobody measures */
    uint32_t factor_spin_ns;           /* work in each on_factor beside the average */
    uint32_t factor_sleep_every;       /* 0: never; else every so many results on_factor sleeps */
    uint32_t factor_sleep_us;
    uint32_t depth_busy_every; /* 0: never; else every so many Depths on_depth is busy */
    uint32_t depth_busy_us;
    bool check_values; /* every number of each tick and result must be finite */
    /* The scenario's own part of on_factor; NULL: none. On the delivering thread, before the strategy looks
     * whether it is still itself. */
    void (*on_factor)(void *user_data, const struct ts_strategy *self);
    void *user_data;
};

/* A new strategy, to be given to the runner. */
ts_err ts_ema_strategy_create(const struct ts_ema_options *options, struct ts_strategy **strategy,
                              struct ts_diag *diag);

/* Bytes of such an object: one of another type and this size may come to stand at the same address. */
size_t ts_ema_strategy_size(void);

#endif
