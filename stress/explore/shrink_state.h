/*
 * The shrinker's state, for its own files.
 *
 * Threads: the caller's.
 */
#ifndef TS_EXPLORE_SHRINK_STATE_H
#define TS_EXPLORE_SHRINK_STATE_H

#include "explore/core/arena.h"
#include "explore/shrink.h"

enum {
    TS_COST_PREEMPTIONS,
    TS_COST_DEVIATES, /* 0 for the default schedule, of which nothing can be left out */
    TS_COST_SWITCHES,
    TS_COST_THREADS,
    TS_COST_CHOICES,
    TS_COST_DEVIATIONS,
    TS_COSTS
};

/* One schedule as it really went. */
struct ts_trial {
    bool came;
    bool shows; /* the finding */
    uint64_t checksum;
    uint64_t steps;
    uint32_t threads;
    uint64_t cost[TS_COSTS];
    uint32_t count;
    struct ts_deviation *deviations; /* room for TS_DEVIATIONS_MAX */
    struct ts_step *step;
    uint32_t step_count;
    uint32_t step_room;
};

struct ts_shrinker {
    const struct ts_shrink_request *request;
    struct ts_trial *best;
    struct ts_trial *now;           /* the latest */
    struct ts_deviation *candidate; /* room for TS_DEVIATIONS_MAX */
    struct ts_trial trials[2];
    uint64_t tries;
    uint64_t tries_until;   /* of the part under way */
    int64_t until_ns;       /* the same */
    enum ts_shrunk_end end; /* so far */
    bool search;            /* under way: schedules without the finding are of no interest */
    bool proving;           /* the first schedule or the result, which nothing cuts short */
    ts_err error;
    struct ts_diag *diag;
};

/* False: budget, time, caller or an error ends it. */
bool ts_shrink_goes_on(struct ts_shrinker *shrinker);

/* Runs a schedule; what happened is in shrinker->now. True when it shows the finding. */
bool ts_shrink_try(struct ts_shrinker *shrinker, const struct ts_deviation *deviations, uint32_t count,
                   bool lenient);

/* Tries the first `count` candidates. When they show the finding, at a lower cost (or the same, if `equal`),
 * and do so again exactly, what happened is the best from then on. */
bool ts_shrink_take(struct ts_shrinker *shrinker, uint32_t count, bool equal);

/* At most `count` schedules with at most so many preemptions, one after the other, until one shows the
 * finding (true; it is in shrinker->now, without steps). *whole: none of them does. */
bool ts_shrink_search(struct ts_shrinker *shrinker, uint32_t preemptions, uint64_t count, bool *whole);

/* The best's deviations as candidates; their number. */
uint32_t ts_shrink_copy(struct ts_shrinker *shrinker);

/* segments.c: threads do at once what they did in parts. True: the best is a better one. */
bool ts_shrink_join(struct ts_shrinker *shrinker);

/* ordering.c: puts off each preemption as long as it can be, and says what decides. NULL: no memory. */
char *ts_shrink_ordering(struct ts_shrinker *shrinker);

#endif
