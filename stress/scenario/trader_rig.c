#include "scenario/trader_rig.h"

#include "base/clock.h"
#include "base/thread.h"
#include "scenario/trader_oracle.h"

#include <math.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#define ALIVE       UINT32_C(0x54524431)
#define AIM_LOOKS   200u
#define AIM_NS      10000
#define GAP_NS      2000
#define EXPLORED_NS 4000 /* of the loop's periods, virtual */

struct ts_rig_strategy {
    uint32_t state; /* ALIVE until it is freed */
    struct ts_trader_rig *rig;
    uint64_t last; /* TURN orders the calls: plain on purpose */
};

static ts_err on_tick(void *context, const struct ts_trade_tick *tick, enum ts_signal *signal)
{
    struct ts_rig_strategy *strategy = context;
    struct ts_trader_rig *rig = strategy->rig;
    atomic_fetch_add_explicit(&rig->in_flight, 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&rig->calls, 1, memory_order_relaxed);
    if (tick->sequence <= strategy->last) {
        ts_board_violation(rig->life->board, "order", "tick %llu came after %llu",
                           (unsigned long long)tick->sequence, (unsigned long long)strategy->last);
    }
    strategy->last = tick->sequence;
    if (rig->slow_every != 0 && tick->sequence % rig->slow_every == 0) {
        ts_sleep_ns(rig->slow_ns);
    } else if (tick->sequence % 8 == 0) {
        sched_yield(); /* now and then a call is met in flight */
    }
    ts_err error = ts_rig_answer(rig->seed, &rig->chances, tick->sequence, signal);
    if (strategy->state != ALIVE) {
        ts_board_violation(rig->life->board, "in-flight", "the strategy was freed while it was called");
    }
    atomic_fetch_sub_explicit(&rig->in_flight, 1, memory_order_relaxed);
    return error;
}

static void reset(void *context)
{
    struct ts_rig_strategy *strategy = context;
    if (strategy->state != ALIVE) {
        ts_board_violation(strategy->rig->life->board, "in-flight", "a strategy was reset after its end");
    }
}

static ts_err begin(struct ts_trader_rig *rig, struct ts_life *life, struct ts_diag *diag)
{
    const char *path = ts_life_setting(life, "path", "both");
    memset(rig, 0, sizeof *rig);
    rig->life = life;
    rig->both_paths = strcmp(path, "both") == 0;
    if (strcmp(path, "direct") == 0) {
        rig->path = TS_PATH_DIRECT;
    } else if (strcmp(path, "polling") != 0 && !rig->both_paths) {
        return ts_fail(diag, TS_INVALID, "scenario setting", "path", "%s is not polling, direct or both",
                       path);
    }
    return TS_OK;
}

void ts_trader_rig_fill(struct ts_trader_rig *rig)
{
    struct ts_random random = {rig->seed};
    double price = 60000.0;
    bool bad = false;
    for (uint32_t i = 0; i < TS_RIG_TICKS; i++) {
        price += ts_random_unit(&random) - 0.5;
        bad = ts_random_below(&random, 256) < (bad ? rig->chances.bad_row : rig->chances.bad_price);
        rig->ticks[i] = (struct ts_trade_tick){
            .receive_ns = (int64_t)i * GAP_NS, .exchange_ns = i, .price = bad ? NAN : price, .quantity = 1.0};
    }
}

void ts_trader_rig_draw(struct ts_trader_rig *rig)
{
    struct ts_life *life = rig->life;
    rig->seed = ts_random_next(&life->random);
    if (rig->both_paths) {
        rig->path = (enum ts_trader_path)ts_random_below(&life->random, TS_PATH_COUNT);
    }
    rig->chances = (struct ts_rig_chances){.buys = 80, .sells = 80, .errors = 8};
    rig->slow_every = 0;
    rig->filled = false;
    rig->feed_options =
        (struct ts_tape_feed_options){.ticks = rig->ticks, .count = TS_RIG_TICKS, .speed = 1.0, .passes = 0};
    rig->options = ts_trader_defaults();
    rig->options.path = rig->path;
    rig->options.poll_ns = ts_life_size(life, 200000, EXPLORED_NS);
    rig->options.beat_ns = ts_life_size(life, 500000, 2 * EXPLORED_NS);
    rig->options.full = TS_TRADER_FULL_WAITS;
    rig->options.queue_ticks = 1u << ts_random_below(&life->random, ts_life_size(life, 10, 3));
    rig->options.fee_rate = 0.0004;
    rig->options.trades = rig->trades;
    rig->options.trades_room = TS_RIG_TRADES;
}

ts_err ts_trader_rig_open(struct ts_trader_rig *rig, struct ts_diag *diag)
{
    if (!rig->filled) {
        ts_trader_rig_fill(rig);
    }
    rig->stopped = false;
    atomic_store_explicit(&rig->calls, 0, memory_order_relaxed); /* before its threads exist */
    rig->strategy = malloc(sizeof *rig->strategy);
    if (rig->strategy == NULL) {
        return ts_fail(diag, TS_NO_MEMORY, "open rig", "strategy", "%zu bytes", sizeof *rig->strategy);
    }
    *rig->strategy = (struct ts_rig_strategy){.state = ALIVE, .rig = rig};
    rig->options.strategy = (struct ts_trader_strategy){rig->strategy, on_tick, reset};
    ts_err error = ts_tape_feed_create(&rig->feed_options, &rig->feed, diag);
    if (error != TS_OK) {
        goto free_strategy;
    }
    error = ts_trader_create(&rig->options, &rig->trader, diag);
    if (error != TS_OK) {
        goto destroy_feed;
    }
    error = ts_trader_start(rig->trader, rig->feed, diag);
    if (error == TS_OK) {
        return TS_OK;
    }
    ts_trader_destroy(rig->trader);
destroy_feed:
    ts_tape_feed_destroy(rig->feed);
free_strategy:
    free(rig->strategy);
    return error;
}

void ts_trader_rig_stop(struct ts_trader_rig *rig)
{
    ts_err error = ts_trader_stop(rig->trader, &rig->report);
    /* Relaxed: stop has waited for whoever called, or that is the defect to be seen. */
    rig->calls_at_stop = atomic_load_explicit(&rig->calls, memory_order_relaxed);
    rig->strategy->state = 0;
    free(rig->strategy);
    rig->stopped = true;
    if (error != TS_OK) {
        ts_board_violation(rig->life->board, "stop", "stop says %s", ts_err_name(error));
    }
}

void ts_trader_rig_close(struct ts_trader_rig *rig)
{
    struct ts_board *board = rig->life->board;
    if (!rig->stopped) {
        ts_trader_rig_stop(rig);
    }
    rig->feed_seen = ts_feed_stats(rig->feed);
    ts_rig_check(rig, &rig->feed_seen);
    ts_trader_destroy(rig->trader);
    ts_tape_feed_destroy(rig->feed);
    if (atomic_load_explicit(&rig->calls, memory_order_relaxed) != rig->calls_at_stop) {
        ts_board_violation(board, "in-flight", "the strategy was called after stop had returned");
    }
    ts_board_add(board, TS_COUNTER_ticks_fed, rig->report.stats.ticks_in);
    ts_board_add(board, TS_COUNTER_ticks_dropped, rig->report.stats.dropped);
}

ts_err ts_trader_rig_run(struct ts_life *life, ts_trader_round round, struct ts_diag *diag)
{
    static struct ts_trader_rig rig; /* its threads know its address; one scenario a life */
    ts_err error = begin(&rig, life, diag);
    atomic_store_explicit(&life->board->phase, TS_BOARD_RUNNING, memory_order_release); /* READY release */
    while (error == TS_OK && !ts_life_over(life)) {
        error = round(&rig, diag);
    }
    if (rig.source != NULL) {
        ts_source_close(rig.source);
    }
    return error == TS_END ? TS_OK : error;
}

bool ts_trader_rig_aim(struct ts_trader_rig *rig)
{
    uint32_t looks = ts_life_size(rig->life, AIM_LOOKS, 4);
    for (uint32_t i = 0; i < looks; i++) {
        if (atomic_load_explicit(&rig->in_flight, memory_order_relaxed) != 0) {
            return true;
        }
        if (i % 4 == 3) {
            ts_sleep_ns(ts_life_size(rig->life, AIM_NS, GAP_NS));
        } else {
            sched_yield();
        }
    }
    return false;
}

void ts_trader_rig_finish(struct ts_trader_rig *rig)
{
    uint64_t before = 0;
    for (uint32_t looks = 0; looks < TS_DRAIN_LOOKS_MAX; looks++) {
        if (ts_trader_finished(rig->trader)) {
            return;
        }
        struct ts_trader_stats stats = ts_trader_stats(rig->trader);
        uint64_t settled = stats.handled + stats.nan_ticks + stats.errors + stats.dropped + stats.discarded;
        if (settled != before) {
            before = settled;
            looks = 0;
            ts_board_beat(rig->life->board);
        }
        ts_sleep_ns(ts_life_size(rig->life, 500000, EXPLORED_NS));
    }
    struct ts_trader_stats stats = ts_trader_stats(rig->trader);
    ts_board_violation(rig->life->board, "stranded",
                       "no progress: %llu ticks in, %llu handled, %llu queued, feed %s",
                       (unsigned long long)stats.ticks_in, (unsigned long long)stats.handled,
                       (unsigned long long)stats.queued, ts_feed_state_name(stats.feed));
}
