#include "bench/hybrid_report.h"

#include "base/clock.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define RUNS_MOST 400

enum unit { TIME, PERCENT, BYTES, RATE, TICKS };

static const char *const quantile_names[TS_HYBRID_QUANTILES] = {"p50", "p90", "p99", "p99.9", "max"};

void ts_hybrid_print_json(const struct ts_hybrid_run *run)
{
    const struct ts_hybrid_setting *setting = &run->setting;
    printf("{\"type\":\"run\",\"bench\":\"hybrid\",\"round\":%" PRIu64 ",\"tape\":\"%s\",\"path\":\"%s\","
           "\"feed\":\"%s\",\"speed\":%g,\"queue_ticks\":%" PRIu32 ",\"ticks\":%" PRIu64
           ",\"missing\":%" PRIu64 ",\"elapsed_ns\":%" PRId64 ",\"cpu_ns\":%" PRId64
           ",\"latency_ns\":{\"mean\":%.0f",
           run->round, setting->tape->name, ts_trader_path_name(setting->path),
           setting->wire ? "websocket" : "array", setting->wire ? setting->speed : 0, setting->queue_ticks,
           run->ticks, run->missing, run->elapsed_ns, run->cpu_ns, run->mean_ns);
    for (int i = 0; i < TS_HYBRID_QUANTILES; i++) {
        printf(",\"%s\":%" PRId64, quantile_names[i], run->quantile_ns[i]);
    }
    printf("},\"waiting_most\":%" PRIu64 ",\"heap_bytes\":%" PRIu64 ",\"trades\":%zu,\"trades_digest\":"
           "\"0x%016" PRIx64 "\"}\n",
           run->waiting_most, run->heap_bytes, run->trade_count, run->digest);
    fflush(stdout);
}

static void write_figure(char *text, size_t size, enum unit unit, double value)
{
    switch (unit) {
    case TIME:
        if (value < 1e3) {
            snprintf(text, size, "%.0f ns", value);
        } else if (value < 1e6) {
            snprintf(text, size, "%.1f us", value / 1e3);
        } else {
            snprintf(text, size, "%.1f ms", value / 1e6);
        }
        break;
    case PERCENT:
        snprintf(text, size, "%.1f %%", value);
        break;
    case BYTES:
        snprintf(text, size, "%.1f KB", value / 1e3);
        break;
    default:
        snprintf(text, size, "%.0f", value);
        break;
    }
}

static int by_size(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

/* A figure of a run. */
typedef double figure_fn(const struct ts_hybrid_run *run, int which);

static double quantile(const struct ts_hybrid_run *run, int which)
{
    return (double)run->quantile_ns[which];
}

static double mean(const struct ts_hybrid_run *run, int which)
{
    (void)which;
    return run->mean_ns;
}

static double cpu(const struct ts_hybrid_run *run, int which)
{
    (void)which;
    return 100 * (double)run->cpu_ns / (double)run->elapsed_ns;
}

/* What the trader's queue held; on the direct path it holds nothing, and what waits does so in the feed. */
static double queue_used(const struct ts_hybrid_run *run, int which)
{
    (void)which;
    return run->setting.path == TS_PATH_POLLING
               ? (double)run->waiting_most * (double)sizeof(struct ts_trade_tick)
               : 0;
}

static double heap(const struct ts_hybrid_run *run, int which)
{
    (void)which;
    return (double)run->heap_bytes;
}

static double rate(const struct ts_hybrid_run *run, int which)
{
    (void)which;
    return (double)run->ticks * 1e9 / (double)run->elapsed_ns;
}

struct row {
    const char *name, *polling_claim, *direct_claim;
    enum unit unit;
    bool wire; /* of the runs over the wire, else of those flat out */
    figure_fn *figure;
    int which;
};

static const struct row rows[] = {
    {"tick to decision, mean", "~70 ms", "~50 ms", TIME, true, mean, 0},
    {"  p50", "", "", TIME, true, quantile, TS_HYBRID_P50},
    {"  p90", "", "", TIME, true, quantile, TS_HYBRID_P90},
    {"  p99", "", "", TIME, true, quantile, TS_HYBRID_P99},
    {"  p99.9", "", "", TIME, true, quantile, TS_HYBRID_P999},
    {"  max", "", "", TIME, true, quantile, TS_HYBRID_MAX},
    {"CPU, feed and trader", "35-50 %", "30-40 %", PERCENT, true, cpu, 0},
    {"memory, queue at its fullest", "100 KB", "1 KB", BYTES, true, queue_used, 0},
    {"  heap of the trader", "", "", BYTES, true, heap, 0},
    {"ticks a second, flat out", "20", "100+", RATE, false, rate, 0},
    {"  over the wire", "", "", RATE, true, rate, 0},
};

/* "25.1 ms (24.9 ms - 25.3 ms)" */
static void write_cell(char *text, size_t size, const struct row *row, enum ts_trader_path path,
                       const struct ts_hybrid_tape *tape, const struct ts_hybrid_run *runs, size_t count)
{
    double values[RUNS_MOST];
    size_t found = 0;
    char middle[32], least[32], most[32];
    for (size_t i = 0; i < count && found < RUNS_MOST; i++) {
        const struct ts_hybrid_setting *setting = &runs[i].setting;
        if (setting->tape == tape && setting->path == path && setting->wire == row->wire) {
            values[found++] = row->figure(&runs[i], row->which);
        }
    }
    text[0] = '\0';
    if (found > 0) {
        qsort(values, found, sizeof *values, by_size);
        write_figure(middle, sizeof middle, row->unit, values[found / 2]);
        write_figure(least, sizeof least, row->unit, values[0]);
        write_figure(most, sizeof most, row->unit, values[found - 1]);
        snprintf(text, size, "%s (%s - %s)", middle, least, most);
    }
}

void ts_hybrid_print_table(const struct ts_hybrid_tape *tape, const struct ts_hybrid_run *runs, size_t count)
{
    printf("%-30s %-9s %-34s %-9s %s\n", "", "polling:", "", "direct:", "");
    printf("%-30s %-9s %-34s %-9s %s\n", "", "claimed", "measured", "claimed", "measured");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char polling[112], direct[112];
        write_cell(polling, sizeof polling, &rows[i], TS_PATH_POLLING, tape, runs, count);
        write_cell(direct, sizeof direct, &rows[i], TS_PATH_DIRECT, tape, runs, count);
        printf("%-30s %-9s %-34s %-9s %s\n", rows[i].name, rows[i].polling_claim, polling,
               rows[i].direct_claim, direct);
    }
}
