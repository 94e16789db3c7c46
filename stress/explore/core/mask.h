/*
 * A set of threads, by index. Threads: none of its own; whoever owns the mask.
 */
#ifndef TS_EXPLORE_CORE_MASK_H
#define TS_EXPLORE_CORE_MASK_H

#include <stdbool.h>
#include <stdint.h>

#define TS_EXPLORE_THREADS 256u /* at a time, in one schedule */
#define TS_MASK_WORDS      (TS_EXPLORE_THREADS / 64u)

struct ts_mask {
    uint64_t word[TS_MASK_WORDS];
};

/* Words that can hold a member, given the threads of the schedule: those behind them are 0 in every mask. */
extern uint32_t ts_mask_words;

static inline bool ts_mask_has(const struct ts_mask *mask, uint32_t index)
{
    return (mask->word[index / 64] >> (index % 64) & 1) != 0;
}

static inline void ts_mask_set(struct ts_mask *mask, uint32_t index, bool on)
{
    uint64_t bit = UINT64_C(1) << (index % 64);
    mask->word[index / 64] = on ? mask->word[index / 64] | bit : mask->word[index / 64] & ~bit;
}

/* Mostly one or none: looked at before it is counted in full. */
static inline uint32_t ts_mask_count_word(uint64_t word)
{
    uint64_t more = word & (word - 1);
    return more == 0 ? word != 0 : (uint32_t)__builtin_popcountll(word);
}

static inline uint32_t ts_mask_count(const struct ts_mask *mask)
{
    uint32_t count = ts_mask_count_word(mask->word[0]);
    for (uint32_t i = 1; i < ts_mask_words; i++) {
        count += ts_mask_count_word(mask->word[i]);
    }
    return count;
}

static inline bool ts_mask_any(const struct ts_mask *mask)
{
    uint64_t all = mask->word[0];
    for (uint32_t i = 1; i < ts_mask_words; i++) {
        all |= mask->word[i];
    }
    return all != 0;
}

/* The first member at or above `index` < TS_EXPLORE_THREADS; TS_EXPLORE_THREADS when there is none. */
static inline uint32_t ts_mask_next(const struct ts_mask *mask, uint32_t index)
{
    uint32_t i = index / 64;
    uint64_t word = mask->word[i] & (UINT64_MAX << (index % 64));
    while (word == 0) {
        if (++i >= ts_mask_words) {
            return TS_EXPLORE_THREADS;
        }
        word = mask->word[i];
    }
    return i * 64 + (uint32_t)__builtin_ctzll(word);
}

/* The first member above `index`, else the first of all: whose turn it is after `index`. */
static inline uint32_t ts_mask_after(const struct ts_mask *mask, uint32_t index)
{
    uint32_t next = index + 1 < TS_EXPLORE_THREADS ? ts_mask_next(mask, index + 1) : TS_EXPLORE_THREADS;
    return next < TS_EXPLORE_THREADS ? next : ts_mask_next(mask, 0);
}

/* The member with `rank` others below it, rank < count. */
static inline uint32_t ts_mask_nth(const struct ts_mask *mask, uint32_t rank)
{
    uint32_t i = 0;
    for (; ts_mask_words > 1 && ts_mask_count_word(mask->word[i]) <= rank; i++) {
        rank -= ts_mask_count_word(mask->word[i]);
    }
    uint64_t word = mask->word[i];
    while (rank-- > 0) {
        word &= word - 1;
    }
    return i * 64 + (uint32_t)__builtin_ctzll(word);
}

#define TS_MASK_EACH(index, mask)                                                                            \
    for (uint32_t index = ts_mask_next((mask), 0); index < TS_EXPLORE_THREADS;                               \
         index = index + 1 < TS_EXPLORE_THREADS ? ts_mask_next((mask), index + 1) : TS_EXPLORE_THREADS)

#endif
