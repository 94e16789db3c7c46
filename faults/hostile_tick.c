#include "hostile_tick.h"

#include "lib/base/random.h"

#include <float.h>
#include <limits.h>
#include <math.h>
#include <string.h>

#define MS_NS     INT64_C(1000000)
#define MINUTE_NS INT64_C(60000000000)
#define DAY_NS    (1440 * MINUTE_NS)

#define INFO(id, part, name, types, steps, counter, text)                                                    \
    {TS_HOSTILE_##part, name, types, steps, counter, text},
const struct ts_hostile_info ts_hostile_kinds[TS_HOSTILE_COUNT] = {TS_HOSTILE_KINDS(INFO)};

int ts_hostile_find(const char *name)
{
    for (int i = 0; i < TS_HOSTILE_COUNT; i++) {
        if (strcmp(ts_hostile_kinds[i].name, name) == 0) {
            return i;
        }
    }
    return -1;
}

bool ts_hostile_applies(enum ts_hostile_kind kind, int type)
{
    return type >= WINGCHUN_DEPTH && type <= WINGCHUN_INDEX_PRICE &&
           strchr(ts_hostile_kinds[kind].types, "DTRI"[type - WINGCHUN_DEPTH]) != NULL;
}

const char *ts_hostile_counter(enum ts_hostile_kind kind, int type)
{
    if (type == WINGCHUN_TRADE && kind == TS_HOSTILE_GAP) {
        return "suspect_id_gap";
    }
    if (type == WINGCHUN_TRADE && kind == TS_HOSTILE_REORDERING) {
        return "suspect_id_backward";
    }
    return ts_hostile_kinds[kind].counter;
}

unsigned ts_hostile_counted(enum ts_hostile_kind kind)
{
    unsigned steps = ts_hostile_kinds[kind].steps;
    switch (kind) {
    case TS_HOSTILE_DUPLICATE:
    case TS_HOSTILE_REORDERING:
    case TS_HOSTILE_FLOOD:
        return steps - 1;
    case TS_HOSTILE_HALT_STORM:
        return steps / 2;
    default:
        return steps;
    }
}

/* Where the parts of a record stand. Offsets of doubles; 0 where there is none. */
struct layout {
    size_t symbol;
    size_t time, id;
    size_t prices, price_count;
    size_t sizes, size_count; /* size i belongs to price i */
    size_t stride;            /* from price to price, and from size to size */
};

static struct layout layout_of(int type)
{
    switch (type) {
    case WINGCHUN_DEPTH:
        return (struct layout){.symbol = offsetof(struct wingchun_depth, symbol),
                               .time = offsetof(struct wingchun_depth, data_time_ns),
                               .prices = offsetof(struct wingchun_depth, bid_price),
                               .price_count = 2 * WINGCHUN_DEPTH_LEVELS,
                               .sizes = offsetof(struct wingchun_depth, bid_volume),
                               .size_count = 2 * WINGCHUN_DEPTH_LEVELS,
                               .stride = sizeof(double)};
    case WINGCHUN_TICKER:
        return (struct layout){.symbol = offsetof(struct wingchun_ticker, symbol),
                               .time = offsetof(struct wingchun_ticker, data_time_ns),
                               .prices = offsetof(struct wingchun_ticker, bid_price),
                               .price_count = 2,
                               .sizes = offsetof(struct wingchun_ticker, bid_volume),
                               .size_count = 2,
                               .stride = 2 * sizeof(double)};
    case WINGCHUN_TRADE:
        return (struct layout){.symbol = offsetof(struct wingchun_trade, symbol),
                               .time = offsetof(struct wingchun_trade, trade_time_ns),
                               .id = offsetof(struct wingchun_trade, trade_id),
                               .prices = offsetof(struct wingchun_trade, price),
                               .price_count = 1,
                               .sizes = offsetof(struct wingchun_trade, volume),
                               .size_count = 1};
    default:
        return (struct layout){.symbol = offsetof(struct wingchun_index_price, symbol),
                               .prices = offsetof(struct wingchun_index_price, price),
                               .price_count = 1};
    }
}

static void put_double(struct ts_hostile_tick *tick, size_t offset, double value)
{
    memcpy(tick->bytes + offset, &value, sizeof value);
}

static double double_at(const struct ts_hostile_tick *tick, size_t offset)
{
    double value;
    memcpy(&value, tick->bytes + offset, sizeof value);
    return value;
}

static void add_i64(struct ts_hostile_tick *tick, size_t offset, int64_t amount)
{
    uint64_t value;
    memcpy(&value, tick->bytes + offset, sizeof value);
    value += (uint64_t)amount;
    memcpy(tick->bytes + offset, &value, sizeof value);
}

static void put_i64(struct ts_hostile_tick *tick, size_t offset, int64_t value)
{
    memcpy(tick->bytes + offset, &value, sizeof value);
}

enum place { ANY_VALUE, A_PRICE, A_SIZE };

/* The value goes to a price or size that is drawn. */
static void put_value(struct ts_hostile_tick *tick, const struct layout *layout, struct ts_random *random,
                      enum place place, double value)
{
    size_t first = place == A_SIZE ? layout->price_count : 0;
    size_t count = (place == A_SIZE ? 0 : layout->price_count) + (place == A_PRICE ? 0 : layout->size_count);
    size_t drawn = first + ts_random_below(random, count);
    bool is_price = drawn < layout->price_count;
    put_double(tick,
               is_price ? layout->prices + drawn * layout->stride
                        : layout->sizes + (drawn - layout->price_count) * layout->stride,
               value);
}

/* One of two values. */
static void put_either(struct ts_hostile_tick *tick, const struct layout *layout, struct ts_random *random,
                       enum place place, double one, double other)
{
    put_value(tick, layout, random, place, ts_random_below(random, 2) == 0 ? one : other);
}

/* Price and size of one level so large that their product is infinite. */
static void overflow(struct ts_hostile_tick *tick, const struct layout *layout, struct ts_random *random)
{
    size_t place = ts_random_below(random, layout->price_count);
    double scale = ts_random_below(random, 2) == 0 ? 1 : 0x1p-100;
    put_double(tick, layout->prices + place * layout->stride, DBL_MAX * scale);
    if (layout->size_count > 0) {
        put_double(tick, layout->sizes + place * layout->stride, DBL_MAX * scale);
    }
}

/* Empties one side of a book, 0 for bids, from a level on. */
static void empty_side(struct ts_hostile_tick *tick, const struct layout *layout, size_t side)
{
    size_t levels = layout->price_count / 2;
    for (size_t i = side * levels; i < (side + 1) * levels; i++) {
        put_double(tick, layout->prices + i * layout->stride, 0);
        put_double(tick, layout->sizes + i * layout->stride, 0);
    }
}

/* Lifts the best bid to the best ask, or above it. */
static void meet(struct ts_hostile_tick *tick, const struct layout *layout, double factor)
{
    size_t levels = layout->price_count / 2;
    double ask = double_at(tick, layout->prices + levels * layout->stride);
    put_double(tick, layout->prices, ask * factor);
}

/* Of a Depth: level i and the one behind it. */
static void disturb_levels(struct ts_hostile_tick *tick, const struct layout *layout,
                           struct ts_random *random, bool swap)
{
    size_t side = ts_random_below(random, 2), level = ts_random_below(random, WINGCHUN_DEPTH_LEVELS - 1);
    size_t first = layout->prices + (side * WINGCHUN_DEPTH_LEVELS + level) * sizeof(double);
    double better = double_at(tick, first), worse = double_at(tick, first + sizeof(double));
    put_double(tick, first + sizeof(double), better);
    if (swap) {
        put_double(tick, first, worse);
    }
}

static void rename_symbol(struct ts_hostile_tick *tick, const struct layout *layout, struct ts_random *random,
                          enum ts_hostile_kind kind)
{
    char *symbol = (char *)tick->bytes + layout->symbol;
    uint64_t choice = ts_random_below(random, 8);
    if (kind == TS_HOSTILE_LONG_SYMBOL) {
        memset(symbol, 'l', WINGCHUN_SYMBOL_SIZE);
        symbol[0] = (char)('a' + choice);
    } else if (kind == TS_HOSTILE_UNKNOWN_SYMBOL) {
        memset(symbol, 0, WINGCHUN_SYMBOL_SIZE);
        memcpy(symbol, "nobody0", sizeof "nobody0");
        symbol[6] = (char)('0' + choice);
    } else if (choice == 0) {
        symbol[0] = '\0';
    } else {
        symbol[choice - 1] = choice % 2 == 0 ? '\x7f' : (char)choice;
    }
}

static void change_time(struct ts_hostile_tick *tick, const struct layout *layout, struct ts_random *random,
                        enum ts_hostile_kind kind)
{
    uint64_t choice = ts_random_below(random, 3);
    switch (kind) {
    case TS_HOSTILE_TIME_BACKWARD:
        add_i64(tick, layout->time, choice == 0 ? -1 : choice == 1 ? -MINUTE_NS : -2 * DAY_NS);
        break;
    case TS_HOSTILE_TIME_ZERO:
        put_i64(tick, layout->time, choice == 0 ? 0 : choice == 1 ? -1 : INT64_MIN);
        break;
    case TS_HOSTILE_TIME_FUTURE:
        if (choice == 0) {
            put_i64(tick, layout->time, INT64_MAX);
        } else {
            add_i64(tick, layout->time, choice == 1 ? DAY_NS + MINUTE_NS : 365 * DAY_NS);
        }
        break;
    default: /* a gap */
        add_i64(tick, layout->id != 0 ? layout->id : layout->time,
                layout->id != 0 ? 2 + (int64_t)choice : (2 + (int64_t)choice) * MINUTE_NS);
        break;
    }
}

/* Ticks that are right in themselves but not in their row. */
static void repeat(struct ts_hostile_tick *tick, const struct layout *layout, unsigned step,
                   enum ts_hostile_kind kind)
{
    /* The later one first. */
    int64_t later = kind == TS_HOSTILE_REORDERING ? 2 - (int64_t)step : 1;
    add_i64(tick, layout->time, later * MS_NS);
    if (layout->id != 0) {
        add_i64(tick, layout->id, later);
    }
}

/* Even steps halt trading, odd ones resume it; none repeats the one before. */
static void halt(struct ts_hostile_tick *tick, const struct layout *layout, unsigned step)
{
    add_i64(tick, layout->time, (int64_t)step + 1);
    if (step % 2 == 0) {
        empty_side(tick, layout, 0);
        empty_side(tick, layout, 1);
    }
}

static void change_value(struct ts_hostile_tick *tick, const struct layout *layout, struct ts_random *random,
                         enum ts_hostile_kind kind)
{
    switch (kind) {
    case TS_HOSTILE_NAN:
        put_either(tick, layout, random, ANY_VALUE, (double)NAN, -(double)NAN);
        break;
    case TS_HOSTILE_INF:
        put_value(tick, layout, random, ANY_VALUE, (double)INFINITY);
        break;
    case TS_HOSTILE_NEGATIVE_INF:
        put_value(tick, layout, random, ANY_VALUE, -(double)INFINITY);
        break;
    case TS_HOSTILE_NEGATIVE_ZERO:
        put_value(tick, layout, random, A_SIZE, -0.0);
        break;
    case TS_HOSTILE_DENORMAL:
        put_either(tick, layout, random, A_SIZE, DBL_TRUE_MIN, DBL_MIN / 2);
        break;
    case TS_HOSTILE_NEGATIVE_PRICE:
        put_either(tick, layout, random, A_PRICE, -1, -DBL_TRUE_MIN);
        break;
    case TS_HOSTILE_NEGATIVE_SIZE:
        put_either(tick, layout, random, A_SIZE, -1, -DBL_MAX);
        break;
    case TS_HOSTILE_ZERO_PRICE:
        put_either(tick, layout, random, A_PRICE, 0.0, -0.0);
        break;
    default:
        overflow(tick, layout, random);
        break;
    }
}

static void change_book(struct ts_hostile_tick *tick, const struct layout *layout, struct ts_random *random,
                        enum ts_hostile_kind kind, unsigned step)
{
    switch (kind) {
    case TS_HOSTILE_CROSSED_BOOK:
        meet(tick, layout, 1.01);
        break;
    case TS_HOSTILE_LOCKED_BOOK:
        meet(tick, layout, 1);
        break;
    case TS_HOSTILE_EMPTY_SIDE:
        empty_side(tick, layout, ts_random_below(random, 2));
        break;
    case TS_HOSTILE_HALT_STORM:
        halt(tick, layout, step);
        break;
    default:
        disturb_levels(tick, layout, random, kind == TS_HOSTILE_UNSORTED_LEVELS);
        break;
    }
}

static void mislabel(struct ts_hostile_tick *tick, struct ts_random *random, enum ts_hostile_kind kind)
{
    static const int no_types[] = {0, -1, 100, 105, INT_MAX, INT_MIN, 101 << 8};
    int others[] = {WINGCHUN_DEPTH, WINGCHUN_TICKER, WINGCHUN_TRADE, WINGCHUN_INDEX_PRICE};
    switch (kind) {
    case TS_HOSTILE_NO_DATA:
        tick->null = true;
        break;
    case TS_HOSTILE_WRONG_TYPE:
        tick->type = no_types[ts_random_below(random, sizeof no_types / sizeof *no_types)];
        break;
    case TS_HOSTILE_WRONG_SIZE: /* the bytes of one type under the name of another */
        others[tick->type - WINGCHUN_DEPTH] = others[3];
        tick->type = others[ts_random_below(random, 3)];
        break;
    case TS_HOSTILE_TRUNCATED:
        tick->size = (uint32_t)ts_random_below(random, tick->size);
        break;
    default:
        tick->bytes[ts_random_below(random, tick->size)] ^= (unsigned char)(1u << ts_random_below(random, 8));
        break;
    }
}

void ts_hostile_make(enum ts_hostile_kind kind, int type, uint64_t seed, unsigned step, const void *good,
                     struct ts_hostile_tick *tick)
{
    struct ts_random random = {.state = ts_seed_mix(seed, (uint64_t)kind)};
    struct layout layout = layout_of(type);
    *tick = (struct ts_hostile_tick){.type = type, .size = (uint32_t)wingchun_size(type)};
    memcpy(tick->bytes, good, tick->size);
    switch (ts_hostile_kinds[kind].part) {
    case TS_HOSTILE_VALUE:
        change_value(tick, &layout, &random, kind);
        break;
    case TS_HOSTILE_BOOK:
        change_book(tick, &layout, &random, kind, step);
        break;
    case TS_HOSTILE_TIME:
        change_time(tick, &layout, &random, kind);
        break;
    case TS_HOSTILE_ROW:
        repeat(tick, &layout, step, kind);
        break;
    case TS_HOSTILE_SYMBOL:
        rename_symbol(tick, &layout, &random, kind);
        break;
    case TS_HOSTILE_RECORD:
        mislabel(tick, &random, kind);
        break;
    }
}
