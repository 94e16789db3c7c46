/*
 * The engine's stages one by one, on one thread and without waiting: what each does to a burst of 16 Depths,
 * to be timed (bench stages) or to have its instructions counted (counts.c). What threads cost each other,
 * lines that move and wake-ups, is not in it; bench handoff has that.
 *
 *   check     ts_tick_check, a part of offer
 *   offer     check, copy, publish, and the look at the tick's stream
 *   factor, factor-scan, model   as stages.h
 *   push      model-scan: the result into the queue (queued)
 *   poll      poll: out of the queue, and the callback, which does nothing
 *   dispatch  the strategy table's way to one strategy's on_factor
 *   call      model-scan: the callback from the stage itself (direct)
 *
 * Threads: one. Ownership: a walk is made and freed by its user; traps on errors, which only a bug can make.
 */
#ifndef TS_BENCH_STAGE_WALK_H
#define TS_BENCH_STAGE_WALK_H

#include <stdint.h>

#define TS_STAGE_BURST 16

enum ts_stage {
    TS_STAGE_CHECK,
    TS_STAGE_OFFER,
    TS_STAGE_FACTOR,
    TS_STAGE_FACTOR_SCAN,
    TS_STAGE_MODEL,
    TS_STAGE_PUSH,
    TS_STAGE_POLL,
    TS_STAGE_DISPATCH,
    TS_STAGE_CALL,
    TS_STAGE_COUNT
};

const char *ts_stage_name(enum ts_stage stage);
/* TS_STAGE_COUNT when no stage has this name. */
enum ts_stage ts_stage_find(const char *name);

struct ts_stage_walk;

struct ts_stage_walk *ts_stage_walk_create(void);
void ts_stage_walk_destroy(struct ts_stage_walk *walk);

/* One burst through all stages in their order; `measured` is called once, round the body of the chosen stage.
 */
typedef void (*ts_stage_measured)(void (*body)(struct ts_stage_walk *walk), struct ts_stage_walk *walk,
                                  void *user_data);
void ts_stage_walk_burst(struct ts_stage_walk *walk, enum ts_stage stage, ts_stage_measured measured,
                         void *user_data);

/* Results that reached the callback, and the strategy, so far. */
uint64_t ts_stage_walk_results(const struct ts_stage_walk *walk);
uint64_t ts_stage_walk_dispatched(const struct ts_stage_walk *walk);

#endif
