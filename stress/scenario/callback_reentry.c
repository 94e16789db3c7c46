/*
 * callback-reentry: a callback calls back into the library.
 *
 * Hazard: calls of the ABI from inside a callback. Each must do what signal_api.h says of it and never
 * deadlock: poll executes nothing; register takes effect at once, and the last one wins; NULL silences;
 * stats, on_data, offer and last_error work; lock is refused in locked mode; close is refused; destroy takes
 * effect after the poll it was called in, and is refused on a thread of the library. What was refused is
 * counted exactly. Must show: nothing, in every mode. Threads: the owner feeds and polls; the callbacks run
 * on the owner's thread (queued) or the library's.
 */
#include "base/clock.h"
#include "scenario/bare_engine.h"
#include "scenario/scenarios.h"

#include <sched.h>
#include <string.h>

enum call { POLL, REGISTER, UNREGISTER, STATS, ON_DATA, OFFER, LAST_ERROR, LOCK, CLOSE, DESTROY, CALLS };

static const char *const call_names[CALLS] = {"poll",  "register",   "unregister", "stats", "on-data",
                                              "offer", "last-error", "lock",       "close", "destroy"};

#define FEED_MAX  400u /* Depths an engine */
#define AHEAD_MAX 64u

struct state;

/* What is registered as user data: one of two, so that a callback knows which registration it belongs to. */
struct face {
    struct state *state;
    int index;
};

struct state {
    struct ts_bare bare;
    struct face faces[2];
    int only;       /* one call of `enum call`, or -1 for all */
    uint64_t draws; /* seed of the callbacks' choices */
    struct wingchun_depth depth;
    /* Relaxed: the library's own synchronisation is on trial, and none of the scenario's must stand in. */
    _Atomic int expected; /* index of the face that must be called next */
    _Atomic int silent;   /* NULL was registered, by a callback: the owner registers again */
    /* The delivering thread's; the owner reads them after the engine's end, or in queued mode as itself. */
    bool destroyed;
    uint64_t nested_polls, refused;
};

static bool on_library_thread(const struct state *state)
{
    return state->bare.life->mode != TS_DELIVERY_QUEUED;
}

static void expect(struct state *state, const char *call, long long got, long long wanted)
{
    if (got != wanted) {
        ts_board_violation(state->bare.life->board, "reentry", "%s inside a callback gave %lld, not %lld",
                           call, got, wanted);
    }
}

/* The text of what was refused just now; only callbacks are refused anything here. */
static void expect_reason(struct state *state)
{
    const char *why = state->bare.plugin->last_error(state->bare.handle);
    if (strstr(why, "inside a callback") == NULL) {
        ts_board_violation(state->bare.life->board, "reentry", "a refusal gives the reason '%s'", why);
    }
}

static void on_result(const char *symbol, long long timestamp_ns, const double *values, int count,
                      void *user_data);

static void call_register(struct state *state)
{
    int other = !atomic_load_explicit(&state->expected, memory_order_relaxed);
    atomic_store_explicit(&state->expected, other, memory_order_relaxed);
    state->bare.plugin->register_callback(state->bare.handle, on_result, &state->faces[other]);
}

static void call_unregister(struct state *state)
{
    state->bare.plugin->register_callback(state->bare.handle, NULL, NULL);
    atomic_store_explicit(&state->silent, 1, memory_order_relaxed);
}

static void call_stats(struct state *state)
{
    struct signal_stats stats = {.struct_size = sizeof stats};
    expect(state, "signal_stats", state->bare.plugin->stats(state->bare.handle, &stats), SIGNAL_OK);
    /* This result may not be counted before its callback has ended. */
    if (stats.results_executed + 1 < state->bare.checker.seen) {
        ts_board_violation(
            state->bare.life->board, "reentry", "%llu results executed when the host had seen %llu",
            (unsigned long long)stats.results_executed, (unsigned long long)state->bare.checker.seen);
    }
}

static void call_offer(struct state *state)
{
    struct ts_bare *bare = &state->bare;
    int status = bare->plugin->offer(bare->handle, WINGCHUN_DEPTH, &state->depth, sizeof state->depth);
    if (status != SIGNAL_FULL) { /* which is not counted as a tick */
        expect(state, "signal_offer", status, SIGNAL_OK);
        atomic_fetch_add_explicit(&bare->ticks_fed, 1, memory_order_relaxed);
    }
    status = bare->plugin->offer(bare->handle, WINGCHUN_DEPTH, &state->depth, sizeof state->depth + 7);
    expect(state, "signal_offer of a wrong size", status, SIGNAL_INVALID);
    atomic_fetch_add_explicit(&bare->ticks_fed, 1, memory_order_relaxed);
}

static void call_lock(struct state *state)
{
    bool locked = state->bare.life->mode == TS_DELIVERY_LOCKED;
    int wanted = locked ? SIGNAL_DEADLOCK : SIGNAL_OK;
    expect(state, "signal_lock", state->bare.plugin->lock(state->bare.handle), wanted);
    expect(state, "signal_unlock", state->bare.plugin->unlock(state->bare.handle), wanted);
    state->refused += locked ? 2 : 0;
}

static void call_close(struct state *state)
{
    struct signal_stats final = {.struct_size = sizeof final};
    expect(state, "signal_close", state->bare.plugin->close(state->bare.handle, &final), SIGNAL_DEADLOCK);
    state->refused++;
    expect_reason(state);
}

static void call_destroy(struct state *state)
{
    state->bare.plugin->destroy(state->bare.handle);
    if (on_library_thread(state)) {
        state->refused++;
        expect_reason(state);
    } else {
        state->destroyed = true;
    }
    call_stats(state); /* refused or put off, the handle is whole */
}

static void make_call(struct state *state, enum call call)
{
    struct ts_bare *bare = &state->bare;
    switch (call) {
    case POLL:
        expect(state, "signal_poll_callbacks", bare->plugin->poll_callbacks(bare->handle), 0);
        state->nested_polls += !on_library_thread(state);
        break;
    case REGISTER:
        call_register(state);
        break;
    case UNREGISTER:
        call_unregister(state);
        break;
    case STATS:
        call_stats(state);
        break;
    case ON_DATA:
        ts_bare_tick(bare, WINGCHUN_DEPTH, &state->depth);
        break;
    case OFFER:
        call_offer(state);
        break;
    case LAST_ERROR:
        expect(state, "signal_last_error", bare->plugin->last_error(bare->handle) != NULL, 1);
        break;
    case LOCK:
        call_lock(state);
        break;
    case CLOSE:
        call_close(state);
        break;
    default:
        call_destroy(state);
        break;
    }
    /* A statistic: calls made from inside. */
    atomic_fetch_add_explicit(&bare->life->board->hazard, 1, memory_order_relaxed);
}

/* One callback in two makes a call; a tick fed from inside then has less than one successor, and an engine's
 * life an end. A destruction ends it at once, and is rare. */
static int choose_call(struct state *state)
{
    uint64_t draw = ts_hash64(state->draws + state->bare.checker.seen);
    int call = state->only >= 0 ? state->only : (int)((draw >> 8) % CALLS);
    bool rare = state->only < 0 && call == DESTROY && (draw >> 32) % 16 != 0;
    return draw % 2 == 0 || rare ? -1 : call;
}

static void on_result(const char *symbol, long long timestamp_ns, const double *values, int count,
                      void *user_data)
{
    struct face *face = user_data;
    struct state *state = face->state;
    struct ts_board *board = state->bare.life->board;
    if (state->destroyed) {
        ts_board_violation(board, "reentry", "a callback was executed after one had destroyed the engine");
    }
    if (atomic_load_explicit(&state->silent, memory_order_relaxed) != 0) {
        ts_board_violation(board, "reentry", "a callback was executed while NULL was registered");
    }
    if (face->index != atomic_load_explicit(&state->expected, memory_order_relaxed)) {
        ts_board_violation(board, "last-registered", "a callback got the user data of a former registration");
    }
    ts_bare_check(&state->bare, symbol, timestamp_ns, values, count);
    int call = choose_call(state);
    if (call >= 0 && !state->destroyed) {
        make_call(state, (enum call)call);
    }
}

static void speak_again(struct state *state)
{
    if (!on_library_thread(state) && ts_bare_poll(&state->bare) != 0) {
        ts_board_violation(state->bare.life->board, "reentry", "a poll executed something while silenced");
    }
    int expected = atomic_load_explicit(&state->expected, memory_order_relaxed);
    atomic_store_explicit(&state->silent, 0, memory_order_relaxed);
    state->bare.plugin->register_callback(state->bare.handle, on_result, &state->faces[expected]);
}

/* Polls and, after a callback has silenced the engine, registers again. False when the engine is gone. */
static bool attend(struct state *state)
{
    if (atomic_load_explicit(&state->silent, memory_order_relaxed) != 0) {
        speak_again(state);
    }
    ts_bare_poll(&state->bare);
    return !state->destroyed || on_library_thread(state);
}

static void check_counts(struct state *state, const struct signal_stats *final)
{
    if (final->reentrant_polls != state->nested_polls || final->deadlocks_refused != state->refused) {
        ts_board_violation(state->bare.life->board, "reentry",
                           "%llu nested polls and %llu refusals were counted, %llu and %llu made",
                           (unsigned long long) final->reentrant_polls,
                           (unsigned long long) final->deadlocks_refused,
                           (unsigned long long)state->nested_polls, (unsigned long long)state->refused);
    }
}

/* Feeds the engine and waits until all has arrived. False when a callback destroyed it. */
static bool live(struct state *state, struct ts_source *source)
{
    struct ts_life *life = state->bare.life;
    uint64_t depths = 1 + ts_random_below(&life->random, ts_life_size(life, FEED_MAX, 12));
    for (uint64_t fed = 0; fed < depths && !ts_life_over(life);) {
        if (!attend(state)) {
            return false;
        }
        if (ts_bare_stats(&state->bare).in_pipeline > ts_life_size(life, AHEAD_MAX, 4)) {
            sched_yield();
            continue;
        }
        if (!ts_bare_feed(&state->bare, source)) {
            break;
        }
        fed++;
    }
    /* No heartbeat while waiting: a callback that hangs in the library is then seen to. */
    while (!ts_life_expired(life)) {
        if (!attend(state)) {
            return false;
        }
        struct signal_stats stats = ts_bare_stats(&state->bare);
        if (ts_bare_is_quiet(&stats)) {
            break;
        }
        sched_yield();
    }
    return true;
}

static ts_err run_engine(struct ts_life *life, const struct ts_plugin *plugin, int only,
                         struct ts_source *source, struct ts_diag *diag)
{
    static struct state state; /* threads of the library know its address; one engine at a time */
    struct ts_bare_options options = ts_bare_defaults(life, ts_random_next(&life->random) >> 12);
    memset(&state, 0, sizeof state);
    ts_err error = ts_bare_start(&state.bare, life, plugin, &options, diag);
    if (error != TS_OK) {
        return error;
    }
    state.only = only;
    state.draws = ts_random_next(&life->random);
    state.faces[0] = (struct face){.state = &state, .index = 0};
    state.faces[1] = (struct face){.state = &state, .index = 1};
    state.depth = (struct wingchun_depth){.symbol = "reentry", .data_time_ns = 1};
    state.depth.bid_price[0] = 99;
    state.depth.ask_price[0] = 101;
    plugin->register_callback(state.bare.handle, on_result, &state.faces[0]);
    if (!live(&state, source)) {
        ts_board_add(life->board, TS_COUNTER_checks, 1);
        return TS_OK; /* the engine went with the poll; what it leaked a leak check finds */
    }
    /* The delivering thread's numbers are whole once its last callback has ended. */
    plugin->register_callback(state.bare.handle, NULL, NULL);
    struct signal_stats final = ts_bare_finish(&state.bare);
    check_counts(&state, &final);
    return TS_OK;
}

ts_err ts_scenario_callback_reentry(struct ts_life *life, struct ts_diag *diag)
{
    struct ts_plugin plugin;
    struct ts_source *source = NULL;
    const char *name = ts_life_setting(life, "call", "all");
    int only = CALLS - 1;
    while (only >= 0 && strcmp(name, call_names[only]) != 0) {
        only--;
    }
    if (only < 0 && strcmp(name, "all") != 0) {
        return ts_fail(diag, TS_INVALID, "scenario setting", "call", "%s is no call to be made", name);
    }
    ts_err error = ts_bare_load(life, &plugin, diag);
    if (error != TS_OK) {
        return error;
    }
    error = ts_bare_source(life, 4, 1, &source, diag);
    atomic_store_explicit(&life->board->phase, TS_BOARD_RUNNING, memory_order_release); /* READY release */
    while (error == TS_OK && !ts_life_over(life)) {
        error = run_engine(life, &plugin, only, source, diag);
    }
    ts_source_close(source);
    ts_plugin_unload(&plugin);
    return error;
}
