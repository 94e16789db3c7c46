#include "base/thread.h"
#include "trader/trader_fixture.h"

#include <pthread.h>
#include <stdatomic.h>

#define TICKS 100

struct listener {
    uint64_t ticks, after_gap;
    enum ts_feed_state states[64];
    uint32_t state_count;
    bool in_order;
    pthread_t thread;
    int64_t last_ns;
    _Atomic int ended;
};

static void on_tick(void *context, const struct ts_trade_tick *tick)
{
    struct listener *listener = context;
    listener->ticks++;
    listener->after_gap += (tick->flags & TS_TRADE_TICK_AFTER_GAP) != 0;
    listener->in_order = listener->in_order && tick->sequence == listener->ticks &&
                         tick->receive_ns >= listener->last_ns &&
                         pthread_equal(pthread_self(), listener->thread);
    listener->last_ns = tick->receive_ns;
}

static void on_state(void *context, enum ts_feed_state state)
{
    struct listener *listener = context;
    if (listener->state_count == 0) {
        listener->thread = pthread_self();
    }
    listener->states[listener->state_count++ % 64] = state;
    if (state == TS_FEED_ENDED || state == TS_FEED_FAILED) {
        atomic_store_explicit(&listener->ended, 1, memory_order_release); /* to hear */
    }
}

static struct ts_feed *feed_of(const struct ts_tape_feed_options *options)
{
    struct ts_feed *feed = NULL;
    cr_assert_eq(ts_tape_feed_create(options, &feed, NULL), TS_OK);
    return feed;
}

/* Starts, waits for the end or for so many ticks, stops. */
static void hear(struct ts_feed *feed, struct listener *listener, uint64_t ticks)
{
    struct ts_feed_sink sink = {listener, on_tick, on_state};
    *listener = (struct listener){.in_order = true};
    cr_assert_eq(ts_feed_start(feed, &sink, NULL), TS_OK);
    while (atomic_load_explicit(&listener->ended, memory_order_acquire) == 0 /* from on_state */ &&
           ts_feed_stats(feed).ticks < ticks) {
        ts_sleep_ns(100000);
    }
    ts_feed_stop(feed);
    cr_assert(listener->in_order);
}

Test(tape_feed, what_makes_no_sense_is_refused)
{
    struct ts_trade_tick tick = {.price = 1};
    struct ts_feed *feed = NULL;
    const struct ts_tape_feed_options bad[] = {{.ticks = NULL, .count = 1},
                                               {.ticks = &tick, .count = 0},
                                               {.ticks = &tick, .count = 1, .speed = -1},
                                               {.ticks = &tick, .count = 1, .speed = NAN}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        cr_assert_eq(ts_tape_feed_create(&bad[i], &feed, NULL), TS_INVALID);
    }
    cr_assert_null(feed);
    ts_tape_feed_destroy(NULL);
}

Test(tape_feed, plays_all_in_order_and_may_be_started_again)
{
    static struct ts_trade_tick ticks[TICKS];
    struct listener listener;
    fixture_ticks(ticks, TICKS, 0);
    struct ts_feed *feed =
        feed_of(&(struct ts_tape_feed_options){.ticks = ticks, .count = TICKS, .passes = 3});
    for (int i = 0; i < 2; i++) {
        hear(feed, &listener, UINT64_MAX);
        cr_assert_eq(listener.ticks, 3 * TICKS);
        cr_assert_eq(listener.state_count, 3);
        cr_assert(listener.states[0] == TS_FEED_CONNECTING && listener.states[1] == TS_FEED_LIVE &&
                  listener.states[2] == TS_FEED_ENDED);
        cr_assert_eq(ts_feed_stats(feed).ticks, 3 * TICKS);
    }
    ts_tape_feed_destroy(feed);
}

Test(tape_feed, keeps_the_pace_and_stops_in_the_middle_of_a_gap)
{
    static struct ts_trade_tick ticks[3];
    struct listener listener;
    fixture_ticks(ticks, 3, 10 * TS_NS_PER_MS);
    ticks[2].receive_ns = 1000 * TS_NS_PER_S;
    struct ts_feed *feed = feed_of(&(struct ts_tape_feed_options){.ticks = ticks, .count = 3, .speed = 2.0});
    int64_t start_ns = ts_clock_ns();
    hear(feed, &listener, 2);
    cr_assert_geq(ts_clock_ns() - start_ns, 5 * TS_NS_PER_MS);
    cr_assert_lt(ts_clock_ns() - start_ns, 100 * TS_NS_PER_S);
    cr_assert_eq(listener.ticks, 2);
    ts_tape_feed_destroy(feed);
}

Test(tape_feed, a_tick_beyond_all_clocks_is_never_due)
{
    static const double speeds[] = {1.0, 0.001};
    struct ts_trade_tick ticks[] = {{.price = 1}, {.price = 2, .receive_ns = INT64_MAX}};
    for (size_t i = 0; i < 2; i++) {
        struct listener listener = {.in_order = true};
        struct ts_feed_sink sink = {&listener, on_tick, on_state};
        struct ts_feed *feed = feed_of(
            &(struct ts_tape_feed_options){.ticks = ticks, .count = 2, .speed = speeds[i], .passes = 1});
        cr_assert_eq(ts_feed_start(feed, &sink, NULL), TS_OK);
        while (ts_feed_stats(feed).ticks == 0) {
            ts_sleep_ns(100000);
        }
        ts_sleep_ns(5 * TS_NS_PER_MS); /* in which it could be wrong */
        ts_feed_stop(feed);
        cr_assert_eq(listener.ticks, 1);
        ts_tape_feed_destroy(feed);
    }
}

Test(tape_feed, loses_its_connection_and_ticks_with_it_and_keeps_its_sink)
{
    static struct ts_trade_tick ticks[TICKS];
    struct listener listener;
    fixture_ticks(ticks, TICKS, 0);
    struct ts_tape_feed_options options = {
        .ticks = ticks, .count = TICKS, .passes = 1, .reconnect_every = 10, .lose_ticks = 3};
    struct ts_feed *feed = feed_of(&options);
    hear(feed, &listener, UINT64_MAX);
    struct ts_feed_stats stats = ts_feed_stats(feed);
    cr_assert_eq(listener.ticks + stats.lost, TICKS);
    cr_assert_eq(stats.disconnects, 7); /* after 10 of each 13 */
    cr_assert_eq(stats.connects, 8);
    cr_assert_eq(listener.after_gap, 7);
    cr_assert_eq(listener.state_count, 2 + 3 * 7 + 1);
    ts_tape_feed_destroy(feed);
}

Test(tape_feed, gives_up_after_so_many_connections)
{
    static struct ts_trade_tick ticks[TICKS];
    struct listener listener;
    fixture_ticks(ticks, TICKS, 0);
    struct ts_tape_feed_options options = {
        .ticks = ticks, .count = TICKS, .passes = 0, .reconnect_every = 10, .connects_most = 4};
    struct ts_feed *feed = feed_of(&options);
    hear(feed, &listener, UINT64_MAX);
    cr_assert_eq(listener.ticks, 40);
    cr_assert_eq(ts_feed_stats(feed).state, TS_FEED_FAILED);
    ts_tape_feed_destroy(feed);
}
