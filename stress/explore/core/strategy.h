/*
 * A strategy: which thread goes on, schedule after schedule.
 *
 * The shape is Shuttle's (a new execution, the next thread, the next number), with events for the strategies
 * that count. The scheduler asks only where there is a choice. Everything that a strategy keeps lies in its
 * state, which is zeroed before the first schedule of an exploration and lives in the arena: it must hold no
 * pointers, since each schedule may run in another process.
 *
 * Threads: all functions run on the thread under the scheduler that reached the point; compiled without
 * sanitizers and without libc. Ownership: none.
 */
#ifndef TS_EXPLORE_CORE_STRATEGY_H
#define TS_EXPLORE_CORE_STRATEGY_H

#include "base/random.h"
#include "explore/core/arena.h"

enum ts_strategy_id {
    TS_STRATEGY_RANDOM,
    TS_STRATEGY_PCT,
    TS_STRATEGY_POS,
    TS_STRATEGY_SURW,
    TS_STRATEGY_DELAY,
    TS_STRATEGY_DFS,
    TS_STRATEGY_GATHER,
    TS_STRATEGY_TURNS,
    TS_STRATEGY_NOVEL,
    TS_STRATEGY_COUNT
};

struct ts_strategy_run {
    uint64_t number; /* of the schedule among those of this strategy, from 0 */
    uint32_t depth;
    struct ts_random random; /* seeded by the exploration's seed and the schedule's number */
    const struct ts_arena *arena;
};

struct ts_choice_view {
    const struct ts_mask *candidates; /* at least two */
    const struct ts_mask *patient;    /* those for whom no time has to pass, and no signal is left out */
    uint32_t count;
    uint32_t self;                  /* the thread that reached the point */
    bool self_can;                  /* it is a candidate */
    uint32_t by_default;            /* whom the default scheduler would take */
    const struct ts_op *const *ops; /* by thread: what it will do next */
};

struct ts_explore_strategy {
    const char *name;
    const char *text;   /* what it is good at, for --help */
    const char *source; /* where it comes from */
    bool for_crowds;    /* its chance does not fall with the number of threads as the others' does */
    /* A new schedule. False: all were run that it was asked for. */
    bool (*begin)(void *state, struct ts_strategy_run *run);
    uint32_t (*pick)(void *state, struct ts_strategy_run *run, const struct ts_choice_view *view);
    /* A value below `count`, count >= 2; 0 is what the default scheduler takes. NULL: uniform. */
    uint32_t (*choose)(void *state, struct ts_strategy_run *run, uint32_t count);
    /* Thread `index` has come to be, made by `parent`. NULL: not interested, as below. */
    void (*created)(void *state, struct ts_strategy_run *run, uint32_t index, uint32_t parent);
    /* Thread `index` gives way: it yields, or waits in a loop for something that others must do. */
    void (*yielded)(void *state, struct ts_strategy_run *run, uint32_t index);
    /* Thread `index` goes on with its operation. Called for steps without a choice, too. */
    void (*stepped)(void *state, struct ts_strategy_run *run, uint32_t index, const struct ts_op *op,
                    const struct ts_op *const *ops, const struct ts_mask *live);
    /* The schedule has ended by itself; not called when the process dies. */
    void (*ended)(void *state, struct ts_strategy_run *run);
};

extern const struct ts_explore_strategy *const ts_strategies[TS_STRATEGY_COUNT];

/* The id of a name; -1: none. */
int ts_strategy_find(const char *name);

#endif
