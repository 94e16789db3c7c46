/* Numbers that no exchange should say, and large gaps that it may: scripts (session_script.h). */
#include "trader/feed/session_script.h"

#define BOGUS (INT64_MAX - 7)

TestSuite(session_numbers, .fini = fini);

Test(session_numbers, a_bogus_trade_costs_itself_alone)
{
    begin(options_of());
    go_live();
    RUN({50, TRADE, 7, 0, 0, "trade!"}, {51, TRADE, BOGUS, 0, 0, ""}, {52, TRADE, 8, 0, 0, "trade"},
        {53, TRADE, 9, 0, 0, "trade"});
    cr_assert(COUNT(trades_astray) == 1 && COUNT(trades_repeated) == 0 && COUNT(trades_lost) == 0);
}

Test(session_numbers, nor_does_it_outlive_its_connection)
{
    begin(options_of());
    go_live();
    RUN({50, TRADE, 7, 0, 0, "trade!"}, {51, TRADE, BOGUS, 0, 0, ""}, {60, CLOSED, 0, 0, 0, "=waiting"},
        {200, TIMER, 0, 0, 0, NULL}, {210, OPENED, 0, 0, 0, NULL}, {220, TRADE, 10, 0, 0, "trade!"},
        {230, TRADE, 11, 0, 0, "trade"});
    cr_assert(COUNT(trades_astray) == 1 && COUNT(trades_repeated) == 0 && COUNT(trades_lost) == 2);
}

Test(session_numbers, one_that_is_the_first_of_all_is_found_out)
{
    begin(options_of());
    go_live();
    RUN({50, TRADE, BOGUS, 0, 0, "trade!"}, {60, CLOSED, 0, 0, 0, "=waiting"}, {200, TIMER, 0, 0, 0, NULL},
        {210, OPENED, 0, 0, 0, NULL}, {220, TRADE, 7, 0, 0, ""}, {230, TRADE, 8, 0, 0, "trade!"},
        {240, TRADE, 9, 0, 0, "trade"});
    cr_assert(COUNT(trades_astray) == 1 && COUNT(trades_repeated) == 0 && COUNT(trades_lost) == 0);
}

Test(session_numbers, a_small_leap_that_the_stream_contradicts_is_taken_back)
{
    begin(options_of());
    go_live();
    RUN({50, TRADE, 7, 0, 0, "trade!"}, {51, TRADE, 107, 0, 0, "trade!"}, {52, TRADE, 8, 0, 0, ""},
        {53, TRADE, 9, 0, 0, "trade!"}, {54, TRADE, 10, 0, 0, "trade"});
    cr_assert(COUNT(trades_astray) == 1 && COUNT(trades_repeated) == 0 && COUNT(trades_lost) == 1);
}

Test(session_numbers, an_outage_of_days_costs_one_trade)
{
    begin(options_of());
    go_live();
    RUN({50, TRADE, 7, 0, 0, "trade!"}, {60, CLOSED, 0, 0, 0, "=waiting"}, {200, TIMER, 0, 0, 0, NULL},
        {210, OPENED, 0, 0, 0, NULL}, {220, TRADE, 5000000, 0, 0, ""}, {230, TRADE, 5000001, 0, 0, "trade!"},
        {240, TRADE, 5000002, 0, 0, "trade"});
    cr_assert(COUNT(trades_astray) == 1 && COUNT(trades_lost) == 5000001 - 8);
}

/* From update 105 on. */
static void check_bogus_diff(void)
{
    begin(options_of());
    go_live();
    RUN({50, DIFF, 106, BOGUS, 105, "depth"}, {60, DIFF, 107, 108, 106, "=syncing ask"},
        {70, SNAPSHOT, 107, 0, 0, "=live depth"}, {80, DIFF, 109, 110, 108, "depth"});
    cr_assert(COUNT(gaps) == 1 && COUNT(diffs_stale) == 1, "the one of go_live");
}

Test(session_numbers, a_bogus_diff_costs_a_snapshot)
{
    check_bogus_diff();
}

Test(session_numbers, a_bogus_diff_of_futures_too)
{
    futures = true;
    check_bogus_diff();
}

Test(session_numbers, a_bogus_diff_among_those_that_wait_is_dropped)
{
    begin(options_of());
    RUN({0, START, 0, 0, 0, NULL}, {10, OPENED, 0, 0, 0, NULL}, {20, DIFF, BOGUS, BOGUS, 0, "ask"},
        {30, DIFF, 100, 101, 0, ""}, {40, DIFF, 102, 103, 0, ""}, {50, SNAPSHOT, 101, 0, 0, "=live depth"});
    cr_assert(COUNT(diffs_dropped) == 1 && COUNT(diffs_stale) == 1 && COUNT(diffs_applied) == 1);
}

Test(session_numbers, a_snapshot_that_the_stream_does_not_reach_is_asked_for_again)
{
    begin(options_of());
    RUN({0, START, 0, 0, 0, NULL}, {10, OPENED, 0, 0, 0, NULL}, {20, DIFF, 95, 99, 0, "ask"},
        {40, SNAPSHOT, BOGUS, 0, 0, "=live depth"});
    for (int64_t id = 100; id < 140; id++) { /* many, and too soon */
        run_step(&(struct step){50, DIFF, id, id, 0, NULL});
        cr_assert_str_eq(done, "");
    }
    RUN({539, DIFF, 140, 140, 0, ""}, {540, DIFF, 141, 141, 0, "=syncing ask"},
        {550, SNAPSHOT, 141, 0, 0, "=live depth"}, {560, DIFF, 142, 143, 0, "depth"});
    cr_assert(COUNT(gaps) == 1 && COUNT(snapshots_used) == 2);
}

Test(session_numbers, a_few_diffs_that_a_snapshot_holds_may_come_at_any_time)
{
    begin(options_of());
    RUN({0, START, 0, 0, 0, NULL}, {10, OPENED, 0, 0, 0, NULL}, {20, DIFF, 95, 99, 0, "ask"},
        {40, SNAPSHOT, 131, 0, 0, "=live depth"});
    for (int64_t id = 100; id <= 131; id++) {
        run_step(&(struct step){4000, DIFF, id, id, 0, NULL});
        cr_assert_str_eq(done, "");
    }
    RUN({4010, DIFF, 132, 133, 0, "depth"});
    cr_assert_eq(COUNT(gaps), 0);
}
