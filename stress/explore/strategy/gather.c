#include "explore/core/strategy.h"

#include <stddef.h>

#define PLACES_MAX 512u
#define CHOSEN_MAX 3u
#define NOBODY     TS_EXPLORE_THREADS

/* Threads are held before the operations of some places in the program until everybody who can go on is
 * held; then those at one of the places go on, all of them or one. So however many threads there are, they
 * come to be at the same place at the same time, and the orders tried are those between places. Or one thread
 * stands aside at one place, and all the others go on as far as they can.
 *
 * Single places are tried one after the other, so that none is long left out. */
struct gather {
    uintptr_t place[PLACES_MAX]; /* return addresses of operations on shared objects, as met */
    uint32_t places;
    uint32_t swept;        /* of the places, how many were tried as the only one */
    uint32_t chosen_count; /* 0: by chance, below */
    uintptr_t chosen[CHOSEN_MAX];
    uint64_t salt;
    uint32_t share; /* of 256: how many places hold */
    bool lone;      /* one thread stands aside, */
    uint32_t aside; /* that one; NOBODY: none yet */
    uint32_t skip;  /* after so many that came to the place before it */
    bool hurries;   /* time passes, for some, while others could go on */
    bool stays;     /* the program does not end before those who are held had their turn */
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

/* The next place as the only one, until all were, and every second time from then on; or one to three by
 * chance. */
static void choose_places(struct gather *gather, struct ts_strategy_run *run)
{
    if (gather->swept < gather->places || run->number % 4 == 1) {
        gather->chosen_count = 1;
        gather->chosen[0] = gather->place[gather->swept++ % gather->places];
        gather->lone = gather->swept / gather->places % 2 == 1;
        return;
    }
    gather->chosen_count = 1 + (uint32_t)ts_random_below(&run->random, CHOSEN_MAX);
    for (uint32_t i = 0; i < gather->chosen_count; i++) {
        gather->chosen[i] = gather->place[ts_random_below(&run->random, gather->places)];
    }
    gather->lone = gather->chosen_count == 1 && ts_random_below(&run->random, 2) == 0;
}

/* Every other schedule holds at one to three places, the rest at many. */
static bool begin(void *state, struct ts_strategy_run *run)
{
    static const uint32_t shares[] = {256, 128, 64};
    struct gather *gather = state;
    gather->salt = ts_random_next(&run->random);
    gather->share = shares[ts_random_below(&run->random, 3)];
    gather->chosen_count = 0;
    gather->lone = false;
    gather->aside = NOBODY;
    gather->skip = 0;
    gather->hurries = ts_random_below(&run->random, 2) == 0;
    gather->stays = ts_random_below(&run->random, 2) == 0;
    if (run->number % 2 == 1 && gather->places > 0) {
        choose_places(gather, run);
    }
    while (gather->lone && gather->skip < 8 && ts_random_below(&run->random, 2) == 0) {
        gather->skip++;
    }
    for (uint32_t i = 0; i < TS_EXPLORE_THREADS; i++) {
        gather->released[i] = false;
    }
    return true;
}

/* Whether it must wait there. */
static bool is_held(struct gather *gather, const struct ts_choice_view *view, uint32_t index)
{
    if (view->ops[index]->kind == TS_OP_EXIT) {
        return gather->stays;
    }
    if (gather->released[index] || !holds(gather, view->ops[index])) {
        return false;
    }
    if (gather->lone && gather->aside == NOBODY) {
        gather->released[index] = gather->skip > 0;
        gather->aside = gather->skip > 0 ? NOBODY : index;
        gather->skip -= gather->skip > 0;
    }
    return !gather->lone || gather->aside == index;
}

static void release_all_at(struct gather *gather, const struct ts_choice_view *view, const void *place)
{
    TS_MASK_EACH(i, view->candidates)
    {
        gather->released[i] = gather->released[i] || view->ops[i]->pc == place;
    }
}

/* Everybody is held. One of the places is drawn, each alike, however many stand there, but for the program's
 * end, which comes last; then those who stand there, or one of them. */
static uint32_t release(struct gather *gather, struct ts_strategy_run *run, const struct ts_choice_view *view)
{
    uint64_t salt = ts_random_next(&run->random), least = UINT64_MAX;
    uint32_t alike = 0, chosen = 0;
    TS_MASK_EACH(i, view->candidates)
    {
        bool ends = view->ops[i]->kind == TS_OP_EXIT;
        uint64_t lot = ends ? UINT64_MAX : ts_hash64((uintptr_t)view->ops[i]->pc ^ salt);
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

/* One of those who are not held, each alike; NOBODY: there is none. */
static uint32_t any_unheld(struct gather *gather, struct ts_strategy_run *run,
                           const struct ts_choice_view *view, const struct ts_mask *among)
{
    uint32_t unheld = 0, chosen = NOBODY;
    TS_MASK_EACH(i, among)
    {
        if (!is_held(gather, view, i) && ts_random_below(&run->random, ++unheld) == 0) {
            chosen = i;
        }
    }
    return chosen;
}

static uint32_t pick(void *state, struct ts_strategy_run *run, const struct ts_choice_view *view)
{
    struct gather *gather = state;
    const struct ts_mask *first = gather->hurries ? view->candidates : view->patient;
    if (ts_mask_has(first, view->self) && !is_held(gather, view, view->self)) {
        return view->self;
    }
    uint32_t chosen = any_unheld(gather, run, view, first);
    if (chosen == NOBODY && !gather->hurries) { /* time passes before anybody is let go */
        chosen = any_unheld(gather, run, view, view->candidates);
    }
    return chosen < NOBODY ? chosen : release(gather, run, view);
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
    .for_crowds = true,
    .begin = begin,
    .pick = pick,
    .stepped = stepped,
};
