/*
 * How long a tick takes to on_factor: the feeding thread marks when a tick was due, the delivering thread
 * looks that up by the tick's sequence number, and adds the difference to the life's histogram.
 *
 * The number is the one under which the engine takes the next Depth, so a tick that is dropped leaves its
 * place to the one after it, and every result finds the mark of its own tick as long as no more ticks than
 * there are marks are on their way.
 *
 * Threads: start, mark and end by the one thread that feeds; seen by the one that delivers. Ownership: start
 * allocates the marks, end frees them, when nothing is delivered any more. Units: ns of base/clock.h. Order:
 * all relaxed. A mark is stored before the tick is offered, and the engine's own queues carry it to whoever
 * delivers the result; a mark of another tick has another tag. Nothing here orders what they do not.
 * Errors: none; without memory nothing is measured.
 */
#ifndef TS_SCENARIO_TICK_WATCH_H
#define TS_SCENARIO_TICK_WATCH_H

#include "worker/latency.h"

#include <stdbool.h>

struct ts_tick_watch {
    struct ts_latencies *latencies;
    _Atomic uint64_t *marks; /* NULL: nothing is measured */
    uint64_t mask;
};

/* in_flight: how many ticks may be between their mark and their result. */
void ts_tick_watch_start(struct ts_tick_watch *watch, struct ts_latencies *latencies, uint64_t in_flight);
void ts_tick_watch_end(struct ts_tick_watch *watch);

static inline bool ts_tick_watch_runs(const struct ts_tick_watch *watch)
{
    return watch->marks != NULL;
}

/* The tick that would become number `sequence` is due at at_ns. */
void ts_tick_watch_mark(struct ts_tick_watch *watch, uint64_t sequence, int64_t at_ns);

/* on_factor was called with a result of that tick. */
void ts_tick_watch_seen(const struct ts_tick_watch *watch, uint64_t sequence);

#endif
