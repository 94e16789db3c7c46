#include "tape/recording_fixture.h"

TestSuite(recording, .init = make_folder, .fini = remove_folder);

Test(recording, tickers_and_trades_are_copied_member_by_member)
{
    cr_assert_eq(convert(TRADE("100", "true") TRADE("101", "false")), TS_OK, "%s", diag.text);
    struct ts_source *source = open_ticks();
    struct ts_tick tick = next_of(source);
    const struct wingchun_trade *trade = &tick.data.trade;
    cr_assert(tick.receive_ns == 100 && tick.type == WINGCHUN_TRADE);
    cr_assert_str_eq(trade->symbol, "btcusdt");
    cr_assert_str_eq(trade->exchange_id, "binance");
    cr_assert(trade->instrument_type == WINGCHUN_FFUTURE && trade->trade_id == 77 &&
              trade->side == WINGCHUN_SELL);
    cr_assert(trade->price == 61800.30 && trade->volume == 0.006 &&
              trade->trade_time_ns == 1723161256322000000);
    tick = next_of(source);
    cr_assert(tick.receive_ns == 101 && tick.data.trade.side == WINGCHUN_BUY);
    ts_source_close(source);

    cr_assert_eq(convert(SPOT_TICKER("102", "2683.80")), TS_OK, "%s", diag.text);
    source = open_ticks();
    tick = next_of(source);
    const struct wingchun_ticker *ticker = &tick.data.ticker;
    cr_assert(tick.type == WINGCHUN_TICKER && ticker->instrument_type == WINGCHUN_SPOT);
    cr_assert_str_eq(ticker->source_id, "binance");
    cr_assert_str_eq(ticker->symbol, "ethusdt");
    cr_assert_eq(ticker->data_time_ns, 102, "spot tickers carry no time of their own");
    cr_assert(ticker->bid_price == 2683.80 && ticker->bid_volume == 1.5);
    cr_assert(ticker->ask_price == 2683.81 && ticker->ask_volume == 2.25);
    cr_assert(counts.lines == 1 && counts.book_tickers == 1 && counts.ticks.ticker == 1);
    cr_assert(counts.first_receive_ns == 102 && counts.last_receive_ns == 102);
    ts_source_close(source);
}

static void expect_depth(struct ts_source *source, int64_t receive_ns, double bid, double ask)
{
    struct ts_tick tick = next_of(source);
    cr_assert_eq(tick.type, WINGCHUN_DEPTH);
    cr_assert_eq(tick.receive_ns, receive_ns);
    double best_bid = tick.data.depth.bid_price[0];
    double best_ask = tick.data.depth.ask_price[0];
    cr_assert(best_bid == bid && best_ask == ask, "best %g / %g, expected %g / %g", best_bid, best_ask, bid,
              ask);
}

Test(recording, spot_diffs_up_to_the_snapshot_are_stale_and_later_ones_apply)
{
    const char *text = SPOT_DIFF("100", "1", "5", LEVEL("90", "1"), "") /* held by the snapshot */
        SPOT_DIFF("110", "6", "10", LEVEL("99.5", "1"), "")             /* ends with its id: held too */
        SPOT_DIFF("120", "9", "12", LEVEL("100.5", "1"), "") /* straddles it: waits, then applies */
        SNAPSHOT("130", "10", LEVEL("100", "2") "," LEVEL("99", "3"), LEVEL("101", "4") "," LEVEL("102", "5"))
            SPOT_DIFF("140", "13", "14", LEVEL("100.5", "0"),
                      LEVEL("101", "0.00000"))            /* deletes both bests */
        SPOT_DIFF("150", "13", "14", LEVEL("1", "1"), "") /* sent twice */
        SPOT_DIFF("160", "15", "15", "", "");
    cr_assert_eq(convert(text), TS_OK, "%s", diag.text);
    cr_assert(counts.lines == 7 && counts.depth_diffs == 6 && counts.snapshots == 1);
    cr_assert_eq(counts.depth_stale, 3);
    cr_assert_eq(counts.depth_applied, 3);
    cr_assert(counts.sequence_gaps == 0 && counts.crossed_books == 0);
    cr_assert(counts.ticks.depth == 4);
    struct ts_source *source = open_ticks();
    expect_depth(source, 130, 100, 101);
    expect_depth(source, 130, 100.5, 101); /* known with the snapshot, not before */
    struct ts_tick tick = next_of(source);
    const struct wingchun_depth *depth = &tick.data.depth;
    cr_assert_eq(tick.receive_ns, 140);
    cr_assert_eq(depth->data_time_ns, 1723161255308000000);
    cr_assert_eq(depth->instrument_type, WINGCHUN_SPOT);
    cr_assert_str_eq(depth->symbol, "ethusdt");
    cr_assert(depth->bid_price[0] == 100 && depth->bid_volume[0] == 2);
    cr_assert(depth->bid_price[1] == 99 && depth->bid_volume[1] == 3 && depth->bid_price[2] == 0);
    cr_assert(depth->ask_price[0] == 102 && depth->ask_volume[0] == 5 && depth->ask_price[1] == 0);
    expect_depth(source, 160, 100, 102);
    ts_source_close(source);
}

Test(recording, futures_diffs_follow_pu_and_the_one_that_ends_with_the_snapshot_applies)
{
    const char *text = FUTURES_DIFF("100", "3", "9", "2", LEVEL("90", "1"), "")
        FUTURES_DIFF("110", "12", "20", "9", LEVEL("99.5", "1"), "")
            SNAPSHOT("130", "20", LEVEL("99", "2"), LEVEL("101", "4"))
                FUTURES_DIFF("140", "25", "30", "20", LEVEL("100", "1"), "") /* ids skip; pu tells */
        FUTURES_DIFF("150", "31", "40", "30", "", LEVEL("100.5", "1"));
    cr_assert_eq(convert(text), TS_OK, "%s", diag.text);
    cr_assert(counts.depth_stale == 1 && counts.depth_applied == 3 && counts.sequence_gaps == 0);
    struct ts_source *source = open_ticks();
    expect_depth(source, 130, 99, 101);
    expect_depth(source, 130, 99.5, 101);
    expect_depth(source, 140, 100, 101);
    struct ts_tick tick = next_of(source);
    cr_assert_eq(tick.data.depth.instrument_type, WINGCHUN_FFUTURE);
    ts_source_close(source);
}

Test(recording, gaps_and_crossed_books_are_counted_not_hidden)
{
    cr_assert_eq(convert(SPOT_DIFF("100", "1", "5", "", "")
                             SNAPSHOT("130", "10", LEVEL("99", "2"), LEVEL("101", "4"))
                                 SPOT_DIFF("140", "12", "13", "", "")          /* 11 is missing */
                         SPOT_DIFF("150", "14", "14", LEVEL("101", "1"), "")   /* crosses */
                         SPOT_DIFF("160", "16", "17", LEVEL("101", "0"), "")), /* 15 is missing */
                 TS_OK);
    cr_assert_eq(counts.sequence_gaps, 2);
    cr_assert_eq(counts.crossed_books, 1);
    cr_assert_eq(convert(FUTURES_DIFF("100", "1", "5", "0", "", "") SNAPSHOT("130", "10", "", "")
                             FUTURES_DIFF("140", "12", "13", "11", "", "")
                                 FUTURES_DIFF("150", "14", "15", "13", "", "")
                                     FUTURES_DIFF("160", "16", "17", "14", "", "")),
                 TS_OK);
    cr_assert_eq(counts.sequence_gaps, 2);
    cr_assert_eq(counts.crossed_books, 0);
}

Test(recording, a_later_snapshot_replaces_the_book_unless_the_book_is_newer)
{
    cr_assert_eq(convert(SPOT_DIFF("100", "1", "5", "", "")
                             SNAPSHOT("110", "10", LEVEL("99", "2"), LEVEL("101", "4"))
                                 SPOT_DIFF("120", "11", "15", LEVEL("98", "1"), "")
                                     SNAPSHOT("130", "14", LEVEL("50", "2"), LEVEL("60", "4"))
                                         SNAPSHOT("140", "20", LEVEL("70", "2"), LEVEL("80", "4"))
                                             SPOT_DIFF("150", "16", "20", LEVEL("71", "1"), "")
                                                 SPOT_DIFF("160", "21", "22", LEVEL("72", "1"), "")),
                 TS_OK);
    cr_assert(counts.snapshots == 3 && counts.ticks.depth == 4 && counts.depth_stale == 2 &&
              counts.sequence_gaps == 0);
    struct ts_source *source = open_ticks();
    expect_depth(source, 110, 99, 101);
    expect_depth(source, 120, 99, 101);
    expect_depth(source, 140, 70, 80);
    expect_depth(source, 160, 72, 80);
    ts_source_close(source);
}

Test(recording, diffs_without_a_snapshot_are_stale)
{
    cr_assert_eq(convert(SPOT_DIFF("100", "1", "5", "", "") SPOT_TICKER("120", "1")), TS_OK);
    cr_assert(counts.depth_diffs == 1 && counts.depth_stale == 1 && counts.ticks.depth == 0);
    unlink(in_folder("a.ticks"));
    cr_assert_eq(convert(SPOT_DIFF("100", "1", "5", "", "")), TS_MALFORMED);
    cr_assert_not_null(strstr(diag.text, "yields no tick"));
    cr_assert_eq(count_files(0), 1, "only the recording is there");
}

Test(recording, a_symbol_of_32_characters_fills_its_field)
{
    cr_assert_eq(
        convert("100 {\"stream\":\"x@bookTicker\",\"data\":{\"s\":\"ABCDEFGHIJKLMNOPQRSTUVWXYZ012345\","
                "\"b\":\"1\",\"B\":\"1\",\"a\":\"2\",\"A\":\"1\"}}\n"),
        TS_OK, "%s", diag.text);
    struct ts_source *source = open_ticks();
    struct ts_tick tick = next_of(source);
    cr_assert_arr_eq(tick.data.ticker.symbol, "abcdefghijklmnopqrstuvwxyz012345", 32);
    ts_source_close(source);
}

Test(recording, lines_of_any_length_and_a_last_one_without_newline_are_read)
{
    enum { LEVELS = 60000 };
    char *text = malloc((size_t)(LEVELS + 40) * 32);
    size_t length =
        (size_t)sprintf(text, "%s100 {\"lastUpdateId\":10,\"bids\":[", SPOT_DIFF("100", "1", "5", "", ""));
    for (int i = 1; i <= LEVELS; i++) {
        length += (size_t)sprintf(text + length, "%s[\"%d.00\",\"1.000\"]", i > 1 ? "," : "", i);
    }
    length += (size_t)sprintf(text + length, "],\"asks\":[]}");
    cr_assert_gt(length, 1000000);
    write_gz("long.gz", text, length);
    free(text);
    cr_assert_eq(convert_file("long.gz", true), TS_OK, "%s", diag.text);
    cr_assert_eq(counts.lines, 2);
    struct ts_source *source = open_ticks();
    expect_depth(source, 100, LEVELS, 0);
    ts_source_close(source);
}

static void note_progress(uint64_t read_bytes, uint64_t total_bytes, void *user_data)
{
    uint64_t *last = user_data;
    cr_assert(read_bytes >= *last && read_bytes <= total_bytes);
    *last = read_bytes;
}

/* The counts that PROVENANCE.md states for the two recordings. */
static void check_recording(const char *name, const struct ts_recording_counts *expected)
{
    char path[512];
    const char *tapes = getenv("TICKSTORM_TAPES");
    snprintf(path, sizeof path, "%s/%s", tapes != NULL ? tapes : TS_TAPES_DEFAULT, name);
    if (access(path, R_OK) != 0) {
        cr_skip_test("%s is not there: set TICKSTORM_TAPES to the folder of the recordings", path);
    }
    uint64_t read_bytes = 0;
    ts_err err = ts_recording_convert(path, in_folder("a.ticks"), &counts, note_progress, &read_bytes, &diag);
    cr_assert_eq(err, TS_OK, "%s", diag.text);
    cr_assert_gt(read_bytes, 1000000);
    cr_assert_eq(counts.lines, expected->lines);
    cr_assert_eq(counts.depth_diffs, expected->depth_diffs);
    cr_assert_eq(counts.book_tickers, expected->book_tickers);
    cr_assert_eq(counts.trades, expected->trades);
    cr_assert_eq(counts.snapshots, 1);
    cr_assert_eq(counts.depth_stale + counts.depth_applied, counts.depth_diffs);
    cr_assert_lt(counts.depth_stale, 20);
    cr_assert_eq(counts.sequence_gaps, 0);
    cr_assert_eq(counts.crossed_books, 0);
    cr_assert_eq(counts.ticks.depth, counts.depth_applied + 1);
    cr_assert(counts.ticks.ticker == counts.book_tickers && counts.ticks.trade == counts.trades);
    struct ts_source *source = open_ticks();
    struct ts_tick tick;
    int64_t last_ns = 0;
    while (ts_source_next(source, &tick) == TS_OK) {
        cr_assert_geq(tick.receive_ns, last_ns);
        last_ns = tick.receive_ns;
    }
    cr_assert_eq(last_ns, counts.last_receive_ns);
    struct ts_tick_counts played = ts_source_counts(source);
    cr_assert_eq(memcmp(&played, &counts.ticks, sizeof played), 0);
    ts_source_close(source);
}

Test(recording, the_recorded_future_converts_whole)
{
    static const struct ts_recording_counts expected = {
        .lines = 93954, .depth_diffs = 6551, .book_tickers = 66089, .trades = 21313};
    check_recording("usdm_btcusdt_20240808.gz", &expected);
}

Test(recording, the_recorded_spot_pair_converts_whole)
{
    static const struct ts_recording_counts expected = {
        .lines = 33618, .depth_diffs = 3434, .book_tickers = 24077, .trades = 6106};
    check_recording("spot_ethusdt_20240808.gz", &expected);
}
