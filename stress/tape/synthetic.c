/*
 * The synthetic source: one random walk in whole price ticks per symbol.
 *
 * The best ask is always the best bid plus a spread of at least one price tick and the levels below stand one
 * price tick apart, so no book is ever crossed. A walk keeps its wire structs up to date, so that a tick
 * costs one small change and one copy: the source feeds floods. Everything that decides is integer arithmetic
 * on the seeded generator; the doubles are only computed from it, so a seed gives the same bytes on every
 * machine.
 */
#include "base/clock.h"
#include "base/random.h"
#include "tape/source_kind.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SYMBOLS_MAX        256
#define GAP_MEDIAN_MAX_NS  (3600 * TS_NS_PER_S)
#define BURST_GAP_MAX_NS   10000
#define START_DEFAULT_NS   (1700000000 * TS_NS_PER_S)
#define PRICE_TICKS_A_UNIT 10
#define LOTS_A_UNIT        1000
#define LOTS_MAX           4096
#define LEVELS             WINGCHUN_DEPTH_LEVELS

struct walk {
    struct wingchun_depth depth;
    struct wingchun_ticker ticker;
    struct wingchun_trade trade;
    int64_t bid_ticks; /* best bid, in price ticks */
    int64_t floor_ticks;
    int64_t ceiling_ticks;
    int64_t spread_ticks;
};

struct synthetic {
    struct ts_source base;
    struct ts_synthetic_options options;
    struct ts_random random;
    int64_t receive_ns; /* of the next tick */
    struct walk walks[];
};

struct ts_synthetic_options ts_synthetic_recorded(uint64_t seed)
{
    return (struct ts_synthetic_options){
        .seed = seed,
        .symbols = 4,
        .depth_share = 0.07,
        .gap_median_ns = 2200 * TS_NS_PER_US,
        .burst_chance = 0.53,
    };
}

struct ts_synthetic_options ts_synthetic_flood(uint64_t seed, uint32_t symbols)
{
    return (struct ts_synthetic_options){
        .seed = seed,
        .symbols = symbols,
        .depth_share = 1.0,
        .gap_median_ns = 20 * TS_NS_PER_US,
        .burst_chance = 0.9,
    };
}

static double price_of(int64_t ticks)
{
    return (double)ticks / PRICE_TICKS_A_UNIT;
}

/* A volume above 0, from twelve bits. */
static double volume_of(uint64_t bits)
{
    return (double)(1 + bits % LOTS_MAX) / LOTS_A_UNIT;
}

/* Makes room at the front (the best level), the last level falls off. */
static void shift_in(void *levels)
{
    memmove((char *)levels + sizeof(double), levels, (LEVELS - 1) * sizeof(double));
}

/* Drops the best level; the last one is to be set anew. */
static void shift_out(void *levels)
{
    memmove(levels, (char *)levels + sizeof(double), (LEVELS - 1) * sizeof(double));
}

static void move_up(struct walk *walk, uint64_t bits)
{
    struct wingchun_depth *depth = &walk->depth;
    walk->bid_ticks++;
    shift_in(depth->bid_price);
    shift_in(depth->bid_volume);
    depth->bid_price[0] = price_of(walk->bid_ticks);
    depth->bid_volume[0] = volume_of(bits);
    shift_out(depth->ask_price);
    shift_out(depth->ask_volume);
    depth->ask_price[LEVELS - 1] = price_of(walk->bid_ticks + walk->spread_ticks + LEVELS - 1);
    depth->ask_volume[LEVELS - 1] = volume_of(bits >> 12);
}

static void move_down(struct walk *walk, uint64_t bits)
{
    struct wingchun_depth *depth = &walk->depth;
    walk->bid_ticks--;
    shift_in(depth->ask_price);
    shift_in(depth->ask_volume);
    depth->ask_price[0] = price_of(walk->bid_ticks + walk->spread_ticks);
    depth->ask_volume[0] = volume_of(bits);
    shift_out(depth->bid_price);
    shift_out(depth->bid_volume);
    depth->bid_price[LEVELS - 1] = price_of(walk->bid_ticks - (LEVELS - 1));
    depth->bid_volume[LEVELS - 1] = volume_of(bits >> 12);
}

/* One change of the book: one time in eight the price moves by one price tick, else one level gets a new
 * volume. */
static void walk_step(struct walk *walk, uint64_t bits)
{
    uint64_t choice = bits & 15;
    uint64_t volume_bits = bits >> 16;
    if (choice == 0 && walk->bid_ticks < walk->ceiling_ticks) {
        move_up(walk, volume_bits);
    } else if (choice == 1 && walk->bid_ticks > walk->floor_ticks) {
        move_down(walk, volume_bits);
    } else {
        size_t level = (bits >> 8 & 255) * LEVELS >> 8;
        if ((bits >> 4 & 1) == 0) {
            walk->depth.bid_volume[level] = volume_of(volume_bits);
        } else {
            walk->depth.ask_volume[level] = volume_of(volume_bits);
        }
    }
}

static void fill_depth(struct walk *walk, struct ts_tick *tick)
{
    walk->depth.data_time_ns = tick->receive_ns;
    tick->type = WINGCHUN_DEPTH;
    tick->size = sizeof walk->depth;
    tick->data.depth = walk->depth;
}

static void fill_ticker(struct walk *walk, struct ts_tick *tick)
{
    struct wingchun_ticker *ticker = &walk->ticker;
    ticker->data_time_ns = tick->receive_ns;
    ticker->bid_price = walk->depth.bid_price[0];
    ticker->bid_volume = walk->depth.bid_volume[0];
    ticker->ask_price = walk->depth.ask_price[0];
    ticker->ask_volume = walk->depth.ask_volume[0];
    tick->type = WINGCHUN_TICKER;
    tick->size = sizeof *ticker;
    tick->data.ticker = *ticker;
}

static void fill_trade(struct walk *walk, struct ts_tick *tick, uint64_t bits)
{
    struct wingchun_trade *trade = &walk->trade;
    trade->trade_time_ns = tick->receive_ns;
    trade->trade_id++;
    trade->side = (bits & 1) == 0 ? WINGCHUN_BUY : WINGCHUN_SELL;
    trade->price = trade->side == WINGCHUN_BUY ? walk->depth.ask_price[0] : walk->depth.bid_price[0];
    trade->volume = volume_of(bits >> 1);
    tick->type = WINGCHUN_TRADE;
    tick->size = sizeof *trade;
    tick->data.trade = *trade;
}

/*
 * The time to the next tick, at least 1 ns. Between bursts it is log-normal in shape: a sum of four uniforms,
 * as octaves (fixed point, 16 bits) round the median, from 1/64 to 64 times it. One gap in fifty is 32 times
 * as long, which gives the tail of the recordings: a mean of about 3.5 medians.
 */
static int64_t draw_gap_ns(struct synthetic *synthetic)
{
    struct ts_random *random = &synthetic->random;
    if (ts_random_chance(random, synthetic->options.burst_chance)) {
        return 1 + (int64_t)ts_random_below(random, BURST_GAP_MAX_NS - 1);
    }
    uint64_t bits = ts_random_next(random);
    int32_t sum = 0;
    for (int part = 0; part < 4; part++) {
        sum += (int32_t)(bits >> (16 * part) & 0xffff);
    }
    int32_t octaves = 3 * (sum - 2 * 0xffff) + 6 * 0x10000; /* above the lowest, so never negative */
    uint64_t mantissa = 0x10000 + (uint64_t)(octaves & 0xffff);
    uint64_t gap = ((uint64_t)synthetic->options.gap_median_ns * mantissa >> 16 << (octaves >> 16)) >> 6;
    if (ts_random_below(random, 50) == 0) {
        gap *= 32;
    }
    return gap > 0 ? (int64_t)gap : 1;
}

static ts_err synthetic_next(struct ts_source *source, struct ts_tick *tick)
{
    struct synthetic *synthetic = (struct synthetic *)source;
    struct ts_random *random = &synthetic->random;
    int64_t gap_ns = draw_gap_ns(synthetic);
    if (gap_ns > INT64_MAX - synthetic->receive_ns) {
        synthetic->receive_ns =
            INT64_MAX; /* the clock's range is used up, in the year 2262: this end is for good */
        return TS_END;
    }
    struct walk *walk = &synthetic->walks[ts_random_below(random, synthetic->options.symbols)];
    walk_step(walk, ts_random_next(random));
    tick->receive_ns = synthetic->receive_ns;
    synthetic->receive_ns += gap_ns;
    if (ts_random_chance(random, synthetic->options.depth_share)) {
        fill_depth(walk, tick);
        return TS_OK;
    }
    uint64_t bits = ts_random_next(random);
    if ((bits & 3) != 0) {
        fill_ticker(walk, tick);
    } else {
        fill_trade(walk, tick, bits >> 2);
    }
    return TS_OK;
}

static void synthetic_destroy(struct ts_source *source)
{
    free(source);
}

static const struct ts_source_operations synthetic_operations = {synthetic_next, synthetic_destroy};

static void walk_init(struct walk *walk, uint32_t number, struct ts_random *random)
{
    struct wingchun_depth *depth = &walk->depth;
    int64_t start_ticks = 10000 + (int64_t)ts_random_below(random, 1000000);
    walk->bid_ticks = start_ticks;
    walk->floor_ticks = start_ticks / 2;
    walk->ceiling_ticks = start_ticks * 2;
    walk->spread_ticks = 1 + (int64_t)ts_random_below(random, 3);
    snprintf(depth->source_id, sizeof depth->source_id, "synthetic");
    snprintf(depth->symbol, sizeof depth->symbol, "ts%04u_usdt", number);
    snprintf(depth->exchange_id, sizeof depth->exchange_id, "synthetic");
    depth->instrument_type = WINGCHUN_FFUTURE;
    for (int level = 0; level < LEVELS; level++) {
        depth->bid_price[level] = price_of(walk->bid_ticks - level);
        depth->ask_price[level] = price_of(walk->bid_ticks + walk->spread_ticks + level);
        depth->bid_volume[level] = volume_of(ts_random_next(random));
        depth->ask_volume[level] = volume_of(ts_random_next(random));
    }
    memcpy(walk->ticker.source_id, depth->source_id, sizeof depth->source_id);
    memcpy(walk->ticker.symbol, depth->symbol, sizeof depth->symbol);
    memcpy(walk->ticker.exchange_id, depth->exchange_id, sizeof depth->exchange_id);
    walk->ticker.instrument_type = depth->instrument_type;
    snprintf(walk->trade.client_id, sizeof walk->trade.client_id, "synthetic");
    memcpy(walk->trade.symbol, depth->symbol, sizeof depth->symbol);
    memcpy(walk->trade.exchange_id, depth->exchange_id, sizeof depth->exchange_id);
    walk->trade.instrument_type = depth->instrument_type;
}

static bool is_share(double value)
{
    return value >= 0 && value <= 1; /* false for NaN */
}

static ts_err check_options(const struct ts_synthetic_options *options, struct ts_diag *diag)
{
    const char *operation = "create synthetic source";
    if (options->symbols < 1 || options->symbols > SYMBOLS_MAX) {
        return ts_fail(diag, TS_INVALID, operation, "symbols", "%u is not in 1..%d", options->symbols,
                       SYMBOLS_MAX);
    }
    if (!is_share(options->depth_share)) {
        return ts_fail(diag, TS_INVALID, operation, "depth_share", "%g is not in 0..1", options->depth_share);
    }
    if (!is_share(options->burst_chance)) {
        return ts_fail(diag, TS_INVALID, operation, "burst_chance", "%g is not in 0..1",
                       options->burst_chance);
    }
    if (options->gap_median_ns < 1 || options->gap_median_ns > GAP_MEDIAN_MAX_NS) {
        return ts_fail(diag, TS_INVALID, operation, "gap_median_ns", "%lld is not in 1..%lld",
                       (long long)options->gap_median_ns, GAP_MEDIAN_MAX_NS);
    }
    if (options->start_ns < 0) {
        return ts_fail(diag, TS_INVALID, operation, "start_ns", "%lld is before the epoch",
                       (long long)options->start_ns);
    }
    return TS_OK;
}

ts_err ts_source_synthetic(const struct ts_synthetic_options *options, struct ts_source **source,
                           struct ts_diag *diag)
{
    ts_err err = check_options(options, diag);
    if (err != TS_OK) {
        return err;
    }
    struct synthetic *synthetic = calloc(1, sizeof *synthetic + options->symbols * sizeof(struct walk));
    if (synthetic == NULL) {
        return ts_fail(diag, TS_NO_MEMORY, "create synthetic source", "", "%u symbols", options->symbols);
    }
    synthetic->base.operations = &synthetic_operations;
    synthetic->options = *options;
    synthetic->random.state = ts_seed_mix(options->seed, 0);
    synthetic->receive_ns = options->start_ns > 0 ? options->start_ns : START_DEFAULT_NS;
    for (uint32_t number = 0; number < options->symbols; number++) {
        walk_init(&synthetic->walks[number], number, &synthetic->random);
    }
    *source = &synthetic->base;
    return TS_OK;
}
