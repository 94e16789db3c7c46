/*
 * Fuzz target: what is given to an engine (signal_on_data, signal_offer), polls and registrations in between.
 *
 * Input: a row of steps, each a byte that says what it is and what it needs (enum step). Ticks are arbitrary
 * records, records of the right size with arbitrary content, hostile ticks (hostile_tick.h) and good ones.
 * Held against it: every counter of ticks is what the oracle (tick_oracle.h) counts, every accepted Depth
 * gives a result, and no result carries a value that is not finite or a symbol without an end.
 *
 * The engine and its threads, in queued mode, live through many inputs; it is renewed now and then, and
 * before it could have seen more streams than it remembers.
 */
#include "faults/hostile_tick.h"
#include "faults/tick_oracle.h"

#include "base/clock.h"
#include "base/err.h"
#include "base/thread.h"
#include "signal_api.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

enum step { ANY_RECORD, SIZED_RECORD, HOSTILE, GOOD, POLL, REGISTER, STEP_COUNT };

#define INPUTS_AN_ENGINE  64
#define STREAMS_AN_ENGINE 300u
#define TICKS_A_DRAIN     1024u /* less than the engine has room for */
#define SIZE_MAX_GIVEN    1024u
#define QUIET_NS          (20 * TS_NS_PER_S)

static struct {
    void *handle;
    struct ts_oracle *oracle;
    bool registered;
    unsigned inputs, undrained;
    uint64_t results;
    int64_t now_ns;
    int64_t trade_id;
} engine;

struct input {
    const uint8_t *bytes;
    size_t left;
};

static uint64_t take(struct input *input, size_t size)
{
    uint64_t value = 0;
    for (size_t i = 0; i < size && input->left > 0; i++, input->bytes++, input->left--) {
        value |= (uint64_t)*input->bytes << (8 * i);
    }
    return value;
}

/* Exactly so many bytes on the heap, where a read past them is seen; zeros where the input has ended. */
static unsigned char *take_block(struct input *input, size_t size)
{
    unsigned char *block = calloc(1, size > 0 ? size : 1);
    size_t there = size < input->left ? size : input->left;
    TS_ASSERT(block != NULL);
    memcpy(block, input->bytes, there);
    input->bytes += there;
    input->left -= there;
    return block;
}

static void on_result(const char *symbol, long long timestamp_ns, const double *values, int count,
                      void *user_data)
{
    (void)timestamp_ns;
    TS_ASSERT(user_data == &engine && count == 8);
    size_t length = strlen(symbol);
    TS_ASSERT(length > 0 && length <= WINGCHUN_SYMBOL_SIZE);
    for (int i = 0; i < count; i++) {
        TS_ASSERT(isfinite(values[i]));
    }
    engine.results++;
}

static struct signal_stats stats_now(void)
{
    struct signal_stats stats = {.struct_size = sizeof stats};
    int status = signal_stats(engine.handle, &stats);
    TS_ASSERT(status == SIGNAL_OK);
    return stats;
}

static void set_registered(bool registered)
{
    engine.registered = registered;
    signal_register_callback(engine.handle, registered ? on_result : NULL, registered ? &engine : NULL);
}

/* Until every result is executed. */
static void drain(void)
{
    int64_t deadline_ns = ts_clock_ns() + QUIET_NS;
    struct ts_idle idle;
    ts_idle_reset(&idle);
    bool registered = engine.registered;
    set_registered(true);
    while (engine.results < engine.oracle->counts.depth_accepted) {
        if (signal_poll_callbacks(engine.handle) > 0) {
            ts_idle_reset(&idle);
            continue;
        }
        TS_ASSERT(ts_clock_ns() < deadline_ns);
        ts_idle_wait(&idle);
    }
    set_registered(registered);
    engine.undrained = 0;
}

static void compare(void)
{
    struct signal_stats stats = stats_now();
    bool differ = false;
#define COMPARE(name)                                                                                        \
    if (stats.name != engine.oracle->counts.name) {                                                          \
        differ = true;                                                                                       \
        fprintf(stderr, "%s: the engine counts %llu, the oracle %llu\n", #name,                              \
                (unsigned long long)stats.name, (unsigned long long)engine.oracle->counts.name);             \
    }
    TS_ORACLE_COUNTS(COMPARE)
    TS_ASSERT(!differ);
    TS_ASSERT(stats.ticks_dropped == 0 && stats.results_executed == engine.results);
    TS_ASSERT(stats.results_executed == stats.depth_accepted && stats.results_pending == 0);
}

static void end_engine(void)
{
    if (engine.handle == NULL) {
        return;
    }
    struct signal_stats final = {.struct_size = sizeof final};
    int status = signal_close(engine.handle, &final);
    TS_ASSERT(status == SIGNAL_OK && final.results_pending == 0 && final.in_pipeline == 0);
    engine.handle = NULL;
}

static void renew_engine(void)
{
    static bool once;
    if (!once) {
        once = true;
        atexit(end_engine); /* its threads must not outlive the check for leaks */
    }
    end_engine();
    struct ts_oracle *oracle = engine.oracle != NULL ? engine.oracle : malloc(sizeof *oracle);
    TS_ASSERT(oracle != NULL);
    memset(oracle, 0, sizeof *oracle);
    memset(&engine, 0, sizeof engine);
    engine.oracle = oracle;
    engine.now_ns = INT64_C(1700000000000000000);
    engine.handle = signal_create("{\"models\":[\"checked\"],\"queue_policy\":\"block\",\"poll_budget\":64}");
    TS_ASSERT(engine.handle != NULL);
    set_registered(true);
}

/* by_offer: signal_on_data is told no size, and may only get what has the type's. */
static void give(int type, const void *data, uint32_t size, bool by_offer)
{
    if (engine.oracle->stream_count >= STREAMS_AN_ENGINE) {
        drain();
        compare();
        renew_engine();
    }
    bool accepted = ts_oracle_tick(engine.oracle, type, data, size);
    bool fits = data == NULL || wingchun_size(type) == 0 || wingchun_size(type) == size;
    /* NULL is refused before the size is looked at, whatever that is. */
    if (by_offer || !fits) {
        int status = signal_offer(engine.handle, type, data, size);
        TS_ASSERT(status == (accepted ? SIGNAL_OK : SIGNAL_INVALID));
    } else {
        signal_on_data(engine.handle, type, data);
    }
    if (++engine.undrained >= TICKS_A_DRAIN) {
        drain();
    }
}

static void make_good(int type, uint64_t seed, unsigned char *bytes)
{
    char symbol[WINGCHUN_SYMBOL_SIZE] = "fuzz0_usdt";
    double bid = 100 + (double)(seed % 1000) / 8;
    symbol[4] = (char)('0' + seed % 4);
    engine.now_ns += TS_NS_PER_MS;
    if (type == WINGCHUN_DEPTH) {
        struct wingchun_depth depth = {.data_time_ns = engine.now_ns};
        memcpy(depth.symbol, symbol, sizeof symbol);
        for (int i = 0; i < WINGCHUN_DEPTH_LEVELS; i++) {
            depth.bid_price[i] = bid - i;
            depth.ask_price[i] = bid + 1 + i;
            depth.bid_volume[i] = depth.ask_volume[i] = 1 + i;
        }
        memcpy(bytes, &depth, sizeof depth);
    } else if (type == WINGCHUN_TICKER) {
        struct wingchun_ticker ticker = {.data_time_ns = engine.now_ns,
                                         .bid_price = bid,
                                         .ask_price = bid + 1,
                                         .bid_volume = 1,
                                         .ask_volume = 1};
        memcpy(ticker.symbol, symbol, sizeof symbol);
        memcpy(bytes, &ticker, sizeof ticker);
    } else if (type == WINGCHUN_TRADE) {
        struct wingchun_trade trade = {
            .trade_time_ns = engine.now_ns, .trade_id = ++engine.trade_id, .price = bid, .volume = 1};
        memcpy(trade.symbol, symbol, sizeof symbol);
        memcpy(bytes, &trade, sizeof trade);
    } else {
        struct wingchun_index_price index = {.price = bid};
        memcpy(index.symbol, symbol, sizeof symbol);
        memcpy(bytes, &index, sizeof index);
    }
}

static void give_hostile(struct input *input, int type, bool by_offer)
{
    unsigned char good[WINGCHUN_SIZE_MAX];
    struct ts_hostile_tick tick;
    enum ts_hostile_kind kind = (enum ts_hostile_kind)(take(input, 1) % TS_HOSTILE_COUNT);
    uint64_t seed = take(input, 2);
    if (!ts_hostile_applies(kind, type)) {
        return;
    }
    make_good(type, seed, good);
    for (unsigned step = 0; step < ts_hostile_kinds[kind].steps; step++) {
        ts_hostile_make(kind, type, seed, step, good, &tick);
        struct input whole = {tick.bytes, tick.size};
        unsigned char *block = take_block(&whole, tick.size);
        give(tick.type, tick.null ? NULL : block, tick.size, by_offer);
        free(block);
    }
}

static void do_step(struct input *input)
{
    uint64_t what = take(input, 1);
    bool by_offer = (what & 0x80) != 0;
    int type = WINGCHUN_DEPTH + (int)(what >> 4 & 3);
    unsigned char *block = NULL;
    switch ((enum step)((what & 15) % STEP_COUNT)) {
    case ANY_RECORD: {
        int any_type = (int)(int16_t)take(input, 2);
        uint32_t size = (uint32_t)take(input, 2) % SIZE_MAX_GIVEN;
        block = take_block(input, size);
        give(any_type, block, size, true);
        break;
    }
    case SIZED_RECORD:
        block = take_block(input, wingchun_size(type));
        give(type, block, (uint32_t)wingchun_size(type), by_offer);
        break;
    case HOSTILE:
        give_hostile(input, type, by_offer);
        break;
    case GOOD: {
        unsigned char good[WINGCHUN_SIZE_MAX];
        make_good(type, take(input, 1), good);
        give(type, good, (uint32_t)wingchun_size(type), by_offer);
        break;
    }
    case POLL:
        (void)signal_poll_callbacks(engine.handle);
        break;
    default:
        set_registered((what & 0x80) == 0);
        break;
    }
    free(block);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct input input = {bytes, size};
    if (engine.handle == NULL || ++engine.inputs > INPUTS_AN_ENGINE) {
        renew_engine();
    }
    while (input.left > 0) {
        do_step(&input);
    }
    drain();
    compare();
    return 0;
}
