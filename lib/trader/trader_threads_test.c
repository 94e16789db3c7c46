/* The trader among threads: switches and stops while ticks flow. */
#include "base/random.h"
#include "base/thread.h"
#include "trader/trader_fixture.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define TICKS 20000

static struct ts_trade_tick ticks[TICKS];

static void set_up(void)
{
    fixture_ticks(ticks, TICKS, 0);
}

TestSuite(trader_threads, .init = set_up);

struct watcher {
    uint64_t last; /* TURN orders the calls: plain on purpose */
    uint64_t wrong, seen;
    uint64_t by_path[TS_PATH_COUNT];
};

static void observe(void *context, const struct ts_trader_decision *decision)
{
    struct watcher *watcher = context;
    watcher->wrong += decision->tick->sequence != watcher->last + 1;
    watcher->last = decision->tick->sequence;
    watcher->seen++;
    watcher->by_path[decision->path]++;
}

Test(trader_threads, a_switch_while_ticks_flow_loses_none_doubles_none_and_keeps_their_order)
{
    struct ts_ema_cross cross;
    struct watcher watcher = {0};
    struct ts_trader_options options = fixture_options(&cross, TS_PATH_POLLING);
    options.poll_ns = 100000;
    options.context = &watcher;
    options.observe = observe;
    options.queue_ticks = 64;
    struct ts_feed *feed = fixture_feed(ticks, TICKS, 0, 3);
    struct ts_trader *trader = fixture_start(&options, feed);
    for (unsigned i = 0; !ts_trader_finished(trader); i++) {
        ts_trader_set_path(trader, i % 2 == 0 ? TS_PATH_DIRECT : TS_PATH_POLLING);
        ts_sleep_ns((int64_t)(ts_hash64(i) % 100000));
    }
    uint64_t digest = fixture_stop(trader).trades_digest;
    cr_assert_eq(watcher.wrong, 0);
    cr_assert_eq(watcher.seen, 3 * TICKS);
    cr_assert(watcher.by_path[TS_PATH_POLLING] > 0 && watcher.by_path[TS_PATH_DIRECT] > 0);
    ts_trader_destroy(trader);
    options.path = TS_PATH_DIRECT;
    cr_assert_eq(ts_ema_cross_init(&cross, 2, 5, NULL), TS_OK);
    watcher = (struct watcher){0};
    trader = fixture_start(&options, feed);
    fixture_finish(trader);
    cr_assert_eq(fixture_stop(trader).trades_digest, digest);
    ts_trader_destroy(trader);
    ts_tape_feed_destroy(feed);
}

Test(trader_threads, what_was_queued_before_a_switch_is_taken_without_a_tick_to_follow)
{
    struct ts_ema_cross cross;
    struct ts_trader_options options = fixture_options(&cross, TS_PATH_POLLING);
    options.poll_ns = 3600 * TS_NS_PER_S;
    struct ts_feed *feed = fixture_feed(ticks, 100, 0, 1);
    struct ts_trader *trader = fixture_start(&options, feed);
    while (ts_trader_stats(trader).feed != TS_FEED_ENDED) {
        ts_sleep_ns(100000);
    }
    cr_assert_eq(ts_trader_stats(trader).queued, 100);
    ts_trader_set_path(trader, TS_PATH_DIRECT);
    fixture_finish(trader);
    cr_assert_eq(fixture_stop(trader).stats.handled, 100);
    ts_trader_destroy(trader);
    ts_tape_feed_destroy(feed);
}

struct stopper {
    struct ts_trader *trader;
    struct ts_trader_report report;
    struct ts_thread thread;
};

static void stop_it(void *argument)
{
    struct stopper *stopper = argument;
    cr_assert_eq(ts_trader_stop(stopper->trader, &stopper->report), TS_OK);
}

static unsigned count_in(const char *text, const char *word)
{
    unsigned count = 0;
    for (const char *at = text; (at = strstr(at, word)) != NULL; at += strlen(word)) {
        count++;
    }
    return count;
}

Test(trader_threads, several_stops_at_once_make_one_report_while_ticks_flow)
{
    static char text[1 << 16];
    for (unsigned round = 0; round < 20; round++) {
        char path[] = "/tmp/ts-trader-XXXXXX";
        int file = mkstemp(path);
        cr_assert_geq(file, 0);
        unlink(path);
        struct ts_ema_cross cross;
        struct watcher watcher = {0};
        struct ts_trader_options options = fixture_options(&cross, (enum ts_trader_path)(round % 2));
        options.poll_ns = 100000;
        options.journal_file = file;
        options.context = &watcher;
        options.observe = observe;
        struct ts_feed *feed = fixture_feed(ticks, TICKS, 0, 0);
        struct ts_trader *trader = fixture_start(&options, feed);
        struct stopper stoppers[3];
        while (ts_trader_stats(trader).opened < 2) {
            ts_sleep_ns(10000);
        }
        for (int i = 0; i < 3; i++) {
            stoppers[i].trader = trader;
            cr_assert_eq(ts_thread_start(&stoppers[i].thread, "stopper", stop_it, &stoppers[i], NULL), TS_OK);
        }
        struct ts_trader_report report = fixture_stop(trader);
        uint64_t seen = watcher.seen; /* nothing is in flight */
        for (int i = 0; i < 3; i++) {
            ts_thread_join(&stoppers[i].thread);
            cr_assert_eq(memcmp(&stoppers[i].report, &report, sizeof report), 0);
        }
        cr_assert_eq(watcher.seen, seen);
        cr_assert_eq(watcher.wrong, 0);
        ts_trader_destroy(trader);
        ts_tape_feed_destroy(feed);
        ssize_t got = pread(file, text, sizeof text - 1, 0);
        cr_assert_gt(got, 0);
        text[got] = '\0';
        cr_assert_eq(count_in(text, "final report"), 1, "%s", text);
        close(file);
    }
}

struct slow {
    _Atomic int inside, leave;
};

static ts_err hold_on(void *context, const struct ts_trade_tick *tick, enum ts_signal *signal)
{
    struct slow *slow = context;
    *signal = tick->sequence == 1 ? TS_SIGNAL_BUY : TS_SIGNAL_HOLD;
    if (tick->sequence == 2) {
        atomic_store_explicit(&slow->inside, 1, memory_order_relaxed);
        while (atomic_load_explicit(&slow->leave, memory_order_relaxed) == 0) {
            ts_sleep_ns(100000);
        }
    }
    return TS_OK;
}

static void forget(void *context)
{
    (void)context;
}

Test(trader_threads, with_a_strategy_that_hangs_the_direct_loop_beats_and_a_halt_closes_at_once)
{
    struct ts_ema_cross cross;
    struct slow slow = {0};
    struct ts_trader_options options = fixture_options(&cross, TS_PATH_DIRECT);
    options.strategy = (struct ts_trader_strategy){&slow, hold_on, forget};
    struct ts_feed *feed = fixture_feed(ticks, 10, 0, 1);
    struct ts_trader *trader = fixture_start(&options, feed);
    while (atomic_load_explicit(&slow.inside, memory_order_relaxed) == 0) {
        ts_sleep_ns(100000);
    }
    uint64_t beats = ts_trader_stats(trader).beats;
    while (ts_trader_stats(trader).beats < beats + 3) {
        ts_sleep_ns(TS_NS_PER_MS);
    }
    cr_assert(ts_trader_stats(trader).open);
    ts_trader_halt(trader);
    struct ts_trader_stats stats = ts_trader_stats(trader);
    cr_assert(!stats.open && stats.closed == 1 && stats.end == TS_TRADER_HALTED);
    atomic_store_explicit(&slow.leave, 1, memory_order_relaxed);
    fixture_finish(trader);
    struct ts_trader_report report = fixture_stop(trader);
    cr_assert_eq(report.stats.handled, 1);
    cr_assert_eq(report.stats.discarded, 9);
    ts_trader_destroy(trader);
    ts_tape_feed_destroy(feed);
}

/* A feed that hands on what its owner's callback gives it, on the same thread. */
struct relay {
    struct ts_feed feed;
    struct ts_feed_sink sink;
    struct ts_trader *outer; /* whose callback it is called from */
    ts_err from_inner, from_outer;
};

static ts_err relay_start(struct ts_feed *feed, const struct ts_feed_sink *sink, struct ts_diag *diag)
{
    (void)diag;
    ((struct relay *)feed)->sink = *sink;
    return TS_OK;
}

static void relay_stop(struct ts_feed *feed)
{
    (void)feed;
}

static void pass_on(void *context, const struct ts_trader_decision *decision)
{
    struct relay *relay = context;
    relay->sink.tick(relay->sink.context, decision->tick);
    relay->from_outer = ts_trader_stop(relay->outer, NULL);
}

static void stop_outer(void *context, const struct ts_trader_decision *decision)
{
    struct relay *relay = context;
    (void)decision;
    relay->from_inner = ts_trader_stop(relay->outer, NULL);
}

Test(trader_threads, a_callback_that_hands_ticks_to_another_trader_is_known_as_one_all_the_while)
{
    struct ts_ema_cross first, second;
    struct relay relay = {.feed = {.start = relay_start, .stop = relay_stop}};
    struct ts_trader_options options = fixture_options(&second, TS_PATH_DIRECT);
    options.context = &relay;
    options.observe = stop_outer;
    struct ts_trader *inner = fixture_start(&options, &relay.feed);
    options = fixture_options(&first, TS_PATH_POLLING);
    options.context = &relay;
    options.observe = pass_on;
    struct ts_feed *feed = fixture_feed(ticks, 50, 0, 1);
    cr_assert_eq(ts_trader_create(&options, &relay.outer, NULL), TS_OK);
    cr_assert_eq(ts_trader_start(relay.outer, feed, NULL), TS_OK);
    fixture_finish(relay.outer);
    cr_assert_eq(fixture_stop(relay.outer).stats.handled, 50);
    cr_assert_eq(fixture_stop(inner).stats.handled, 50);
    cr_assert_eq(relay.from_inner, TS_DEADLOCK);
    cr_assert_eq(relay.from_outer, TS_DEADLOCK);
    ts_trader_destroy(relay.outer);
    ts_trader_destroy(inner);
    ts_tape_feed_destroy(feed);
}
