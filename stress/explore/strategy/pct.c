#include "explore/strategy/pct.h"

#include "explore/core/strategy.h"

#include <stddef.h>

#define DEPTH_MAX     16u
#define FIRST_LENGTH  100u
#define LENGTH_WINDOW 64u /* schedules; the longest of the last one or two windows counts */

/* Higher runs first. Initial priorities lie above all that a change or a yield can give. */
struct pct {
    struct ts_pct_progress progress; /* first: others read it */
    uint64_t priority[TS_EXPLORE_THREADS];
    uint64_t change[DEPTH_MAX]; /* the decisions before which the running thread falls */
    uint32_t changes;
    uint32_t threads;
    uint64_t range; /* change points lie in 1 to range */
    uint64_t decision;
    uint64_t lowest; /* next priority given away, falling */
    uint64_t window[2];
};

#define INITIAL (UINT64_C(1) << 62)
#define FALLEN  (UINT64_C(1) << 32)

static uint64_t range_of(const struct pct *pct, const struct ts_strategy_run *run)
{
    uint64_t longest = pct->window[0] > pct->window[1] ? pct->window[0] : pct->window[1];
    longest = longest > 0 ? longest : run->arena->most_decisions;
    return longest > 0 ? longest : FIRST_LENGTH;
}

static bool is_taken(const struct pct *pct, uint32_t count, uint64_t at)
{
    bool taken = false;
    for (uint32_t i = 0; i < count; i++) {
        taken = taken || pct->change[i] == at;
    }
    return taken;
}

/* Different ones, as far as the range has them. */
static void draw_changes(struct pct *pct, struct ts_strategy_run *run)
{
    uint64_t most = run->depth > 0 ? run->depth - 1 : 0;
    most = most < DEPTH_MAX ? most : DEPTH_MAX;
    pct->changes = (uint32_t)(most < pct->range ? most : pct->range);
    for (uint32_t i = 0; i < pct->changes; i++) {
        do {
            pct->change[i] = 1 + ts_random_below(&run->random, pct->range);
        } while (is_taken(pct, i, pct->change[i]));
    }
}

static bool begin(void *state, struct ts_strategy_run *run)
{
    struct pct *pct = state;
    if (run->number % LENGTH_WINDOW == 0) {
        pct->window[1] = pct->window[0];
        pct->window[0] = 0;
    }
    pct->range = range_of(pct, run);
    draw_changes(pct, run);
    for (uint32_t i = 0; i < TS_EXPLORE_THREADS; i++) {
        pct->priority[i] = 0;
    }
    pct->priority[0] = INITIAL + ts_random_below(&run->random, INITIAL);
    pct->threads = 1;
    pct->decision = 0;
    pct->lowest = FALLEN;
    return true;
}

static void created(void *state, struct ts_strategy_run *run, uint32_t index, uint32_t parent)
{
    struct pct *pct = state;
    (void)parent;
    pct->threads++;
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

/* What this schedule had for a chance: 1 / (n k^(d-1)). One that outran its range promised nothing. */
static void ended(void *state, struct ts_strategy_run *run)
{
    struct pct *pct = state;
    struct ts_pct_progress *progress = &pct->progress;
    double places = pct->threads;
    for (uint32_t i = 0; i < pct->changes; i++) {
        places *= (double)pct->range;
    }
    progress->schedules++;
    progress->depth = run->depth > 0 ? run->depth : 1;
    progress->chances += pct->decision <= pct->range ? 1 / places : 0;
    progress->threads = pct->threads > progress->threads ? pct->threads : progress->threads;
    progress->range = pct->range;
    pct->window[0] = pct->decision > pct->window[0] ? pct->decision : pct->window[0];
}

const struct ts_explore_strategy ts_strategy_pct = {
    .name = "pct",
    .text = "random priorities, changed at a few random steps: finds a bug of depth d with a known chance",
    .source = "Burckhardt, Kothari, Musuvathi, Nagarakatte: A Randomized Scheduler with Probabilistic "
              "Guarantees of Finding Bugs, ASPLOS 2010",
    .begin = begin,
    .pick = pick,
    .created = created,
    .yielded = yielded,
    .ended = ended,
};
