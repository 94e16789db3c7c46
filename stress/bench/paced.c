#include "bench/paced.h"

#include "bench/part.h"
#include "bench/tape.h"

#include <stdlib.h>

struct load {
    const char *name;
    uint64_t models, symbols;
    enum ts_pipeline_shape pipeline;
};

static const struct load loads[] = {
    {"1 model, 1 symbol", 1, 1, TS_PIPELINE_THREADS},
    {"4 models, 1 symbol", 4, 1, TS_PIPELINE_THREADS},
    {"1 model, 1000 symbols", 1, 1000, TS_PIPELINE_THREADS},
    {"4 models, 1000 symb.", 4, 1000, TS_PIPELINE_THREADS},
    {"one thread", 1, 1, TS_PIPELINE_ONE_THREAD},
};

static void add(struct ts_part *part, uint64_t round, const struct load *load, const char *figure,
                const char *mode, double value_us)
{
    char group[TS_SAMPLE_NAME_SIZE];
    snprintf(group, sizeof group, "%s, %s", load->name, figure);
    ts_part_add(part, round, group, mode, value_us);
}

static ts_err measure(struct ts_part *part, const struct ts_bench_tape *tape, uint64_t round,
                      const struct load *load, enum ts_delivery_mode mode)
{
    struct ts_bench_options one = *part->options;
    struct ts_bench_figures f;
    const char *name = ts_delivery_mode_name(mode);
    one.mode = mode;
    one.tape = tape;
    one.ticks = tape->count;
    one.models = load->models;
    one.symbols = load->symbols;
    one.pipeline = load->pipeline;
    one.latency = true;
    ts_part_progress(part, round, load->name);
    ts_part_look_before(part);
    ts_err error = ts_bench_figures_of(&one, &f, &part->diag);
    ts_part_look_after(part);
    if (error == TS_OK) {
        add(part, round, load, "p50", name, f.p50_us);
        add(part, round, load, "p90", name, f.p90_us);
        add(part, round, load, "p99", name, f.p99_us);
        add(part, round, load, "p99.9", name, f.p999_us);
        add(part, round, load, "p99.99", name, f.p9999_us);
    }
    return error;
}

int ts_bench_paced(const struct ts_bench_options *options)
{
    struct ts_bench_tape tape = {0};
    struct ts_part part;
    ts_err error = ts_part_begin(&part, "paced", "us", options);
    if (error == TS_OK && options->tape_path == NULL) {
        error = ts_fail(&part.diag, TS_INVALID, "load tape", NULL,
                        "--tape FILE is missing: a recording (.gz) or a tick file");
    }
    if (error == TS_OK) {
        error = ts_bench_tape_load(options->tape_path, options->ticks, &tape, &part.diag);
    }
    for (uint64_t round = 1; error == TS_OK && round <= options->rounds; round++) {
        for (size_t i = 0; error == TS_OK && i < sizeof loads / sizeof *loads; i++) {
            for (uint64_t turn = 0; error == TS_OK && turn < TS_DELIVERY_COUNT; turn++) {
                error = measure(&part, &tape, round, &loads[i],
                                (enum ts_delivery_mode)((round + turn) % TS_DELIVERY_COUNT));
            }
        }
    }
    if (error == TS_OK && !options->json) {
        printf("%llu ticks of %s, %llu of them Depths, %g times as fast as recorded\n",
               (unsigned long long)tape.count, options->tape_path, (unsigned long long)tape.depths,
               options->speed);
    }
    free(tape.ticks);
    return ts_part_end(&part, ts_delivery_mode_name(TS_DELIVERY_DIRECT), error);
}
