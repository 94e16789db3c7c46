#include "bench/stage_cost.h"

#include "base/clock.h"
#include "bench/part.h"
#include "bench/stage_walk.h"

#include <stdlib.h>

struct times {
    double *ns;
    size_t count;
};

static void measured(void (*body)(struct ts_stage_walk *walk), struct ts_stage_walk *walk, void *user_data)
{
    struct times *times = user_data;
    int64_t begun_ns = ts_clock_ns();
    body(walk);
    times->ns[times->count++] = (double)(ts_clock_ns() - begun_ns);
}

static void nothing(struct ts_stage_walk *walk)
{
    (void)walk;
}

/* The median of the bursts: an interrupt in one of them is not the stage's. */
static double stage_ns(struct ts_stage_walk *walk, enum ts_stage stage, uint64_t bursts, struct times *times)
{
    times->count = 0;
    for (uint64_t i = 0; i < bursts; i++) {
        ts_stage_walk_burst(walk, stage, measured, times);
    }
    double burst_ns = ts_spread_of(times->ns, times->count).median;
    times->count = 0;
    for (uint64_t i = 0; i < bursts; i++) {
        measured(nothing, walk, times);
    }
    return (burst_ns - ts_spread_of(times->ns, times->count).median) / TS_STAGE_BURST;
}

int ts_bench_stages(const struct ts_bench_options *options)
{
    struct ts_part part;
    uint64_t bursts = options->ticks / TS_STAGE_BURST + 1;
    struct times times = {.ns = calloc(bursts, sizeof(double))};
    ts_err error = ts_part_begin(&part, "stages", "ns a tick", options);
    if (error == TS_OK && times.ns == NULL) {
        error = ts_fail(&part.diag, TS_NO_MEMORY, "stages", NULL, "no memory for %llu bursts",
                        (unsigned long long)bursts);
    }
    struct ts_stage_walk *walk = ts_stage_walk_create();
    for (uint64_t round = 1; error == TS_OK && round <= options->rounds; round++) {
        for (int stage = 0; stage < TS_STAGE_COUNT; stage++) {
            const char *name = ts_stage_name((enum ts_stage)stage);
            ts_part_progress(&part, round, name);
            ts_part_add(&part, round, "stage", name, stage_ns(walk, (enum ts_stage)stage, bursts, &times));
        }
    }
    ts_stage_walk_destroy(walk);
    free(times.ns);
    return ts_part_end(&part, NULL, error);
}
