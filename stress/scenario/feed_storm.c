/*
 * feed-storm: the trader's live feed in a storm of disconnects, gaps, garbage, silences and refused
 * attempts.
 *
 * Hazard: connections that the feed lost and gaps that it found. An exchange in memory of either market says
 * what a seed makes it say; the feed is stopped and started again in the midst, its callbacks are slow now
 * and then, its inbox may be too small for that. The delivery mode changes nothing: there is no engine. Must
 * show: one call of the sink at a time, none after stop; ticks numbered without a hole from each start; no
 * trade twice, none missing that is not counted, none counted that is not missing; no bogus trade but the
 * first of a start, which nothing contradicts yet, and none taken for old because of one; states that change,
 * the first of them CONNECTING; and at the end of the storm a feed that is LIVE with the exchange's own book.
 * Threads: the feed's two; the owner starts and stops.
 */
#include "base/clock.h"
#include "scenario/life.h"
#include "scenario/scenarios.h"
#include "trader/feed/live_feed.h"
#include "trader/feed/memory_exchange.h"

#include <string.h>

#define SYMBOL "btcusdt"

/* The feed thread's while the feed runs, the owner's while it does not: a call after stop is a race. */
struct seen {
    struct ts_board *board;
    struct ts_random random;
    uint64_t calls; /* in the sink at this moment: 0 or 1 */
    uint64_t ticks; /* since start */
    uint64_t bogus; /* of those */
    int64_t last_trade, missing;
    uint64_t states;
    enum ts_feed_state state;
    bool has_depth;
    struct ts_session_tick depth;
    uint32_t slow_chance; /* of 1000 */
    int64_t slow_ns;
};

struct storm {
    struct ts_life *life;
    struct ts_memory_exchange exchange;
    struct ts_wire *wire;
    struct ts_feed *feed;
    struct seen seen;
    uint64_t runs, frames, dropped, ticks, astray, lost, connections_lost, gaps;
    uint64_t malformed;
    bool ridden_out;
};

static void enter(struct seen *seen)
{
    if (seen->calls != 0) {
        ts_board_violation(seen->board, "overlap", "two calls of the sink at a time");
    }
    seen->calls = 1;
}

static void check_trade(struct seen *seen, const struct ts_trade_tick *tick)
{
    /* The exchange's clock is its count of trades, in milliseconds. */
    int64_t trade = tick->exchange_ns / TS_NS_PER_MS;
    if (trade <= seen->last_trade) {
        ts_board_violation(seen->board, "repeated", "trade %lld after %lld", (long long)trade,
                           (long long)seen->last_trade);
    }
    bool hole = seen->last_trade > 0 && trade != seen->last_trade + 1;
    seen->missing += hole ? trade - seen->last_trade - 1 : 0;
    seen->last_trade = trade;
    if (hole && (tick->flags & TS_TRADE_TICK_AFTER_GAP) == 0) {
        ts_board_violation(seen->board, "silent-gap", "trade %lld does not say that others are missing",
                           (long long)trade);
    }
    if (tick->quantity != (double)(1 + trade % 7) ||
        tick->price != ((tick->flags & TS_TRADE_TICK_SELLER) != 0 ? 1000 : 1001)) {
        ts_board_violation(seen->board, "torn", "trade %lld at %g, quantity %g", (long long)trade,
                           tick->price, tick->quantity);
    }
}

static void on_tick(void *context, const struct ts_trade_tick *tick)
{
    struct seen *seen = context;
    enter(seen);
    ts_board_beat(seen->board);
    seen->ticks++;
    if (tick->sequence != seen->ticks) {
        ts_board_violation(seen->board, "order", "tick %llu has number %llu", (unsigned long long)seen->ticks,
                           (unsigned long long)tick->sequence);
    }
    if (tick->quantity > 0) {
        check_trade(seen, tick);
    } else if (seen->ticks > 1) {
        ts_board_violation(seen->board, "bogus", "tick %llu is a trade that never was",
                           (unsigned long long)seen->ticks);
    } else {
        seen->bogus++;
    }
    if (ts_random_below(&seen->random, 1000) < seen->slow_chance) {
        ts_sleep_ns(seen->slow_ns);
    }
    seen->calls = 0;
}

static void on_state(void *context, enum ts_feed_state state)
{
    struct seen *seen = context;
    enter(seen);
    if (seen->states == 0 ? state != TS_FEED_CONNECTING : state == seen->state) {
        ts_board_violation(seen->board, "states", "%d after %d, the change number %llu", (int)state,
                           (int)seen->state, (unsigned long long)seen->states);
    }
    seen->states++;
    seen->state = state;
    seen->calls = 0;
}

static void observe(void *context, const struct ts_session_tick *tick)
{
    struct seen *seen = context;
    if (tick->kind == TS_SESSION_DEPTH) {
        seen->has_depth = true;
        seen->depth = *tick;
    }
}

static struct ts_memory_exchange_options draw_exchange(struct ts_life *life)
{
    struct ts_random *random = &life->random;
    uint32_t storm = life->explored ? 100 : 6; /* an explored storm is short and has to be fierce */
    return (struct ts_memory_exchange_options){
        .symbol = SYMBOL,
        .futures = ts_random_below(random, 2) == 0,
        .seed = ts_random_next(random),
        .frames = ts_life_size(life, 1500, 32),
        .calm = ts_life_size(life, 40, 6),
        .gap_ns = 20 * TS_NS_PER_US,
        .burst = ts_life_size(life, 700, 850),
        .disconnect = storm + (uint32_t)ts_random_below(random, 2 * storm),
        .refuse_most = 2,
        .gap = 2 * storm,
        .malformed = storm,
        .bogus = storm,
        .ping = 20,
        .mute = storm / 6,
        .refuse_snapshot = 100,
    };
}

static struct ts_live_options draw_feed(struct storm *storm)
{
    struct ts_random *random = &storm->life->random;
    struct ts_live_options options = ts_live_defaults(SYMBOL, storm->exchange.options.futures);
    options.session.connect_ns = 50 * TS_NS_PER_MS;
    options.session.ping_ns = 5 * TS_NS_PER_MS;
    options.session.silence_ns = 20 * TS_NS_PER_MS;
    options.session.snapshot_ns = 2 * TS_NS_PER_MS;
    options.session.backoff_first_ns = 100 * TS_NS_PER_US;
    options.session.backoff_most_ns = 2 * TS_NS_PER_MS;
    options.session.lag_ns = 10 * TS_NS_PER_MS;
    options.session.waiting_most = 64;
    options.session.seed = ts_random_next(random);
    options.keep_ns = 2 * TS_NS_PER_MS;
    options.room_frames = ts_random_below(random, 3) == 0 ? ts_life_size(storm->life, 96, 8) : 2048;
    options.room_bytes = 1u << 20;
    options.observe = observe;
    options.observe_context = &storm->seen;
    return options;
}

static ts_err begin_storm(struct storm *storm, struct ts_life *life, struct ts_diag *diag)
{
    memset(storm, 0, sizeof *storm);
    storm->life = life;
    struct ts_memory_exchange_options exchange = draw_exchange(life);
    struct ts_memory_options wire = {.open_ns = 50 * TS_NS_PER_US, .pong_ns = TS_NS_PER_S, .batch_most = 64};
    bool slow = ts_random_below(&life->random, 2) == 0;
    ts_memory_exchange_init(&storm->exchange, &exchange);
    storm->seen = (struct seen){.board = life->board,
                                .random = {.state = ts_random_next(&life->random)},
                                .slow_chance = slow ? ts_life_size(life, 10, 150) : 0,
                                .slow_ns = 4 * TS_NS_PER_MS};
    struct ts_live_options feed = draw_feed(storm);
    struct ts_memory_source source = ts_memory_exchange_source(&storm->exchange);
    ts_err error = ts_memory_wire_create(&wire, &source, &storm->wire, diag);
    return error == TS_OK ? ts_live_feed_create(&feed, storm->wire, &storm->feed, diag) : error;
}

/* After each stop: what the feed says it did, against what was seen. */
static void check_run(struct storm *storm, int64_t missing_before)
{
    struct ts_board *board = storm->life->board;
    struct ts_feed_stats stats = ts_feed_stats(storm->feed);
    struct ts_live_statistics all;
    ts_live_feed_statistics(storm->feed, &all);
    int64_t missing = storm->seen.missing - missing_before;
    ts_board_add(board, TS_COUNTER_checks, 4);
    if (storm->seen.calls != 0 || stats.ticks != storm->seen.ticks) {
        ts_board_violation(board, "after-stop", "%llu ticks counted, %llu seen, %llu calls under way",
                           (unsigned long long)stats.ticks, (unsigned long long)storm->seen.ticks,
                           (unsigned long long)storm->seen.calls);
    }
    /* A session knows the numbers of its own trades only: what is missing between two starts is not its loss.
     */
    if (stats.lost > (uint64_t)missing || (storm->runs == 1 && stats.lost != (uint64_t)missing)) {
        ts_board_violation(board, "lost", "%llu counted as lost, %lld missing",
                           (unsigned long long)stats.lost, (long long)missing);
    }
    /* The exchange says none twice, and only what is bogus is astray, or what first contradicts it. */
    if (all.session.trades_repeated > 0 ||
        (storm->seen.bogus == 0 && all.session.trades_astray > storm->exchange.bogus)) {
        ts_board_violation(board, "numbers", "%llu trades taken for old, %llu for astray of %llu",
                           (unsigned long long)all.session.trades_repeated,
                           (unsigned long long)all.session.trades_astray,
                           (unsigned long long)storm->exchange.bogus);
    }
    if (stats.connects < stats.disconnects) {
        ts_board_violation(board, "connections", "%llu opened, %llu lost", (unsigned long long)stats.connects,
                           (unsigned long long)stats.disconnects);
    }
    storm->frames += all.session.frames;
    storm->dropped += all.session.frames_dropped;
    storm->ticks += stats.ticks;
    storm->astray += all.session.trades_astray;
    storm->connections_lost += stats.disconnects;
    storm->gaps += all.session.gaps;
    storm->malformed += stats.malformed;
}

/* Whether the storm is over and the feed has been through all of it: however long its batches take, the
 * second one that it is done with after the end was begun after the end. It asks for a pong, and so goes on.
 */
static bool has_settled(const struct storm *storm, uint64_t *batches_needed)
{
    struct ts_live_statistics all;
    bool over = ts_memory_wire_ended(storm->wire);
    ts_live_feed_statistics(storm->feed, &all);
    if (over && (*batches_needed == 0 || all.state != TS_SESSION_LIVE)) {
        *batches_needed = all.batches + 2;
    }
    return over && all.batches >= *batches_needed;
}

/* To the end of it, or of the life's time. An explored life has less of that than a storm takes, and nobody
 * waits for it. */
static void ride_out(struct storm *storm)
{
    uint64_t batches_needed = 0; /* not known yet */
    for (unsigned looks = 0; !has_settled(storm, &batches_needed); looks++) {
        if (!storm->life->explored && ts_life_expired(storm->life)) {
            return;
        }
        if (ts_memory_wire_ended(storm->wire) && looks >= TS_DRAIN_LOOKS_MAX) {
            ts_board_violation(storm->life->board, "stranded", "the storm is over, the feed is in state %d",
                               (int)ts_feed_stats(storm->feed).state);
            return;
        }
        ts_sleep_ns(TS_NS_PER_MS);
    }
    storm->ridden_out = true;
}

/* At the end of a storm that was ridden out. */
static void check_end(const struct storm *storm)
{
    const struct ts_memory_exchange *exchange = &storm->exchange;
    const struct seen *seen = &storm->seen;
    struct ts_board *board = storm->life->board;
    ts_board_add(board, TS_COUNTER_checks, 3);
    if (seen->state == TS_FEED_LIVE && seen->has_depth &&
        (seen->depth.bid_quantity != exchange->bid_quantity[0] ||
         seen->depth.ask_quantity != exchange->ask_quantity[0])) {
        ts_board_violation(board, "book", "best quantities %g and %g, the exchange has %g and %g",
                           seen->depth.bid_quantity, seen->depth.ask_quantity, exchange->bid_quantity[0],
                           exchange->ask_quantity[0]);
    }
    /* A connection that is given up takes along what nobody had read of it: also one that is silent. */
    struct ts_memory_statistics said = ts_memory_wire_statistics(storm->wire);
    bool all_said = storm->runs == 1 && storm->frames == said.frames;
    /* An overrun is one frame without room, or another event. Below 0 the difference is enormous. */
    if (storm->runs == 1 && said.frames - storm->frames - storm->dropped > said.overruns) {
        ts_board_violation(board, "frames", "%llu taken, %llu dropped, up to %llu without room, %llu said",
                           (unsigned long long)storm->frames, (unsigned long long)storm->dropped,
                           (unsigned long long)said.overruns, (unsigned long long)said.frames);
    }
    int64_t taken = (int64_t)(storm->ticks + storm->astray - exchange->bogus);
    if (all_said && taken + exchange->trades_left_out != exchange->trades_made) {
        ts_board_violation(board, "accounting",
                           "%llu delivered, %llu astray, %llu bogus, %lld left out, %lld made",
                           (unsigned long long)storm->ticks, (unsigned long long)storm->astray,
                           (unsigned long long)exchange->bogus, (long long)exchange->trades_left_out,
                           (long long)exchange->trades_made);
    }
    if (storm->malformed > exchange->malformed) {
        ts_board_violation(board, "malformed", "%llu counted, %llu said",
                           (unsigned long long)storm->malformed, (unsigned long long)exchange->malformed);
    }
}

/* One start to one stop. */
static ts_err run_once(struct storm *storm, bool to_the_end, struct ts_diag *diag)
{
    const struct ts_feed_sink sink = {.context = &storm->seen, .tick = on_tick, .state = on_state};
    int64_t missing_before = storm->seen.missing;
    storm->seen.ticks = 0;
    storm->seen.bogus = 0;
    storm->seen.states = 0;
    storm->runs++;
    ts_err error = ts_feed_start(storm->feed, &sink, diag);
    if (error != TS_OK) {
        return error;
    }
    if (to_the_end) {
        ride_out(storm);
    } else {
        uint64_t most_us = ts_life_size(storm->life, 4000, 600); /* about a storm's length */
        ts_sleep_ns((int64_t)ts_random_below(&storm->life->random, most_us * TS_NS_PER_US));
    }
    ts_feed_stop(storm->feed);
    check_run(storm, missing_before);
    return TS_OK;
}

static ts_err run_storm(struct ts_life *life, struct ts_diag *diag)
{
    static struct storm storm; /* one at a time, and too large for a stack */
    ts_err error = begin_storm(&storm, life, diag);
    if (error != TS_OK) {
        return error;
    }
    uint64_t stops = ts_random_below(&life->random, 2) == 0 ? 0 : 1 + ts_random_below(&life->random, 2);
    for (uint64_t i = 0; i < stops && error == TS_OK && !ts_life_over(life); i++) {
        error = run_once(&storm, false, diag);
    }
    if (error == TS_OK) {
        error = run_once(&storm, true, diag);
    }
    if (storm.ridden_out) {
        check_end(&storm);
    }
    atomic_fetch_add_explicit(&life->board->hazard, storm.connections_lost + storm.gaps,
                              memory_order_relaxed); /* a statistic */
    ts_live_feed_destroy(storm.feed);
    return error;
}

ts_err ts_scenario_feed_storm(struct ts_life *life, struct ts_diag *diag)
{
    ts_err error = TS_OK;
    atomic_store_explicit(&life->board->phase, TS_BOARD_RUNNING, memory_order_release); /* READY release */
    while (error == TS_OK && !ts_life_over(life)) {
        error = run_storm(life, diag);
    }
    return error;
}
