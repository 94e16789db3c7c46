#include "tape/source.h"

#include "base/clock.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static struct ts_source *open_synthetic(struct ts_synthetic_options options)
{
    struct ts_source *source = NULL;
    struct ts_diag diag;
    cr_assert_eq(ts_source_synthetic(&options, &source, &diag), TS_OK, "%s", diag.text);
    return source;
}

static struct ts_tick next_of(struct ts_source *source)
{
    struct ts_tick tick;
    memset(&tick, 0, sizeof tick);
    cr_assert_eq(ts_source_next(source, &tick), TS_OK);
    return tick;
}

static bool same(const struct ts_tick *a, const struct ts_tick *b)
{
    return a->receive_ns == b->receive_ns && a->type == b->type && a->size == b->size &&
           memcmp(a->data.bytes, b->data.bytes, a->size) == 0;
}

Test(source, same_seed_yields_the_same_bytes_and_another_seed_does_not)
{
    struct ts_source *a = open_synthetic(ts_synthetic_recorded(7));
    struct ts_source *b = open_synthetic(ts_synthetic_recorded(7));
    struct ts_source *other = open_synthetic(ts_synthetic_recorded(8));
    int differing = 0;
    for (int i = 0; i < 20000; i++) {
        struct ts_tick of_a = next_of(a);
        struct ts_tick of_b = next_of(b);
        struct ts_tick of_other = next_of(other);
        cr_assert(same(&of_a, &of_b), "tick %d differs for one seed", i);
        differing += !same(&of_a, &of_other);
    }
    cr_assert_geq(differing, 19999);
    ts_source_close(a);
    ts_source_close(b);
    ts_source_close(other);
}

/* A change of the generator changes every recorded seed: it must be meant. */
Test(source, a_seed_means_the_same_ticks_as_ever)
{
    struct ts_source *source = open_synthetic(ts_synthetic_recorded(1));
    uint64_t hash = 0xcbf29ce484222325ULL;
    for (int i = 0; i < 10000; i++) {
        struct ts_tick tick = next_of(source);
        for (uint32_t byte = 0; byte < tick.size; byte++) {
            hash = (hash ^ tick.data.bytes[byte]) * 0x100000001b3ULL;
        }
    }
    ts_source_close(source);
    cr_assert_eq(hash, 0x07222c8373b2518dULL, "hash is 0x%llx", (unsigned long long)hash);
}

static void check_depth(const struct wingchun_depth *depth)
{
    double best_bid = depth->bid_price[0];
    double best_ask = depth->ask_price[0];
    cr_assert_lt(best_bid, best_ask);
    for (int level = 0; level < WINGCHUN_DEPTH_LEVELS; level++) {
        double bid = depth->bid_price[level];
        double ask = depth->ask_price[level];
        double bid_volume = depth->bid_volume[level];
        double ask_volume = depth->ask_volume[level];
        cr_assert(bid > 0 && bid_volume > 0 && ask_volume > 0);
        cr_assert_float_eq(best_bid - bid, 0.1 * level, 1e-6, "bid level %d", level);
        cr_assert_float_eq(ask - best_ask, 0.1 * level, 1e-6, "ask level %d", level);
    }
}

Test(source, books_are_never_crossed_and_times_strictly_increase)
{
    struct ts_synthetic_options options = ts_synthetic_recorded(3);
    options.depth_share = 0.5;
    struct ts_source *source = open_synthetic(options);
    int64_t last_ns = 0;
    int moves = 0;
    double last_bid = 0;
    for (int i = 0; i < 100000; i++) {
        struct ts_tick tick = next_of(source);
        int64_t own_ns;
        cr_assert_gt(tick.receive_ns, last_ns);
        cr_assert_eq(tick.size, wingchun_size((int)tick.type));
        last_ns = tick.receive_ns;
        if (tick.type == WINGCHUN_DEPTH) {
            own_ns = tick.data.depth.data_time_ns;
            check_depth(&tick.data.depth);
            moves += tick.data.depth.bid_price[0] != last_bid;
            last_bid = tick.data.depth.bid_price[0];
        } else if (tick.type == WINGCHUN_TICKER) {
            own_ns = tick.data.ticker.data_time_ns;
            cr_assert(tick.data.ticker.bid_price < tick.data.ticker.ask_price);
            cr_assert(tick.data.ticker.bid_volume > 0 && tick.data.ticker.ask_volume > 0);
        } else {
            cr_assert_eq(tick.type, WINGCHUN_TRADE);
            own_ns = tick.data.trade.trade_time_ns;
            cr_assert(tick.data.trade.price > 0 && tick.data.trade.volume > 0);
        }
        cr_assert_eq(own_ns, tick.receive_ns);
    }
    cr_assert_gt(moves, 1000, "the prices stand still");
    ts_source_close(source);
}

static int by_value(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a;
    int64_t y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* The recorded shape has gaps above 34 µs (median / 64) outside bursts, so a gap below 10 µs is a burst's. */
Test(source, shares_and_gaps_are_those_of_the_options)
{
    enum { TICKS = 200000 };
    struct ts_synthetic_options options = ts_synthetic_recorded(11);
    struct ts_source *source = open_synthetic(options);
    int64_t *gaps = malloc(TICKS * sizeof *gaps);
    size_t gap_count = 0;
    int bursts = 0;
    int long_gaps = 0;
    int64_t last_ns = next_of(source).receive_ns;
    for (int i = 0; i < TICKS; i++) {
        int64_t now_ns = next_of(source).receive_ns;
        if (now_ns - last_ns < 10000) {
            bursts++;
        } else {
            gaps[gap_count++] = now_ns - last_ns;
            long_gaps += now_ns - last_ns > 64 * options.gap_median_ns;
        }
        last_ns = now_ns;
    }
    qsort(gaps, gap_count, sizeof *gaps, by_value);
    size_t middle = gap_count / 2;
    double median_ns = (double)gaps[middle];
    free(gaps);
    struct ts_tick_counts counts = ts_source_counts(source);
    ts_source_close(source);
    /* Five standard deviations of a share near one half are 0.0056. */
    cr_assert_float_eq(bursts / (double)TICKS, options.burst_chance, 0.006);
    cr_assert_float_eq((double)counts.depth / (double)TICKS, options.depth_share, 0.004);
    cr_assert_float_eq((double)counts.trade / (double)(counts.ticker + counts.trade), 0.25, 0.006);
    cr_assert_float_eq(median_ns / (double)options.gap_median_ns, 1.0, 0.06);
    cr_assert_gt(long_gaps, 0, "no rare long gap");
    cr_assert_eq(counts.depth + counts.ticker + counts.trade, TICKS + 1);
    cr_assert_eq(counts.index_price, 0);
}

Test(source, no_bursts_and_only_bursts_are_possible)
{
    for (int all = 0; all <= 1; all++) {
        struct ts_synthetic_options options = ts_synthetic_recorded(5);
        options.burst_chance = all;
        struct ts_source *source = open_synthetic(options);
        int64_t last_ns = next_of(source).receive_ns;
        for (int i = 0; i < 10000; i++) {
            int64_t now_ns = next_of(source).receive_ns;
            cr_assert_eq(now_ns - last_ns < 10000, all);
            last_ns = now_ns;
        }
        ts_source_close(source);
    }
}

Test(source, a_flood_is_depth_only_and_reaches_every_symbol)
{
    enum { SYMBOLS = 256 };
    struct ts_source *source = open_synthetic(ts_synthetic_flood(2, SYMBOLS));
    int seen[SYMBOLS] = {0};
    for (int i = 0; i < 20000; i++) {
        struct ts_tick tick = next_of(source);
        cr_assert_eq(tick.type, WINGCHUN_DEPTH);
        char symbol[WINGCHUN_SYMBOL_SIZE + 1] = {0};
        memcpy(symbol, tick.data.depth.symbol, WINGCHUN_SYMBOL_SIZE);
        cr_assert_eq(strncmp(symbol, "ts", 2), 0);
        cr_assert_str_eq(symbol + 6, "_usdt");
        seen[atoi(symbol + 2)]++;
    }
    for (int symbol = 0; symbol < SYMBOLS; symbol++) {
        cr_assert_gt(seen[symbol], 0, "symbol %d never came", symbol);
    }
    ts_source_close(source);
}

Test(source, options_out_of_range_are_refused_by_name)
{
    struct ts_synthetic_options good = ts_synthetic_recorded(1);
    struct {
        const char *name;
        struct ts_synthetic_options options;
    } bad[] = {{"symbols", good},       {"symbols", good},      {"depth_share", good},
               {"depth_share", good},   {"burst_chance", good}, {"gap_median_ns", good},
               {"gap_median_ns", good}, {"start_ns", good}};
    bad[0].options.symbols = 0;
    bad[1].options.symbols = 257;
    bad[2].options.depth_share = 1.01;
    bad[3].options.depth_share = NAN;
    bad[4].options.burst_chance = -0.1;
    bad[5].options.gap_median_ns = 0;
    bad[6].options.gap_median_ns = INT64_MAX;
    bad[7].options.start_ns = -1;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct ts_source *source = NULL;
        struct ts_diag diag;
        cr_assert_eq(ts_source_synthetic(&bad[i].options, &source, &diag), TS_INVALID, "case %zu", i);
        cr_assert_str_eq(diag.subject, bad[i].name);
        cr_assert_null(source);
    }
}

Test(source, the_end_of_the_clock_ends_the_source)
{
    struct ts_synthetic_options options = ts_synthetic_recorded(1);
    options.start_ns = INT64_MAX - TS_NS_PER_S;
    struct ts_source *source = open_synthetic(options);
    struct ts_tick tick = {0};
    struct ts_tick before = {0};
    int ticks = 0;
    while (ts_source_next(source, &tick) == TS_OK) {
        before = tick;
        cr_assert_lt(++ticks, 1000000);
    }
    cr_assert_gt(ticks, 0);
    cr_assert(same(&tick, &before), "TS_END touched the tick");
    cr_assert_eq(ts_source_next(source, &tick), TS_END);
    ts_source_close(source);
    ts_source_close(NULL);
}

static int64_t fake_now_ns;

static int64_t fake_clock(void)
{
    return fake_now_ns;
}

Test(pace, due_times_follow_the_speed)
{
    static const struct {
        double speed;
        int64_t due_ns[3];
    } cases[] = {
        {1.0, {5000, 5000 + 1000000, 5000 + 3000000}}, {10.0, {5000, 5000 + 100000, 5000 + 300000}},
        {0.5, {5000, 5000 + 2000000, 5000 + 6000000}}, {0.0, {0, 0, 0}},
        {1e-300, {5000, INT64_MAX, INT64_MAX}},
    };
    static const int64_t receive_ns[3] = {1700000000000000000, 1700000000001000000, 1700000000003000000};
    ts_clock_replace(fake_clock);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ts_pace pace;
        ts_pace_init(&pace, cases[i].speed);
        for (int k = 0; k < 3; k++) {
            struct ts_tick tick = {.receive_ns = receive_ns[k]};
            fake_now_ns = 5000 + 77 * k; /* only the first call reads the clock */
            cr_assert_eq(ts_pace_due_ns(&pace, &tick), cases[i].due_ns[k], "speed %g, tick %d",
                         cases[i].speed, k);
        }
    }
    ts_clock_replace(NULL);
}
