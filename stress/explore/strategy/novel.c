#include "explore/core/spin.h"
#include "explore/core/strategy.h"

#include <stddef.h>

#define PICKS_MAX   1000u /* decisions of a beginning that can be kept */
#define ENTRIES     256u
#define FEATURES    16384u /* slots; a power of two */
#define FULL        (FEATURES / 4 * 3)
#define OBJECTS     1024u /* slots; a power of two */
#define FIRST_WALKS 4u
#define LOTS        4u  /* beginnings looked at, of which the rarest is taken */
#define LATE        64u /* added to a hash: no feature is 0 */

/* Beginnings of schedules are kept that led to something new: a value read at a place where it had not been
 * read before, or values of everything shared that had not stood together. A schedule follows the rarest of
 * a few of them and goes on by chance. So a state that many steps in the right order lead to is come by step
 * after step, and not all of them at once. */

/* A decision: who, or which value; and where, so that a program that goes another way is noticed. */
struct pick {
    uint16_t value;
    uint16_t where;
};

struct entry {
    uint32_t feature; /* slot, plus 1; 0: free */
    uint32_t count;
    uint32_t used; /* schedules that began like this */
    struct pick pick[PICKS_MAX];
};

struct feature {
    uint64_t hash;  /* 0: free */
    uint32_t hits;  /* schedules that had it */
    uint32_t seen;  /* number of the last of these, plus 1 */
    uint32_t entry; /* index plus 1; 0: none */
};

struct object {
    uintptr_t granule;
    uint64_t value;
    uint64_t seen;
    uint32_t wrote; /* decisions before the write whose value it is; 0: none is known */
};

struct novel {
    uint32_t entries, features;
    uint32_t followed;                   /* decisions of `given` that were taken */
    uint32_t given;                      /* how many of them are to be */
    uint32_t from;                       /* entry */
    uint32_t count;                      /* decisions of this schedule, of which PICKS_MAX are kept */
    uint32_t stay;                       /* of 16: how often the thread goes on that could */
    uint32_t wrote;                      /* decisions up to the latest write */
    uint64_t together;                   /* a sum over the values of what is shared */
    uint64_t now;                        /* number of the schedule, plus 1 */
    uint64_t former[TS_EXPLORE_THREADS]; /* what each thread read last */
    struct pick pick[PICKS_MAX];
    struct object object[OBJECTS];
    struct feature feature[FEATURES];
    struct entry entry[ENTRIES];
};

_Static_assert(sizeof(struct novel) <= TS_STRATEGY_BYTES, "it fits into the arena");

static uint64_t rarity(const struct novel *novel, const struct entry *entry)
{
    return (uint64_t)novel->feature[entry->feature - 1].hits + 2 * (uint64_t)entry->used;
}

/* The first few schedules, and then every fourth, begin with nothing. */
static bool begin(void *state, struct ts_strategy_run *run)
{
    static const uint32_t stays[] = {0, 0, 8, 14};
    struct novel *novel = state;
    novel->followed = novel->given = novel->count = 0;
    novel->stay = stays[ts_random_below(&run->random, 4)];
    novel->together = 0;
    novel->wrote = 0;
    novel->now = run->number + 1;
    for (uint32_t i = 0; i < TS_EXPLORE_THREADS; i++) {
        novel->former[i] = 0;
    }
    if (run->number < FIRST_WALKS || run->number % 8 == 0 || novel->entries == 0) {
        return true;
    }
    uint32_t lots = run->number % 2 == 0 ? LOTS : novel->entries;
    uint32_t best = (uint32_t)ts_random_below(&run->random, novel->entries);
    for (uint32_t i = 1; i < lots; i++) {
        uint32_t other = lots == LOTS ? (uint32_t)ts_random_below(&run->random, novel->entries) : i;
        best = rarity(novel, &novel->entry[other]) < rarity(novel, &novel->entry[best]) ? other : best;
    }
    novel->from = best;
    novel->entry[best].used++;
    novel->given = novel->entry[best].count;
    if (ts_random_below(&run->random, 4) == 0) {
        novel->given = (uint32_t)ts_random_below(&run->random, novel->given + 1);
    }
    return true;
}

static void keep(struct novel *novel, uint32_t value, uint32_t where)
{
    if (novel->count < PICKS_MAX) {
        novel->pick[novel->count] = (struct pick){(uint16_t)value, (uint16_t)where};
    }
    novel->count++;
}

/* The next decision of the beginning; NULL: it has ended, or the program has gone another way. */
static const struct pick *next_given(struct novel *novel, uint32_t where)
{
    if (novel->followed == novel->given) {
        return NULL;
    }
    const struct pick *pick = &novel->entry[novel->from].pick[novel->followed++];
    if (pick->where != (uint16_t)where) {
        novel->given = novel->followed;
        return NULL;
    }
    return pick;
}

static uint32_t pick(void *state, struct ts_strategy_run *run, const struct ts_choice_view *view)
{
    struct novel *novel = state;
    uint32_t where = (uint32_t)ts_hash64((uint64_t)view->self << 32 | view->count) | 1u;
    const struct pick *given = next_given(novel, where);
    uint32_t chosen = 0;
    if (given != NULL && ts_mask_has(view->candidates, given->value)) {
        chosen = given->value;
    } else if (view->self_can && ts_random_below(&run->random, 16) < novel->stay) {
        chosen = view->self;
    } else {
        chosen = ts_mask_nth(view->candidates, (uint32_t)ts_random_below(&run->random, view->count));
    }
    keep(novel, chosen, where);
    return chosen;
}

static uint32_t choose(void *state, struct ts_strategy_run *run, uint32_t count)
{
    struct novel *novel = state;
    const struct pick *given = next_given(novel, 0);
    uint32_t chosen =
        given != NULL && given->value < count ? given->value : (uint32_t)ts_random_below(&run->random, count);
    keep(novel, chosen, 0);
    return chosen;
}

/* Room for a beginning: a free entry, else the one of what is seen most often. */
static struct entry *room(struct novel *novel)
{
    if (novel->entries < ENTRIES) {
        return &novel->entry[novel->entries++];
    }
    struct entry *most = &novel->entry[0];
    for (uint32_t i = 1; i < ENTRIES; i++) {
        most = rarity(novel, &novel->entry[i]) > rarity(novel, most) ? &novel->entry[i] : most;
    }
    novel->feature[most->feature - 1].entry = 0;
    return most;
}

/* The decisions so far, where they are fewer than those known to lead there. */
static void keep_beginning(struct novel *novel, uint32_t slot, uint32_t count)
{
    struct feature *feature = &novel->feature[slot];
    bool known = feature->entry != 0;
    if (count == 0 || count > PICKS_MAX ||
        (known ? novel->entry[feature->entry - 1].count <= count : feature->hits > 1)) {
        return; /* nothing to follow; or it had a beginning, which was too common */
    }
    struct entry *entry = known ? &novel->entry[feature->entry - 1] : room(novel);
    feature->entry = (uint32_t)(entry - novel->entry) + 1;
    entry->feature = slot + 1;
    entry->count = count;
    entry->used = 0;
    for (uint32_t i = 0; i < count; i++) {
        entry->pick[i] = novel->pick[i];
    }
}

static void meet(struct novel *novel, uint64_t hash, uint32_t count)
{
    hash = hash < LATE ? hash + LATE : hash;
    uint32_t slot = (uint32_t)(hash % FEATURES);
    while (novel->feature[slot].hash != 0 && novel->feature[slot].hash != hash) {
        slot = (slot + 1) % FEATURES;
    }
    struct feature *feature = &novel->feature[slot];
    if (feature->hash == 0) {
        if (novel->features == FULL) {
            return;
        }
        novel->features++;
        feature->hash = hash;
    }
    if (feature->seen != (uint32_t)novel->now) {
        feature->seen = (uint32_t)novel->now;
        feature->hits++;
        keep_beginning(novel, slot, count);
    }
}

static struct object *object_of(struct novel *novel, uintptr_t granule)
{
    uint32_t slot = (uint32_t)(ts_hash64(granule) % OBJECTS);
    for (uint32_t tries = 0; tries < 8; tries++, slot = (slot + 1) % OBJECTS) {
        struct object *object = &novel->object[slot];
        if (object->seen != novel->now) {
            object->granule = granule;
            object->value = 0;
            object->seen = novel->now;
            object->wrote = 0;
            novel->together += ts_hash64(ts_hash64(granule));
        }
        if (object->granule == granule) {
            return object;
        }
    }
    return NULL;
}

static void note_read(struct novel *novel, uint32_t index, const struct ts_op *op, struct object *object)
{
    uint64_t value = ts_spin_peek(object->granule), key = ts_hash64(object->granule);
    uint64_t here = ts_hash64((uintptr_t)op->pc ^ ts_hash64(value));
    novel->together += ts_hash64(key ^ value) - ts_hash64(key ^ object->value);
    object->value = value;
    meet(novel, here, object->wrote);
    meet(novel, ts_hash64(here + novel->former[index]), object->wrote);
    meet(novel, novel->together, novel->wrote);
    novel->former[index] = here;
}

static void stepped(void *state, struct ts_strategy_run *run, uint32_t index, const struct ts_op *op,
                    const struct ts_op *const *ops, const struct ts_mask *live)
{
    struct novel *novel = state;
    (void)run;
    (void)ops;
    (void)live;
    if (op->object == NULL || op->kind < TS_OP_READ || op->kind > TS_OP_RMW) {
        return;
    }
    struct object *object = object_of(novel, (uintptr_t)op->object / 8);
    if (object != NULL && (op->kind == TS_OP_READ || op->kind == TS_OP_LOAD || op->kind == TS_OP_RMW)) {
        note_read(novel, index, op, object);
    }
    if (object != NULL && op->writes) {
        object->wrote = novel->wrote = novel->count;
    }
}

const struct ts_explore_strategy ts_strategy_novel = {
    .name = "novel",
    .text =
        "schedules that led to something new are followed that far, and go on by chance: states that only "
        "many steps lead to",
    .source = "after Wolff, Shi, Duck, Mathur, Roychoudhury: Greybox Fuzzing for Concurrency Testing, ASPLOS "
              "2024, with values read in place of who wrote them",
    .begin = begin,
    .pick = pick,
    .choose = choose,
    .stepped = stepped,
};
