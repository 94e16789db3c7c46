/*
 * engine-restart: engines live one after the other, and several begin and end at once.
 *
 * Hazard: an engine ended with results on their way, followed by the next. Nothing of a former life (queue,
 * sender, callback, user data) may reach a later one: each has its own engine number, and its user data is
 * overwritten and freed when it has ended. A create that fails, by its configuration or for want of a file
 * descriptor, leaves nothing behind. Must show: nothing, in every mode. Threads: the owner; now and then four
 * threads of the scenario, each with engines of its own.
 */
#include "base/clock.h"
#include "base/thread.h"
#include "scenario/bare_engine.h"
#include "scenario/scenarios.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define DEPTHS_MAX  600u
#define CREW        4u
#define CREW_LIVES  3u
#define CREW_CHANCE 8u /* one in so many rounds */

/* One who creates engines: the owner, or a thread of the crew. */
struct founder {
    struct ts_life *life;
    const struct ts_plugin *plugin;
    struct ts_source *source;
    struct ts_random random;
    struct ts_thread thread;
    ts_err error;
    struct ts_diag diag;
    uint64_t ended_in_flight;
};

static struct ts_bare_options draw_options(const struct ts_life *life, struct ts_random *random)
{
    struct ts_bare_options options = ts_bare_defaults(life, ts_random_next(random) >> 12);
    options.queue_capacity = 1u << ts_random_below(random, ts_life_size(life, 10, 4));
    options.queue_policy = (enum ts_overflow_policy)ts_random_below(random, TS_OVERFLOW_COUNT);
    options.ingress_capacity = 128u << ts_random_below(random, ts_life_size(life, 3, 1));
    options.models = 1 + (uint32_t)ts_random_below(random, 3);
    options.poll_budget = 1 + (uint32_t)ts_random_below(random, 64);
    return options;
}

/* One engine from create to close; what a callback would find of it afterwards is dead. */
static ts_err live_once(struct founder *founder)
{
    struct ts_random *random = &founder->random;
    struct ts_bare_options options = draw_options(founder->life, random);
    struct ts_bare *bare = malloc(sizeof *bare);
    if (bare == NULL) {
        return ts_fail(&founder->diag, TS_NO_MEMORY, "create engine", NULL, "%zu bytes", sizeof *bare);
    }
    ts_err error = ts_bare_start(bare, founder->life, founder->plugin, &options, &founder->diag);
    if (error != TS_OK) {
        free(bare);
        return error;
    }
    ts_bare_listen(bare);
    uint64_t depths = ts_random_below(random, ts_life_size(founder->life, DEPTHS_MAX, 10));
    uint64_t poll_every = 1 + ts_random_below(random, ts_life_size(founder->life, 64, 8));
    for (uint64_t fed = 1; fed <= depths && !ts_life_over(founder->life); fed++) {
        if (!ts_bare_feed(bare, founder->source)) {
            break;
        }
        if (fed % poll_every == 0) {
            ts_bare_poll(bare);
        }
    }
    struct signal_stats final = ts_bare_finish(bare);
    founder->ended_in_flight += final.in_pipeline + final.results_pending > 0;
    memset(bare, 0xdd, sizeof *bare);
    free(bare);
    return TS_OK;
}

static void live_often(void *argument)
{
    struct founder *founder = argument;
    for (uint32_t i = 0; i < ts_life_size(founder->life, CREW_LIVES, 1) && founder->error == TS_OK &&
                         !ts_life_expired(founder->life);
         i++) {
        founder->error = live_once(founder);
    }
}

static void expect_no_engine(struct founder *founder, void *handle, const char *word)
{
    const char *why = founder->plugin->last_error(NULL);
    ts_board_add(founder->life->board, TS_COUNTER_checks, 1);
    if (handle != NULL || strstr(why, word) == NULL) {
        ts_board_violation(founder->life->board, "create", "a create that must fail for '%s' %s '%s'", word,
                           handle != NULL ? "made an engine; last error" : "gave the reason", why);
    }
    if (handle != NULL) {
        founder->plugin->destroy(handle);
    }
}

/* The queue's event descriptor is the first thing that a create may not get. */
static void fail_for_descriptor(struct founder *founder)
{
    struct rlimit limit, none;
    int next = dup(STDERR_FILENO);
    if (next < 0 || getrlimit(RLIMIT_NOFILE, &limit) != 0) {
        return;
    }
    close(next);
    none = (struct rlimit){.rlim_cur = (rlim_t)next, .rlim_max = limit.rlim_max};
    if (setrlimit(RLIMIT_NOFILE, &none) != 0) {
        return;
    }
    void *handle = founder->plugin->create("{\"mode\":\"queued\"}");
    setrlimit(RLIMIT_NOFILE, &limit);
    expect_no_engine(founder, handle, "eventfd");
}

static void fail_to_create(struct founder *founder)
{
    switch (ts_random_below(&founder->random, 3)) {
    case 0:
        expect_no_engine(founder, founder->plugin->create("{\"queue_capacity\":3}"), "queue_capacity");
        break;
    case 1:
        expect_no_engine(founder, founder->plugin->create("{\"models\":[\"checked\",\"nope\"]}"), "nope");
        break;
    default:
        fail_for_descriptor(founder);
        break;
    }
}

static ts_err send_crew(struct founder *crew, struct founder *owner, struct ts_diag *diag)
{
    ts_err error = TS_OK;
    char name[16];
    for (uint32_t i = 0; i < ts_life_size(owner->life, CREW, 2) && error == TS_OK; i++) {
        crew[i].random.state = ts_random_next(&owner->random);
        snprintf(name, sizeof name, "founder-%u", i);
        error = ts_thread_start(&crew[i].thread, name, live_often, &crew[i], diag);
    }
    for (uint32_t i = 0; i < CREW; i++) {
        ts_thread_join(&crew[i].thread);
        owner->ended_in_flight += crew[i].ended_in_flight;
        crew[i].ended_in_flight = 0;
        if (error == TS_OK && crew[i].error != TS_OK) {
            error = crew[i].error;
            *diag = crew[i].diag;
        }
    }
    return error;
}

static ts_err run_lives(struct founder *owner, struct founder *crew, struct ts_diag *diag)
{
    struct ts_life *life = owner->life;
    ts_err error = TS_OK;
    while (error == TS_OK && !ts_life_over(life)) {
        if (ts_random_below(&owner->random, CREW_CHANCE) == 0) {
            error = send_crew(crew, owner, diag);
        } else {
            error = live_once(owner);
            *diag = owner->diag;
        }
        if (ts_random_below(&owner->random, 4) == 0) {
            fail_to_create(owner);
        }
        /* The last one has no next life to disturb. */
        ts_life_hazard(life, owner->ended_in_flight);
    }
    return error;
}

ts_err ts_scenario_engine_restart(struct ts_life *life, struct ts_diag *diag)
{
    struct ts_plugin plugin;
    static struct founder owner, crew[CREW]; /* threads know their addresses */
    ts_err error = ts_bare_load(life, &plugin, diag);
    if (error != TS_OK) {
        return error;
    }
    owner = (struct founder){.life = life, .plugin = &plugin, .random = life->random};
    error = ts_bare_source(life, 8, 1, &owner.source, diag);
    for (uint32_t i = 0; error == TS_OK && i < CREW; i++) {
        crew[i] = (struct founder){.life = life, .plugin = &plugin};
        error = ts_bare_source(life, 8, 2 + i, &crew[i].source, diag);
    }
    if (error == TS_OK) {
        atomic_store_explicit(&life->board->phase, TS_BOARD_RUNNING,
                              memory_order_release); /* READY release */
        error = run_lives(&owner, crew, diag);
    }
    ts_source_close(owner.source);
    for (uint32_t i = 0; i < CREW; i++) {
        ts_source_close(crew[i].source);
    }
    ts_plugin_unload(&plugin);
    return error;
}
