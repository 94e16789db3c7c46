#include "explore/core/strategy.h"
#include "explore/strategy/profile.h"

#include <stddef.h>

#define NOBODY     TS_EXPLORE_THREADS
#define TRIES      16u /* to draw an object that threads share */
#define EVERYTHING 0u  /* what is interesting: every object, */
#define ONE        1u  /* a single one, */
#define HALF       2u  /* or each with a chance of a half */

/* Weights are in sixteenths of an operation, as the profile's averages are. */
#define STEP 16u

struct surw {
    struct ts_profile profile;
    uint64_t total[TS_PROFILE_LINES];    /* interesting operations of a line and all that descend from it */
    uint64_t weight[TS_EXPLORE_THREADS]; /* left to do, with those of threads that are not there yet */
    uint32_t line[TS_EXPLORE_THREADS];
    uint32_t children[TS_EXPLORE_THREADS];
    /* What each thread was last seen to work on, so that it is looked up once. */
    uintptr_t address[TS_EXPLORE_THREADS];
    uint32_t object[TS_EXPLORE_THREADS];
    uint32_t hint[TS_EXPLORE_THREADS];
    uint32_t intended; /* who does the next interesting operation; NOBODY: not drawn yet */
    uint32_t selection;
    uint32_t one;  /* object */
    uint64_t salt; /* HALF */
};

static bool selects(const struct surw *surw, uint32_t object)
{
    switch (surw->selection) {
    case ONE:
        return object == surw->one;
    case HALF:
        return object != TS_PROFILE_NONE && (ts_hash64(object ^ surw->salt) & 1) != 0;
    default:
        return object != TS_PROFILE_NONE;
    }
}

static uint32_t object_of(struct surw *surw, uint32_t thread, const struct ts_op *op)
{
    if (surw->address[thread] != (uintptr_t)op->object) {
        surw->address[thread] = (uintptr_t)op->object;
        surw->object[thread] = ts_profile_object(&surw->profile, op->object);
    }
    return surw->object[thread];
}

static bool is_interesting(struct surw *surw, uint32_t thread, const struct ts_op *op)
{
    return op->object != NULL && selects(surw, object_of(surw, thread, op));
}

/* An object that several threads use, seen in one of the latest schedules. */
static uint32_t shared_object(struct surw *surw, struct ts_strategy_run *run)
{
    for (uint32_t i = 0; i < TRIES && surw->profile.object_count > 0; i++) {
        uint32_t object = (uint32_t)ts_random_below(&run->random, surw->profile.object_count);
        const struct ts_profile_object *known = &surw->profile.object[object];
        if (known->several && known->written && known->seen_in + 8 > run->number) {
            return object;
        }
    }
    return TS_PROFILE_NONE;
}

static void select_objects(struct surw *surw, struct ts_strategy_run *run)
{
    static const uint32_t turns[] = {EVERYTHING, ONE, HALF, ONE};
    surw->selection = turns[run->number % 4];
    surw->salt = ts_random_next(&run->random);
    surw->one = surw->selection == ONE ? shared_object(surw, run) : TS_PROFILE_NONE;
    if (surw->one == TS_PROFILE_NONE && surw->selection == ONE) {
        surw->selection = EVERYTHING;
    }
}

/* A line stands after its parent, so one pass from the end adds up whole families. */
static void add_up(struct surw *surw)
{
    const struct ts_profile *profile = &surw->profile;
    for (uint32_t i = 0; i < profile->line_count; i++) {
        surw->total[i] = 0;
    }
    for (uint32_t i = 0; i < profile->count_count; i++) {
        if (selects(surw, profile->count[i].object)) {
            surw->total[profile->count[i].line] += profile->count[i].average;
        }
    }
    for (uint32_t i = profile->line_count; i-- > 1;) {
        surw->total[profile->line[i].parent] += surw->total[i];
    }
}

static bool begin(void *state, struct ts_strategy_run *run)
{
    struct surw *surw = state;
    /* Not in `ended`: a schedule that killed its process counts, too. */
    ts_profile_close(&surw->profile);
    uint32_t root = ts_profile_root(&surw->profile);
    select_objects(surw, run);
    add_up(surw);
    surw->line[0] = root;
    surw->children[0] = 0;
    surw->address[0] = 0;
    surw->weight[0] = surw->total[root];
    surw->intended = NOBODY;
    return true;
}

static void created(void *state, struct ts_strategy_run *run, uint32_t index, uint32_t parent)
{
    struct surw *surw = state;
    uint32_t known = surw->profile.line_count;
    uint32_t line = ts_profile_child(&surw->profile, surw->line[parent], surw->children[parent]++);
    uint64_t share = line < known ? surw->total[line] : 0;
    if (line != TS_PROFILE_NONE && line >= known) {
        surw->total[line] = 0;
    }
    surw->line[index] = line;
    surw->children[index] = 0;
    surw->address[index] = 0;
    surw->weight[index] = share;
    /* The operation that the parent was meant to do may be the child's. */
    if (surw->intended == parent && share > 0 && surw->weight[parent] > 0 &&
        ts_random_below(&run->random, surw->weight[parent]) < share) {
        surw->intended = index;
    }
    surw->weight[parent] -= share < surw->weight[parent] ? share : surw->weight[parent];
}

/* Whoever stands before an interesting operation has at least that one to do. */
static uint64_t weight_of(const struct surw *surw, uint32_t index, bool before)
{
    return surw->weight[index] < STEP && before ? STEP : surw->weight[index];
}

static uint32_t draw_intended(const struct surw *surw, struct ts_strategy_run *run,
                              const struct ts_choice_view *view, const struct ts_mask *before)
{
    uint64_t sum = 0;
    uint32_t drawn = NOBODY;
    TS_MASK_EACH(i, view->candidates)
    {
        sum += weight_of(surw, i, ts_mask_has(before, i));
    }
    uint64_t at = sum > 0 ? ts_random_below(&run->random, sum) : 0;
    TS_MASK_EACH(i, view->candidates)
    {
        uint64_t weight = weight_of(surw, i, ts_mask_has(before, i));
        if (drawn == NOBODY && at < weight) {
            drawn = i;
        }
        at -= weight;
    }
    return drawn;
}

/* All but those that stand before an interesting operation which is another's to do. */
static struct ts_mask free_to_go(const struct surw *surw, const struct ts_choice_view *view,
                                 const struct ts_mask *before)
{
    struct ts_mask free;
    for (uint32_t i = 0; i < TS_MASK_WORDS; i++) {
        free.word[i] = view->candidates->word[i] & ~before->word[i];
    }
    if (surw->intended != NOBODY && ts_mask_has(view->candidates, surw->intended)) {
        ts_mask_set(&free, surw->intended, true);
    }
    return free;
}

static uint32_t pick(void *state, struct ts_strategy_run *run, const struct ts_choice_view *view)
{
    struct surw *surw = state;
    struct ts_mask before = {{0}};
    TS_MASK_EACH(i, view->candidates)
    {
        ts_mask_set(&before, i, is_interesting(surw, i, view->ops[i]));
    }
    if (surw->intended == NOBODY) {
        surw->intended = draw_intended(surw, run, view, &before);
    }
    struct ts_mask free = free_to_go(surw, view, &before);
    if (!ts_mask_any(&free)) { /* the one meant cannot go on, and all others wait for it: another, then */
        surw->intended = draw_intended(surw, run, view, &before);
        free = free_to_go(surw, view, &before);
    }
    return ts_mask_nth(&free, (uint32_t)ts_random_below(&run->random, ts_mask_count(&free)));
}

static void stepped(void *state, struct ts_strategy_run *run, uint32_t index, const struct ts_op *op,
                    const struct ts_op *const *ops, const struct ts_mask *live)
{
    struct surw *surw = state;
    (void)ops;
    (void)live;
    if (op->kind == TS_OP_END && surw->intended == index) {
        surw->intended = NOBODY;
    }
    if (op->object == NULL) {
        return;
    }
    uint32_t object = object_of(surw, index, op);
    ts_profile_note(&surw->profile, surw->line[index], object, op->writes, run->number, &surw->hint[index]);
    if (selects(surw, object)) {
        surw->weight[index] -= surw->weight[index] > STEP ? STEP : surw->weight[index];
        surw->intended = NOBODY;
    }
}

/* Who spins is not meant to go on. */
static void yielded(void *state, struct ts_strategy_run *run, uint32_t index)
{
    struct surw *surw = state;
    (void)run;
    surw->intended = surw->intended == index ? NOBODY : surw->intended;
}

const struct ts_explore_strategy ts_strategy_surw = {
    .name = "surw",
    .text = "threads weighed by what they have yet to do, as earlier schedules showed: every order of the "
            "operations that count is as likely as any other",
    .source = "Zhao, Wolff, Mathur, Roychoudhury: Selectively Uniform Concurrency Testing, ASPLOS 2025",
    .for_crowds = true,
    .begin = begin,
    .pick = pick,
    .created = created,
    .yielded = yielded,
    .stepped = stepped,
};
