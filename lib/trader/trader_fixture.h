/* What the trader's tests share: prices that trade, a sink that notes, a wait that ends. */
#ifndef TS_TRADER_TRADER_FIXTURE_H
#define TS_TRADER_TRADER_FIXTURE_H

#include "base/clock.h"
#include "trader/ema_cross.h"
#include "trader/tape_feed.h"
#include "trader/trader.h"

#include <criterion/criterion.h>
#include <math.h>

/* A price that swings: with periods 2 and 5 it buys and sells once in each 16 ticks. */
static inline double fixture_price(size_t i)
{
    double wave = (double)(i % 16 < 8 ? i % 16 : 16 - i % 16);
    return 100.0 + wave + (double)(i % 7) / 64.0;
}

static inline void fixture_ticks(struct ts_trade_tick *ticks, size_t count, int64_t gap_ns)
{
    for (size_t i = 0; i < count; i++) {
        ticks[i] = (struct ts_trade_tick){
            .receive_ns = (int64_t)i * gap_ns, .price = fixture_price(i), .quantity = 1.0};
    }
}

static inline struct ts_feed *fixture_feed(const struct ts_trade_tick *ticks, size_t count, double speed,
                                           uint32_t passes)
{
    struct ts_tape_feed_options options = {.ticks = ticks, .count = count, .speed = speed, .passes = passes};
    struct ts_feed *feed = NULL;
    cr_assert_eq(ts_tape_feed_create(&options, &feed, NULL), TS_OK);
    return feed;
}

/* A trader that polls every millisecond and waits for room, with the crossover of 2 and 5 ticks. */
static inline struct ts_trader_options fixture_options(struct ts_ema_cross *cross, enum ts_trader_path path)
{
    struct ts_trader_options options = ts_trader_defaults();
    cr_assert_eq(ts_ema_cross_init(cross, 2, 5, NULL), TS_OK);
    options.strategy = ts_ema_cross_strategy(cross);
    options.path = path;
    options.poll_ns = TS_NS_PER_MS;
    options.beat_ns = 2 * TS_NS_PER_MS;
    options.full = TS_TRADER_FULL_WAITS;
    return options;
}

static inline struct ts_trader *fixture_start(const struct ts_trader_options *options, struct ts_feed *feed)
{
    struct ts_trader *trader = NULL;
    cr_assert_eq(ts_trader_create(options, &trader, NULL), TS_OK);
    cr_assert_eq(ts_trader_start(trader, feed, NULL), TS_OK);
    return trader;
}

static inline void fixture_finish(struct ts_trader *trader)
{
    for (int i = 0; i < 20000 && !ts_trader_finished(trader); i++) {
        ts_sleep_ns(TS_NS_PER_MS);
    }
    cr_assert(ts_trader_finished(trader));
}

static inline struct ts_trader_report fixture_stop(struct ts_trader *trader)
{
    struct ts_trader_report report;
    cr_assert_eq(ts_trader_stop(trader, &report), TS_OK);
    const struct ts_trader_stats *s = &report.stats;
    cr_assert_eq(s->ticks_in, s->handled + s->nan_ticks + s->errors + s->dropped + s->discarded + s->queued);
    cr_assert_eq(s->queued, 0);
    cr_assert_eq(s->opened, s->closed);
    cr_assert_eq(report.number, 1);
    cr_assert_neq(s->end, TS_TRADER_OPEN);
    return report;
}

/* A strategy by the tape's numbers: what to answer to tick number n. */
struct fixture_script {
    ts_err (*answer)(struct fixture_script *script, uint64_t sequence, enum ts_signal *signal);
    struct ts_trader *trader;
    uint64_t calls, resets;
    ts_err noted;
};

static inline ts_err fixture_script_tick(void *context, const struct ts_trade_tick *tick,
                                         enum ts_signal *signal)
{
    struct fixture_script *script = context;
    script->calls++;
    return script->answer(script, tick->sequence, signal);
}

static inline void fixture_script_reset(void *context)
{
    ((struct fixture_script *)context)->resets++;
}

static inline struct ts_trader_strategy fixture_script_strategy(struct fixture_script *script)
{
    return (struct ts_trader_strategy){script, fixture_script_tick, fixture_script_reset};
}

#endif
