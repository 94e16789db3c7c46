/*
 * destroy-from-callback: a strategy's callback asks for the end of itself, of a sibling, of the engine.
 *
 * Hazard: ends carried out that a callback asked for. What a callback may not do at once is refused and
 * changes nothing: removing a strategy, stopping the runner, closing the engine. What it asks for is carried
 * out by the owner: once, for the very object that was meant, and no result reaches it any more. Must show:
 * direct races and crashes, for the owner tears the strategy down under the callback that asked; the other
 * modes nothing. Threads: the owner feeds and tears down; callbacks run on its thread (queued) or the
 * library's.
 */
#include "base/clock.h"
#include "base/thread.h"
#include "scenario/host_rig.h"
#include "scenario/scenarios.h"

#include <string.h>

#define STRATEGIES 4u
#define AHEAD_MAX  128u
#define ASK_EVERY  16u   /* callbacks, on average */
#define LINGER_NS  30000 /* what a strategy still does after it asked for its own end */
#define EPOCHS     4096u /* remembered; far more than live at a time */

enum what { SELF, SIBLING, ENGINE, WHATS };

static const char *const what_names[WHATS] = {"self", "sibling", "engine"};

struct state {
    struct ts_rig rig;
    int only; /* one of enum what, or -1 for all */
    uint64_t draws;
    uint64_t hazard_before; /* of the hosts before this one */
    /* The delivering thread's; the owner reads them when the engine has ended. */
    uint64_t calls, asked, tried;
    uint64_t gone[EPOCHS];         /* by epoch modulo: asked for its own end */
    _Atomic uint64_t newest_epoch; /* relaxed: a number to pick siblings from */
};

static void expect(struct state *state, const char *call, long long got, long long wanted)
{
    if (got != wanted) {
        ts_board_violation(state->rig.life->board, "destroy-inside",
                           "%s inside a callback gave %lld, not %lld", call, got, wanted);
    }
}

static void ask_for_end_of(struct state *state, uint64_t epoch)
{
    ts_err error = ts_runner_ask_remove(state->rig.runner, epoch);
    state->asked += error == TS_OK;
    if (error != TS_OK && error != TS_EMPTY && error != TS_FULL) {
        expect(state, "ts_runner_ask_remove", error, TS_OK);
    }
}

/* All that a callback must not do at once. */
static void try_at_once(struct state *state)
{
    struct ts_runner *runner = state->rig.runner;
    bool own = state->rig.life->mode == TS_DELIVERY_QUEUED;
    ts_err wanted = own ? TS_DEADLOCK : TS_WRONG_THREAD;
    struct signal_stats final = {.struct_size = sizeof final};
    uint32_t slot = (uint32_t)(state->calls % STRATEGIES);
    expect(state, "ts_runner_remove", ts_runner_remove(runner, slot, TS_TEARDOWN_UNLIST_FIRST), wanted);
    expect(state, "ts_runner_stop", ts_runner_stop(runner, NULL), wanted);
    expect(state, "signal_close", ts_runner_plugin(runner)->close(ts_runner_engine(runner), &final),
           SIGNAL_DEADLOCK);
    state->tried++;
}

static void linger(const struct ts_life *life)
{
    int64_t start_ns = ts_clock_ns();
    while (ts_clock_within(start_ns, ts_life_size(life, LINGER_NS, 300))) {
        ts_cpu_relax();
    }
}

/* Inside on_factor of a strategy that is alive; so it is when this returns, whatever was asked for. */
static void on_factor(void *user_data, const struct ts_strategy *self)
{
    struct state *state = user_data;
    uint64_t draw = ts_hash64(state->draws + ++state->calls), epoch = self->epoch;
    if (state->gone[epoch % EPOCHS] == epoch) {
        ts_board_violation(state->rig.life->board, "destroy-inside",
                           "strategy %llu was called after it had asked for its end",
                           (unsigned long long)epoch);
    }
    if (draw % ts_life_size(state->rig.life, ASK_EVERY, 4) != 0) {
        return;
    }
    switch (state->only >= 0 ? state->only : (int)((draw >> 8) % 64 == 0 ? ENGINE : (draw >> 16) % 2)) {
    case SELF:
        ask_for_end_of(state, epoch);
        ask_for_end_of(state, epoch); /* twice is once */
        state->gone[epoch % EPOCHS] = epoch;
        break;
    case SIBLING:
        ask_for_end_of(state,
                       1 + (draw >> 20) % atomic_load_explicit(&state->newest_epoch, memory_order_relaxed));
        ask_for_end_of(state, epoch + 1);
        break;
    default:
        ts_runner_ask_stop(state->rig.runner);
        break;
    }
    try_at_once(state);
    linger(state->rig.life);
}

static void note_hazard(const struct state *state)
{
    uint64_t removed = ts_runner_stats(state->rig.runner).removed_asked;
    atomic_store_explicit(&state->rig.life->board->hazard, state->hazard_before + removed,
                          memory_order_relaxed); /* a statistic */
}

/* Carries out what was asked for, and fills the slots up again. */
static void replace_the_dead(struct ts_rig *rig, const struct ts_event *event)
{
    struct state *state = rig->scenario;
    (void)event;
    ts_runner_poll(rig->runner);
    for (uint32_t i = 0; i < STRATEGIES; i++) {
        if (ts_runner_strategy(rig->runner, i) == NULL && !ts_rig_add_strategy(rig)) {
            break;
        }
    }
    atomic_store_explicit(&state->newest_epoch, rig->next_epoch - 1, memory_order_relaxed);
    note_hazard(state);
}

/* Each request was carried out once, or came too late; each refusal on the owner's thread was counted. */
static void check_books(struct state *state)
{
    const struct ts_runner_stats *host = &state->rig.host_final;
    bool own = state->rig.life->mode == TS_DELIVERY_QUEUED;
    uint64_t answered = host->removed_asked + host->asked_in_vain;
    ts_board_add(state->rig.life->board, TS_COUNTER_checks, 2);
    if (state->asked != answered || host->refused != (own ? 2 * state->tried : 0)) {
        ts_board_violation(state->rig.life->board, "destroy-inside",
                           "%llu removals asked for, %llu answered; %llu attempts, %llu calls refused",
                           (unsigned long long)state->asked, (unsigned long long)answered,
                           (unsigned long long)state->tried, (unsigned long long)host->refused);
    }
}

/* One host from start to end, which a callback may ask for. */
static ts_err run_host(struct ts_life *life, int only, bool *ended, struct ts_diag *diag)
{
    static struct state state; /* threads of the library know its address; one host at a time */
    struct ts_rig_options options = ts_rig_defaults(life);
    memset(&state, 0, sizeof state);
    state.only = only;
    state.draws = ts_random_next(&life->random);
    state.hazard_before = atomic_load_explicit(&life->board->hazard, memory_order_relaxed);
    options.strategies = STRATEGIES;
    options.ahead_max = ts_life_size(life, AHEAD_MAX, 8);
    options.lossless = true;
    options.results_only = true;
    options.synthetic = ts_synthetic_flood(state.draws, 4);
    options.strategy.on_factor = on_factor;
    options.strategy.user_data = &state;
    ts_err error = ts_rig_start(&state.rig, life, &options, diag);
    if (error != TS_OK) {
        return error;
    }
    state.rig.scenario = &state;
    state.rig.after = replace_the_dead;
    atomic_store_explicit(&state.newest_epoch, 1, memory_order_relaxed);
    atomic_store_explicit(&life->board->phase, TS_BOARD_RUNNING, memory_order_release); /* READY release */
    ts_rig_loop(&state.rig);
    *ended = state.rig.source_ended;
    state.hazard_before += !*ended && !ts_life_expired(life); /* the loop ended because it was asked to */
    note_hazard(&state);
    ts_rig_finish(&state.rig, ts_random_below(&life->random, 2) == 0);
    check_books(&state);
    return TS_OK;
}

ts_err ts_scenario_destroy_from_callback(struct ts_life *life, struct ts_diag *diag)
{
    const char *name = ts_life_setting(life, "what", "all");
    int only = WHATS - 1;
    bool ended = false;
    ts_err error = TS_OK;
    while (only >= 0 && strcmp(name, what_names[only]) != 0) {
        only--;
    }
    if (only < 0 && strcmp(name, "all") != 0) {
        return ts_fail(diag, TS_INVALID, "scenario setting", "what", "%s is not all, self, sibling or engine",
                       name);
    }
    while (error == TS_OK && !ended && !ts_life_over(life)) {
        error = run_host(life, only, &ended, diag);
    }
    return error;
}
