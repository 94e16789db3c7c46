#include "engine/tick_check.h"

#include <float.h>
#include <math.h>
#include <string.h>

#define LEVELS        WINGCHUN_DEPTH_LEVELS
#define FIRST_PRINTED 0x20
#define DELETE_CHAR   0x7f

/* Two doubles at a time, compared into masks: the compiler makes no vector code of a loop over booleans. */
typedef double pair __attribute__((vector_size(16)));
typedef int64_t mask __attribute__((vector_size(16)));

/* Values stand at any address; index counts them. */
static pair pair_at(const void *values, int index)
{
    pair two;
    memcpy(&two, (const char *)values + (size_t)index * sizeof(double), sizeof two);
    return two;
}

static bool all(mask lanes)
{
    return (lanes[0] & lanes[1]) == -1;
}

/* Whether each value is above 0 and in the usual range, where what is not a number is not. count is even. */
static bool all_usual(const void *values, int count)
{
    const pair least = {DBL_MIN, DBL_MIN}, most = {TS_TICK_VALUE_MAX, TS_TICK_VALUE_MAX};
    mask inside = {-1, -1};
    int i = 0;
    /* A line at a time: a sanitizer that looks at each access has one to look at. */
    for (; i + 8 <= count; i += 8) {
        pair line[4];
        memcpy(line, (const char *)values + (size_t)i * sizeof(double), sizeof line);
        for (int k = 0; k < 4; k++) {
            inside &= (line[k] >= least) & (line[k] <= most);
        }
    }
    for (; i < count; i += 2) {
        pair two = pair_at(values, i);
        inside &= (two >= least) & (two <= most);
    }
    return all(inside);
}

/* For values that are not all usual: the first fault in the order of the list, or what is odd. */
static enum ts_tick_fault fault_of_values(const double *values, int count, uint32_t *suspicions)
{
    bool finite = true, negative = false, beyond = false, denormal = false, negative_zero = false;
    for (int i = 0; i < count; i++) {
        double value = values[i];
        finite = finite && isfinite(value);
        negative = negative || value < 0;
        beyond = beyond || value > TS_TICK_VALUE_MAX;
        denormal = denormal || (value > 0 && value < DBL_MIN);
        negative_zero = negative_zero || (value == 0 && signbit(value));
    }
    if (!finite) {
        return TS_TICK_NOT_FINITE;
    }
    if (negative) {
        return TS_TICK_NEGATIVE;
    }
    if (beyond) {
        return TS_TICK_OVERFLOW;
    }
    *suspicions |=
        (denormal ? TS_SUSPECT_BIT(DENORMAL) : 0) | (negative_zero ? TS_SUSPECT_BIT(NEGATIVE_ZERO) : 0);
    return TS_TICK_SOUND;
}

static enum ts_tick_fault check_values(const double *values, int count, uint32_t *suspicions)
{
    return all_usual(values, count) ? TS_TICK_SOUND : fault_of_values(values, count, suspicions);
}

/* One word at a time: nothing before the first NUL may be a control character. */
static enum ts_tick_fault check_symbol(const char *symbol, uint32_t *suspicions)
{
    uint64_t word;
    for (int i = 0; i < WINGCHUN_SYMBOL_SIZE; i += (int)sizeof word) {
        memcpy(&word, symbol + i, sizeof word);
        uint64_t ends = TS_ZERO_BYTES(word);
        /* Of a last word, all that follows the NUL counts as printed. */
        uint64_t kept = ends != 0 ? TS_BYTES_BELOW(ends) : ~UINT64_C(0);
        uint64_t text = (word & kept) | (TS_EACH_BYTE(FIRST_PRINTED) & ~kept);
        uint64_t control = (text - TS_EACH_BYTE(FIRST_PRINTED)) & ~text & TS_EACH_BYTE(0x80);
        if ((control | TS_ZERO_BYTES(text ^ TS_EACH_BYTE(DELETE_CHAR))) != 0 || (i == 0 && kept == 0)) {
            return TS_TICK_SYMBOL;
        }
        if (ends != 0) {
            return TS_TICK_SOUND;
        }
    }
    *suspicions |= TS_SUSPECT_BIT(LONG_SYMBOL);
    return TS_TICK_SOUND;
}

static uint32_t compare_best(double bid, double ask)
{
    if (bid > 0 && ask > 0) {
        return (bid > ask ? TS_SUSPECT_BIT(CROSSED) : 0) | (bid == ask ? TS_SUSPECT_BIT(LOCKED) : 0);
    }
    return bid > 0 || ask > 0 ? TS_SUSPECT_BIT(ONE_SIDED) : TS_SUSPECT_BIT(HALTED);
}

/* Whether the prices of each side differ and are in order; both sides are full. */
static bool strictly_sorted(const char *bids, const char *asks)
{
    enum { PAIRS = LEVELS / 2 };
    pair bid[PAIRS], ask[PAIRS];
    memcpy(bid, bids, sizeof bid);
    memcpy(ask, asks, sizeof ask);
    mask sorted = {-1, -1};
    for (int i = 0; i + 1 < PAIRS; i++) { /* each with the one behind it */
        pair next_bid = {bid[i][1], bid[i + 1][0]}, next_ask = {ask[i][1], ask[i + 1][0]};
        sorted &= (next_bid < bid[i]) & (next_ask > ask[i]);
    }
    return all(sorted) && bid[PAIRS - 1][1] < bid[PAIRS - 1][0] && ask[PAIRS - 1][1] > ask[PAIRS - 1][0];
}
_Static_assert(LEVELS % 2 == 0, "levels make pairs");

/* For books with empty levels, or that are not in strict order. */
static enum ts_tick_fault check_levels(const double *values, uint32_t *suspicions)
{
    const double *bids = values, *asks = values + LEVELS;
    const double *volumes = values + 2 * (size_t)LEVELS; /* in the order of the prices */
    bool unpriced = false, unsorted = false, equal = false;
    for (int i = 0; i < 2 * LEVELS; i++) {
        unpriced = unpriced || (values[i] == 0 && volumes[i] > 0);
    }
    for (int i = 1; i < LEVELS; i++) {
        /* Where a side has ended its prices stay 0, so that a level behind a hole is out of order. */
        unsorted =
            unsorted || bids[i] > bids[i - 1] || (asks[i] > 0 && (asks[i] < asks[i - 1] || asks[i - 1] == 0));
        equal = equal || (bids[i] == bids[i - 1] && bids[i] > 0) || (asks[i] == asks[i - 1] && asks[i] > 0);
    }
    *suspicions |= equal ? TS_SUSPECT_BIT(DUPLICATE_LEVEL) : 0;
    return unpriced ? TS_TICK_ZERO_PRICE : unsorted ? TS_TICK_UNSORTED : TS_TICK_SOUND;
}

/* For books that a quick look does not find usual. */
static enum ts_tick_fault check_book(const char *book, uint32_t *suspicions)
{
    double values[4 * LEVELS];
    memcpy(values, book, sizeof values);
    enum ts_tick_fault fault = fault_of_values(values, 4 * LEVELS, suspicions);
    return fault == TS_TICK_SOUND ? check_levels(values, suspicions) : fault;
}

static enum ts_tick_fault check_depth(const struct wingchun_depth *depth, uint32_t *suspicions)
{
    /* The four arrays stand behind one another on the wire: bid prices, ask prices, and their volumes. */
    const char *book = (const char *)depth + offsetof(struct wingchun_depth, bid_price);
    enum ts_tick_fault fault = check_symbol(depth->symbol, suspicions);
    if (fault != TS_TICK_SOUND) {
        return fault;
    }
    if (!all_usual(book, 4 * LEVELS) || !strictly_sorted(book, book + LEVELS * sizeof(double))) {
        fault = check_book(book, suspicions);
    }
    if (fault == TS_TICK_SOUND) {
        *suspicions |= compare_best(depth->bid_price[0], depth->ask_price[0]);
    }
    return fault;
}

static enum ts_tick_fault check_ticker(const struct wingchun_ticker *ticker, uint32_t *suspicions)
{
    const double values[] = {ticker->bid_price, ticker->bid_volume, ticker->ask_price, ticker->ask_volume};
    enum ts_tick_fault fault = check_symbol(ticker->symbol, suspicions);
    if (fault == TS_TICK_SOUND) {
        fault = check_values(values, 4, suspicions);
    }
    if (fault == TS_TICK_SOUND && ((values[0] == 0 && values[1] > 0) || (values[2] == 0 && values[3] > 0))) {
        fault = TS_TICK_ZERO_PRICE;
    }
    if (fault == TS_TICK_SOUND) {
        *suspicions |= compare_best(values[0], values[2]);
    }
    return fault;
}

/* A trade, an index: a price that must be there. */
static enum ts_tick_fault check_price(const char *symbol, double price, double volume, uint32_t *suspicions)
{
    const double values[] = {price, volume};
    enum ts_tick_fault fault = check_symbol(symbol, suspicions);
    if (fault == TS_TICK_SOUND) {
        fault = check_values(values, 2, suspicions);
    }
    return fault == TS_TICK_SOUND && price == 0 ? TS_TICK_ZERO_PRICE : fault;
}

enum ts_tick_fault ts_tick_check(int type, const void *data, uint32_t size, uint32_t *suspicions)
{
    *suspicions = 0;
    if (data == NULL) {
        return TS_TICK_NULL;
    }
    if (wingchun_size(type) == 0) {
        return TS_TICK_TYPE;
    }
    if (size != wingchun_size(type)) {
        return TS_TICK_SIZE;
    }
    switch (type) {
    case WINGCHUN_DEPTH:
        return check_depth(data, suspicions);
    case WINGCHUN_TICKER:
        return check_ticker(data, suspicions);
    case WINGCHUN_TRADE: {
        const struct wingchun_trade *trade = data;
        return check_price(trade->symbol, trade->price, trade->volume, suspicions);
    }
    default: {
        const struct wingchun_index_price *index = data;
        return check_price(index->symbol, index->price, 1, suspicions); /* it has no volume */
    }
    }
}

enum ts_tick_step ts_tick_mark_note(struct ts_tick_mark *mark, int64_t value, int64_t jump)
{
    int64_t ahead = value - mark->newest; /* both are 0 or more */
    bool jumps = ahead > jump || ahead < -jump;
    if (mark->newest == 0) {
        mark->newest = value;
        return TS_STEP_FIRST;
    }
    if (jumps) {
        mark->newest = mark->jumped ? value : mark->newest;
        mark->jumped = !mark->jumped;
        return ahead > 0 ? TS_STEP_JUMP : TS_STEP_JUMP_BACK;
    }
    mark->jumped = false;
    mark->newest = ahead > 0 ? value : mark->newest;
    return ahead > 0 ? TS_STEP_AHEAD : ahead < 0 ? TS_STEP_BEHIND : TS_STEP_SAME;
}

uint32_t ts_tick_mark_time(struct ts_tick_mark *mark, int64_t time_ns)
{
    if (time_ns <= 0) {
        return TS_SUSPECT_BIT(NO_TIME);
    }
    int64_t before_ns = mark->newest;
    switch (ts_tick_mark_note(mark, time_ns, TS_TICK_JUMP_NS)) {
    case TS_STEP_AHEAD:
        return time_ns - before_ns > TS_TICK_GAP_NS ? TS_SUSPECT_BIT(TIME_GAP) : 0;
    case TS_STEP_BEHIND:
        return TS_SUSPECT_BIT(TIME_BACKWARD);
    case TS_STEP_JUMP:
        return TS_SUSPECT_BIT(TIME_JUMP);
    case TS_STEP_JUMP_BACK:
        return TS_SUSPECT_BIT(TIME_JUMP) | TS_SUSPECT_BIT(TIME_BACKWARD);
    default:
        return 0;
    }
}
