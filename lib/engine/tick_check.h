/*
 * What a tick must be before anybody works with it, and what is odd about one that may pass.
 *
 * Real feeds send books that cross for a moment, and they send records that are garbage. The first are passed
 * on and counted, the second are refused and counted (signal_api.h says why each is what it is). Faults are
 * looked for in the order of the list, and the first one found is the one that counts.
 *
 * Threads: pure, but for a mark, which belongs to its caller.
 * Units: times in nanoseconds since the Unix epoch.
 * Progress: no allocation, no division, no loop over more than the levels of a book.
 */
#ifndef TS_ENGINE_TICK_CHECK_H
#define TS_ENGINE_TICK_CHECK_H

#include "wingchun.h"

#include <stdbool.h>
#include <stdint.h>

/* X(NAME, member of struct signal_stats). In the order in which they are looked for. */
#define TS_TICK_FAULTS(X)                                                                                    \
    X(NULL, rejected_null)                                                                                   \
    X(TYPE, rejected_type)                                                                                   \
    X(SIZE, rejected_size)                                                                                   \
    X(SYMBOL, rejected_symbol)                                                                               \
    X(NOT_FINITE, rejected_not_finite)                                                                       \
    X(NEGATIVE, rejected_negative)                                                                           \
    X(OVERFLOW, rejected_overflow)                                                                           \
    X(ZERO_PRICE, rejected_zero_price)                                                                       \
    X(UNSORTED, rejected_unsorted)                                                                           \
    X(CLOSED, rejected_closed)

/* The same for what is odd. The first half is seen in the tick alone, the rest beside its stream
 * (tick_stream.h). */
#define TS_TICK_SUSPICIONS(X)                                                                                \
    X(NEGATIVE_ZERO, suspect_negative_zero)                                                                  \
    X(DENORMAL, suspect_denormal)                                                                            \
    X(CROSSED, suspect_crossed)                                                                              \
    X(LOCKED, suspect_locked)                                                                                \
    X(DUPLICATE_LEVEL, suspect_duplicate_level)                                                              \
    X(ONE_SIDED, suspect_one_sided)                                                                          \
    X(HALTED, suspect_halted)                                                                                \
    X(LONG_SYMBOL, suspect_long_symbol)                                                                      \
    X(NO_TIME, suspect_no_time)                                                                              \
    X(TIME_BACKWARD, suspect_time_backward)                                                                  \
    X(TIME_JUMP, suspect_time_jump)                                                                          \
    X(TIME_GAP, suspect_time_gap)                                                                            \
    X(DUPLICATE, suspect_duplicate)                                                                          \
    X(ID_GAP, suspect_id_gap)                                                                                \
    X(ID_BACKWARD, suspect_id_backward)                                                                      \
    X(UNTRACKED, suspect_untracked)

#define TS_TICK_FAULT_ENUM(name, member) TS_TICK_##name,
enum ts_tick_fault {
    TS_TICK_FAULTS(TS_TICK_FAULT_ENUM) TS_TICK_FAULT_COUNT,
    TS_TICK_SOUND = TS_TICK_FAULT_COUNT
};

#define TS_TICK_SUSPICION_ENUM(name, member) TS_SUSPECT_##name,
enum ts_tick_suspicion { TS_TICK_SUSPICIONS(TS_TICK_SUSPICION_ENUM) TS_SUSPECT_COUNT };
#define TS_SUSPECT_BIT(name) (UINT32_C(1) << TS_SUSPECT_##name)

/* Above it a price times a size, or a sum of such products, may leave the range of a double. */
#define TS_TICK_VALUE_MAX 0x1p500

/*
 * The fault of a tick, or TS_TICK_SOUND; *suspicions gets the bits of what is odd in a sound one. Never reads
 * more than `size` bytes, nor past a size that is the type's.
 */
enum ts_tick_fault ts_tick_check(int type, const void *data, uint32_t size, uint32_t *suspicions);

/* The newest time, or number, that ticks have brought, and that one wrong tick cannot spoil. Zeros: none yet.
 */
struct ts_tick_mark {
    int64_t newest;
    bool jumped; /* the latest one was a jump, and was not believed */
};

enum ts_tick_step {
    TS_STEP_FIRST,
    TS_STEP_SAME,
    TS_STEP_AHEAD,
    TS_STEP_BEHIND,
    TS_STEP_JUMP,
    TS_STEP_JUMP_BACK
};

/*
 * Holds a value above 0 against the newest. The mark only goes forward, and by no more than `jump`; but the
 * second of two jumps in a row is believed, so that a feed that was away, or a wrong first tick, does not
 * make all that follows look wrong.
 */
enum ts_tick_step ts_tick_mark_note(struct ts_tick_mark *mark, int64_t value, int64_t jump);

/* Eight characters at a time: bit 7 of the bytes of a word that are 0 (exact up to the first of them), and
 * all ones in the bytes below the first of these. */
#define TS_EACH_BYTE(c)      (UINT64_C(0x0101010101010101) * (c))
#define TS_ZERO_BYTES(word)  (((word) - TS_EACH_BYTE(1)) & ~(word) & TS_EACH_BYTE(0x80))
#define TS_BYTES_BELOW(ends) ((((ends) & -(ends)) >> 7) - 1)

/* Ahead by more than a minute: a gap; by more than a day, either way: a jump. */
#define TS_TICK_GAP_NS  INT64_C(60000000000)
#define TS_TICK_JUMP_NS INT64_C(86400000000000)

/* The same for the time of a tick, which may be absent (0 or less); returns what is odd about it, as
 * suspicions. */
uint32_t ts_tick_mark_time(struct ts_tick_mark *mark, int64_t time_ns);

#endif
