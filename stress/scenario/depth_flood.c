/*
 * depth-flood: Depth ticks flat out on many symbols while the host is busy.
 *
 * Hazard: ticks come due while the host's thread is busy inside a strategy. The flood's schedule is one tick
 * a microsecond, which no host here keeps up with; what came due during a busy period is its measured length
 * over that interval. Must show: accounting exact, order and values intact, memory flat however long the
 * flood lasts (but in an explored life, whose threads and schedules are kept). Threads: the owner feeds; the
 * library's threads work and, but in queued mode, call the strategies.
 */
#include "base/clock.h"
#include "scenario/host_rig.h"
#include "scenario/scenarios.h"

#define BUSY_EVERY 512u

/* Growth of resident memory after warm-up that is still flat, by flavour: sanitizers keep freed memory and
 * shadows. */
static const uint64_t growth_max_bytes[TS_FLAVOUR_COUNT] = {8u << 20, 96u << 20, 96u << 20,
                                                            UINT64_MAX / 2 /* the explorer's */};

struct state {
    uint64_t busy_us;
    int64_t warm_ns; /* end of the warm-up */
    uint64_t warm_bytes;
};

static void watch(struct ts_rig *rig, const struct ts_event *event)
{
    struct state *state = rig->scenario;
    (void)event;
    if (rig->events % ts_life_size(rig->life, 256, 4) != 0) {
        return;
    }
    atomic_store_explicit(&rig->life->board->hazard,
                          ts_board_get(rig->life->board, TS_COUNTER_ticks_while_busy),
                          memory_order_relaxed); /* a statistic */
    if (!rig->life->explored && state->warm_bytes == 0 && ts_clock_ns() >= state->warm_ns) {
        state->warm_bytes = ts_life_resident_bytes();
    }
}

static void check_memory(struct ts_rig *rig)
{
    const struct state *state = rig->scenario;
    uint64_t now_bytes = state->warm_bytes != 0 ? ts_life_resident_bytes() : 0;
    if (state->warm_bytes == 0 || now_bytes == 0) {
        return;
    }
    ts_board_add(rig->life->board, TS_COUNTER_checks, 1);
    if (now_bytes > state->warm_bytes + growth_max_bytes[rig->life->flavour]) {
        ts_board_violation(rig->life->board, "memory",
                           "resident memory grew from %llu to %llu bytes after warm-up",
                           (unsigned long long)state->warm_bytes, (unsigned long long)now_bytes);
    }
}

ts_err ts_scenario_depth_flood(struct ts_life *life, struct ts_diag *diag)
{
    struct state state = {0};
    struct ts_rig rig;
    struct ts_rig_options options = ts_rig_defaults(life);
    uint64_t symbols, one_thread = 0;
    ts_err error = ts_life_number(life, "symbols", 64, 1, 256, &symbols, diag);
    if (error == TS_OK) {
        error = ts_life_number(life, "busy_us", ts_life_size(life, 200, 3), 0, 10000, &state.busy_us, diag);
    }
    if (error == TS_OK) {
        error = ts_life_number(life, "one_thread", 0, 0, 1, &one_thread, diag);
    }
    if (error != TS_OK) {
        return error;
    }
    options.synthetic = ts_synthetic_flood(ts_seed_mix(life->seed, 1), (uint32_t)symbols);
    options.strategies = 2;
    options.one_thread = one_thread == 1;
    /* A bounded tape is there to be run whole: no tick of it may be dropped at the ingress. */
    options.lossless = life->ticks_path != NULL && life->passes > 0;
    options.queue_policy = options.lossless ? TS_OVERFLOW_BLOCK : TS_OVERFLOW_DROP_NEWEST;
    error = ts_rig_start(&rig, life, &options, diag);
    if (error != TS_OK) {
        return error;
    }
    rig.scenario = &state;
    rig.after = watch;
    state.warm_ns = ts_clock_ns() + (life->deadline_ns - ts_clock_ns()) / 4;
    ts_rig_add_strategy(&rig);
    rig.options.strategy.depth_busy_every = state.busy_us > 0 ? ts_life_size(life, BUSY_EVERY, 4) : 0;
    rig.options.strategy.depth_busy_us = (uint32_t)state.busy_us;
    ts_rig_add_strategy(&rig);
    atomic_store_explicit(&life->board->phase, TS_BOARD_RUNNING, memory_order_release); /* READY release */
    ts_rig_loop(&rig);
    check_memory(&rig);
    ts_rig_finish(&rig, true);
    return TS_OK;
}
