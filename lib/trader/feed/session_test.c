/* What the session does about connections, the book and trades: scripts (session_script.h). */
#include "trader/feed/session_script.h"

TestSuite(session, .fini = fini);

Test(session, diffs_wait_for_the_snapshot_and_are_applied_to_it)
{
    begin(options_of());
    go_live();
    cr_assert(COUNT(diffs) == 2 && COUNT(diffs_stale) == 1 && COUNT(diffs_applied) == 1);
    RUN({50, DIFF, 106, 107, 105, "depth"}, {60, DIFF, 106, 107, 105, ""}, {70, TICKER, 0, 0, 0, "ticker"},
        {80, TRADE, 1, 0, 0, "trade!"});
    cr_assert(COUNT(diffs_stale) == 2 && COUNT(gaps) == 0 && COUNT(snapshots_used) == 1);
    cr_assert(COUNT(ticks)[TS_SESSION_DEPTH] == 2 && COUNT(ticks)[TS_SESSION_TICKER] == 1);
}

static void check_gap(void)
{
    begin(options_of());
    go_live();
    RUN({50, DIFF, 108, 110, 107, "=syncing ask"}, {60, DIFF, 111, 112, 110, ""},
        {70, TICKER, 0, 0, 0, "ticker"}, {80, SNAPSHOT, 111, 0, 0, "=live depth"},
        {90, DIFF, 113, 114, 112, "depth"});
    cr_assert(COUNT(gaps) == 1 && COUNT(snapshots_used) == 2 && COUNT(opened) == 1);
}

Test(session, a_gap_needs_a_new_snapshot_not_a_new_connection)
{
    check_gap();
}

Test(session, a_gap_of_futures_shows_by_the_update_that_a_diff_follows)
{
    futures = true;
    check_gap();
}

Test(session, ids_of_futures_may_skip)
{
    futures = true;
    begin(options_of());
    go_live();
    RUN({50, DIFF, 190, 200, 105, "depth"});
    cr_assert_eq(COUNT(gaps), 0);
}

Test(session, a_snapshot_older_than_the_first_diff_is_asked_for_again)
{
    begin(options_of());
    RUN({0, START, 0, 0, 0, NULL}, {10, OPENED, 0, 0, 0, NULL}, {20, DIFF, 95, 99, 0, "ask"},
        {40, SNAPSHOT, 90, 0, 0, ""}, {50, DIFF, 100, 101, 0, ""}, {519, TIMER, 0, 0, 0, ""},
        {520, TIMER, 0, 0, 0, "ask"}, {530, SNAPSHOT, 99, 0, 0, "=live depth"});
    cr_assert(COUNT(snapshots_old) == 1 && COUNT(diffs_applied) == 1 && COUNT(diffs_stale) == 1);
}

Test(session, a_hole_among_the_diffs_that_wait_is_found_at_the_snapshot)
{
    begin(options_of());
    RUN({0, START, 0, 0, 0, NULL}, {10, OPENED, 0, 0, 0, NULL}, {20, DIFF, 95, 99, 0, "ask"},
        {30, DIFF, 103, 104, 0, ""}, {40, SNAPSHOT, 97, 0, 0, ""}, {520, TIMER, 0, 0, 0, "ask"},
        {530, SNAPSHOT, 103, 0, 0, "=live depth"});
    cr_assert_eq(COUNT(snapshots_old), 1);
}

Test(session, a_snapshot_that_is_refused_or_garbage_or_late_is_asked_for_again)
{
    begin(options_of());
    RUN({0, START, 0, 0, 0, NULL}, {10, OPENED, 0, 0, 0, NULL}, {20, DIFF, 95, 99, 0, "ask"},
        {30, NO_SNAPSHOT, 0, 0, 0, ""}, {520, TIMER, 0, 0, 0, "ask"}, {1020, TIMER, 0, 0, 0, "ask"},
        {1030, SNAPSHOT, 99, 0, 0, "=live depth"}, {1040, SNAPSHOT, 99, 0, 0, ""});
    cr_assert(COUNT(snapshots_refused) == 2 && COUNT(snapshots_asked) == 3 && COUNT(snapshots_used) == 1);
}

Test(session, a_market_without_a_diff_is_live_by_its_snapshot)
{
    begin(options_of());
    RUN({0, START, 0, 0, 0, NULL}, {10, OPENED, 0, 0, 0, "=syncing"}, {509, TIMER, 0, 0, 0, ""},
        {510, TIMER, 0, 0, 0, "ask"}, {520, SNAPSHOT, 9, 0, 0, NULL}, {530, DIFF, 10, 11, 9, "depth"});
    cr_assert_eq(COUNT(gaps), 0);
}

Test(session, too_many_waiting_diffs_are_dropped_and_counted)
{
    begin(options_of());
    RUN({0, START, 0, 0, 0, NULL}, {10, OPENED, 0, 0, 0, NULL}, {20, DIFF, 1, 1, 0, "ask"},
        {21, DIFF, 2, 2, 0, ""}, {22, DIFF, 3, 3, 0, ""}, {23, DIFF, 4, 4, 0, ""}, {24, DIFF, 5, 5, 0, ""},
        {30, SNAPSHOT, 3, 0, 0, ""}, {520, TIMER, 0, 0, 0, "ask"}, {530, SNAPSHOT, 5, 0, 0, "=live depth"});
    cr_assert(COUNT(diffs_dropped) == 4 && COUNT(diffs) == 5);
}

Test(session, after_a_disconnect_nothing_of_before_is_used)
{
    begin(options_of());
    go_live();
    RUN({50, CLOSED, 0, 0, 0, "=waiting"});
    int64_t retry_ms = ts_session_due_ns(session) / TS_NS_PER_MS;
    cr_assert(retry_ms >= 100 && retry_ms <= 150, "%" PRId64, retry_ms);
    RUN({150, TIMER, 0, 0, 0, "=connecting connect"}, {160, OLD, 0, 0, 0, ""},
        {170, OPENED, 0, 0, 0, "=syncing"}, {180, OLD, 0, 0, 0, ""}, {190, DIFF, 106, 107, 105, "ask"},
        {200, SNAPSHOT, 106, 0, 0, "=live depth"});
    cr_assert(COUNT(ended)[TS_SESSION_END_PEER] == 1 && COUNT(opened) == 2 && COUNT(times_live) == 2);
    cr_assert_str_eq(ts_session_complaint(session), "why");
}

Test(session, what_waited_when_the_connection_ended_is_dropped)
{
    begin(options_of());
    RUN({0, START, 0, 0, 0, NULL}, {10, OPENED, 0, 0, 0, NULL}, {20, DIFF, 95, 99, 0, "ask"},
        {30, CLOSED, 0, 0, 0, "=waiting"}, {200, TIMER, 0, 0, 0, NULL}, {210, OPENED, 0, 0, 0, "=syncing"},
        {220, SNAPSHOT, 99, 0, 0, ""}, {230, DIFF, 300, 301, 0, "ask"},
        {240, SNAPSHOT, 301, 0, 0, "=live depth"});
    cr_assert(COUNT(diffs_dropped) == 1 && COUNT(diffs_stale) == 1);
}

/* The delays until attempt 2, 3, ...; each attempt is refused at once. */
static void delays_of(struct ts_session_options options, int64_t *delays_ms, size_t count)
{
    int64_t now_ms = 0;
    begin(options);
    run_step(&(struct step){0, START, 0, 0, 0, NULL});
    for (size_t i = 0; i < count; i++) {
        run_step(&(struct step){now_ms, CLOSED, 0, 0, 0, NULL});
        delays_ms[i] = (ts_session_due_ns(session) - now_ms * TS_NS_PER_MS) / TS_NS_PER_MS;
        now_ms += delays_ms[i] + 1;
        run_step(&(struct step){now_ms, TIMER, 0, 0, 0, NULL});
        cr_assert_str_eq(done, "=connecting connect");
    }
}

Test(session, the_back_off_doubles_to_its_bound_with_jitter_of_the_seed)
{
    static const int64_t base_ms[] = {100, 200, 400, 800, 800, 800};
    int64_t first[6], again[6], other[6];
    struct ts_session_options options = options_of();
    delays_of(options, first, 6);
    ts_session_destroy(session);
    delays_of(options, again, 6);
    ts_session_destroy(session);
    options.seed++;
    delays_of(options, other, 6);
    for (int i = 0; i < 6; i++) {
        cr_assert(first[i] >= base_ms[i] / 2 - 1 && first[i] <= base_ms[i], "%d: %" PRId64, i, first[i]);
        cr_assert_eq(first[i], again[i]);
    }
    cr_assert(memcmp(first, other, sizeof first) != 0);
}

Test(session, only_a_stable_connection_ends_the_back_off)
{
    begin(options_of());
    RUN({0, START, 0, 0, 0, NULL}, {1, CLOSED, 0, 0, 0, NULL}, {200, TIMER, 0, 0, 0, NULL},
        {201, CLOSED, 0, 0, 0, NULL}, {500, TIMER, 0, 0, 0, NULL}, {510, OPENED, 0, 0, 0, NULL},
        {520, DIFF, 1, 1, 0, NULL}, {530, SNAPSHOT, 1, 0, 0, "=live depth"},
        {600, CLOSED, 0, 0, 0, "=waiting"});
    cr_assert(ts_session_due_ns(session) >= (600 + 200) * TS_NS_PER_MS, "a storm is met with patience");
    RUN({1400, TIMER, 0, 0, 0, NULL}, {1410, OPENED, 0, 0, 0, NULL}, {1420, DIFF, 1, 1, 0, NULL},
        {1430, SNAPSHOT, 1, 0, 0, "=live depth"}, {11500, HEARD, 0, 0, 0, ""},
        {11600, CLOSED, 0, 0, 0, "=waiting"});
    cr_assert(ts_session_due_ns(session) <= (11600 + 100) * TS_NS_PER_MS);
}

Test(session, out_of_attempts_it_fails_for_good)
{
    struct ts_session_options options = options_of();
    options.attempts_most = 2;
    begin(options);
    RUN({0, START, 0, 0, 0, NULL}, {1, CLOSED, 0, 0, 0, "=waiting"},
        {200, TIMER, 0, 0, 0, "=connecting connect"}, {1200, TIMER, 0, 0, 0, "close:timeout =failed"},
        {9000, TIMER, 0, 0, 0, ""}, {9001, STOP, 0, 0, 0, ""});
    cr_assert(COUNT(attempts) == 2 && COUNT(ended)[TS_SESSION_END_TIMEOUT] == 1);
}

Test(session, silence_is_pinged_and_then_given_up)
{
    begin(options_of());
    go_live();
    RUN({2039, TIMER, 0, 0, 0, ""}, {2040, TIMER, 0, 0, 0, "ping"}, {2100, HEARD, 0, 0, 0, ""},
        {4100, TIMER, 0, 0, 0, "ping"}, {6100, TIMER, 0, 0, 0, "ping"},
        {7100, TIMER, 0, 0, 0, "close:silence =waiting"});
    cr_assert(COUNT(pings) == 3 && COUNT(ended)[TS_SESSION_END_SILENCE] == 1);
}

Test(session, silence_counts_from_when_the_wire_heard_something)
{
    begin(options_of());
    go_live();
    /* A callback took four seconds; the frame came at its beginning. */
    RUN({4100, TICKER, 4000, 0, 0, "=syncing ticker"}, {5099, TIMER, 0, 0, 0, "ping"},
        {5100, TIMER, 0, 0, 0, "close:silence =waiting"});
}

Test(session, an_attempt_that_does_not_open_in_time_is_given_up)
{
    begin(options_of());
    RUN({0, START, 0, 0, 0, NULL}, {999, TIMER, 0, 0, 0, ""},
        {1000, TIMER, 0, 0, 0, "close:timeout =waiting"}, {1001, OPENED, 0, 0, 0, ""});
    cr_assert_eq(COUNT(opened), 0);
}

Test(session, a_malformed_frame_is_counted_and_a_row_of_them_is_not_borne)
{
    begin(options_of());
    go_live();
    RUN({50, GARBAGE, 0, 0, 0, ""}, {51, FOREIGN, 0, 0, 0, ""}, {52, TICKER, 0, 0, 0, "ticker"},
        {53, GARBAGE, 0, 0, 0, ""}, {54, GARBAGE, 0, 0, 0, ""},
        {55, GARBAGE, 0, 0, 0, "close:malformed =waiting"});
    cr_assert(COUNT(malformed) == 5 && COUNT(frames) == 8 && COUNT(ended)[TS_SESSION_END_MALFORMED] == 1);
    cr_assert(strstr(ts_session_complaint(session), "bad JSON") != NULL, "%s", ts_session_complaint(session));
}

Test(session, a_diff_of_the_other_market_is_malformed)
{
    begin(options_of());
    go_live();
    futures = true;
    RUN({50, DIFF, 106, 107, 105, ""});
    cr_assert_eq(COUNT(malformed), 1);
}

Test(session, a_diff_lost_as_garbage_shows_as_a_gap)
{
    begin(options_of());
    go_live();
    RUN({50, GARBAGE, 0, 0, 0, ""}, {60, DIFF, 108, 109, 0, "=syncing ask"});
    cr_assert(COUNT(malformed) == 1 && COUNT(gaps) == 1);
}

Test(session, old_frames_are_delivered_but_not_as_live)
{
    begin(options_of());
    go_live();
    RUN({1000, TICKER, 200, 0, 0, "ticker"}, {1300, TICKER, 201, 0, 0, "=syncing ticker"},
        {1310, TICKER, 150, 0, 0, "ticker"}, {1320, TICKER, 100, 0, 0, "=live ticker"});
    cr_assert(COUNT(late) == 1 && COUNT(lag_most_ns) == 201 * TS_NS_PER_MS);
}

Test(session, trades_that_are_missing_or_come_twice_show_by_their_numbers)
{
    begin(options_of());
    go_live();
    RUN({50, TRADE, 7, 0, 0, "trade!"}, {51, TRADE, 8, 0, 0, "trade"}, {52, TRADE, 8, 0, 0, ""},
        {53, TRADE, 11, 0, 0, "trade!"}, {54, TRADE, 12, 0, 0, "trade"}, {60, CLOSED, 0, 0, 0, "=waiting"},
        {200, TIMER, 0, 0, 0, NULL}, {210, OPENED, 0, 0, 0, NULL}, {220, TRADE, 13, 0, 0, "trade!"},
        {230, TRADE, 14, 0, 0, "trade"});
    cr_assert(COUNT(trades_lost) == 2 && COUNT(trades_repeated) == 1 && COUNT(ticks)[TS_SESSION_TRADE] == 6);
}

Test(session, an_overrun_wire_is_given_up_as_a_slow_reader)
{
    begin(options_of());
    go_live();
    RUN({50, OVERRUN, 0, 0, 0, "close:overrun =waiting"}, {200, TIMER, 0, 0, 0, "=connecting connect"});
    cr_assert_eq(COUNT(ended)[TS_SESSION_END_OVERRUN], 1);
}

Test(session, stop_closes_once_in_any_state)
{
    begin(options_of());
    RUN({0, START, 0, 0, 0, NULL}, {1, STOP, 0, 0, 0, "close:stopped =stopped"}, {2, STOP, 0, 0, 0, ""},
        {3, OPENED, 0, 0, 0, ""}, {4, START, 0, 0, 0, ""});
    cr_assert_eq(ts_session_due_ns(session), INT64_MAX);
    ts_session_destroy(session);
    begin(options_of());
    go_live();
    RUN({50, CLOSED, 0, 0, 0, NULL}, {60, STOP, 0, 0, 0, "=stopped"}, {900, TIMER, 0, 0, 0, ""});
}

Test(session, a_clock_that_jumped_ahead_and_back_delays_nothing)
{
    begin(options_of());
    go_live();
    RUN({3600000, TIMER, 0, 0, 0, "close:silence =waiting"}, {100, TIMER, 0, 0, 0, ""},
        {200, TIMER, 0, 0, 0, "=connecting connect"});
}

Test(session, without_depth_it_is_live_when_open)
{
    struct ts_session_options options = options_of();
    options.depth = false;
    begin(options);
    RUN({0, START, 0, 0, 0, NULL}, {10, OPENED, 0, 0, 0, "=live"}, {20, TICKER, 0, 0, 0, "ticker"});
    cr_assert_str_eq(ts_session_path(session), "/stream?streams=btcusdt@bookTicker/btcusdt@trade");
}

Test(session, options_and_paths)
{
    struct ts_session_options options = options_of();
    struct ts_diag diag;
    options.symbol = "BTC/USDT";
    cr_assert_eq(ts_session_create(&options, &session, &diag), TS_INVALID);
    options = options_of();
    options.silence_ns = options.ping_ns;
    cr_assert_eq(ts_session_create(&options, &session, &diag), TS_INVALID);
    options = ts_session_defaults("btcusdt", true);
    begin(options);
    cr_assert_str_eq(ts_session_path(session),
                     "/stream?streams=btcusdt@depth@100ms/btcusdt@bookTicker/btcusdt@trade");
    cr_assert_str_eq(ts_session_snapshot_path(session), "/fapi/v1/depth?symbol=BTCUSDT&limit=1000");
}
