#include "explore/core/strategy.h"

#include <stddef.h>

#define QUANTUM_MAX 8u
#define TURN_MAX    64u /* operations of a turn that waits for a write */

/* Threads take strict turns: each goes on until it has written to something shared, or for a drawn number of
 * operations, and then it is the next one's turn. What needs two threads to alternate ten times needs ten
 * preemptions at the right places, which no search by chance and none with few preemptions comes by.
 *
 * Who made the threads often looks at what becomes of them: by drawn shares it goes first until it has made
 * the last, and then last; or first for a drawn number of steps; or takes turns like everybody. */
struct turns {
    uint64_t salt;    /* of the order of threads; 0: by number */
    uint32_t quantum; /* 0: until a write */
    uint32_t used;    /* operations of this turn */
    bool over;
    uint64_t
        first_until; /* thread 0 goes first up to this step of its own, and last from then on; 0: neither */
    uint64_t first_steps;
    uint64_t last_create; /* the step at which thread 0 made its latest thread, and how many it took in all;
                             of the schedule before, */
    uint64_t length;
    uint64_t create_now; /* and of this one */
};

static bool begin(void *state, struct ts_strategy_run *run)
{
    struct turns *turns = state;
    uint64_t share = ts_random_below(&run->random, 4);
    turns->last_create = turns->create_now;
    turns->length = turns->first_steps;
    turns->salt = run->number % 2 == 1 ? ts_random_next(&run->random) : 0;
    turns->quantum = run->number / 2 % 2 == 1 ? 1 + (uint32_t)ts_random_below(&run->random, QUANTUM_MAX) : 0;
    turns->used = 0;
    turns->over = false;
    turns->first_until = share == 0 ? 0 : turns->last_create;
    if (share == 1 && turns->length > 0) {
        turns->first_until = 1 + ts_random_below(&run->random, turns->length);
    }
    turns->first_steps = 0;
    turns->create_now = 0;
    return true;
}

static uint64_t rank(const struct turns *turns, uint32_t index)
{
    return turns->salt == 0 ? index : ts_hash64(turns->salt + index);
}

/* Whose turn it is after a thread. */
static uint32_t after(const struct turns *turns, const struct ts_mask *candidates, uint32_t index)
{
    uint64_t own = rank(turns, index);
    uint32_t first = ts_mask_next(candidates, 0), next = TS_EXPLORE_THREADS;
    TS_MASK_EACH(i, candidates)
    {
        uint64_t its = rank(turns, i);
        first = its < rank(turns, first) ? i : first;
        if (its > own && (next == TS_EXPLORE_THREADS || its < rank(turns, next))) {
            next = i;
        }
    }
    return next < TS_EXPLORE_THREADS ? next : first;
}

static uint32_t pick(void *state, struct ts_strategy_run *run, const struct ts_choice_view *view)
{
    struct turns *turns = state;
    struct ts_mask others = *(ts_mask_any(view->patient) ? view->patient : view->candidates);
    bool goes_first = turns->first_steps < turns->first_until;
    (void)run;
    if (goes_first && ts_mask_has(&others, 0)) {
        return 0;
    }
    if (turns->first_until > 0 && ts_mask_count(&others) > 1) {
        ts_mask_set(&others, 0, false);
    }
    bool goes_on = !turns->over && ts_mask_has(&others, view->self);
    turns->used = goes_on ? turns->used : 0;
    turns->over = false;
    return goes_on ? view->self : after(turns, &others, view->self);
}

static void created(void *state, struct ts_strategy_run *run, uint32_t index, uint32_t parent)
{
    struct turns *turns = state;
    (void)run;
    (void)index;
    if (parent == 0) {
        turns->create_now = turns->first_steps;
    }
}

static void stepped(void *state, struct ts_strategy_run *run, uint32_t index, const struct ts_op *op,
                    const struct ts_op *const *ops, const struct ts_mask *live)
{
    struct turns *turns = state;
    (void)run;
    (void)ops;
    (void)live;
    turns->first_steps += index == 0;
    if (op->object == NULL) {
        return;
    }
    turns->used++;
    turns->over = turns->quantum > 0 ? turns->used >= turns->quantum : op->writes || turns->used >= TURN_MAX;
}

const struct ts_explore_strategy ts_strategy_turns = {
    .name = "turns",
    .text =
        "strict turns, each up to a write or for some operations: what needs threads to alternate many times",
    .source = "round robin, its turns cut where something is written",
    .for_crowds = true,
    .begin = begin,
    .pick = pick,
    .created = created,
    .stepped = stepped,
};
