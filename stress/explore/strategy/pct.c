#include "explore/core/strategy.h"

#include <stddef.h>

#define DEPTH_MAX 16u

/* Higher runs first. Initial priorities lie above all that a change or a yield can give. */
struct pct {
    uint64_t priority[TS_EXPLORE_THREADS];
    uint64_t change[DEPTH_MAX]; /* the decisions before which the running thread falls */
    uint32_t changes;
    uint64_t decision;
    uint64_t lowest; /* next priority given away, falling */
};

#define INITIAL (UINT64_C(1) << 62)
#define FALLEN  (UINT64_C(1) << 32)

static bool begin(void *state, struct ts_strategy_run *run)
{
    struct pct *pct = state;
    uint64_t length = run->arena->most_decisions > 0 ? run->arena->most_decisions : 100;
    pct->changes = run->depth > 0 ? run->depth - 1 : 0;
    pct->changes = pct->changes < DEPTH_MAX ? pct->changes : DEPTH_MAX;
    for (uint32_t i = 0; i < pct->changes; i++) {
        pct->change[i] = 1 + ts_random_below(&run->random, length);
    }
    for (uint32_t i = 0; i < TS_EXPLORE_THREADS; i++) {
        pct->priority[i] = 0;
    }
    pct->priority[0] = INITIAL + ts_random_below(&run->random, INITIAL);
    pct->decision = 0;
    pct->lowest = FALLEN;
    return true;
}

static void created(void *state, struct ts_strategy_run *run, uint32_t index, uint32_t parent)
{
    struct pct *pct = state;
    (void)parent;
    pct->priority[index] = INITIAL + ts_random_below(&run->random, INITIAL);
}

static void yielded(void *state, struct ts_strategy_run *run, uint32_t index)
{
    struct pct *pct = state;
    (void)run;
    pct->priority[index] = --pct->lowest;
}

static uint32_t highest(const struct pct *pct, const struct ts_mask *candidates)
{
    uint32_t best = ts_mask_next(candidates, 0);
    TS_MASK_EACH(i, candidates)
    {
        best = pct->priority[i] > pct->priority[best] ? i : best;
    }
    return best;
}

static uint32_t pick(void *state, struct ts_strategy_run *run, const struct ts_choice_view *view)
{
    struct pct *pct = state;
    uint32_t chosen = highest(pct, view->candidates);
    (void)run;
    pct->decision++;
    for (uint32_t i = 0; i < pct->changes; i++) {
        if (pct->change[i] == pct->decision) {
            pct->priority[chosen] = --pct->lowest;
            chosen = highest(pct, view->candidates);
        }
    }
    return chosen;
}

const struct ts_strategy ts_strategy_pct = {
    .name = "pct",
    .text = "random priorities, changed at a few random steps: finds a bug of depth d with a known chance",
    .source = "Burckhardt, Kothari, Musuvathi, Nagarakatte: A Randomized Scheduler with Probabilistic "
              "Guarantees of "
              "Finding Bugs, ASPLOS 2010",
    .begin = begin,
    .pick = pick,
    .created = created,
    .yielded = yielded,
};
