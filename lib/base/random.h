/*
 * Seeded pseudo-random numbers: the same seed gives the same sequence on every machine.
 *
 * The generator is SplitMix64 (Steele, Lea, Flood: "Fast Splittable Pseudorandom Number Generators", OOPSLA
 * 2014). ts_hash64 is its finaliser, for decisions that must depend on their inputs only and not on who asked
 * first.
 *
 * Threads: a ts_random belongs to one thread; ts_hash64 and ts_seed_mix are pure.
 */
#ifndef TS_BASE_RANDOM_H
#define TS_BASE_RANDOM_H

#include <stdbool.h>
#include <stdint.h>

struct ts_random {
    uint64_t state;
};

static inline uint64_t ts_hash64(uint64_t value)
{
    value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9ULL;
    value = (value ^ (value >> 27)) * 0x94d049bb133111ebULL;
    return value ^ (value >> 31);
}

/* A seed for part number `part` of what `seed` drives. */
static inline uint64_t ts_seed_mix(uint64_t seed, uint64_t part)
{
    return ts_hash64(seed + 0x9e3779b97f4a7c15ULL * (part + 1));
}

static inline uint64_t ts_random_next(struct ts_random *random)
{
    random->state += 0x9e3779b97f4a7c15ULL;
    return ts_hash64(random->state);
}

/* Uniform in [0, bound), bound > 0, by multiply-shift; the bias is below bound / 2^64. */
static inline uint64_t ts_random_below(struct ts_random *random, uint64_t bound)
{
    return (uint64_t)(((unsigned __int128)ts_random_next(random) * bound) >> 64);
}

/* Uniform in [0, 1). */
static inline double ts_random_unit(struct ts_random *random)
{
    return (double)(ts_random_next(random) >> 11) * 0x1.0p-53;
}

static inline bool ts_random_chance(struct ts_random *random, double probability)
{
    return ts_random_unit(random) < probability;
}

#endif
