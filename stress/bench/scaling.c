#include "bench/scaling.h"

#include "base/thread.h"
#include "bench/part.h"

#include <stddef.h>

#define ENGINES_MAX 8
#define SLOW_BELOW  64 /* results in the queue: below it the engine waits for the host again and again */

struct sweep {
    const char *name;
    size_t member; /* of the options; SIZE_MAX: engines */
    uint64_t values[9];
};

static const struct sweep sweeps[] = {
    {"capacity", offsetof(struct ts_bench_options, capacity), {1, 4, 16, 64, 256, 1024, 4096, 16384, 65536}},
    {"strategies", offsetof(struct ts_bench_options, strategies), {1, 2, 4, 8}},
    {"models", offsetof(struct ts_bench_options, models), {1, 2, 4, 8}},
    {"engines", SIZE_MAX, {1, 2, 4, 8}},
    {"symbols", offsetof(struct ts_bench_options, symbols), {1, 10, 100}},
};

struct flood {
    const struct ts_bench_options *options;
    struct ts_bench_figures figures;
    struct ts_diag diag;
    ts_err error;
};

static void run_flood(void *argument)
{
    struct flood *flood = argument;
    flood->error = ts_bench_figures_of(flood->options, &flood->figures, &flood->diag);
}

/* Nanoseconds a tick of `engines` floods at a time, from the first one's start to the last one's end. */
static ts_err flood_ns(const struct ts_bench_options *options, uint64_t engines, double *ns,
                       struct ts_diag *diag)
{
    struct flood floods[ENGINES_MAX] = {0};
    struct ts_thread threads[ENGINES_MAX] = {0};
    ts_err error = TS_OK;
    for (uint64_t i = 0; i < engines; i++) {
        floods[i].options = options;
        if (error == TS_OK && engines > 1) {
            error = ts_thread_start(&threads[i], "flood", run_flood, &floods[i], diag);
        } else if (error == TS_OK) {
            run_flood(&floods[i]);
        }
    }
    int64_t begun_ns = INT64_MAX, end_ns = 0;
    for (uint64_t i = 0; i < engines; i++) {
        ts_thread_join(&threads[i]);
        if (error == TS_OK && floods[i].error != TS_OK) {
            error = floods[i].error;
            *diag = floods[i].diag;
        }
        begun_ns = floods[i].figures.begun_ns < begun_ns ? floods[i].figures.begun_ns : begun_ns;
        end_ns = floods[i].figures.end_ns > end_ns ? floods[i].figures.end_ns : end_ns;
    }
    *ns = (double)(end_ns - begun_ns) / (double)(options->ticks * engines);
    return error;
}

static ts_err measure(struct ts_part *part, uint64_t round, const struct sweep *sweep, uint64_t value)
{
    struct ts_bench_options one = *part->options;
    char group[TS_SAMPLE_NAME_SIZE], name[TS_SAMPLE_NAME_SIZE];
    double ns;
    bool engines = sweep->member == SIZE_MAX;
    if (!engines) {
        *(uint64_t *)(void *)((char *)&one + sweep->member) = value;
    }
    if (one.capacity > 0 && one.capacity < SLOW_BELOW) {
        one.ticks = one.ticks / 100 + 1;
    }
    one.ticks = engines ? one.ticks / value : one.ticks;
    snprintf(group, sizeof group, "%s, %s", sweep->name, ts_delivery_mode_name(one.mode));
    snprintf(name, sizeof name, "%llu", (unsigned long long)value);
    ts_part_progress(part, round, group);
    ts_part_look_before(part);
    ts_err error = flood_ns(&one, engines ? value : 1, &ns, &part->diag);
    ts_part_look_after(part);
    if (error == TS_OK) {
        ts_part_add(part, round, group, name, ns);
    }
    return error;
}

int ts_bench_scaling(const struct ts_bench_options *options)
{
    struct ts_part part;
    ts_err error = ts_part_begin(&part, "scaling", "ns a tick", options);
    for (uint64_t round = 1; error == TS_OK && round <= options->rounds; round++) {
        for (size_t i = 0; error == TS_OK && i < sizeof sweeps / sizeof *sweeps; i++) {
            for (size_t k = 0; error == TS_OK && k < 9 && sweeps[i].values[k] > 0; k++) {
                error = measure(&part, round, &sweeps[i], sweeps[i].values[k]);
            }
        }
    }
    return ts_part_end(&part, "1", error);
}
