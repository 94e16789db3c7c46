#include "faults/hostile_tick.h"
#include "faults/tick_oracle.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SEEDS 64u

static unsigned char good[WINGCHUN_SIZE_MAX];
static struct ts_oracle *oracle;

static void make_good(int type)
{
    struct wingchun_depth *depth = (void *)good;
    struct wingchun_ticker *ticker = (void *)good;
    struct wingchun_trade *trade = (void *)good;
    struct wingchun_index_price *index = (void *)good;
    memset(good, 0, sizeof good);
    switch (type) {
    case WINGCHUN_DEPTH:
        for (int i = 0; i < WINGCHUN_DEPTH_LEVELS; i++) {
            depth->bid_price[i] = 100 - i;
            depth->ask_price[i] = 100.5 + i;
            depth->bid_volume[i] = depth->ask_volume[i] = 1 + i;
        }
        memcpy(depth->symbol, "btcusdt", 8);
        depth->data_time_ns = INT64_C(1700000000000000000);
        break;
    case WINGCHUN_TICKER:
        *ticker =
            (struct wingchun_ticker){.bid_price = 100, .ask_price = 100.5, .bid_volume = 1, .ask_volume = 2};
        memcpy(ticker->symbol, "btcusdt", 8);
        ticker->data_time_ns = INT64_C(1700000000000000000);
        break;
    case WINGCHUN_TRADE:
        *trade = (struct wingchun_trade){.price = 100, .volume = 1, .trade_id = 7};
        memcpy(trade->symbol, "btcusdt", 8);
        trade->trade_time_ns = INT64_C(1700000000000000000);
        break;
    default:
        index->price = 100;
        memcpy(index->symbol, "btcusdt", 8);
    }
}

static void begin(void)
{
    oracle = calloc(1, sizeof *oracle);
}

static void end(void)
{
    free(oracle);
}

TestSuite(hostile_tick, .init = begin, .fini = end);

static uint64_t count_named(const struct ts_oracle_counts *counts, const char *name)
{
#define IF_NAMED(member)                                                                                     \
    if (strcmp(name, #member) == 0) {                                                                        \
        return counts->member;                                                                               \
    }
    TS_ORACLE_COUNTS(IF_NAMED)
    cr_assert_fail("no counter %s", name);
    return 0;
}

/* The good tick and then all steps, given to a new oracle. */
static void occur(enum ts_hostile_kind kind, int type, uint64_t seed)
{
    struct ts_hostile_tick tick;
    memset(oracle, 0, sizeof *oracle);
    make_good(type);
    cr_assert(ts_oracle_tick(oracle, type, good, (uint32_t)wingchun_size(type)));
    cr_assert_eq(oracle->counts.ticks_suspect, 0, "the good tick is none");
    for (unsigned step = 0; step < ts_hostile_kinds[kind].steps; step++) {
        ts_hostile_make(kind, type, seed, step, good, &tick);
        ts_oracle_tick(oracle, tick.type, tick.null ? NULL : tick.bytes, tick.size);
    }
}

Test(hostile_tick, every_kind_is_counted_as_documented)
{
    for (int kind = 0; kind < TS_HOSTILE_COUNT; kind++) {
        int types = 0;
        for (int type = WINGCHUN_DEPTH; type <= WINGCHUN_INDEX_PRICE; type++) {
            if (!ts_hostile_applies((enum ts_hostile_kind)kind, type)) {
                continue;
            }
            types++;
            for (uint64_t seed = 0; seed < SEEDS; seed++) {
                const char *name = ts_hostile_counter((enum ts_hostile_kind)kind, type);
                occur((enum ts_hostile_kind)kind, type, seed);
                cr_assert_eq(oracle->counts.ticks_accepted + oracle->counts.ticks_rejected,
                             1 + ts_hostile_kinds[kind].steps);
                if (name == NULL) {
                    continue;
                }
                cr_assert_eq(
                    count_named(&oracle->counts, name), ts_hostile_counted((enum ts_hostile_kind)kind),
                    "%s, type %d, seed %llu: %s is %llu", ts_hostile_kinds[kind].name, type,
                    (unsigned long long)seed, name, (unsigned long long)count_named(&oracle->counts, name));
            }
        }
        cr_assert_gt(types, 0, "%s exists for no type", ts_hostile_kinds[kind].name);
        cr_assert_eq(ts_hostile_find(ts_hostile_kinds[kind].name), kind);
    }
    cr_assert_eq(ts_hostile_find("friendly"), -1);
    cr_assert_not(ts_hostile_applies(TS_HOSTILE_NAN, 105));
}

Test(hostile_tick, a_seed_repeats_and_seeds_differ)
{
    struct ts_hostile_tick a, b, c;
    make_good(WINGCHUN_DEPTH);
    unsigned different = 0;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        ts_hostile_make(TS_HOSTILE_BIT_FLIP, WINGCHUN_DEPTH, seed, 0, good, &a);
        ts_hostile_make(TS_HOSTILE_BIT_FLIP, WINGCHUN_DEPTH, seed, 0, good, &b);
        ts_hostile_make(TS_HOSTILE_BIT_FLIP, WINGCHUN_DEPTH, seed + 1, 0, good, &c);
        cr_assert_eq(memcmp(&a, &b, sizeof a), 0);
        different += memcmp(&a, &c, sizeof a) != 0;
        unsigned flipped = 0;
        for (size_t i = 0; i < sizeof good; i++) {
            flipped += (unsigned)__builtin_popcount((unsigned)(a.bytes[i] ^ good[i]));
        }
        cr_assert_eq(flipped, 1);
    }
    cr_assert_gt(different, SEEDS / 2);
}

/* The exact places of a few: so that generator and oracle are not only right about each other. */
Test(hostile_tick, ticks_are_what_their_kind_says)
{
    struct ts_hostile_tick tick;
    const struct wingchun_depth *depth = (const void *)tick.bytes;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        make_good(WINGCHUN_DEPTH);
        ts_hostile_make(TS_HOSTILE_CROSSED_BOOK, WINGCHUN_DEPTH, seed, 0, good, &tick);
        cr_assert_gt(depth->bid_price[0], depth->ask_price[0]);
        ts_hostile_make(TS_HOSTILE_LOCKED_BOOK, WINGCHUN_DEPTH, seed, 0, good, &tick);
        cr_assert_eq(depth->bid_price[0], depth->ask_price[0]);
        ts_hostile_make(TS_HOSTILE_OVERFLOW, WINGCHUN_DEPTH, seed, 0, good, &tick);
        double largest = 0;
        for (int i = 0; i < WINGCHUN_DEPTH_LEVELS; i++) {
            largest = fmax(largest, fmax(depth->bid_price[i] * depth->bid_volume[i],
                                         depth->ask_price[i] * depth->ask_volume[i]));
        }
        cr_assert(isinf(largest), "%g", largest);
        ts_hostile_make(TS_HOSTILE_LONG_SYMBOL, WINGCHUN_DEPTH, seed, 0, good, &tick);
        cr_assert_null(memchr(depth->symbol, '\0', sizeof depth->symbol));
        ts_hostile_make(TS_HOSTILE_TRUNCATED, WINGCHUN_DEPTH, seed, 0, good, &tick);
        cr_assert_lt(tick.size, sizeof *depth);
        ts_hostile_make(TS_HOSTILE_NO_DATA, WINGCHUN_DEPTH, seed, 0, good, &tick);
        cr_assert(tick.null);
    }
}
