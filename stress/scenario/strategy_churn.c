/*
 * strategy-churn: strategies of two types take turns in the same slots, and often at the same addresses.
 *
 * Hazard: strategies replaced while results for their predecessor were on their way. A result, a callback or
 * a reference that was meant for the one that is gone must not reach its successor: each object knows its
 * type, its epoch and the time from which on results are for it. (AddressSanitizer keeps freed memory for a
 * while, so that an address has no second tenant there; it sees the access itself.) Must show: direct races
 * and crashes; the other modes nothing. Threads: the owner feeds, destroys and creates; without a queue the
 * library's thread calls back meanwhile.
 */
#include "base/clock.h"
#include "base/thread.h"
#include "scenario/bare_engine.h"
#include "scenario/host_rig.h"
#include "scenario/scenarios.h"

#include <sched.h>
#include <stdlib.h>
#include <string.h>

#define STRATEGIES  4u
#define AHEAD_MAX   128u
#define REPLACE_MAX 24u /* Depths between two replacements */
#define WORK_NS     5000
#define GRAVES      64u
#define TALLY_ALIVE UINT64_C(0x74616c6c79)

/* The other type: another layout and another table at the address of an EMA strategy. */
struct tally_strategy {
    struct ts_strategy base;
    uint64_t alive[24]; /* TALLY_ALIVE + epoch; the place of the other type's buffers and counters */
    uint64_t results;
    uint32_t work_ns;
    struct ts_board *board;
};

struct state {
    struct ts_rig rig;
    uint64_t next_change;
    const void *graves[GRAVES]; /* addresses of the latest dead, never followed */
    uint64_t buried;
};

static void ignore_depth(struct ts_strategy *base, const struct wingchun_depth *depth)
{
    (void)base;
    (void)depth;
}

static bool is_itself(const struct tally_strategy *self, uint64_t epoch)
{
    bool itself = self->base.epoch == epoch;
    for (size_t i = 0; i < sizeof self->alive / sizeof *self->alive; i++) {
        itself = itself && self->alive[i] == TALLY_ALIVE + epoch;
    }
    return itself;
}

static void on_factor(struct ts_strategy *base, const char *symbol, int64_t timestamp_ns,
                      const double *values, int count)
{
    struct tally_strategy *self = (struct tally_strategy *)base;
    uint64_t epoch = base->epoch;
    int64_t start_ns = ts_clock_ns();
    bool itself = is_itself(self, epoch);
    (void)symbol;
    (void)values;
    (void)count;
    if (timestamp_ns < base->joined_ns) {
        ts_board_violation(self->board, "strategy-epoch",
                           "strategy %llu got a result of a tick from before its time",
                           (unsigned long long)epoch);
    }
    self->results++;
    while (ts_clock_within(start_ns, self->work_ns)) {
        ts_cpu_relax();
    }
    if (!itself || !is_itself(self, epoch)) {
        ts_board_violation(self->board, "strategy-epoch",
                           "strategy %llu was another one, of another type or dead during its on_factor",
                           (unsigned long long)epoch);
    }
}

static void destructor(struct ts_strategy *base)
{
    struct tally_strategy *self = (struct tally_strategy *)base;
    memset(self->alive, 0, sizeof self->alive);
    ts_strategy_fini(base);
}

/* NULL without memory. */
static struct ts_strategy *create_tally(struct ts_rig *rig)
{
    static struct ts_strategy_vtable vtable;
    size_t size = ts_ema_strategy_size();
    size = size > sizeof(struct tally_strategy) ? size : sizeof(struct tally_strategy);
    struct tally_strategy *self = calloc(1, size);
    if (vtable.on_factor == NULL) {
        vtable = ts_strategy_base_vtable;
        vtable.on_depth = ignore_depth;
        vtable.on_factor = on_factor;
        vtable.destructor = destructor;
    }
    uint64_t epoch = rig->next_epoch++;
    if (self == NULL || ts_strategy_init(&self->base, &vtable, epoch, rig->journal_file, NULL) != TS_OK) {
        free(self);
        return NULL;
    }
    self->board = rig->life->board;
    self->work_ns = ts_life_size(rig->life, WORK_NS, 200);
    for (size_t i = 0; i < sizeof self->alive / sizeof *self->alive; i++) {
        self->alive[i] = TALLY_ALIVE + epoch;
    }
    return &self->base;
}

/* Whether the object stands where one stood that has died lately. */
static bool is_on_a_grave(const struct state *state, const void *address)
{
    for (uint32_t i = 0; i < GRAVES; i++) {
        if (state->graves[i] == address) {
            return true;
        }
    }
    return false;
}

static bool add_tally(struct ts_rig *rig)
{
    struct ts_strategy *strategy = create_tally(rig);
    if (strategy == NULL) {
        ts_board_add(rig->life->board, TS_COUNTER_strategies_refused, 1); /* the host goes on without it */
        return false;
    }
    return ts_rig_admit(rig, strategy);
}

static void add_one(struct state *state)
{
    struct ts_rig *rig = &state->rig;
    bool added = ts_random_below(&rig->life->random, 2) == 0 ? ts_rig_add_strategy(rig) : add_tally(rig);
    for (uint32_t i = 0; added && i < STRATEGIES; i++) {
        const struct ts_strategy *strategy = ts_runner_strategy(rig->runner, i);
        if (strategy != NULL && strategy->epoch == rig->next_epoch - 1) {
            ts_board_add(rig->life->board, TS_COUNTER_addresses_reused, is_on_a_grave(state, strategy));
        }
    }
}

static bool results_on_their_way(struct ts_rig *rig)
{
    struct signal_stats stats = {.struct_size = sizeof stats};
    ts_runner_plugin(rig->runner)->stats(ts_runner_engine(rig->runner), &stats);
    return !ts_bare_is_quiet(&stats);
}

/* One dies, and at once another one is born. */
static void replace(struct ts_rig *rig, const struct ts_event *event)
{
    struct state *state = rig->scenario;
    struct ts_random *random = &rig->life->random;
    (void)event;
    if (rig->events < state->next_change) {
        return;
    }
    state->next_change = rig->events + 1 + ts_random_below(random, ts_life_size(rig->life, REPLACE_MAX, 3));
    uint32_t slot = (uint32_t)ts_random_below(random, STRATEGIES);
    const struct ts_strategy *former = ts_runner_strategy(rig->runner, slot);
    bool on_their_way = results_on_their_way(rig);
    if (former != NULL) {
        enum ts_teardown_order order =
            ts_random_below(random, 2) == 0 ? TS_TEARDOWN_UNLIST_FIRST : TS_TEARDOWN_DESTROY_FIRST;
        state->graves[state->buried++ % GRAVES] = former;
        ts_runner_remove(rig->runner, slot, order);
        atomic_fetch_add_explicit(&rig->life->board->hazard, on_their_way,
                                  memory_order_relaxed); /* a statistic */
    }
    add_one(state);
}

ts_err ts_scenario_strategy_churn(struct ts_life *life, struct ts_diag *diag)
{
    static struct state state; /* threads of the library know its address */
    struct ts_rig_options options = ts_rig_defaults(life);
    memset(&state, 0, sizeof state);
    options.strategies = STRATEGIES;
    options.ahead_max = ts_life_size(life, AHEAD_MAX, 8);
    options.lossless = true;
    options.strategy.factor_spin_ns = ts_life_size(life, WORK_NS, 200);
    options.synthetic = ts_synthetic_flood(ts_seed_mix(life->seed, 1), 4);
    ts_err error = ts_rig_start(&state.rig, life, &options, diag);
    if (error != TS_OK) {
        return error;
    }
    state.rig.scenario = &state;
    state.rig.after = replace;
    for (uint32_t i = 0; i < STRATEGIES; i++) {
        add_one(&state);
    }
    atomic_store_explicit(&life->board->phase, TS_BOARD_RUNNING, memory_order_release); /* READY release */
    ts_rig_loop(&state.rig);
    ts_rig_finish(&state.rig, true);
    return TS_OK;
}
