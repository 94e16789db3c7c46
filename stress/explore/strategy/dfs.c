#include "explore/strategy/dfs.h"

#include "explore/core/strategy.h"

#include <stddef.h>

#define NODES_MAX    16384u
#define RESTARTS_MAX 64u

/* A decision on the path under way. */
struct node {
    struct ts_mask options; /* as seen by the scheduler: tells whether the path is still the same */
    struct ts_mask untried; /* those that can be afforded */
    uint16_t self;
    uint16_t chosen;
    uint16_t count; /* of a choice among values; 0: it is one among threads */
    uint16_t spent; /* before it */
};

/* Fairness: a thread that yields twice waits for those who could have gone on meanwhile and did not. */
struct fairness {
    struct ts_mask then[TS_EXPLORE_THREADS];  /* who could go on when it yielded last */
    struct ts_mask since[TS_EXPLORE_THREADS]; /* who has gone on since */
    struct ts_mask owes[TS_EXPLORE_THREADS];  /* whom it waits for */
    uint32_t threads;
    uint32_t yielding;
    bool used; /* somebody has yielded */
};

struct dfs {
    struct ts_dfs_progress progress; /* first: others read it */
    bool begun;
    bool exhausted;
    bool pruned; /* a schedule was left out for its cost */
    uint64_t places;
    uint32_t length;   /* of the path */
    uint32_t position; /* of the next decision on it */
    uint32_t spent;
    struct fairness fair;
    struct node path[NODES_MAX];
};

_Static_assert(sizeof(struct dfs) <= TS_STRATEGY_BYTES, "the path has room");

static const struct ts_mask nobody;

static bool is_same(const struct ts_mask *a, const struct ts_mask *b)
{
    uint64_t differences = 0;
    for (uint32_t i = 0; i < TS_MASK_WORDS; i++) {
        differences |= a->word[i] ^ b->word[i];
    }
    return differences == 0;
}

/* To the next path in order. False: there is none under this bound. */
static bool advance(struct dfs *dfs)
{
    for (; dfs->length > 0; dfs->length--) {
        struct node *last = &dfs->path[dfs->length - 1];
        if (last->count == 0 && ts_mask_any(&last->untried)) {
            last->chosen = (uint16_t)ts_mask_next(&last->untried, 0);
            ts_mask_set(&last->untried, last->chosen, false);
            return true;
        }
        if (last->count != 0 && last->chosen + 1 < last->count) {
            if (last->spent < dfs->progress.bound) {
                last->chosen++;
                return true;
            }
            dfs->pruned = true;
        }
    }
    return false;
}

static void begin_bound(struct dfs *dfs, uint32_t bound)
{
    dfs->progress.bound = bound;
    dfs->length = 0;
    dfs->pruned = false;
    if (bound < TS_DFS_BOUNDS) {
        dfs->progress.schedules[bound] = 0;
    }
}

/* The next path, under a higher bound where that is called for. */
static bool go_on(struct dfs *dfs, uint32_t bound_max)
{
    if (advance(dfs)) {
        return true;
    }
    dfs->progress.bounds_done = dfs->progress.bound + 1;
    dfs->progress.complete = !dfs->pruned && !dfs->progress.inexact;
    if (!dfs->pruned || dfs->progress.bound == bound_max) {
        dfs->exhausted = true;
        return false;
    }
    begin_bound(dfs, dfs->progress.bound + 1);
    return true;
}

/* Memory that has turned out to be shared makes decisions where there were none: what was run before is not
 * all there was. */
static bool must_restart(struct dfs *dfs, uint64_t places)
{
    if (dfs->places == places) {
        return false;
    }
    dfs->places = places;
    if (dfs->progress.restarts == RESTARTS_MAX) {
        dfs->progress.inexact = true;
        return false;
    }
    dfs->progress.restarts++;
    return true;
}

static void begin_fairness(struct fairness *fair)
{
    for (uint32_t i = 0; i < fair->threads; i++) {
        fair->then[i] = nobody;
        fair->since[i] = nobody;
        fair->owes[i] = nobody;
    }
    fair->threads = 1;
    fair->yielding = TS_EXPLORE_THREADS;
    fair->used = false;
}

static bool begin(void *state, struct ts_strategy_run *run)
{
    struct dfs *dfs = state;
    uint64_t places = run->arena->shared_places;
    if (!dfs->begun) {
        dfs->begun = true;
        dfs->places = places;
        begin_bound(dfs, 0);
    } else if (must_restart(dfs, places)) {
        dfs->exhausted = false;
        dfs->progress.complete = false;
        dfs->progress.bounds_done = 0;
        begin_bound(dfs, 0);
    } else if (dfs->exhausted || !go_on(dfs, run->depth)) {
        return false;
    }
    dfs->position = 0;
    dfs->spent = 0;
    begin_fairness(&dfs->fair);
    if (dfs->progress.bound < TS_DFS_BOUNDS) {
        dfs->progress.schedules[dfs->progress.bound]++;
    }
    return true;
}

static void created(void *state, struct ts_strategy_run *run, uint32_t index, uint32_t parent)
{
    struct dfs *dfs = state;
    (void)run;
    (void)parent;
    dfs->fair.threads = dfs->fair.threads > index ? dfs->fair.threads : index + 1;
}

static void yielded(void *state, struct ts_strategy_run *run, uint32_t index)
{
    struct dfs *dfs = state;
    (void)run;
    dfs->fair.yielding = index;
    dfs->fair.used = true;
}

static void stepped(void *state, struct ts_strategy_run *run, uint32_t index, const struct ts_op *op,
                    const struct ts_op *const *ops, const struct ts_mask *live)
{
    struct dfs *dfs = state;
    (void)run;
    (void)op;
    (void)ops;
    if (dfs->fair.used) {
        TS_MASK_EACH(i, live)
        {
            ts_mask_set(&dfs->fair.since[i], index, true);
            ts_mask_set(&dfs->fair.owes[i], index, false);
        }
    }
}

static void note_yield(struct fairness *fair, const struct ts_choice_view *view)
{
    uint32_t self = view->self;
    for (uint32_t i = 0; i < TS_MASK_WORDS; i++) {
        fair->owes[self].word[i] |=
            fair->then[self].word[i] & view->candidates->word[i] & ~fair->since[self].word[i];
    }
    ts_mask_set(&fair->owes[self], self, false);
    fair->then[self] = *view->candidates;
    fair->since[self] = nobody;
    fair->yielding = TS_EXPLORE_THREADS;
}

/* Those who wait for nobody that could go on; all, when there is no such one. */
static struct ts_mask fair_ones(const struct fairness *fair, const struct ts_mask *candidates)
{
    struct ts_mask ones = *candidates;
    if (!fair->used) {
        return ones;
    }
    TS_MASK_EACH(i, candidates)
    {
        uint64_t owed = 0;
        for (uint32_t word = 0; word < TS_MASK_WORDS; word++) {
            owed |= fair->owes[i].word[word] & candidates->word[word];
        }
        ts_mask_set(&ones, i, owed == 0);
    }
    return ts_mask_any(&ones) ? ones : *candidates;
}

static uint32_t cost_of(const struct ts_choice_view *view, uint32_t thread)
{
    bool preempts = view->by_default == view->self && thread != view->self;
    bool impatient = thread != view->by_default && !ts_mask_has(view->patient, thread);
    return preempts || impatient;
}

/* A decision that no schedule has come to yet: the default first, then the rest in order. */
static void add_switch(struct dfs *dfs, const struct ts_choice_view *view)
{
    struct ts_mask ones = fair_ones(&dfs->fair, view->candidates);
    uint32_t first = ts_mask_has(&ones, view->by_default) ? view->by_default : ts_mask_next(&ones, 0);
    struct node *node = &dfs->path[dfs->length++];
    node->options = *view->candidates;
    node->untried = nobody;
    node->self = (uint16_t)view->self;
    node->chosen = (uint16_t)first;
    node->count = 0;
    node->spent = (uint16_t)dfs->spent;
    /* Whom fairness forces to be left goes without a charge. */
    bool forced = first != view->by_default;
    TS_MASK_EACH(i, &ones)
    {
        bool affordable = forced || dfs->spent + cost_of(view, i) <= dfs->progress.bound;
        ts_mask_set(&node->untried, i, i != first && affordable);
        dfs->pruned = dfs->pruned || !affordable;
    }
}

/* The path does not lead where it led before: what follows is new. */
static void lose_path(struct dfs *dfs)
{
    dfs->progress.inexact = true;
    dfs->length = dfs->position;
}

static uint32_t pick(void *state, struct ts_strategy_run *run, const struct ts_choice_view *view)
{
    struct dfs *dfs = state;
    (void)run;
    if (dfs->fair.yielding == view->self) {
        note_yield(&dfs->fair, view);
    }
    if (dfs->position == NODES_MAX) {
        dfs->progress.inexact = true;
        return view->by_default;
    }
    if (dfs->position < dfs->length) {
        const struct node *node = &dfs->path[dfs->position];
        if (node->count != 0 || node->self != view->self || !is_same(&node->options, view->candidates)) {
            lose_path(dfs);
        }
    }
    if (dfs->position == dfs->length) {
        add_switch(dfs, view);
    }
    uint32_t chosen = dfs->path[dfs->position++].chosen;
    struct ts_mask ones = fair_ones(&dfs->fair, view->candidates);
    dfs->spent += ts_mask_has(&ones, view->by_default) ? cost_of(view, chosen) : 0;
    return chosen;
}

static uint32_t choose(void *state, struct ts_strategy_run *run, uint32_t count)
{
    struct dfs *dfs = state;
    (void)run;
    if (dfs->position == NODES_MAX) {
        dfs->progress.inexact = true;
        return 0;
    }
    if (dfs->position < dfs->length && dfs->path[dfs->position].count != count) {
        lose_path(dfs);
    }
    if (dfs->position == dfs->length) {
        dfs->path[dfs->length++] = (struct node){.count = (uint16_t)count, .spent = (uint16_t)dfs->spent};
    }
    uint32_t chosen = dfs->path[dfs->position++].chosen;
    dfs->spent += chosen != 0;
    return chosen;
}

const struct ts_explore_strategy ts_strategy_dfs = {
    .name = "dfs",
    .text = "every schedule, those with the fewest preemptions first; ends when none is left",
    .source =
        "Musuvathi, Qadeer: Iterative Context Bounding for Systematic Testing of Multithreaded Programs, "
        "PLDI 2007; Fair Stateless Model Checking, PLDI 2008",
    .begin = begin,
    .pick = pick,
    .choose = choose,
    .created = created,
    .yielded = yielded,
    .stepped = stepped,
};
