#include "explore/core/strategy.h"

#include <stddef.h>

#define PLACES_MAX 512u
#define CHOSEN_MAX 3u

/* Threads are held before the operations of some places in the program until everybody who can go on is
 * held; then those at one of the places go on, all of them or one. So however many threads there are, they
 * come to be at the same place at the same time, and the orders tried are those between places. */
struct gather {
    uintptr_t place[PLACES_MAX]; /* return addresses of operations on shared objects, as met */
    uint32_t places;
    uint32_t chosen_count; /* 0: by chance, below */
    uintptr_t chosen[CHOSEN_MAX];
    uint64_t salt;
    uint32_t share; /* of 256: how many places hold */
    bool released[TS_EXPLORE_THREADS];
};

static bool holds(const struct gather *gather, const struct ts_op *op)
{
    uintptr_t place = (uintptr_t)op->pc;
    if (op->object == NULL || place == 0) {
        return false;
    }
    for (uint32_t i = 0; i < gather->chosen_count; i++) {
        if (gather->chosen[i] == place) {
            return true;
        }
    }
    return gather->chosen_count == 0 && ts_hash64(place ^ gather->salt) % 256 < gather->share;
}

/* Every other schedule holds at one to three places, the rest at many. */
static bool begin(void *state, struct ts_strategy_run *run)
{
    static const uint32_t shares[] = {256, 128, 64};
    struct gather *gather = state;
    gather->salt = ts_random_next(&run->random);
    gather->share = shares[ts_random_below(&run->random, 3)];
    gather->chosen_count = 0;
    if (run->number % 2 == 1 && gather->places > 0) {
        gather->chosen_count = 1 + (uint32_t)ts_random_below(&run->random, CHOSEN_MAX);
        for (uint32_t i = 0; i < gather->chosen_count; i++) {
            gather->chosen[i] = gather->place[ts_random_below(&run->random, gather->places)];
        }
    }
    for (uint32_t i = 0; i < TS_EXPLORE_THREADS; i++) {
        gather->released[i] = false;
    }
    return true;
}

static bool is_held(const struct gather *gather, const struct ts_choice_view *view, uint32_t index)
{
    return !gather->released[index] && holds(gather, view->ops[index]);
}

static void release_all_at(struct gather *gather, const struct ts_choice_view *view, const void *place)
{
    TS_MASK_EACH(i, view->candidates)
    {
        gather->released[i] = gather->released[i] || view->ops[i]->pc == place;
    }
}

/* Everybody is held. One of the places is drawn, each alike, however many stand there; then those who stand
 * there, or one of them. */
static uint32_t release(struct gather *gather, struct ts_strategy_run *run, const struct ts_choice_view *view)
{
    uint64_t salt = ts_random_next(&run->random), least = UINT64_MAX;
    uint32_t alike = 0, chosen = 0;
    TS_MASK_EACH(i, view->candidates)
    {
        uint64_t lot = ts_hash64((uintptr_t)view->ops[i]->pc ^ salt);
        alike = lot < least ? 0 : alike;
        if (lot <= least && ts_random_below(&run->random, ++alike) == 0) {
            chosen = i;
        }
        least = lot < least ? lot : least;
    }
    gather->released[chosen] = true;
    if (ts_random_below(&run->random, 4) != 0) {
        release_all_at(gather, view, view->ops[chosen]->pc);
    }
    return chosen;
}

static uint32_t pick(void *state, struct ts_strategy_run *run, const struct ts_choice_view *view)
{
    struct gather *gather = state;
    uint32_t unheld = 0, chosen = 0;
    if (view->self_can && !is_held(gather, view, view->self)) {
        return view->self;
    }
    TS_MASK_EACH(i, view->candidates)
    {
        if (!is_held(gather, view, i) && ts_random_below(&run->random, ++unheld) == 0) {
            chosen = i;
        }
    }
    if (unheld == 0) {
        chosen = release(gather, run, view);
    }
    return chosen;
}

static void learn(struct gather *gather, uintptr_t place)
{
    for (uint32_t i = 0; i < gather->places; i++) {
        if (gather->place[i] == place) {
            return;
        }
    }
    if (place != 0 && gather->places < PLACES_MAX) {
        gather->place[gather->places++] = place;
    }
}

static void stepped(void *state, struct ts_strategy_run *run, uint32_t index, const struct ts_op *op,
                    const struct ts_op *const *ops, const struct ts_mask *live)
{
    struct gather *gather = state;
    (void)ops;
    (void)live;
    gather->released[index] = false;
    if (op->object != NULL && run->number < 32) { /* by then it has seen what there is to see */
        learn(gather, (uintptr_t)op->pc);
    }
}

const struct ts_explore_strategy ts_strategy_gather = {
    .name = "gather",
    .text = "threads wait for each other at some places, then go on from one: orders among very many threads",
    .source = "after Eytani, Farchi, Ben-Asher: Heuristics for Finding Concurrent Bugs, 2003, and Sen: Race "
              "Directed Random Testing of Concurrent Programs, PLDI 2008",
    .begin = begin,
    .pick = pick,
    .stepped = stepped,
};
