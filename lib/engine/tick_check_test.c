#include "engine/tick_check.h"
#include "engine/tick_stream.h"

#include <criterion/criterion.h>
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MINUTE_NS INT64_C(60000000000)
#define DAY_NS    (1440 * MINUTE_NS)

static struct wingchun_depth depth;
static struct wingchun_ticker ticker;
static struct wingchun_trade trade;
static struct wingchun_index_price index_price;
static uint32_t suspicions;

static void make_good_ticks(void)
{
    memset(&depth, 0, sizeof depth);
    memset(&ticker, 0, sizeof ticker);
    memset(&trade, 0, sizeof trade);
    memset(&index_price, 0, sizeof index_price);
    for (int i = 0; i < WINGCHUN_DEPTH_LEVELS; i++) {
        depth.bid_price[i] = 100 - i;
        depth.ask_price[i] = 101 + i;
        depth.bid_volume[i] = depth.ask_volume[i] = 1 + i;
    }
    depth.data_time_ns = ticker.data_time_ns = trade.trade_time_ns = DAY_NS;
    ticker.bid_price = 100;
    ticker.ask_price = 101;
    ticker.bid_volume = ticker.ask_volume = 1;
    trade.price = index_price.price = 100;
    trade.volume = 1;
    trade.trade_id = 1;
    memcpy(depth.symbol, "btcusdt", 8);
    memcpy(ticker.symbol, "btcusdt", 8);
    memcpy(trade.symbol, "btcusdt", 8);
    memcpy(index_price.symbol, "btcusdt", 8);
}

TestSuite(tick_check, .init = make_good_ticks);

static enum ts_tick_fault check_depth(void)
{
    return ts_tick_check(WINGCHUN_DEPTH, &depth, sizeof depth, &suspicions);
}

static enum ts_tick_fault check_ticker(void)
{
    return ts_tick_check(WINGCHUN_TICKER, &ticker, sizeof ticker, &suspicions);
}

static enum ts_tick_fault check_trade(void)
{
    return ts_tick_check(WINGCHUN_TRADE, &trade, sizeof trade, &suspicions);
}

static enum ts_tick_fault check_index(void)
{
    return ts_tick_check(WINGCHUN_INDEX_PRICE, &index_price, sizeof index_price, &suspicions);
}

Test(tick_check, a_good_tick_is_sound_and_nothing_is_odd_about_it)
{
    cr_assert(check_depth() == TS_TICK_SOUND && suspicions == 0);
    cr_assert(check_ticker() == TS_TICK_SOUND && suspicions == 0);
    cr_assert(check_trade() == TS_TICK_SOUND && suspicions == 0);
    cr_assert(check_index() == TS_TICK_SOUND && suspicions == 0);
    /* Fewer levels than there is room for. */
    memset(depth.bid_price + 1, 0, sizeof depth.bid_price - sizeof *depth.bid_price);
    memset(depth.bid_volume + 1, 0, sizeof depth.bid_volume - sizeof *depth.bid_volume);
    memset(depth.ask_price + 3, 0, sizeof depth.ask_price - 3 * sizeof *depth.ask_price);
    memset(depth.ask_volume + 3, 0, sizeof depth.ask_volume - 3 * sizeof *depth.ask_volume);
    cr_assert(check_depth() == TS_TICK_SOUND && suspicions == 0);
}

/* In every place of a Depth, and beside other faults the earlier in the list. */
Test(tick_check, values_out_of_range_are_faults_wherever_they_stand)
{
    static const struct {
        double value;
        enum ts_tick_fault fault;
    } rows[] = {
        {NAN, TS_TICK_NOT_FINITE},
        {-NAN, TS_TICK_NOT_FINITE},
        {INFINITY, TS_TICK_NOT_FINITE},
        {-INFINITY, TS_TICK_NOT_FINITE},
        {-1, TS_TICK_NEGATIVE},
        {-5e-324, TS_TICK_NEGATIVE},
        {-DBL_MAX, TS_TICK_NEGATIVE},
        {DBL_MAX, TS_TICK_OVERFLOW},
        {0x1.0000000000001p500, TS_TICK_OVERFLOW},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        for (size_t place = 0; place < 4 * WINGCHUN_DEPTH_LEVELS; place++) {
            make_good_ticks();
            char *values = (char *)&depth + offsetof(struct wingchun_depth, bid_price);
            memcpy(values + place * sizeof(double), &rows[i].value, sizeof(double));
            cr_assert_eq(check_depth(), rows[i].fault, "%g at value %zu", rows[i].value, place);
        }
        make_good_ticks();
        ticker.ask_volume = trade.volume = index_price.price = rows[i].value;
        cr_assert_eq(check_ticker(), rows[i].fault);
        cr_assert_eq(check_trade(), rows[i].fault);
        cr_assert_eq(check_index(), rows[i].fault);
    }
    depth.bid_volume[9] = -1;
    depth.ask_price[0] = NAN;
    cr_assert_eq(check_depth(), TS_TICK_NOT_FINITE);
    depth.ask_price[0] = DBL_MAX;
    cr_assert_eq(check_depth(), TS_TICK_NEGATIVE);
    depth.bid_volume[9] = 0x1p500;
    depth.ask_price[0] = 101;
    cr_assert(check_depth() == TS_TICK_SOUND && suspicions == 0, "the bound itself is within it");
}

Test(tick_check, odd_values_pass_and_are_told)
{
    depth.bid_volume[9] = -0.0;
    cr_assert(check_depth() == TS_TICK_SOUND && suspicions == TS_SUSPECT_BIT(NEGATIVE_ZERO));
    depth.bid_volume[9] = DBL_MIN / 2;
    cr_assert(check_depth() == TS_TICK_SOUND && suspicions == TS_SUSPECT_BIT(DENORMAL));
    ticker.bid_volume = -0.0;
    ticker.ask_volume = 5e-324;
    cr_assert(check_ticker() == TS_TICK_SOUND &&
              suspicions == (TS_SUSPECT_BIT(NEGATIVE_ZERO) | TS_SUSPECT_BIT(DENORMAL)));
}

Test(tick_check, a_price_must_be_there_and_books_be_in_order)
{
    trade.price = index_price.price = 0;
    cr_assert_eq(check_trade(), TS_TICK_ZERO_PRICE);
    cr_assert_eq(check_index(), TS_TICK_ZERO_PRICE);
    ticker.bid_price = -0.0;
    cr_assert_eq(check_ticker(), TS_TICK_ZERO_PRICE);
    depth.ask_price[9] = 0;
    cr_assert_eq(check_depth(), TS_TICK_ZERO_PRICE);
    depth.ask_volume[9] = 0;
    cr_assert_eq(check_depth(), TS_TICK_SOUND);
    for (int i = 1; i < WINGCHUN_DEPTH_LEVELS; i++) {
        make_good_ticks();
        depth.bid_price[i] = depth.bid_price[i - 1] + 0.5;
        cr_assert_eq(check_depth(), TS_TICK_UNSORTED, "bid %d", i);
        make_good_ticks();
        depth.ask_price[i] = depth.ask_price[i - 1] - 0.5;
        cr_assert_eq(check_depth(), TS_TICK_UNSORTED, "ask %d", i);
        make_good_ticks();
        depth.ask_price[i - 1] = depth.ask_volume[i - 1] = 0;
        cr_assert_eq(check_depth(), TS_TICK_UNSORTED, "a hole before ask %d", i);
        make_good_ticks();
        depth.bid_price[i - 1] = depth.bid_volume[i - 1] = 0;
        cr_assert_eq(check_depth(), TS_TICK_UNSORTED, "a hole before bid %d", i);
        make_good_ticks();
        depth.bid_price[i] = depth.bid_price[i - 1];
        cr_assert(check_depth() == TS_TICK_SOUND && suspicions == TS_SUSPECT_BIT(DUPLICATE_LEVEL));
    }
}

Test(tick_check, books_that_cross_lock_or_end_are_told)
{
    depth.bid_price[0] = 101.5;
    cr_assert(check_depth() == TS_TICK_SOUND && suspicions == TS_SUSPECT_BIT(CROSSED));
    ticker.bid_price = 101;
    cr_assert(check_ticker() == TS_TICK_SOUND && suspicions == TS_SUSPECT_BIT(LOCKED));
    ticker.bid_price = ticker.bid_volume = 0;
    cr_assert(check_ticker() == TS_TICK_SOUND && suspicions == TS_SUSPECT_BIT(ONE_SIDED));
    ticker.ask_price = ticker.ask_volume = 0;
    cr_assert(check_ticker() == TS_TICK_SOUND && suspicions == TS_SUSPECT_BIT(HALTED));
    memset((char *)&depth + offsetof(struct wingchun_depth, bid_price), 0, 320);
    cr_assert(check_depth() == TS_TICK_SOUND && suspicions == TS_SUSPECT_BIT(HALTED));
}

/* Every byte at every place, with garbage behind the end. */
Test(tick_check, symbols_are_text_up_to_their_end)
{
    for (int place = 0; place < WINGCHUN_SYMBOL_SIZE; place++) {
        for (int byte = 0; byte < 256; byte++) {
            memset(index_price.symbol, 'a', sizeof index_price.symbol);
            index_price.symbol[place] = (char)byte;
            bool bad = byte == 0 ? place == 0 : byte < 0x20 || byte == 0x7f;
            cr_assert_eq(check_index(), bad ? TS_TICK_SYMBOL : TS_TICK_SOUND, "byte %d at %d", byte, place);
            cr_assert_eq(suspicions, bad || byte == 0 ? 0 : TS_SUSPECT_BIT(LONG_SYMBOL));
        }
        memset(index_price.symbol, 1, sizeof index_price.symbol);
        memset(index_price.symbol, 0x80, (size_t)place);
        index_price.symbol[place] = '\0';
        cr_assert_eq(check_index(), place == 0 ? TS_TICK_SYMBOL : TS_TICK_SOUND, "garbage behind %d", place);
    }
}

Test(tick_check, what_is_no_record_is_not_read)
{
    cr_assert_eq(ts_tick_check(WINGCHUN_DEPTH, NULL, sizeof depth, &suspicions), TS_TICK_NULL);
    cr_assert_eq(ts_tick_check(100, "", 1, &suspicions), TS_TICK_TYPE);
    cr_assert_eq(ts_tick_check(-1, "", 0, &suspicions), TS_TICK_TYPE);
    for (uint32_t size = 0; size <= sizeof depth + 1; size++) {
        char *bytes = malloc(size > 0 ? size : 1); /* the sanitizer sees a read past it */
        memset(bytes, 0x41, size);
        cr_assert_eq(ts_tick_check(WINGCHUN_TICKER, bytes, size, &suspicions) == TS_TICK_SIZE,
                     size != sizeof ticker, "%u bytes", size);
        free(bytes);
    }
}

Test(tick_check, a_mark_goes_forward_and_one_jump_does_not_spoil_it)
{
    struct ts_tick_mark mark = {0};
    static const struct {
        int64_t time_ns;
        uint32_t odd;
        int64_t newest_ns;
    } rows[] = {
        {0, TS_SUSPECT_BIT(NO_TIME), 0},
        {INT64_MIN, TS_SUSPECT_BIT(NO_TIME), 0},
        {DAY_NS, 0, DAY_NS},
        {DAY_NS, 0, DAY_NS},
        {DAY_NS - 1, TS_SUSPECT_BIT(TIME_BACKWARD), DAY_NS},
        {DAY_NS + MINUTE_NS, 0, DAY_NS + MINUTE_NS},
        {DAY_NS + 2 * MINUTE_NS + 1, TS_SUSPECT_BIT(TIME_GAP), DAY_NS + 2 * MINUTE_NS + 1},
        {INT64_MAX, TS_SUSPECT_BIT(TIME_JUMP), DAY_NS + 2 * MINUTE_NS + 1},
        {3 * DAY_NS, TS_SUSPECT_BIT(TIME_JUMP), 3 * DAY_NS}, /* the second in a row */
        {3 * DAY_NS + 1, 0, 3 * DAY_NS + 1},
        {1, TS_SUSPECT_BIT(TIME_JUMP) | TS_SUSPECT_BIT(TIME_BACKWARD), 3 * DAY_NS + 1},
        {3 * DAY_NS + 2, 0, 3 * DAY_NS + 2},
        {1, TS_SUSPECT_BIT(TIME_JUMP) | TS_SUSPECT_BIT(TIME_BACKWARD), 3 * DAY_NS + 2},
        {2, TS_SUSPECT_BIT(TIME_JUMP) | TS_SUSPECT_BIT(TIME_BACKWARD), 2},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        cr_assert_eq(ts_tick_mark_time(&mark, rows[i].time_ns), rows[i].odd, "row %zu", i);
        cr_assert_eq(mark.newest, rows[i].newest_ns, "row %zu", i);
    }
}

static uint32_t note(struct ts_tick_streams *streams, int type, const void *data)
{
    struct ts_tick_print print = ts_tick_print_of(type, data);
    return ts_tick_streams_note(streams, &print);
}

Test(tick_check, a_stream_knows_what_came_before)
{
    static struct ts_tick_streams streams;
    cr_assert_eq(note(&streams, WINGCHUN_DEPTH, &depth), 0);
    cr_assert_eq(note(&streams, WINGCHUN_DEPTH, &depth), TS_SUSPECT_BIT(DUPLICATE));
    depth.ask_volume[9] += 1; /* the last bytes, at the same time */
    cr_assert_eq(note(&streams, WINGCHUN_DEPTH, &depth), 0);
    depth.symbol[31] = 'x'; /* behind the end of the name: the same stream */
    depth.data_time_ns--;
    cr_assert_eq(note(&streams, WINGCHUN_DEPTH, &depth), TS_SUSPECT_BIT(TIME_BACKWARD));
    depth.exchange_id[0] = 'x';
    cr_assert_eq(note(&streams, WINGCHUN_DEPTH, &depth), 0, "another exchange, another stream");
    cr_assert_eq(note(&streams, WINGCHUN_TICKER, &ticker), 0, "another type");
    cr_assert_eq(note(&streams, WINGCHUN_INDEX_PRICE, &index_price), 0);
    cr_assert_eq(note(&streams, WINGCHUN_INDEX_PRICE, &index_price), 0, "an index has nothing to tell it by");
    static const struct {
        int64_t id;
        uint32_t odd;
    } rows[] = {
        {5, 0},
        {6, 0},
        {8, TS_SUSPECT_BIT(ID_GAP)},
        {7, TS_SUSPECT_BIT(ID_BACKWARD)},
        {9, 0},
        {0, 0},
        {INT64_MIN, 0},
        {INT64_MAX, TS_SUSPECT_BIT(ID_GAP)},
        {10, 0},
        {9 + (INT64_C(2) << 20), TS_SUSPECT_BIT(ID_GAP)},
        {10 + (INT64_C(2) << 20), TS_SUSPECT_BIT(ID_GAP)},
        {11 + (INT64_C(2) << 20), 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        trade.trade_id = rows[i].id;
        cr_assert_eq(note(&streams, WINGCHUN_TRADE, &trade), rows[i].odd, "row %zu", i);
    }
}

Test(tick_check, more_symbols_than_are_remembered_are_told)
{
    static struct ts_tick_streams streams;
    unsigned untracked = 0;
    for (unsigned i = 0; i < 4 * TS_TICK_STREAMS; i++) {
        memset(trade.symbol, 0, sizeof trade.symbol);
        snprintf(trade.symbol, sizeof trade.symbol, "symbol%u", i);
        uint32_t odd = note(&streams, WINGCHUN_TRADE, &trade);
        cr_assert(odd == 0 || odd == TS_SUSPECT_BIT(UNTRACKED), "%u", i);
        untracked += odd != 0;
        cr_assert(i >= TS_TICK_STREAMS / 2 || odd == 0, "no room for symbol %u", i);
    }
    cr_assert_geq(untracked, 3 * TS_TICK_STREAMS);
    memset(trade.symbol, 0, sizeof trade.symbol);
    memcpy(trade.symbol, "symbol0", 8);
    cr_assert_eq(note(&streams, WINGCHUN_TRADE, &trade), TS_SUSPECT_BIT(DUPLICATE), "the old ones are kept");
}
