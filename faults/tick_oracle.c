#include "tick_oracle.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LEVELS     WINGCHUN_DEPTH_LEVELS
#define VALUES_MAX (4 * LEVELS)
#define SECOND_NS  INT64_C(1000000000)
#define DAY_NS     (86400 * SECOND_NS)
#define ID_FAR     (INT64_C(1) << 20)

/* A record taken apart. Price i belongs to size i; a Depth's and a Ticker's first half is bids. */
struct parts {
    char symbol[WINGCHUN_SYMBOL_SIZE];
    char exchange[WINGCHUN_EXCHANGE_ID_SIZE];
    double prices[2 * LEVELS], sizes[2 * LEVELS];
    int price_count, size_count;
    bool has_time;
    int64_t time_ns, id;
    size_t names_size; /* bytes before the content */
};

static void take_depth(struct wingchun_depth depth, struct parts *parts)
{
    memcpy(parts->symbol, depth.symbol, sizeof parts->symbol);
    memcpy(parts->exchange, depth.exchange_id, sizeof parts->exchange);
    for (int i = 0; i < LEVELS; i++) {
        parts->prices[i] = depth.bid_price[i];
        parts->prices[LEVELS + i] = depth.ask_price[i];
        parts->sizes[i] = depth.bid_volume[i];
        parts->sizes[LEVELS + i] = depth.ask_volume[i];
    }
    parts->price_count = parts->size_count = 2 * LEVELS;
    parts->has_time = true;
    parts->time_ns = depth.data_time_ns;
    parts->names_size = offsetof(struct wingchun_depth, data_time_ns);
}

static void take_ticker(struct wingchun_ticker ticker, struct parts *parts)
{
    memcpy(parts->symbol, ticker.symbol, sizeof parts->symbol);
    memcpy(parts->exchange, ticker.exchange_id, sizeof parts->exchange);
    parts->prices[0] = ticker.bid_price;
    parts->prices[1] = ticker.ask_price;
    parts->sizes[0] = ticker.bid_volume;
    parts->sizes[1] = ticker.ask_volume;
    parts->price_count = parts->size_count = 2;
    parts->has_time = true;
    parts->time_ns = ticker.data_time_ns;
    parts->names_size = offsetof(struct wingchun_ticker, data_time_ns);
}

static void take_trade(struct wingchun_trade trade, struct parts *parts)
{
    memcpy(parts->symbol, trade.symbol, sizeof parts->symbol);
    memcpy(parts->exchange, trade.exchange_id, sizeof parts->exchange);
    parts->prices[0] = trade.price;
    parts->sizes[0] = trade.volume;
    parts->price_count = parts->size_count = 1;
    parts->has_time = true;
    parts->time_ns = trade.trade_time_ns;
    parts->id = trade.trade_id;
    parts->names_size = offsetof(struct wingchun_trade, instrument_type);
}

static struct parts take_apart(int type, const void *data)
{
    struct parts parts = {.has_time = false};
    switch (type) {
    case WINGCHUN_DEPTH:
        take_depth(*(const struct wingchun_depth *)data, &parts);
        break;
    case WINGCHUN_TICKER:
        take_ticker(*(const struct wingchun_ticker *)data, &parts);
        break;
    case WINGCHUN_TRADE:
        take_trade(*(const struct wingchun_trade *)data, &parts);
        break;
    default: {
        struct wingchun_index_price index = *(const struct wingchun_index_price *)data;
        memcpy(parts.symbol, index.symbol, sizeof parts.symbol);
        parts.prices[0] = index.price;
        parts.price_count = 1;
    }
    }
    return parts;
}

static bool is_text(const char *symbol)
{
    size_t length = strnlen(symbol, WINGCHUN_SYMBOL_SIZE);
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)symbol[i];
        if (c < ' ' || c == 127) {
            return false;
        }
    }
    return length > 0;
}

static bool some(const struct parts *parts, bool (*holds)(double value))
{
    for (int i = 0; i < parts->price_count; i++) {
        if (holds(parts->prices[i])) {
            return true;
        }
    }
    for (int i = 0; i < parts->size_count; i++) {
        if (holds(parts->sizes[i])) {
            return true;
        }
    }
    return false;
}

static bool not_finite(double value)
{
    return !isfinite(value);
}

static bool negative(double value)
{
    return value < 0;
}

static bool too_large(double value)
{
    return value > 0x1p500;
}

static bool negative_zero(double value)
{
    return value == 0 && signbit(value);
}

static bool denormal(double value)
{
    return fpclassify(value) == FP_SUBNORMAL;
}

static bool lacks_a_price(int type, const struct parts *parts)
{
    if (type == WINGCHUN_TRADE || type == WINGCHUN_INDEX_PRICE) {
        return parts->prices[0] == 0;
    }
    for (int i = 0; i < parts->price_count; i++) {
        if (parts->prices[i] == 0 && parts->sizes[i] > 0) {
            return true;
        }
    }
    return false;
}

/* direction: -1 where prices must fall. */
static bool side_is_sorted(const double *prices, int direction, bool *repeats)
{
    for (int i = 1; i < LEVELS; i++) {
        if (prices[i] == 0) {
            continue; /* the side has ended; a price behind it is told below */
        }
        if (prices[i - 1] == 0 || (prices[i] - prices[i - 1]) * direction < 0) {
            return false;
        }
        *repeats = *repeats || prices[i] == prices[i - 1];
    }
    return true;
}

static void count_book(struct ts_oracle_counts *counts, double bid, double ask)
{
    if (bid == 0 && ask == 0) {
        counts->suspect_halted++;
    } else if (bid == 0 || ask == 0) {
        counts->suspect_one_sided++;
    } else if (bid > ask) {
        counts->suspect_crossed++;
    } else if (bid == ask) {
        counts->suspect_locked++;
    }
}

const struct ts_oracle_stream *ts_oracle_find(const struct ts_oracle *oracle, int type, const void *data)
{
    struct parts parts = take_apart(type, data);
    for (uint32_t i = 0; i < oracle->stream_count; i++) {
        const struct ts_oracle_stream *stream = &oracle->streams[i];
        if (stream->type == type && strncmp(stream->symbol, parts.symbol, sizeof parts.symbol) == 0 &&
            strncmp(stream->exchange, parts.exchange, sizeof parts.exchange) == 0) {
            return stream;
        }
    }
    return NULL;
}

static struct ts_oracle_stream *new_stream(struct ts_oracle *oracle, int type, const struct parts *parts)
{
    if (oracle->stream_count == TS_ORACLE_STREAMS) {
        fprintf(stderr, "oracle: more than %d streams\n", TS_ORACLE_STREAMS);
        abort();
    }
    struct ts_oracle_stream *stream = &oracle->streams[oracle->stream_count++];
    *stream = (struct ts_oracle_stream){.type = type};
    memcpy(stream->symbol, parts->symbol, strnlen(parts->symbol, sizeof parts->symbol));
    memcpy(stream->exchange, parts->exchange, strnlen(parts->exchange, sizeof parts->exchange));
    return stream;
}

/* How far ahead of the newest a value is, and takes it for the newest where it may be. */
static int64_t hold_against(struct ts_oracle_newest *newest, int64_t value, int64_t far)
{
    if (newest->value == 0) {
        newest->value = value;
        return 0;
    }
    int64_t ahead = value - newest->value;
    if (ahead > far || ahead < -far) {
        if (newest->doubted) {
            newest->value = value;
        }
        newest->doubted = !newest->doubted;
    } else {
        newest->doubted = false;
        if (ahead > 0) {
            newest->value = value;
        }
    }
    return ahead;
}

static void count_in_row(struct ts_oracle *oracle, int type, const struct parts *parts, const void *data)
{
    struct ts_oracle_counts *counts = &oracle->counts;
    const struct ts_oracle_stream *found = ts_oracle_find(oracle, type, data);
    bool is_new = found == NULL;
    struct ts_oracle_stream *stream =
        is_new ? new_stream(oracle, type, parts) : &oracle->streams[found - oracle->streams];
    size_t names = parts->names_size, size = wingchun_size(type);
    if (!is_new && memcmp(stream->last + names, (const char *)data + names, size - names) == 0) {
        counts->suspect_duplicate++;
    }
    memcpy(stream->last, data, size);
    if (parts->time_ns <= 0) {
        counts->suspect_no_time++;
    } else {
        int64_t ahead_ns = hold_against(&stream->time, parts->time_ns, DAY_NS);
        counts->suspect_time_backward += ahead_ns < 0;
        counts->suspect_time_jump += ahead_ns > DAY_NS || ahead_ns < -DAY_NS;
        counts->suspect_time_gap += ahead_ns > 60 * SECOND_NS && ahead_ns <= DAY_NS;
    }
    if (type == WINGCHUN_TRADE && parts->id > 0) {
        int64_t ahead = hold_against(&stream->id, parts->id, ID_FAR);
        counts->suspect_id_gap += ahead > 1;
        counts->suspect_id_backward += ahead < 0;
    }
}

static uint64_t *reason_against(struct ts_oracle_counts *counts, int type, const void *data, uint32_t size)
{
    if (data == NULL) {
        return &counts->rejected_null;
    }
    if (type < WINGCHUN_DEPTH || type > WINGCHUN_INDEX_PRICE) {
        return &counts->rejected_type;
    }
    return size != wingchun_size(type) ? &counts->rejected_size : NULL;
}

static uint64_t *reason_against_content(struct ts_oracle_counts *counts, int type, const struct parts *parts,
                                        bool *repeats)
{
    if (!is_text(parts->symbol)) {
        return &counts->rejected_symbol;
    }
    if (some(parts, not_finite)) {
        return &counts->rejected_not_finite;
    }
    if (some(parts, negative)) {
        return &counts->rejected_negative;
    }
    if (some(parts, too_large)) {
        return &counts->rejected_overflow;
    }
    if (lacks_a_price(type, parts)) {
        return &counts->rejected_zero_price;
    }
    if (type == WINGCHUN_DEPTH && (!side_is_sorted(parts->prices, -1, repeats) ||
                                   !side_is_sorted(parts->prices + LEVELS, 1, repeats))) {
        return &counts->rejected_unsorted;
    }
    return NULL;
}

static uint64_t sum_of_suspicions(const struct ts_oracle_counts *counts)
{
    uint64_t sum = 0;
#define ADD(name) sum += strncmp(#name, "suspect_", 8) == 0 ? counts->name : 0;
    TS_ORACLE_COUNTS(ADD)
    return sum;
}

bool ts_oracle_tick(struct ts_oracle *oracle, int type, const void *data, uint32_t size)
{
    struct ts_oracle_counts *counts = &oracle->counts;
    uint64_t before = sum_of_suspicions(counts);
    bool repeats = false;
    struct parts parts;
    uint64_t *reason = reason_against(counts, type, data, size);
    if (reason == NULL) {
        parts = take_apart(type, data);
        reason = reason_against_content(counts, type, &parts, &repeats);
    }
    if (reason != NULL) {
        (*reason)++;
        counts->ticks_rejected++;
        return false;
    }
    counts->ticks_accepted++;
    counts->depth_accepted += type == WINGCHUN_DEPTH;
    counts->suspect_negative_zero += some(&parts, negative_zero);
    counts->suspect_denormal += some(&parts, denormal);
    counts->suspect_duplicate_level += repeats;
    counts->suspect_long_symbol += strnlen(parts.symbol, sizeof parts.symbol) == sizeof parts.symbol;
    if (type == WINGCHUN_DEPTH || type == WINGCHUN_TICKER) {
        count_book(counts, parts.prices[0], parts.prices[parts.price_count / 2]);
    }
    if (parts.has_time) {
        count_in_row(oracle, type, &parts, data);
    }
    counts->ticks_suspect += sum_of_suspicions(counts) > before;
    return true;
}

void ts_oracle_symbol(int type, const void *data, char symbol[WINGCHUN_SYMBOL_SIZE + 1])
{
    struct parts parts = take_apart(type, data);
    memset(symbol, 0, WINGCHUN_SYMBOL_SIZE + 1);
    memcpy(symbol, parts.symbol, strnlen(parts.symbol, sizeof parts.symbol));
}
