#include "bench/hybrid_report.h"

#include "reports/json_text.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define RUNS_MOST 400

enum unit { TIME, PERCENT, BYTES, RATE, TICKS };

static const char *const quantile_names[TS_HYBRID_QUANTILES] = {"p50", "p90", "p99", "p99.9", "max"};

static json_t *latencies_of(const struct ts_hybrid_run *run)
{
    json_t *object = json_pack("{s:I}", "mean", (json_int_t)llround(run->mean_ns));
    for (int i = 0; i < TS_HYBRID_QUANTILES; i++) {
        json_object_set_new(object, quantile_names[i], json_integer(run->quantile_ns[i]));
    }
    return object;
}

ts_err ts_hybrid_print_json(const struct ts_hybrid_run *run, struct ts_diag *diag)
{
    const struct ts_hybrid_setting *setting = &run->setting;
    json_t *root =
        json_pack("{s:s, s:s, s:I, s:o, s:s, s:s, s:f, s:I, s:I, s:I, s:I, s:I, s:o, s:I, s:I, s:I, s:o}",
                  "type", "run", "bench", "hybrid", "round", (json_int_t)run->round, "tape",
                  ts_json_text("%s", setting->tape->name), "path", ts_trader_path_name(setting->path), "feed",
                  setting->wire ? "websocket" : "array", "speed", setting->wire ? setting->speed : 0,
                  "queue_ticks", (json_int_t)setting->queue_ticks, "ticks", (json_int_t)run->ticks, "missing",
                  (json_int_t)run->missing, "elapsed_ns", (json_int_t)run->elapsed_ns, "cpu_ns",
                  (json_int_t)run->cpu_ns, "latency_ns", latencies_of(run), "waiting_most",
                  (json_int_t)run->waiting_most, "heap_bytes", (json_int_t)run->heap_bytes, "trades",
                  (json_int_t)run->trade_count, "trades_digest", ts_json_text("0x%016" PRIx64, run->digest));
    int failed = root == NULL || json_dumpf(root, stdout, JSON_COMPACT) != 0 || putchar('\n') == EOF;
    json_decref(root);
    return failed ? ts_fail(diag, TS_ENVIRONMENT, "bench hybrid", "stdout", "it takes no more, or no memory")
                  : TS_OK;
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
