/* The live feed on an exchange in memory, in real time, with every fault. */
#include "trader/feed/live_feed.h"

#include "base/clock.h"
#include "trader/feed/memory_exchange.h"

#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#define TRADE(number)                                                                                        \
    "{\"stream\":\"btcusdt@trade\",\"data\":{\"e\":\"trade\",\"E\":1,\"s\":\"BTCUSDT\",\"t\":" number        \
    ",\"p\":\"1000\",\"q\":\"1\",\"T\":1,\"m\":true}}"

static struct ts_memory_exchange exchange;
static struct ts_feed *feed;
static struct ts_wire *wire;

/* The feed thread's until stop has returned. */
static struct seen {
    uint64_t ticks, states, live, after_gap, last_sequence;
    int64_t last_trade, missing;
    enum ts_feed_state state;
    struct ts_session_tick depth;
    int64_t slow_ns;      /* that one call takes, once */
    uint64_t live_before; /* times it had been live then */
    _Atomic int in_sink;
} seen;

static _Atomic uint64_t ticks; /* relaxed: a number to wait for */

static void on_tick(void *context, const struct ts_trade_tick *tick)
{
    (void)context;
    cr_assert_eq(atomic_exchange_explicit(&seen.in_sink, 1, memory_order_relaxed),
                 0); /* one call at a time */
    seen.ticks++;
    cr_assert_eq(tick->sequence, seen.last_sequence + 1);
    seen.last_sequence = tick->sequence;
    seen.after_gap += (tick->flags & TS_TRADE_TICK_AFTER_GAP) != 0;
    /* The exchange's clock is its count of trades, in ms. */
    int64_t trade = tick->exchange_ns / TS_NS_PER_MS;
    cr_assert(trade > seen.last_trade, "%" PRId64 " after %" PRId64, trade, seen.last_trade);
    seen.missing += trade - seen.last_trade - 1;
    seen.last_trade = trade;
    cr_assert(tick->quantity == (double)(1 + trade % 7));
    cr_assert(tick->price == ((tick->flags & TS_TRADE_TICK_SELLER) != 0 ? 1000 : 1001));
    if (seen.slow_ns > 0 && seen.ticks == 20) {
        seen.live_before = seen.live;
        ts_sleep_ns(seen.slow_ns);
    }
    atomic_store_explicit(&seen.in_sink, 0, memory_order_relaxed); /* as above */
    atomic_fetch_add_explicit(&ticks, 1, memory_order_relaxed);    /* a number to wait for */
}

static void on_state(void *context, enum ts_feed_state state)
{
    (void)context;
    cr_assert(seen.states > 0 || state == TS_FEED_CONNECTING);
    cr_assert(seen.states == 0 || state != seen.state);
    seen.states++;
    seen.live += state == TS_FEED_LIVE;
    seen.state = state;
}

static void observe(void *context, const struct ts_session_tick *tick)
{
    (void)context;
    if (tick->kind == TS_SESSION_DEPTH) {
        seen.depth = *tick;
    }
}

static const struct ts_feed_sink sink = {.tick = on_tick, .state = on_state};

static struct ts_memory_exchange_options calm(uint64_t frames)
{
    return (struct ts_memory_exchange_options){
        .symbol = "btcusdt", .seed = 7, .frames = frames, .gap_ns = 50 * TS_NS_PER_US, .burst = 500};
}

static struct ts_live_options quick(bool futures)
{
    struct ts_live_options options = ts_live_defaults("btcusdt", futures);
    options.session.ping_ns = 20 * TS_NS_PER_MS;
    options.session.silence_ns = 60 * TS_NS_PER_MS;
    options.session.snapshot_ns = 5 * TS_NS_PER_MS;
    options.session.backoff_first_ns = TS_NS_PER_MS;
    options.session.backoff_most_ns = 4 * TS_NS_PER_MS;
    options.keep_ns = 10 * TS_NS_PER_MS;
    options.observe = observe;
    return options;
}

static void make(const struct ts_memory_exchange_options *exchange_options,
                 const struct ts_live_options *options)
{
    struct ts_diag diag;
    struct ts_memory_options wire_options = {
        .open_ns = 200 * TS_NS_PER_US, .pong_ns = 300 * TS_NS_PER_MS, .batch_most = 64};
    ts_memory_exchange_init(&exchange, exchange_options);
    struct ts_memory_source source = ts_memory_exchange_source(&exchange);
    cr_assert_eq(ts_memory_wire_create(&wire_options, &source, &wire, &diag), TS_OK);
    cr_assert_eq(ts_live_feed_create(options, wire, &feed, &diag), TS_OK, "%s", diag.text);
}

static void run_to_end(void)
{
    struct ts_diag diag;
    cr_assert_eq(ts_feed_start(feed, &sink, &diag), TS_OK);
    int64_t start_ns = ts_clock_ns();
    while (!ts_memory_wire_ended(wire) && ts_clock_within(start_ns, 60 * TS_NS_PER_S)) {
        ts_sleep_ns(TS_NS_PER_MS);
    }
    cr_assert(ts_memory_wire_ended(wire), "the script did not end; state %d", ts_feed_stats(feed).state);
    /* The end of the script is in the inbox, not yet in the sink. */
    for (int i = 0; i < 5000 && (ts_feed_stats(feed).state != TS_FEED_LIVE ||
                                 ts_feed_stats(feed).ticks + (uint64_t)exchange.trades_left_out <
                                     (uint64_t)exchange.trades_made);
         i++) {
        ts_sleep_ns(TS_NS_PER_MS);
    }
    ts_feed_stop(feed);
}

static void check_books(void)
{
    struct ts_feed_stats stats = ts_feed_stats(feed);
    cr_assert_eq(stats.ticks, seen.ticks);
    cr_assert_eq((int64_t)seen.ticks + exchange.trades_left_out, exchange.trades_made,
                 "%" PRIu64 " delivered, %" PRId64 " left out, %" PRId64 " made", seen.ticks,
                 exchange.trades_left_out, exchange.trades_made);
    /* What is missing after the last one nobody can know. */
    cr_assert_eq((int64_t)stats.lost + (seen.ticks > 0 ? 0 : seen.missing), seen.missing);
}

static void fini(void)
{
    ts_live_feed_destroy(feed);
}

TestSuite(live_feed, .fini = fini);

Test(live_feed, a_calm_stream_is_delivered_whole)
{
    struct ts_memory_exchange_options options = calm(4000);
    struct ts_live_options live = quick(false);
    live.session.silence_ns = live.session.lag_ns =
        60 * TS_NS_PER_S; /* a machine that stands still is no silence */
    make(&options, &live);
    run_to_end();
    check_books();
    struct ts_live_statistics statistics;
    ts_live_feed_statistics(feed, &statistics);
    cr_assert(seen.missing == 0 && seen.after_gap == 1 && exchange.trades_made > 1500);
    cr_assert(seen.live == 1 && seen.states == 3 && ts_feed_stats(feed).disconnects == 0);
    cr_assert(statistics.session.gaps == 0 && statistics.session.malformed == 0);
    cr_assert_eq(statistics.session.frames, 4000);
    cr_assert(seen.depth.bid_price == 1000 && seen.depth.bid_quantity == exchange.bid_quantity[0]);
    cr_assert(seen.depth.ask_price == 1001 && seen.depth.ask_quantity == exchange.ask_quantity[0]);
}

static void storm(bool futures)
{
    struct ts_memory_exchange_options options = calm(3000);
    struct ts_live_options live = quick(futures);
    options.futures = futures;
    options.disconnect = 8;
    options.refuse_most = 2;
    options.gap = 15;
    options.malformed = 5;
    options.ping = 20;
    options.mute = 1;
    options.refuse_snapshot = 200;
    make(&options, &live);
    run_to_end();
    check_books();
    struct ts_memory_statistics said = ts_memory_wire_statistics(wire);
    struct ts_live_statistics statistics;
    ts_live_feed_statistics(feed, &statistics);
    cr_assert(exchange.disconnects > 5 && exchange.gaps > 5 && exchange.malformed > 5 && exchange.mutes > 0);
    cr_assert_eq(statistics.session.malformed, exchange.malformed);
    cr_assert_eq(statistics.session.opened, said.connects);
    cr_assert_eq(statistics.session.ended[TS_SESSION_END_SILENCE], exchange.mutes);
    cr_assert_eq(statistics.session.ended[TS_SESSION_END_PEER], exchange.disconnects + said.refused);
    cr_assert(statistics.session.gaps > 0 && statistics.session.snapshots_refused > 0);
    cr_assert(said.pings > 0 && said.pings == said.pongs);
    cr_assert(seen.depth.bid_quantity == exchange.bid_quantity[0], "the book is not the exchange's");
    cr_assert(seen.depth.ask_quantity == exchange.ask_quantity[0]);
}

Test(live_feed, a_storm_of_faults_leaves_the_right_book_and_no_trade_unaccounted)
{
    storm(false);
}

Test(live_feed, the_same_of_futures)
{
    storm(true);
}

Test(live_feed, a_slow_callback_costs_no_pong)
{
    struct ts_memory_exchange_options options = calm(2000);
    struct ts_live_options live = quick(false);
    options.gap_ns = 400 * TS_NS_PER_US;
    options.ping = 50;
    live.session.lag_ns = 30 * TS_NS_PER_MS;
    live.session.silence_ns = TS_NS_PER_S;
    seen.slow_ns = 900 * TS_NS_PER_MS; /* three times what the exchange waits for a pong */
    make(&options, &live);
    run_to_end();
    check_books();
    struct ts_memory_statistics said = ts_memory_wire_statistics(wire);
    struct ts_live_statistics statistics;
    ts_live_feed_statistics(feed, &statistics);
    cr_assert(said.disconnects == 0 && said.pings > 20 && said.pings == said.pongs);
    cr_assert(statistics.kept >= 5, "kept %" PRIu64 " times", statistics.kept);
    cr_assert(statistics.busy_most_ns >= seen.slow_ns);
    /* What came meanwhile was shown as old. */
    cr_assert(statistics.session.late > 0 && seen.live > seen.live_before);
}

Test(live_feed, a_reader_without_room_is_cut_off_and_comes_back)
{
    struct ts_memory_exchange_options options = calm(3000);
    struct ts_live_options live = quick(false);
    live.room_frames = 200;
    live.session.silence_ns = TS_NS_PER_S;
    options.gap_ns = 100 * TS_NS_PER_US;
    seen.slow_ns = 200 * TS_NS_PER_MS;
    make(&options, &live);
    struct ts_diag diag;
    cr_assert_eq(ts_feed_start(feed, &sink, &diag), TS_OK);
    int64_t start_ns = ts_clock_ns();
    while (!ts_memory_wire_ended(wire) && ts_clock_within(start_ns, 20 * TS_NS_PER_S)) {
        ts_sleep_ns(TS_NS_PER_MS);
    }
    ts_sleep_ns(50 * TS_NS_PER_MS);
    ts_feed_stop(feed);
    struct ts_live_statistics statistics;
    ts_live_feed_statistics(feed, &statistics);
    struct ts_memory_statistics said = ts_memory_wire_statistics(wire);
    /* Once for the slow call; on a machine that is busy the reader may lag again. */
    uint64_t cuts = statistics.session.ended[TS_SESSION_END_OVERRUN];
    cr_assert(cuts >= 1 && said.overruns == cuts && statistics.session.opened == cuts + 1 &&
                  seen.live > seen.live_before,
              "%" PRIu64 " cuts, %" PRIu64 " overruns, %" PRIu64 " opened, %d live", cuts, said.overruns,
              statistics.session.opened, (int)seen.live);
    /* Only the frames that found no room are lost, of whichever kind they were. */
    cr_assert((uint64_t)seen.missing <= cuts && ts_feed_stats(feed).lost == (uint64_t)seen.missing);
}

/* Trades 1, 2 and 5 at once; stop comes while the first is with the sink. */
static struct ts_wire_operations watched;
static void (*wake_before)(struct ts_wire *wire);
static _Atomic int told_to_stop; /* release TOLD by stop, acquire TOLD by the callback */

static void note_wake(struct ts_wire *woken)
{
    atomic_store_explicit(&told_to_stop, 1, memory_order_release); /* release TOLD */
    wake_before(woken);
}

static bool next_of_three(void *context, struct ts_memory_step *step)
{
    static const char *const trades[] = {TRADE("1"), TRADE("2"), TRADE("5")};
    size_t *said = context;
    if (*said == 3) {
        return false;
    }
    *step = (struct ts_memory_step){
        .kind = TS_MEMORY_FRAME, .text = trades[*said], .length = strlen(trades[*said])};
    (*said)++;
    return true;
}

static bool no_snapshot(void *context, const char **text, size_t *length)
{
    (void)context, (void)text, (void)length;
    return false;
}

static void hold_the_first(void *context, const struct ts_trade_tick *tick)
{
    (void)context, (void)tick;
    atomic_fetch_add_explicit(&ticks, 1, memory_order_relaxed);              /* a number to wait for */
    while (atomic_load_explicit(&told_to_stop, memory_order_acquire) == 0) { /* acquire TOLD */
        ts_sleep_ns(100 * TS_NS_PER_US);
    }
}

Test(live_feed, what_is_missing_before_a_tick_that_stop_kept_back_is_not_lost)
{
    const struct ts_feed_sink holding = {.tick = hold_the_first, .state = on_state};
    struct ts_memory_options wire_options = {.pong_ns = TS_NS_PER_S, .batch_most = 64};
    size_t said = 0;
    struct ts_memory_source source = {.next = next_of_three, .snapshot = no_snapshot, .context = &said};
    struct ts_live_options live = quick(false);
    struct ts_live_statistics statistics;
    struct ts_diag diag;
    live.session.depth = false;
    cr_assert_eq(ts_memory_wire_create(&wire_options, &source, &wire, &diag), TS_OK);
    watched = *wire->operations;
    wake_before = watched.wake;
    watched.wake = note_wake;
    wire->operations = &watched;
    cr_assert_eq(ts_live_feed_create(&live, wire, &feed, &diag), TS_OK, "%s", diag.text);
    cr_assert_eq(ts_feed_start(feed, &holding, &diag), TS_OK);
    while (atomic_load_explicit(&ticks, memory_order_relaxed) == 0) { /* as above */
        ts_sleep_ns(100 * TS_NS_PER_US);
    }
    ts_feed_stop(feed);
    ts_live_feed_statistics(feed, &statistics);
    cr_assert_eq(ts_feed_stats(feed).ticks, 1);
    cr_assert_eq(statistics.undelivered, 2);
    cr_assert_eq(ts_feed_stats(feed).lost, 0, "%" PRIu64 " lost", ts_feed_stats(feed).lost);
}

static void (*service_before)(struct ts_wire *wire, int64_t until_ns);
static _Atomic uint32_t kept; /* relaxed: a number to wait for */

/* Never more than a frame in a millisecond, and never none. */
static void serve_slowly(struct ts_wire *served, int64_t until_ns)
{
    ts_sleep_ns(TS_NS_PER_MS);
    service_before(served, until_ns);
    atomic_fetch_add_explicit(&kept, 1, memory_order_relaxed); /* a number to wait for */
}

static bool next_without_end(void *context, struct ts_memory_step *step)
{
    static char text[256];
    uint64_t *number = context;
    int length = snprintf(text, sizeof text, TRADE("%" PRIu64), ++*number);
    *step = (struct ts_memory_step){.kind = TS_MEMORY_FRAME, .text = text, .length = (size_t)length};
    return true;
}

/* The first call lasts until the keeper has looked after the wire for some time. */
static void hold_until_kept(void *context, const struct ts_trade_tick *tick)
{
    (void)context;
    uint32_t begun = atomic_load_explicit(&kept, memory_order_relaxed); /* as above */
    while (tick->sequence == 1 && atomic_load_explicit(&kept, memory_order_relaxed) - begun < 10) {
        ts_sleep_ns(100 * TS_NS_PER_US);
    }
    atomic_fetch_add_explicit(&ticks, 1, memory_order_relaxed); /* a number to wait for */
}

Test(live_feed, a_keeper_lets_go_of_a_wire_that_never_pauses)
{
    const struct ts_feed_sink holding = {.tick = hold_until_kept, .state = on_state};
    struct ts_memory_options wire_options = {.pong_ns = TS_NS_PER_S, .batch_most = 1};
    uint64_t said = 0;
    struct ts_memory_source source = {.next = next_without_end, .snapshot = no_snapshot, .context = &said};
    struct ts_live_options live = quick(false);
    struct ts_live_statistics statistics;
    struct ts_diag diag;
    live.session.depth = false;
    live.room_frames = 1000;
    cr_assert_eq(ts_memory_wire_create(&wire_options, &source, &wire, &diag), TS_OK);
    watched = *wire->operations;
    service_before = watched.service;
    watched.service = serve_slowly;
    wire->operations = &watched;
    cr_assert_eq(ts_live_feed_create(&live, wire, &feed, &diag), TS_OK, "%s", diag.text);
    cr_assert_eq(ts_feed_start(feed, &holding, &diag), TS_OK);
    while (atomic_load_explicit(&ticks, memory_order_relaxed) < 30) { /* as above */
        ts_sleep_ns(TS_NS_PER_MS);
    }
    ts_feed_stop(feed);
    ts_live_feed_statistics(feed, &statistics);
    cr_assert_geq(statistics.kept, 1);
    cr_assert_eq(statistics.session.ended[TS_SESSION_END_OVERRUN], 0,
                 "it kept the wire until there was no room");
}

Test(live_feed, stop_ends_all_calls_and_start_begins_anew)
{
    struct ts_memory_exchange_options options = calm(UINT64_MAX);
    struct ts_live_options live = quick(false);
    struct ts_diag diag;
    make(&options, &live);
    for (uint64_t round = 0; round < 20; round++) {
        uint64_t before = atomic_load_explicit(&ticks, memory_order_relaxed); /* a number to wait for */
        seen.states = 0;
        seen.last_sequence = 0;
        cr_assert_eq(ts_feed_start(feed, &sink, &diag), TS_OK);
        while (round % 4 != 0 && atomic_load_explicit(&ticks, memory_order_relaxed) < before + 10 * round) {
            ts_sleep_ns(100 * TS_NS_PER_US);
        }
        ts_feed_stop(feed);
        uint64_t after = seen.ticks;
        ts_sleep_ns(round % 5 == 0 ? TS_NS_PER_MS : 0);
        cr_assert_eq(seen.ticks, after);
        cr_assert_eq(ts_feed_stats(feed).ticks, seen.last_sequence);
        ts_feed_stop(feed);
    }
}
