/*
 * A bare engine: one handle of the signal library, driven through its ABI without the host's runner.
 *
 * For scenarios that use the library as a careless host would, or in ways that the runner never does: several
 * engines, several pollers, calls from inside callbacks, ends at any moment. Results go through a checker,
 * and the books are checked at the end, as in host_rig.h.
 *
 * Threads: feed by any thread with a source of its own; check by whatever thread delivers; poll by any; the
 * rest by the thread that started it. Ownership: the plugin is the caller's and must outlive the engine.
 * Waits: a loop that waits for the library looks at ts_life_expired and leaves the heartbeat alone, so that
 * the supervisor's watchdog sees a wait that never ends; what makes progress beats (each result does).
 */
#ifndef TS_SCENARIO_BARE_ENGINE_H
#define TS_SCENARIO_BARE_ENGINE_H

#include "host/plugin.h"
#include "scenario/checker.h"
#include "scenario/life.h"

#include <stdatomic.h>

struct ts_bare_options {
    uint64_t engine_id; /* carried by its results; less than 2^53 */
    uint32_t ingress_capacity;
    uint32_t queue_capacity;
    enum ts_overflow_policy queue_policy;
    uint32_t poll_budget;
    uint32_t models;
    uint32_t factors;
};

/* The documents' defaults, one model, one factor. Explored lives have smaller buffers. */
struct ts_bare_options ts_bare_defaults(const struct ts_life *life, uint64_t engine_id);

struct ts_bare {
    struct ts_life *life;
    const struct ts_plugin *plugin;
    struct ts_bare_options options;
    void *handle; /* NULL before start and after its end */
    struct ts_checker checker;
    _Atomic uint64_t ticks_fed; /* relaxed: read when those who feed have ended */
};

/* Loads the life's library. Refuses one without the additive symbols, which every check here needs. */
ts_err ts_bare_load(const struct ts_life *life, struct ts_plugin *plugin, struct ts_diag *diag);

/* Creates the engine; nothing is registered yet. On error there is no engine. */
ts_err ts_bare_start(struct ts_bare *bare, struct ts_life *life, const struct ts_plugin *plugin,
                     const struct ts_bare_options *options, struct ts_diag *diag);

/* Registers ts_bare_callback, which checks every result. */
void ts_bare_listen(struct ts_bare *bare);
void ts_bare_callback(const char *symbol, long long timestamp_ns, const double *values, int count,
                      void *user_data);
/* The check alone, for a callback of the scenario's own. */
void ts_bare_check(struct ts_bare *bare, const char *symbol, int64_t timestamp_ns, const double *values,
                   int count);

/* Gives the engine one tick. */
void ts_bare_tick(struct ts_bare *bare, int type, const void *data);
/* Gives it the source's ticks up to the next Depth. False when the source has ended. */
bool ts_bare_feed(struct ts_bare *bare, struct ts_source *source);
/* A feed for bare engines: Depths on `symbols` symbols, or the life's recording. part: tells the sources of
 * one life apart. */
ts_err ts_bare_source(const struct ts_life *life, uint32_t symbols, uint64_t part, struct ts_source **source,
                      struct ts_diag *diag);

struct signal_stats ts_bare_stats(const struct ts_bare *bare);
uint32_t ts_bare_poll(struct ts_bare *bare);

/* Whether nothing is on its way any more. */
bool ts_bare_is_quiet(const struct signal_stats *stats);

/* Polls and waits until all has arrived. False, and a violation, when something is stranded. */
bool ts_bare_drain(struct ts_bare *bare);

/* Ends the engine, adds its counters to the board and checks its books. Returns the final counters. */
struct signal_stats ts_bare_finish(struct ts_bare *bare);

#endif
