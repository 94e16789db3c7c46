/*
 * Hostile ticks: what a feed, an exchange on a bad day or a broken sender can put before an engine.
 *
 * Each kind is made from a good tick of the same type, so that nothing but the hazard is wrong with it. A
 * kind occurs as one tick or as several in a row (its steps). What becomes of each kind is documented in
 * signal_api.h; `counter` names the counter of struct signal_stats that must say so (trades, which carry ids,
 * have their own for some).
 *
 * Threads: pure. The same arguments give the same bytes.
 * Ownership: plain data.
 */
#ifndef TS_FAULTS_HOSTILE_TICK_H
#define TS_FAULTS_HOSTILE_TICK_H

#include "lib/include/wingchun.h"

#include <stdbool.h>
#include <stdint.h>

/* X(ID, part, name, types as letters D T R I, steps, counter, what it is) */
#define TS_HOSTILE_KINDS(X)                                                                                  \
    X(NAN, VALUE, "nan", "DTRI", 1, "rejected_not_finite", "a price or size that is not a number")           \
    X(INF, VALUE, "inf", "DTRI", 1, "rejected_not_finite", "a price or size that is infinite")               \
    X(NEGATIVE_INF, VALUE, "negative-inf", "DTRI", 1, "rejected_not_finite", "the same below 0")             \
    X(NEGATIVE_ZERO, VALUE, "negative-zero", "DTR", 1, "suspect_negative_zero", "a size of -0")              \
    X(DENORMAL, VALUE, "denormal", "DTR", 1, "suspect_denormal", "a size too small for all its digits")      \
    X(NEGATIVE_PRICE, VALUE, "negative-price", "DTRI", 1, "rejected_negative", "a price below 0")            \
    X(NEGATIVE_SIZE, VALUE, "negative-size", "DTR", 1, "rejected_negative", "a size below 0")                \
    X(ZERO_PRICE, VALUE, "zero-price", "DTRI", 1, "rejected_zero_price", "a size without a price")           \
    X(OVERFLOW, VALUE, "overflow", "DTRI", 1, "rejected_overflow",                                           \
      "a price x size beyond the range of a double")                                                         \
    X(CROSSED_BOOK, BOOK, "crossed-book", "DT", 1, "suspect_crossed", "the best bid above the best ask")     \
    X(LOCKED_BOOK, BOOK, "locked-book", "DT", 1, "suspect_locked", "the best bid at the best ask")           \
    X(UNSORTED_LEVELS, BOOK, "unsorted-levels", "D", 1, "rejected_unsorted",                                 \
      "two levels in the wrong order")                                                                       \
    X(DUPLICATE_LEVELS, BOOK, "duplicate-levels", "D", 1, "suspect_duplicate_level",                         \
      "two levels of one price")                                                                             \
    X(EMPTY_SIDE, BOOK, "empty-side", "DT", 1, "suspect_one_sided", "no bid, or no ask")                     \
    X(TIME_BACKWARD, TIME, "time-backward", "DTR", 1, "suspect_time_backward", "a time before the latest")   \
    X(TIME_ZERO, TIME, "time-zero", "DTR", 1, "suspect_no_time", "a time of 0 or less")                      \
    X(TIME_FUTURE, TIME, "time-future", "DTR", 1, "suspect_time_jump", "a time more than a day ahead")       \
    X(GAP, TIME, "gap", "DTR", 1, "suspect_time_gap", "minutes, or trades by their ids, left out")           \
    X(DUPLICATE, ROW, "duplicate", "DTR", 2, "suspect_duplicate", "a tick twice")                            \
    X(REORDERING, ROW, "reordering", "DTR", 2, "suspect_time_backward", "two ticks in the wrong order")      \
    X(LONG_SYMBOL, SYMBOL, "unterminated-symbol", "DTRI", 1, "suspect_long_symbol",                          \
      "32 characters without a NUL")                                                                         \
    X(UNKNOWN_SYMBOL, SYMBOL, "unknown-symbol", "DTRI", 1, NULL, "a symbol that nobody asked for")           \
    X(BAD_SYMBOL, SYMBOL, "bad-symbol", "DTRI", 1, "rejected_symbol", "no symbol, or one that is no text")   \
    X(NO_DATA, RECORD, "no-data", "DTRI", 1, "rejected_null", "NULL in place of a record")                   \
    X(WRONG_TYPE, RECORD, "wrong-type", "DTRI", 1, "rejected_type", "a type that is none")                   \
    X(WRONG_SIZE, RECORD, "wrong-size", "DTRI", 1, "rejected_size", "a record under the type of another")    \
    X(TRUNCATED, RECORD, "truncated", "DTRI", 1, "rejected_size", "the start of a record")                   \
    X(BIT_FLIP, RECORD, "bit-flip", "DTRI", 1, NULL, "a record with one bit changed, anywhere")              \
    X(HALT_STORM, BOOK, "halt-storm", "DT", 32, "suspect_halted",                                            \
      "trading halts and resumes, again and again")                                                          \
    X(FLOOD, ROW, "flood", "DTR", 128, "suspect_duplicate", "one tick over and over")

#define TS_HOSTILE_ENUM(id, part, name, types, steps, counter, text) TS_HOSTILE_##id,
enum ts_hostile_kind { TS_HOSTILE_KINDS(TS_HOSTILE_ENUM) TS_HOSTILE_COUNT };

/* What of a tick is wrong: its numbers, its book, its time, its place in the row, its name, or all of it. */
enum ts_hostile_part {
    TS_HOSTILE_VALUE,
    TS_HOSTILE_BOOK,
    TS_HOSTILE_TIME,
    TS_HOSTILE_ROW,
    TS_HOSTILE_SYMBOL,
    TS_HOSTILE_RECORD
};

struct ts_hostile_info {
    enum ts_hostile_part part;
    const char *name;
    const char *types; /* for which it exists: Depth, Ticker, tRade, Index */
    unsigned steps;
    const char *counter; /* NULL: none, or it depends on where it hits */
    const char *text;
};

extern const struct ts_hostile_info ts_hostile_kinds[TS_HOSTILE_COUNT];

#define TS_HOSTILE_SPAN_NS  INT64_C(300000000000)
#define TS_HOSTILE_SPAN_IDS 8

/* A tick as it is given to an engine. `size` bytes are there, whatever the type says. */
struct ts_hostile_tick {
    int type;
    uint32_t size;
    bool null; /* no data at all */
    unsigned char bytes[WINGCHUN_SIZE_MAX];
};

/* -1 when no kind has this name. */
int ts_hostile_find(const char *name);

/* Whether a kind exists for a type (enum wingchun_type). */
bool ts_hostile_applies(enum ts_hostile_kind kind, int type);

/* The counter for ticks of this type, and by how much it grows with each occurrence after a good tick. */
const char *ts_hostile_counter(enum ts_hostile_kind kind, int type);
unsigned ts_hostile_counted(enum ts_hostile_kind kind);

/*
 * Step `step` of the occurrence `seed` of a kind. good: a tick of that type, the latest that its symbol had;
 * the steps' times are within TS_HOSTILE_SPAN_NS, and ids within TS_HOSTILE_SPAN_IDS, after its own, or are
 * believed by nobody.
 */
void ts_hostile_make(enum ts_hostile_kind kind, int type, uint64_t seed, unsigned step, const void *good,
                     struct ts_hostile_tick *tick);

#endif
