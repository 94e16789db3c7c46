#include "explore/core/mix.h"

#include "base/random.h"
#include "explore/core/strategy.h"

#define WARM_UP  8u     /* schedules of each strategy before any of them can be tired */
#define KEPT     4u     /* of so many turns, the tired one has one */
#define FRACTION 4u     /* tired: fewer new classes than the best one's by this factor */
#define ONE      65536u /* a share of new classes, as a fixed-point number */
#define MEMORY   16u    /* schedules after which an observation counts for little */
#define CROWD    16u    /* threads from which on only some strategies have a chance */

static bool has_ended(const struct ts_arena *arena, uint32_t which)
{
    /* Relaxed: one writer, this thread or one before it. */
    return (atomic_load_explicit(&arena->exhausted, memory_order_relaxed) >> which & 1) != 0;
}

/* The share of new classes, the optimist's: what has not been seen to repeat counts as new. */
static uint32_t fresh_share(const struct ts_arena *arena, uint32_t which)
{
    return ONE - arena->mix[which].repeats;
}

static bool is_crowd(const struct ts_arena *arena)
{
    return arena->most_threads >= CROWD;
}

static bool is_awake(const struct ts_arena *arena, uint32_t which, uint32_t best)
{
    bool able = !is_crowd(arena) || ts_strategies[arena->config.strategy[which].id]->for_crowds;
    return able && !has_ended(arena, which) && fresh_share(arena, which) >= best / FRACTION;
}

uint32_t ts_mix_first(const struct ts_arena *arena, uint32_t which)
{
    const struct ts_strategy_choice *choice = arena->config.strategy;
    uint32_t first = 0;
    while (choice[first].id != choice[which].id || choice[first].depth != choice[which].depth) {
        first++;
    }
    return first;
}

uint32_t ts_mix_whose(const struct ts_arena *arena, uint64_t number)
{
    uint32_t count = arena->config.strategies, best = 0, awake = 0;
    uint32_t own = ts_mix_first(arena, (uint32_t)(number % count));
    uint64_t turn = number / count;
    bool warms_up = turn < WARM_UP && !is_crowd(arena);
    if (!has_ended(arena, own) && (count == 1 || warms_up || turn % KEPT == 0)) {
        return own;
    }
    for (uint32_t i = 0; i < count; i++) {
        uint32_t which = ts_mix_first(arena, i),
                 share = has_ended(arena, which) ? 0 : fresh_share(arena, which);
        best = share > best ? share : best;
    }
    for (uint32_t i = 0; i < count; i++) {
        awake += is_awake(arena, ts_mix_first(arena, i), best);
    }
    if (awake == 0 || is_awake(arena, own, best)) {
        return own;
    }
    uint32_t nth = (uint32_t)(ts_hash64(number) % awake), which = 0;
    while (!is_awake(arena, ts_mix_first(arena, which), best) || nth-- > 0) {
        which++;
    }
    return ts_mix_first(arena, which);
}

void ts_mix_learn(struct ts_arena *arena, uint32_t which, bool fresh)
{
    uint32_t *repeats = &arena->mix[which].repeats;
    *repeats = fresh ? *repeats - *repeats / MEMORY : *repeats + (ONE - *repeats) / MEMORY;
}

bool ts_mix_count(struct ts_arena *arena, uint64_t hash)
{
    uint64_t key = hash | 2; /* bit 0 is the table's; a key is never 0 */
    key &= ~UINT64_C(1);
    uint32_t slot = (uint32_t)(key >> 20) % TS_CLASSES;
    for (uint32_t probes = 0; probes < 64; probes++) {
        uint64_t *entry = &arena->class_seen[(slot + probes) % TS_CLASSES];
        if (*entry == 0) {
            *entry = key;
            arena->classes++;
            arena->classes_seen_once++;
            arena->latest_repeats <<= 1;
            return true;
        }
        if ((*entry & ~UINT64_C(1)) == key) {
            arena->classes_seen_once -= *entry == key;
            *entry = key | 1;
            arena->latest_repeats = arena->latest_repeats << 1 | 1;
            return false;
        }
    }
    return true;
}
