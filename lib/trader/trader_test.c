/* What a trader does with ticks, on both paths; nothing here depends on a schedule. */
#include "trader/trader_fixture.h"

#include <fcntl.h>
#include <unistd.h>

#define TICKS 2000

static struct ts_trade_tick ticks[TICKS];

static void set_up(void)
{
    fixture_ticks(ticks, TICKS, 0);
}

TestSuite(trader, .init = set_up);

Test(trader, options_that_make_no_sense_are_named)
{
    struct ts_ema_cross cross;
    struct ts_trader_options good = fixture_options(&cross, TS_PATH_DIRECT), bad[5];
    static const char *const names[] = {"poll_ns", "queue_ticks", "quantity", "strategy", "trades"};
    for (size_t i = 0; i < 5; i++) {
        bad[i] = good;
    }
    bad[0].poll_ns = 0;
    bad[1].queue_ticks = 0;
    bad[2].quantity = NAN;
    bad[3].strategy.on_tick = NULL;
    bad[4].trades_room = 1;
    for (size_t i = 0; i < 5; i++) {
        struct ts_trader *trader = NULL;
        struct ts_diag diag;
        cr_assert_eq(ts_trader_create(&bad[i], &trader, &diag), TS_INVALID);
        cr_assert_str_eq(diag.subject, names[i]);
        cr_assert_null(trader);
    }
}

Test(trader, periods_of_centuries_are_waited_for)
{
    struct ts_ema_cross cross;
    struct ts_trader_options options = fixture_options(&cross, TS_PATH_POLLING);
    options.poll_ns = options.beat_ns = options.budget_ns = INT64_MAX;
    options.queue_ticks = TICKS;
    struct ts_feed *feed = fixture_feed(ticks, TICKS, 0, 1);
    struct ts_trader *trader = fixture_start(&options, feed);
    while (ts_trader_stats(trader).queued < TICKS) {
        ts_sleep_ns(100000);
    }
    ts_trader_set_path(trader, TS_PATH_DIRECT);
    fixture_finish(trader);
    struct ts_trader_report report = fixture_stop(trader);
    cr_assert_eq(report.stats.handled, TICKS);
    cr_assert_eq(report.stats.beats, 0);
    ts_trader_destroy(trader);
    ts_tape_feed_destroy(feed);
}

struct path_result {
    struct ts_trader_report report;
    struct ts_trade trades[512];
};

static void trade_tape(enum ts_trader_path path, uint32_t queue_ticks, struct path_result *result)
{
    struct ts_ema_cross cross;
    struct ts_trader_options options = fixture_options(&cross, path);
    options.queue_ticks = queue_ticks;
    options.trades = result->trades;
    options.trades_room = 512;
    options.fee_rate = 0.0004;
    struct ts_feed *feed = fixture_feed(ticks, TICKS, 0, 1);
    struct ts_trader *trader = fixture_start(&options, feed);
    fixture_finish(trader);
    result->report = fixture_stop(trader);
    ts_trader_destroy(trader);
    ts_tape_feed_destroy(feed);
}

Test(trader, the_same_tape_makes_the_same_trades_on_both_paths)
{
    static struct path_result polling, direct, narrow;
    trade_tape(TS_PATH_POLLING, 4096, &polling);
    trade_tape(TS_PATH_POLLING, 7, &narrow);
    trade_tape(TS_PATH_DIRECT, 4096, &direct);
    cr_assert_gt(polling.report.trades_listed, 200);
    cr_assert_eq(polling.report.trades_digest, direct.report.trades_digest);
    cr_assert_eq(polling.report.trades_digest, narrow.report.trades_digest);
    for (size_t i = 0; i < direct.report.trades_listed; i++) {
        const struct ts_trade *a = &polling.trades[i], *b = &direct.trades[i];
        cr_assert(a->number == b->number && a->sequence == b->sequence && a->price == b->price &&
                      a->buys == b->buys && a->reason == b->reason && a->profit == b->profit,
                  "trade %zu", i);
    }
    cr_assert_eq(polling.report.stats.direct, 0);
    cr_assert_eq(direct.report.stats.direct, TICKS);
    cr_assert_eq(direct.report.stats.handled, TICKS);
    double sum = 0;
    for (size_t i = 0; i < direct.report.trades_listed; i++) {
        sum += direct.trades[i].profit;
    }
    cr_assert_float_eq(direct.report.stats.realised, sum, 1e-9);
}

static ts_err buy_at_once(struct fixture_script *script, uint64_t sequence, enum ts_signal *signal)
{
    (void)script;
    *signal = sequence == 1 ? TS_SIGNAL_BUY : TS_SIGNAL_HOLD;
    return TS_OK;
}

static struct ts_trader_report run_script(struct fixture_script *script, enum ts_trader_path path,
                                          struct ts_feed *feed)
{
    struct ts_ema_cross cross;
    struct ts_trader_options options = fixture_options(&cross, path);
    options.strategy = fixture_script_strategy(script);
    options.nan_streak_most = 3;
    options.errors_most = 4;
    cr_assert_eq(ts_trader_create(&options, &script->trader, NULL), TS_OK);
    cr_assert_eq(ts_trader_start(script->trader, feed, NULL), TS_OK);
    fixture_finish(script->trader);
    struct ts_trader_report report = fixture_stop(script->trader);
    ts_trader_destroy(script->trader);
    ts_tape_feed_destroy(feed);
    return report;
}

Test(trader, what_is_open_at_the_stop_is_closed_by_it)
{
    for (int path = 0; path < TS_PATH_COUNT; path++) {
        struct fixture_script script = {.answer = buy_at_once};
        struct ts_trader_report report =
            run_script(&script, (enum ts_trader_path)path, fixture_feed(ticks, 50, 0, 1));
        cr_assert_eq(report.stats.opened, 1);
        cr_assert_eq(report.closed_for[TS_CLOSE_STOP], 1);
        cr_assert_eq(report.stats.end, TS_TRADER_STOPPED);
        cr_assert_float_eq(report.stats.realised, fixture_price(49) - fixture_price(0), 1e-9);
    }
}

Test(trader, a_streak_without_a_price_closes_the_position_and_is_told_once)
{
    for (int path = 0; path < TS_PATH_COUNT; path++) {
        struct fixture_script script = {.answer = buy_at_once};
        fixture_ticks(ticks, 50, 0);
        ticks[10].price = NAN; /* alone */
        ticks[20].price = NAN;
        ticks[21].price = INFINITY;
        ticks[22].price = 0;
        ticks[23].price = -1;
        struct ts_trader_report report =
            run_script(&script, (enum ts_trader_path)path, fixture_feed(ticks, 50, 0, 1));
        cr_assert_eq(report.stats.nan_ticks, 5);
        cr_assert_eq(report.stats.nan_streaks, 1);
        cr_assert_eq(report.stats.nan_longest, 4);
        cr_assert_eq(report.stats.handled, 45);
        cr_assert_eq(script.resets, 1);
        cr_assert_eq(report.closed_for[TS_CLOSE_BLIND], 1);
        cr_assert_float_eq(report.stats.realised, fixture_price(19) - fixture_price(0), 1e-9);
    }
}

static ts_err fail_now_and_then(struct fixture_script *script, uint64_t sequence, enum ts_signal *signal)
{
    (void)script;
    *signal = sequence == 1 ? TS_SIGNAL_BUY : TS_SIGNAL_HOLD;
    if (sequence == 8) {
        *signal = (enum ts_signal)77;
    }
    return sequence == 5 || sequence >= 20 ? TS_IO : TS_OK;
}

Test(trader, errors_of_the_strategy_close_the_position_and_in_a_row_the_desk)
{
    for (int path = 0; path < TS_PATH_COUNT; path++) {
        struct fixture_script script = {.answer = fail_now_and_then};
        struct ts_trader_report report =
            run_script(&script, (enum ts_trader_path)path, fixture_feed(ticks, 50, 0, 1));
        cr_assert_eq(report.stats.errors, 2 + 4);
        cr_assert_eq(report.closed_for[TS_CLOSE_ERROR], 1);
        cr_assert_eq(report.stats.end, TS_TRADER_ERRORS);
        cr_assert_eq(report.stats.discarded, 50 - 23);
        cr_assert_eq(script.calls, 23);
        cr_assert_eq(script.resets, 6);
    }
}

static ts_err stop_from_inside(struct fixture_script *script, uint64_t sequence, enum ts_signal *signal)
{
    *signal = sequence == 1 ? TS_SIGNAL_BUY : TS_SIGNAL_HOLD;
    if (sequence == 7) {
        script->noted = ts_trader_stop(script->trader, NULL);
        ts_trader_halt(script->trader);
        ts_trader_set_path(script->trader, TS_PATH_DIRECT);
        cr_assert_eq(ts_trader_stats(script->trader).end, TS_TRADER_HALTED);
    }
    return TS_OK;
}

Test(trader, a_callback_may_halt_it_and_not_stop_it)
{
    for (int path = 0; path < TS_PATH_COUNT; path++) {
        struct fixture_script script = {.answer = stop_from_inside};
        struct ts_trader_report report =
            run_script(&script, (enum ts_trader_path)path, fixture_feed(ticks, 50, 0, 1));
        cr_assert_eq(script.noted, TS_DEADLOCK);
        cr_assert_eq(report.stats.end, TS_TRADER_HALTED);
        cr_assert_eq(report.stats.handled, 6);
        cr_assert_eq(script.calls, 7);
    }
}

Test(trader, a_feed_that_gives_up_closes_the_desk)
{
    struct fixture_script script = {.answer = buy_at_once};
    struct ts_feed *feed = NULL;
    struct ts_tape_feed_options options = {
        .ticks = ticks, .count = 50, .passes = 0, .reconnect_every = 20, .connects_most = 3};
    cr_assert_eq(ts_tape_feed_create(&options, &feed, NULL), TS_OK);
    struct ts_trader_report report = run_script(&script, TS_PATH_DIRECT, feed);
    cr_assert_eq(report.stats.end, TS_TRADER_FEED_FAILED);
    cr_assert_eq(report.closed_for[TS_CLOSE_FEED], 1);
    cr_assert_eq(report.stats.handled, 60);
}

static ts_err be_slow(struct fixture_script *script, uint64_t sequence, enum ts_signal *signal)
{
    (void)script;
    if (sequence == 3) {
        ts_sleep_ns(3 * TS_NS_PER_MS);
    }
    *signal = TS_SIGNAL_HOLD;
    return TS_OK;
}

Test(trader, a_slow_strategy_is_counted)
{
    struct ts_ema_cross cross;
    struct fixture_script script = {.answer = be_slow};
    struct ts_trader_options options = fixture_options(&cross, TS_PATH_DIRECT);
    options.strategy = fixture_script_strategy(&script);
    options.budget_ns = 2 * TS_NS_PER_MS;
    struct ts_feed *feed = fixture_feed(ticks, 10, 0, 1);
    struct ts_trader *trader = fixture_start(&options, feed);
    fixture_finish(trader);
    struct ts_trader_report report = fixture_stop(trader);
    cr_assert_geq(report.stats.overruns, 1);
    cr_assert_geq(report.stats.slowest_ns, 3 * TS_NS_PER_MS);
    ts_trader_destroy(trader);
    ts_tape_feed_destroy(feed);
}

Test(trader, a_full_queue_drops_and_counts)
{
    struct ts_ema_cross cross;
    struct ts_trader_options options = fixture_options(&cross, TS_PATH_POLLING);
    options.full = TS_TRADER_FULL_DROPS;
    options.queue_ticks = 16;
    options.poll_ns = 20 * TS_NS_PER_MS;
    struct ts_feed *feed = fixture_feed(ticks, TICKS, 0, 1);
    struct ts_trader *trader = fixture_start(&options, feed);
    fixture_finish(trader);
    struct ts_trader_report report = fixture_stop(trader);
    cr_assert_gt(report.stats.dropped, 0);
    cr_assert_geq(report.stats.handled, 16);
    cr_assert_eq(report.stats.ticks_in, TICKS);
    ts_trader_destroy(trader);
    ts_tape_feed_destroy(feed);
}

Test(trader, what_was_never_started_cannot_be_stopped_and_is_destroyed)
{
    struct ts_ema_cross cross;
    struct ts_trader_options options = fixture_options(&cross, TS_PATH_DIRECT);
    struct ts_trader *trader = NULL;
    cr_assert_eq(ts_trader_create(&options, &trader, NULL), TS_OK);
    cr_assert_eq(ts_trader_stop(trader, NULL), TS_INVALID);
    ts_trader_destroy(trader);
    ts_trader_destroy(NULL);
}

static ts_err refuse(struct ts_feed *feed, const struct ts_feed_sink *sink, struct ts_diag *diag)
{
    (void)feed;
    (void)sink;
    return ts_fail(diag, TS_ENVIRONMENT, "start feed", "test", "no network");
}

Test(trader, a_feed_that_does_not_start_leaves_a_trader_that_may_try_again)
{
    struct ts_ema_cross cross;
    struct ts_trader_options options = fixture_options(&cross, TS_PATH_DIRECT);
    struct ts_trader *trader = NULL;
    struct ts_feed dead = {.start = refuse};
    struct ts_diag diag;
    cr_assert_eq(ts_trader_create(&options, &trader, NULL), TS_OK);
    cr_assert_eq(ts_trader_start(trader, &dead, &diag), TS_ENVIRONMENT);
    cr_assert_eq(ts_trader_stop(trader, NULL), TS_INVALID);
    struct ts_feed *feed = fixture_feed(ticks, TICKS, 0, 1);
    cr_assert_eq(ts_trader_start(trader, feed, NULL), TS_OK);
    cr_assert_eq(ts_trader_start(trader, feed, &diag), TS_INVALID);
    fixture_finish(trader);
    cr_assert_eq(fixture_stop(trader).stats.handled, TICKS);
    ts_trader_destroy(trader);
    ts_tape_feed_destroy(feed);
}

Test(trader, the_report_tells_that_its_own_line_found_a_full_disk)
{
    struct ts_ema_cross cross;
    struct ts_trader_options options = fixture_options(&cross, TS_PATH_DIRECT);
    options.beat_ns = 3600 * TS_NS_PER_S; /* no line is written before stop */
    options.journal_file = open("/dev/full", O_WRONLY | O_CLOEXEC);
    if (options.journal_file < 0) {
        cr_skip_test("no /dev/full here");
    }
    struct ts_feed *feed = fixture_feed(ticks, TICKS, 0, 1);
    struct ts_trader *trader = fixture_start(&options, feed);
    fixture_finish(trader);
    struct ts_trader_report report = fixture_stop(trader);
    cr_assert(report.journal_lines > 0 && report.journal_failures == 1);
    ts_trader_destroy(trader);
    ts_tape_feed_destroy(feed);
    close(options.journal_file);
}
