#include "explore/core/strategy.h"

#include <stddef.h>

#define DELAYS_MAX    32u
#define FIRST_LENGTH  100u
#define LENGTH_WINDOW 64u /* schedules; the longest of the last one or two windows counts */

struct delay {
    uint64_t at[DELAYS_MAX]; /* the decisions at which the thread whose turn it is stands back */
    uint32_t delays;
    uint64_t decision;
    uint64_t salt; /* of the order of threads; 0: by number */
    uint64_t window[2];
};

/* The first schedule has no delay; then 1 to depth by turns, so that the cheap ones are not drowned. */
static bool begin(void *state, struct ts_strategy_run *run)
{
    struct delay *delay = state;
    uint64_t length = delay->window[0] > delay->window[1] ? delay->window[0] : delay->window[1];
    if (run->number % LENGTH_WINDOW == 0) {
        delay->window[1] = delay->window[0];
        delay->window[0] = 0;
    }
    length = length > 0 ? length : run->arena->most_decisions;
    length = length > 0 ? length : FIRST_LENGTH;
    uint32_t most = run->depth < DELAYS_MAX ? run->depth : DELAYS_MAX;
    delay->delays = run->number == 0 || most == 0 ? 0 : 1 + (uint32_t)((run->number - 1) % most);
    for (uint32_t i = 0; i < delay->delays; i++) {
        delay->at[i] = 1 + ts_random_below(&run->random, length);
    }
    delay->salt = run->number % 2 == 1 ? ts_random_next(&run->random) : 0;
    delay->decision = 0;
    return true;
}

/* A thread's place in the order. */
static uint64_t rank(const struct delay *delay, uint32_t index)
{
    return delay->salt == 0 ? index : ts_hash64(delay->salt + index);
}

/* Whose turn it is after a thread. */
static uint32_t after(const struct delay *delay, const struct ts_mask *candidates, uint32_t index)
{
    uint64_t own = rank(delay, index);
    uint32_t first = ts_mask_next(candidates, 0);
    uint32_t next = TS_EXPLORE_THREADS;
    TS_MASK_EACH(i, candidates)
    {
        uint64_t its = rank(delay, i);
        first = its < rank(delay, first) ? i : first;
        if (its > own && (next == TS_EXPLORE_THREADS || its < rank(delay, next))) {
            next = i;
        }
    }
    return next < TS_EXPLORE_THREADS ? next : first;
}

static uint32_t pick(void *state, struct ts_strategy_run *run, const struct ts_choice_view *view)
{
    struct delay *delay = state;
    bool goes_on = view->by_default == view->self;
    uint32_t chosen = goes_on ? view->self : after(delay, view->patient, view->self);
    (void)run;
    delay->decision++;
    for (uint32_t i = 0; i < delay->delays; i++) {
        if (delay->at[i] == delay->decision) {
            chosen = after(delay, view->candidates, chosen);
        }
    }
    return chosen;
}

/* The default scheduler decides, delays aside. */
static uint32_t choose(void *state, struct ts_strategy_run *run, uint32_t count)
{
    struct delay *delay = state;
    return delay->delays == 0 ? 0 : (uint32_t)ts_random_below(&run->random, count);
}

static void ended(void *state, struct ts_strategy_run *run)
{
    struct delay *delay = state;
    (void)run;
    delay->window[0] = delay->decision > delay->window[0] ? delay->decision : delay->window[0];
}

const struct ts_explore_strategy ts_strategy_delay = {
    .name = "delay",
    .text =
        "round robin without preemption, in number or random order, and a thread stands back at a few random "
        "steps",
    .source = "Emmi, Qadeer, Rakamaric: Delay-Bounded Scheduling, POPL 2011; delays drawn at random",
    .begin = begin,
    .pick = pick,
    .choose = choose,
    .ended = ended,
};
