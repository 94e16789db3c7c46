#include "bench/bench.h"

#include "bench/allocations.h"
#include "bench/placement.h"

#include "base/clock.h"
#include "host/runner.h"
#include "scenario/life.h"
#include "tape/source.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SYMBOLS        64u
#define SOURCE_SYMBOLS 256u
#define GENERATED      8192u /* Depths made in advance and fed in turn: making them is not what is measured */

struct counting_strategy {
    struct ts_strategy base;
    struct ts_strategy_vtable vtable;
    uint64_t results;
    int64_t *latencies_ns; /* NULL in a flood */
};

struct round {
    const struct ts_bench_options *options;
    struct ts_tick *ticks;
    uint64_t fed;
    uint64_t results_due; /* one for each model of each Depth fed */
    int64_t start_ns;
    struct ts_pace pace;
    struct counting_strategy *strategy;
    struct ts_runner *runner;
    /* Results. */
    int64_t elapsed_ns;
    uint64_t resident_before, resident_after;
    double rtt_before_ns, rtt_after_ns; /* between the processors; 0: there is one */
    uint64_t switches;
    uint64_t allocations; /* from the first tick to the last result */
    struct signal_stats final;
};

static void on_depth(struct ts_strategy *self, const struct wingchun_depth *depth)
{
    (void)self;
    (void)depth;
}

static void on_factor(struct ts_strategy *base, const char *symbol, int64_t timestamp_ns,
                      const double *values, int count)
{
    struct counting_strategy *self = (struct counting_strategy *)base;
    (void)symbol;
    (void)values;
    (void)count;
    if (self->latencies_ns != NULL) {
        self->latencies_ns[self->results] = ts_clock_ns() - timestamp_ns;
    }
    self->results++;
}

static struct counting_strategy *new_strategy(uint64_t latencies)
{
    struct counting_strategy *self = calloc(1, sizeof *self);
    TS_ASSERT(self != NULL);
    self->vtable = ts_strategy_base_vtable;
    self->vtable.on_depth = on_depth;
    self->vtable.on_factor = on_factor;
    ts_err error = ts_strategy_init(&self->base, &self->vtable, 1, -1, NULL);
    self->latencies_ns = latencies > 0 ? calloc(latencies, sizeof *self->latencies_ns) : NULL;
    TS_ASSERT(error == TS_OK && (latencies == 0 || self->latencies_ns != NULL));
    return self;
}

/* The host looks for results until the tick is due, in place of the runner, which would sleep. */
static void spin_until(struct round *round, int64_t due_ns)
{
    while (round->options->spin && ts_clock_ns() < due_ns) {
        (void)ts_runner_poll(round->runner);
    }
}

static ts_err next_event(void *user_data, struct ts_event *event)
{
    struct round *round = user_data;
    const struct ts_bench_options *options = round->options;
    if (round->fed == options->ticks) {
        return TS_END;
    }
    struct ts_tick *tick =
        &round->ticks[round->fed % (options->tape != NULL ? options->tape->count : GENERATED)];
    *event = (struct ts_event){.type = (int)tick->type, .size = tick->size, .data = tick->data.bytes};
    if (options->tape != NULL) {
        event->due_ns = ts_pace_due_ns(&round->pace, tick);
    } else if (options->latency) {
        event->due_ns = round->start_ns + (int64_t)(round->fed * options->gap_us) * TS_NS_PER_US;
    }
    if (options->latency) {
        /* Latency counts from when the tick was due, not from when a late host came to it. */
        if (tick->type == WINGCHUN_DEPTH) {
            tick->data.depth.data_time_ns = event->due_ns;
        }
        spin_until(round, event->due_ns);
    }
    round->results_due += tick->type == WINGCHUN_DEPTH ? options->models : 0;
    round->fed++;
    return TS_OK;
}

static void write_names(char *text, size_t size, uint64_t count)
{
    size_t used = 0;
    for (uint64_t i = 0; i < count && used < size; i++) {
        used += (size_t)snprintf(text + used, size - used, "%s\"test0000\"", i > 0 ? "," : "");
    }
}

static void write_config(const struct ts_bench_options *options, char *config, size_t size)
{
    char models[256], factors[256];
    write_names(models, sizeof models, options->models);
    write_names(factors, sizeof factors, options->factors);
    snprintf(config, size,
             "{\"mode\":\"%s\",\"queue_policy\":\"block\",\"queue_capacity\":%llu,\"pipeline\":\"%s\","
             "\"waiting\":\"%s\",\"models\":[%s],\"factors\":[%s]}",
             ts_delivery_mode_name(options->mode),
             (unsigned long long)(options->capacity > 0 ? options->capacity : 4096),
             options->pipeline == TS_PIPELINE_ONE_THREAD ? "one-thread" : "threads",
             options->waiting == TS_WAITING_SPIN ? "spin" : "sleep", models, factors);
}

static ts_err start_runner(struct round *round, struct ts_runner **runner, struct ts_diag *diag)
{
    char config[1024];
    const struct ts_bench_options *o = round->options;
    uint64_t strategies = o->strategies > 0 ? o->strategies : 1;
    write_config(o, config, sizeof config);
    struct ts_runner_options options = {.mode = o->mode,
                                        .library_path = o->library_path,
                                        .config_json = config,
                                        .strategies_max = (uint32_t)strategies,
                                        .lossless = true,
                                        .poll_on_depth = true};
    struct ts_event_source feed = {.next = next_event, .user_data = round};
    uint32_t slot;
    ts_err error = ts_runner_create(&options, &feed, runner, diag);
    if (error != TS_OK) {
        return error;
    }
    for (uint64_t i = 0; i < strategies; i++) { /* the last one added keeps the account */
        bool last = i == strategies - 1;
        round->strategy = new_strategy(last && o->latency ? o->ticks * o->models : 0);
        error = ts_runner_add(*runner, &round->strategy->base, NULL, &slot);
        TS_ASSERT(error == TS_OK);
    }
    if (o->processors != NULL) { /* the engine's threads inherit it */
        ts_placement_bind(o->processors[1]);
    }
    error = ts_runner_start(*runner, diag);
    if (o->processors != NULL) {
        ts_placement_bind(o->processors[0]);
    }
    if (error != TS_OK) {
        free(round->strategy->latencies_ns);
        ts_runner_destroy(*runner);
    }
    return error;
}

/* Feeds all ticks and waits until the last result has reached on_factor. */
static ts_err run_round(struct round *round, struct ts_runner **result, struct ts_diag *diag)
{
    struct ts_runner *runner;
    ts_pace_init(&round->pace, round->options->speed);
    ts_err error = start_runner(round, &runner, diag);
    if (error != TS_OK) {
        return error;
    }
    *result = round->runner = runner;
    round->final.struct_size = sizeof round->final;
    round->resident_before = ts_life_resident_bytes();
    uint64_t allocations = ts_bench_allocations();
    uint64_t switches = ts_placement_switches();
    round->start_ns = ts_clock_ns();
    ts_runner_loop(runner);
    round->switches = ts_placement_switches() - switches;
    bool quiet = ts_runner_drain(runner, 60 * TS_NS_PER_S);
    round->elapsed_ns = ts_clock_ns() - round->start_ns;
    round->allocations = ts_bench_allocations() - allocations;
    round->resident_after = ts_life_resident_bytes();
    ts_runner_stop(runner, &round->final);
    if (!quiet || round->strategy->results != round->results_due) {
        error = ts_fail(diag, TS_END, "bench", NULL, "%llu of %llu results reached on_factor",
                        (unsigned long long)round->strategy->results, (unsigned long long)round->results_due);
    }
    return error;
}

static int compare_i64(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static int compare_double(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static const char *placement_of(const struct round *round)
{
    if (round->rtt_before_ns <= 0) {
        return "alone";
    }
    enum ts_placement before = ts_placement_of(round->rtt_before_ns);
    return before == ts_placement_of(round->rtt_after_ns) ? ts_placement_name(before) : "moved";
}

/* Prints the round and returns its figure: ticks a second, or the median latency in microseconds. */
static double report_round(const struct round *round, uint64_t number)
{
    const struct ts_bench_options *o = round->options;
    const struct counting_strategy *strategy = round->strategy;
    if (!o->latency) {
        double rate = (double)o->ticks * 1e9 / (double)round->elapsed_ns;
        double growth_kib = ((double)round->resident_after - (double)round->resident_before) / 1024;
        printf(o->json
                   ? "{\"type\":\"round\",\"round\":%llu,\"ticks\":%llu,\"ticks_per_s\":%.0f,"
                     "\"rss_growth_kib\":%.0f,\"rss_kib\":%.0f,\"allocations\":%llu,\"placement\":\"%s\"}\n"
                   : "round %llu: %llu ticks, %.0f ticks/s, resident memory grew by %.0f KiB to %.0f KiB, "
                     "%llu allocations, processors %s\n",
               (unsigned long long)number, (unsigned long long)o->ticks, rate, growth_kib,
               (double)round->resident_after / 1024, (unsigned long long)round->allocations,
               placement_of(round));
        return rate;
    }
    int64_t *sorted = strategy->latencies_ns;
    uint64_t count = strategy->results;
    qsort(sorted, count, sizeof *sorted, compare_i64);
    uint64_t middle = count / 2, tail = count - 1 - count / 100;
    double p50 = (double)sorted[middle] / 1e3, p99 = (double)sorted[tail] / 1e3;
    printf(o->json ? "{\"type\":\"round\",\"round\":%llu,\"results\":%llu,\"p50_us\":%.1f,\"p99_us\":%.1f,"
                     "\"max_us\":%.1f,\"placement\":\"%s\"}\n"
                   : "round %llu: %llu results, p50 %.1f us, p99 %.1f us, max %.1f us, processors %s\n",
           (unsigned long long)number, (unsigned long long)count, p50, p99, (double)sorted[count - 1] / 1e3,
           placement_of(round));
    return p50;
}

static void report_summary(const struct ts_bench_options *options, double *figures)
{
    uint64_t n = options->rounds;
    qsort(figures, n, sizeof *figures, compare_double);
    const char *figure = options->latency ? "p50_us" : "ticks_per_s";
    printf(options->json
               ? "{\"type\":\"summary\",\"figure\":\"%s\",\"rounds\":%llu,\"min\":%.1f,\"median\":%.1f,"
                 "\"max\":%.1f}\n"
               : "%s over %llu rounds: min %.1f, median %.1f, max %.1f\n",
           figure, (unsigned long long)n, figures[0], figures[n / 2], figures[n - 1]);
}

static void name_symbol(struct ts_tick *tick, uint64_t number)
{
    snprintf(tick->data.depth.symbol, sizeof tick->data.depth.symbol, "many%04llu_usdt",
             (unsigned long long)number);
}

/* Depths made in advance; NULL when there is no memory. */
static struct ts_tick *generate_ticks(uint64_t symbols, struct ts_diag *diag)
{
    symbols = symbols > 0 ? symbols : SYMBOLS;
    struct ts_synthetic_options synthetic =
        ts_synthetic_flood(1, symbols < SOURCE_SYMBOLS ? (uint32_t)symbols : SOURCE_SYMBOLS);
    struct ts_source *source;
    struct ts_tick *ticks = calloc(GENERATED, sizeof *ticks);
    if (ticks == NULL || ts_source_synthetic(&synthetic, &source, diag) != TS_OK) {
        free(ticks);
        return NULL;
    }
    for (uint64_t i = 0; i < GENERATED; i++) {
        ts_err error = ts_source_next(source, &ticks[i]);
        TS_ASSERT(error == TS_OK);
        if (symbols > SOURCE_SYMBOLS) { /* more than a source has: by turns */
            name_symbol(&ticks[i], i % symbols);
        }
    }
    ts_source_close(source);
    return ticks;
}

/* A round's own ticks: it writes their times. */
static struct ts_tick *make_ticks(const struct ts_bench_options *options, struct ts_diag *diag)
{
    const struct ts_bench_tape *tape = options->tape;
    if (tape == NULL) {
        return generate_ticks(options->symbols, diag);
    }
    struct ts_tick *ticks = malloc(tape->count * sizeof *ticks);
    if (ticks == NULL) {
        return NULL;
    }
    memcpy(ticks, tape->ticks, tape->count * sizeof *ticks);
    for (uint64_t i = 0; i < tape->count && options->symbols > 1; i++) {
        if (ticks[i].type == WINGCHUN_DEPTH) {
            name_symbol(&ticks[i], i % options->symbols);
        }
    }
    return ticks;
}

int ts_bench_run(const struct ts_bench_options *options)
{
    static double figures[TS_BENCH_ROUNDS_MAX];
    struct ts_diag diag = {0};
    char line[512];
    struct ts_tick *ticks = make_ticks(options, &diag);
    ts_err error = ticks != NULL ? TS_OK : TS_NO_MEMORY;
    for (uint64_t i = 0; error == TS_OK && i < options->rounds; i++) {
        struct round round = {.options = options, .ticks = ticks, .rtt_before_ns = ts_placement_look()};
        struct ts_runner *runner = NULL;
        error = run_round(&round, &runner, &diag);
        round.rtt_after_ns = ts_placement_look();
        if (error == TS_OK) {
            figures[i] = report_round(&round, i + 1);
            fflush(stdout);
        }
        if (runner != NULL) {
            free(round.strategy->latencies_ns);
            ts_runner_destroy(runner);
        }
    }
    free(ticks);
    if (error != TS_OK) {
        fprintf(stderr, "tickstorm bench: %s\n", ts_diag_line(&diag, line, sizeof line));
        return error == TS_END ? TS_BENCH_LOST : TS_BENCH_REFUSED;
    }
    report_summary(options, figures);
    return TS_BENCH_OK;
}

static double share_us(const int64_t *sorted, uint64_t count, double share)
{
    uint64_t at = (uint64_t)(share * (double)count);
    return (double)sorted[at < count ? at : count - 1] / 1e3;
}

static void take_figures(const struct round *round, struct ts_bench_figures *figures)
{
    int64_t *sorted = round->strategy->latencies_ns;
    uint64_t count = round->strategy->results;
    *figures = (struct ts_bench_figures){
        .ticks_per_s = (double)round->options->ticks * 1e9 / (double)round->elapsed_ns,
        .rss_growth_kib = ((double)round->resident_after - (double)round->resident_before) / 1024,
        .switches = round->switches,
        .begun_ns = round->start_ns,
        .end_ns = round->start_ns + round->elapsed_ns};
    if (sorted != NULL && count > 0) {
        qsort(sorted, count, sizeof *sorted, compare_i64);
        figures->p50_us = share_us(sorted, count, 0.5);
        figures->p90_us = share_us(sorted, count, 0.9);
        figures->p99_us = share_us(sorted, count, 0.99);
        figures->p999_us = share_us(sorted, count, 0.999);
        figures->p9999_us = share_us(sorted, count, 0.9999);
        figures->max_us = share_us(sorted, count, 1.0);
    }
}

ts_err ts_bench_figures_of(const struct ts_bench_options *options, struct ts_bench_figures *figures,
                           struct ts_diag *diag)
{
    struct round round = {.options = options, .ticks = make_ticks(options, diag)};
    struct ts_runner *runner = NULL;
    ts_err error = round.ticks != NULL ? run_round(&round, &runner, diag) : TS_NO_MEMORY;
    if (error == TS_OK) {
        take_figures(&round, figures);
    }
    if (runner != NULL) {
        free(round.strategy->latencies_ns);
        ts_runner_destroy(runner);
    }
    free(round.ticks);
    return error;
}

void ts_bench_folder(char *path, size_t size)
{
    ssize_t length = readlink("/proc/self/exe", path, size - 1);
    path[length > 0 ? length : 0] = '\0';
    char *slash = strrchr(path, '/');
    if (slash != NULL) {
        *slash = '\0';
    }
}

void ts_bench_default_library(char *path, size_t size)
{
    ts_bench_folder(path, size);
    size_t used = strlen(path);
    snprintf(path + used, size - used, "/bare/libsignal.so");
}
