/*
 * unregister-while-running: callbacks are registered and unregistered while they run.
 *
 * Hazard: a registration replaced while its callback was under way. On return of register no callback of the
 * former one runs any more: its user data is overwritten and freed at once. The last registered wins; while
 * NULL is registered nobody is called. Must show: nothing, in every mode. Threads: the owner feeds and
 * registers; callbacks run on the library's thread, in queued mode on a poller of the scenario.
 */
#include "base/clock.h"
#include "base/thread.h"
#include "scenario/bare_engine.h"
#include "scenario/scenarios.h"

#include <sched.h>
#include <stdlib.h>
#include <string.h>

#define MAGIC       UINT64_C(0x7265676973746572)
#define WORK_MIN_NS 2000
#define WORK_MAX_NS 20000
#define SLOW_NS     200000
#define AIM_NS      (10 * TS_NS_PER_MS)
#define AHEAD_MAX   64u
#define REPLACE_MAX 24u /* Depths between two registrations */

struct state;

/* User data of one registration; freed as soon as the next one is made. */
struct registration {
    uint64_t magic;
    uint64_t number;
    uint32_t work_ns;
    bool slow;
    struct state *state;
};

struct state {
    struct ts_bare bare;
    struct registration *current; /* the owner's; NULL while nothing is registered */
    uint64_t number;              /* of the latest registration, NULL ones included */
    /* Relaxed: the library's own synchronisation is on trial, and none of the scenario's must stand in. */
    _Atomic uint64_t settled; /* number of the latest registration that has returned */
    _Atomic uint64_t inside;  /* number of the registration whose callback is under way; 0: none */
    _Atomic int polling;
    struct ts_thread poller;
};

/* Reads its user data for as long as it works, as a callback does. A slow one leaves the processor to whoever
 * would replace it: on a loaded machine the owner would seldom meet one that only computes. */
static bool work(const struct registration *mine)
{
    bool intact = true;
    if (mine->slow) {
        ts_sleep_ns(ts_life_size(mine->state->bare.life, SLOW_NS, 2000));
    }
    int64_t start_ns = ts_clock_ns();
    do {
        intact = intact && mine->magic == MAGIC;
        ts_cpu_relax();
    } while (ts_clock_within(start_ns, mine->work_ns));
    return intact;
}

static void on_result(const char *symbol, long long timestamp_ns, const double *values, int count,
                      void *user_data)
{
    struct registration *mine = user_data;
    struct state *state = mine->state;
    struct ts_board *board = state->bare.life->board;
    uint64_t number = mine->number;
    atomic_store_explicit(&state->inside, number, memory_order_relaxed);
    ts_bare_check(&state->bare, symbol, timestamp_ns, values, count);
    bool intact = work(mine);
    uint64_t settled = atomic_load_explicit(&state->settled, memory_order_relaxed);
    if (settled > number || !intact) {
        ts_board_violation(board, "unregister",
                           "a callback of registration %llu ran when number %llu had returned",
                           (unsigned long long)number, (unsigned long long)settled);
    }
    atomic_store_explicit(&state->inside, 0, memory_order_relaxed);
}

static void poll_on(void *argument)
{
    struct state *state = argument;
    struct ts_idle idle;
    ts_idle_reset(&idle);
    state->bare.checker.owner = pthread_self();
    while (atomic_load_explicit(&state->polling, memory_order_relaxed) != 0) { /* carries nothing else */
        if (ts_bare_poll(&state->bare) > 0) {
            ts_idle_reset(&idle);
        } else {
            ts_idle_wait(&idle);
        }
    }
}

static bool is_inside(const struct state *state)
{
    return atomic_load_explicit(&state->inside, memory_order_relaxed) != 0; /* a gauge that orders nothing */
}

/* Registers something new, or NULL, and does away with what was registered before. */
static void replace(struct state *state)
{
    struct ts_life *life = state->bare.life;
    const struct ts_plugin *plugin = state->bare.plugin;
    struct registration *former = state->current, *next = NULL;
    if (former == NULL || ts_random_below(&life->random, 4) != 0) {
        next = malloc(sizeof *next);
    }
    if (next != NULL) { /* without memory the next one is NULL */
        *next = (struct registration){
            .magic = MAGIC,
            .number = state->number + 1,
            .work_ns = ts_life_size(life, WORK_MIN_NS, 100) +
                       (uint32_t)ts_random_below(&life->random, ts_life_size(life, WORK_MAX_NS, 300)),
            .slow = ts_random_below(&life->random, 4) == 0,
            .state = state};
    }
    bool running = is_inside(state);
    /* A host in locked mode may register under the lock that also guards what its callback touches. */
    bool locked = life->mode == TS_DELIVERY_LOCKED && ts_random_below(&life->random, 4) == 0 &&
                  plugin->lock(state->bare.handle) == SIGNAL_OK;
    plugin->register_callback(state->bare.handle, next != NULL ? on_result : NULL, next);
    atomic_store_explicit(&state->settled, ++state->number, memory_order_relaxed);
    if (locked) {
        plugin->unlock(state->bare.handle);
    }
    if (former != NULL) {
        memset(former, 0xdd, sizeof *former);
        free(former);
    }
    state->current = next;
    atomic_fetch_add_explicit(&life->board->hazard, running, memory_order_relaxed); /* a statistic */
}

/* Feeds on until a callback is under way, a little while at most: a registration replaced while nothing runs
 * proves little. */
static void live(struct state *state, struct ts_source *source)
{
    struct ts_life *life = state->bare.life;
    uint64_t next_change = 0;
    int64_t patience_ns = 0;
    for (uint64_t fed = 0; !ts_life_over(life);) {
        bool due = fed >= next_change;
        if (due && (state->current == NULL || is_inside(state) || ts_clock_ns() >= patience_ns)) {
            replace(state);
            next_change = fed + 1 + ts_random_below(&life->random, ts_life_size(life, REPLACE_MAX, 3));
            patience_ns = ts_clock_ns() + ts_life_size(life, AIM_NS, 20000);
        }
        if (ts_bare_stats(&state->bare).in_pipeline > ts_life_size(life, AHEAD_MAX, 4)) {
            sched_yield();
            continue;
        }
        if (!ts_bare_feed(&state->bare, source)) {
            return;
        }
        fed++;
    }
}

static ts_err run_engine(struct state *state, struct ts_life *life, const struct ts_plugin *plugin,
                         struct ts_source *source, struct ts_diag *diag)
{
    struct ts_bare_options options = ts_bare_defaults(life, ts_random_next(&life->random) >> 12);
    ts_err error = ts_bare_start(&state->bare, life, plugin, &options, diag);
    if (error != TS_OK) {
        return error;
    }
    bool queued = life->mode == TS_DELIVERY_QUEUED;
    atomic_store_explicit(&state->polling, 1, memory_order_relaxed); /* published with the thread's start */
    if (queued) {
        error = ts_thread_start(&state->poller, "poller", poll_on, state, diag);
    }
    if (error == TS_OK) {
        live(state, source);
    }
    atomic_store_explicit(&state->polling, 0, memory_order_relaxed);
    ts_thread_join(&state->poller);
    plugin->register_callback(state->bare.handle, NULL, NULL);
    free(state->current);
    ts_bare_finish(&state->bare);
    return error;
}

ts_err ts_scenario_unregister_while_running(struct ts_life *life, struct ts_diag *diag)
{
    static struct state state; /* threads of the library know its address */
    struct ts_plugin plugin;
    struct ts_source *source = NULL;
    memset(&state, 0, sizeof state);
    ts_err error = ts_bare_load(life, &plugin, diag);
    if (error != TS_OK) {
        return error;
    }
    error = ts_bare_source(life, 4, 1, &source, diag);
    if (error == TS_OK) {
        atomic_store_explicit(&life->board->phase, TS_BOARD_RUNNING,
                              memory_order_release); /* READY release */
        error = run_engine(&state, life, &plugin, source, diag);
    }
    ts_source_close(source);
    ts_plugin_unload(&plugin);
    return error;
}
