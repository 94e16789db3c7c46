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

static void add(struct ts_samples *samples, struct ts_sample sample, const struct load *load,
                const char *figure, double value)
{
    snprintf(sample.group, sizeof sample.group, "%s%s%s", load->name, figure[0] != '\0' ? ", " : "", figure);
    sample.value = value;
    ts_samples_add(samples, &sample);
}

static void add_figures(struct ts_samples *floods, struct ts_samples *latencies, struct ts_sample sample,
                        const struct load *load, const struct ts_bench_figures *figures)
{
    if (!load->latency) {
        add(floods, sample, load, "", 1e9 / figures->ticks_per_s);
        return;
    }
    add(latencies, sample, load, "p50", figures->p50_us);
    add(latencies, sample, load, "p90", figures->p90_us);
    add(latencies, sample, load, "p99", figures->p99_us);
    add(latencies, sample, load, "p99.9", figures->p999_us);
    add(latencies, sample, load, "p99.99", figures->p9999_us);
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
                struct ts_sample sample = {.round = round, .rtt_before_ns = ts_placement_look()};
                ts_err error = ts_bench_figures_of(&one, &figures, diag);
                if (error != TS_OK) {
                    return error;
                }
                sample.rtt_after_ns = ts_placement_look();
                snprintf(sample.name, sizeof sample.name, "%s", ts_delivery_mode_name(one.mode));
                add_figures(floods, latencies, sample, load, &figures);
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
