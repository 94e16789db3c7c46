/*
 * plugin-reload: the library is loaded, unloaded and loaded again, between engines and under them.
 *
 * Hazard: the library unloaded while threads of an engine were in it. The loader opens it so that its code is
 * never unmapped (RTLD_NODELETE): an engine works on, and whoever loads the library again finds the same
 * code. Must show: nothing, in every mode; each time every symbol is there and the handshake holds. In the
 * flavours with a sanitizer the worker keeps the library in place by itself, so only plain can see a loader
 * that does not. Threads: the owner loads, unloads, feeds and polls.
 */
#include "scenario/bare_engine.h"
#include "scenario/scenarios.h"

#include <dlfcn.h>
#include <string.h>

#define DEPTHS_MAX 400u

static void check_same(const struct ts_life *life, const struct ts_plugin *now,
                       const struct ts_plugin *before)
{
    ts_board_add(life->board, TS_COUNTER_checks, 1);
    if (now->create != before->create || now->close != before->close || now->stats != before->stats) {
        ts_board_violation(life->board, "reload",
                           "the library is at another place after it was loaded again");
    }
}

/* Whether the code is still there. dladdr only looks it up: it can fail for no other reason. */
static void check_mapped(const struct ts_life *life, const struct ts_plugin *plugin)
{
    Dl_info info;
    void *address;
    memcpy(&address, &plugin->create, sizeof address);
    ts_board_add(life->board, TS_COUNTER_checks, 1);
    if (dladdr(address, &info) == 0) {
        ts_board_violation(life->board, "reload", "the library was unmapped when it was unloaded");
    }
}

static bool work(struct ts_bare *bare, struct ts_source *source)
{
    uint64_t depths = ts_random_below(&bare->life->random, ts_life_size(bare->life, DEPTHS_MAX, 5));
    for (uint64_t fed = 1; fed <= depths && !ts_life_over(bare->life); fed++) {
        if (!ts_bare_feed(bare, source)) {
            return false;
        }
        if (fed % ts_life_size(bare->life, 64, 3) == 0) {
            ts_bare_poll(bare);
        }
    }
    return true;
}

/* One engine; the library is unloaded under it, and loaded again or not before it ends. */
static ts_err run_engine(struct ts_life *life, const struct ts_plugin *first, struct ts_source *source,
                         bool *ended, struct ts_diag *diag)
{
    static struct ts_bare bare; /* threads of the library know its address; one engine at a time */
    struct ts_plugin plugin, again;
    struct ts_bare_options options = ts_bare_defaults(life, ts_random_next(&life->random) >> 12);
    options.models = 1 + (uint32_t)ts_random_below(&life->random, 2);
    ts_err error = ts_bare_load(life, &plugin, diag);
    if (error != TS_OK) {
        return error;
    }
    check_same(life, &plugin, first);
    error = ts_bare_start(&bare, life, &plugin, &options, diag);
    if (error != TS_OK) {
        ts_plugin_unload(&plugin);
        return error;
    }
    ts_bare_listen(&bare);
    *ended = !work(&bare, source);
    ts_plugin_unload(&plugin); /* the addresses that it resolved stay good */
    check_mapped(life, &plugin);
    atomic_fetch_add_explicit(&life->board->hazard, 1, memory_order_relaxed); /* a statistic */
    *ended = !work(&bare, source) || *ended;
    bool reload = ts_random_below(&life->random, 2) == 0;
    if (reload) {
        error = ts_bare_load(life, &again, diag);
        if (error == TS_OK) {
            check_same(life, &again, first);
            *ended = !work(&bare, source) || *ended;
        }
    }
    if (ts_random_below(&life->random, 2) == 0) {
        ts_bare_drain(&bare);
    }
    ts_bare_finish(&bare);
    if (reload && error == TS_OK) {
        ts_plugin_unload(&again);
    }
    return error;
}

ts_err ts_scenario_plugin_reload(struct ts_life *life, struct ts_diag *diag)
{
    struct ts_plugin first;
    struct ts_source *source = NULL;
    bool ended = false;
    ts_err error = ts_bare_load(life, &first, diag);
    if (error != TS_OK) {
        return error;
    }
    ts_plugin_unload(&first);
    error = ts_bare_source(life, 8, 1, &source, diag);
    atomic_store_explicit(&life->board->phase, TS_BOARD_RUNNING, memory_order_release); /* READY release */
    while (error == TS_OK && !ended && !ts_life_over(life)) {
        error = run_engine(life, &first, source, &ended, diag);
    }
    ts_source_close(source);
    return error;
}
