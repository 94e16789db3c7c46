#include "bench/engine.h"

#include "bench/samples.h"

#include <stdio.h>

struct load {
    const char *name;
    uint64_t models, symbols;
    bool latency, spin;
};

static const struct load loads[] = {
    {"flood, 1 model, 64 symbols", 1, 64, false, false},
    {"flood, 4 models, 64 symbols", 4, 64, false, false},
    {"flood, 1 model, 1 symbol", 1, 1, false, false},
    {"flood, 1 model, 1000 symbols", 1, 1000, false, false},
    {"host spins", 1, 64, true, true},
    {"host sleeps", 1, 64, true, false},
};

/* Placement is not probed: a handful of threads wander over both processors, and the host's sleep is part of
 * the figure. Rounds are paired all the same. */
static void add(struct ts_samples *samples, uint64_t round, const struct load *load, const char *figure,
                const char *mode, double value)
{
    struct ts_sample sample = {.round = round, .value = value};
    snprintf(sample.group, sizeof sample.group, "%s%s%s", load->name, figure[0] != '\0' ? ", " : "", figure);
    snprintf(sample.name, sizeof sample.name, "%s", mode);
    ts_samples_add(samples, &sample);
}

static void add_figures(struct ts_samples *floods, struct ts_samples *latencies, uint64_t round,
                        const struct load *load, const char *mode, const struct ts_bench_figures *figures)
{
    if (!load->latency) {
        add(floods, round, load, "", mode, 1e9 / figures->ticks_per_s);
        return;
    }
    add(latencies, round, load, "p50", mode, figures->p50_us);
    add(latencies, round, load, "p90", mode, figures->p90_us);
    add(latencies, round, load, "p99", mode, figures->p99_us);
    add(latencies, round, load, "p99.9", mode, figures->p999_us);
    add(latencies, round, load, "p99.99", mode, figures->p9999_us);
}

static ts_err measure(const struct ts_bench_options *options, struct ts_samples *floods,
                      struct ts_samples *latencies, struct ts_diag *diag)
{
    for (uint64_t round = 1; round <= options->rounds; round++) {
        for (size_t i = 0; i < sizeof loads / sizeof *loads; i++) {
            const struct load *load = &loads[i];
            for (int turn = 0; turn < TS_DELIVERY_COUNT; turn++) {
                struct ts_bench_options one = *options;
                struct ts_bench_figures figures;
                one.mode = (enum ts_delivery_mode)((round + (uint64_t)turn) % TS_DELIVERY_COUNT);
                one.models = load->models;
                one.symbols = load->symbols;
                one.latency = load->latency;
                one.spin = load->spin;
                one.ticks = load->latency ? options->ticks / 100 + 1 : options->ticks;
                ts_err error = ts_bench_figures_of(&one, &figures, diag);
                if (error != TS_OK) {
                    return error;
                }
                add_figures(floods, latencies, round, load, ts_delivery_mode_name(one.mode), &figures);
            }
        }
    }
    return TS_OK;
}

int ts_bench_engine(const struct ts_bench_options *options)
{
    struct ts_samples floods, latencies;
    struct ts_diag diag = {0};
    char line[512];
    ts_err error = ts_samples_begin(&floods, "engine", "ns a tick", options->raw_path, &diag);
    if (error == TS_OK &&
        (error = ts_samples_begin(&latencies, "engine", "us", options->raw_path, &diag)) == TS_OK) {
        error = measure(options, &floods, &latencies, &diag);
        if (error == TS_OK) {
            ts_samples_table(&floods, ts_delivery_mode_name(TS_DELIVERY_QUEUED), stdout);
            ts_samples_table(&latencies, ts_delivery_mode_name(TS_DELIVERY_QUEUED), stdout);
        }
        ts_samples_end(&latencies);
    }
    if (error != TS_OK) {
        fprintf(stderr, "tickstorm bench engine: %s\n", ts_diag_line(&diag, line, sizeof line));
        return error == TS_END ? TS_BENCH_LOST : TS_BENCH_REFUSED;
    }
    ts_samples_end(&floods);
    return TS_BENCH_OK;
}
