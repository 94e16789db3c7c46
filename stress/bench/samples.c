#include "bench/samples.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define NAMES_MAX 64u

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Between neighbours where the place falls between two. */
static double quantile(const double *sorted, size_t count, double share)
{
    double place = share * (double)(count - 1);
    size_t below = (size_t)place;
    size_t above = below + 1 < count ? below + 1 : below;
    return sorted[below] + (sorted[above] - sorted[below]) * (place - (double)below);
}

struct ts_spread ts_spread_of(double *values, size_t count)
{
    if (count == 0) {
        return (struct ts_spread){.low = NAN, .median = NAN, .high = NAN};
    }
    qsort(values, count, sizeof *values, by_size);
    return (struct ts_spread){.low = quantile(values, count, 0.25),
                              .median = quantile(values, count, 0.5),
                              .high = quantile(values, count, 0.75),
                              .count = count};
}

ts_err ts_samples_begin(struct ts_samples *samples, const char *bench, const char *unit, const char *raw_path,
                        struct ts_diag *diag)
{
    *samples = (struct ts_samples){.bench = bench, .unit = unit};
    if (raw_path != NULL) {
        samples->raw = strcmp(raw_path, "-") == 0 ? stdout : fopen(raw_path, "a");
        if (samples->raw == NULL) {
            return ts_fail_errno(diag, errno, "keep samples", raw_path);
        }
    }
    return TS_OK;
}

void ts_samples_end(struct ts_samples *samples)
{
    if (samples->raw != NULL && samples->raw != stdout) {
        int error = fclose(samples->raw);
        TS_ASSERT(error == 0);
    }
    free(samples->items);
    samples->items = NULL;
}

bool ts_sample_counts(const struct ts_sample *sample)
{
    return sample->switches == 0 &&
           ts_placement_of(sample->rtt_before_ns) == ts_placement_of(sample->rtt_after_ns);
}

void ts_samples_add(struct ts_samples *samples, const struct ts_sample *sample)
{
    if (samples->count == samples->room) {
        samples->room = samples->room > 0 ? samples->room * 2 : 256;
        samples->items = realloc(samples->items, samples->room * sizeof *samples->items);
        TS_ASSERT(samples->items != NULL);
    }
    samples->items[samples->count++] = *sample;
    if (samples->raw == NULL) {
        return;
    }
    int written = fprintf(samples->raw,
                          "{\"bench\":\"%s\",\"group\":\"%s\",\"name\":\"%s\",\"round\":%llu,\"unit\":\"%s\","
                          "\"value\":%.4f,\"rtt_before_ns\":%.1f,\"rtt_after_ns\":%.1f,\"placement\":\"%s\","
                          "\"switches\":%llu,\"counts\":%s}\n",
                          samples->bench, sample->group, sample->name, (unsigned long long)sample->round,
                          samples->unit, sample->value, sample->rtt_before_ns, sample->rtt_after_ns,
                          ts_placement_name(ts_placement_of(sample->rtt_before_ns)),
                          (unsigned long long)sample->switches, ts_sample_counts(sample) ? "true" : "false");
    TS_ASSERT(written > 0 && fflush(samples->raw) == 0);
}

static bool is(const struct ts_sample *sample, const char *group, const char *name)
{
    return strcmp(sample->group, group) == 0 && strcmp(sample->name, name) == 0 && ts_sample_counts(sample);
}

struct ts_spread ts_samples_of(const struct ts_samples *samples, const char *group, const char *name,
                               enum ts_placement placement)
{
    double *values = calloc(samples->count + 1, sizeof *values);
    TS_ASSERT(values != NULL);
    size_t count = 0;
    for (size_t i = 0; i < samples->count; i++) {
        const struct ts_sample *sample = &samples->items[i];
        if (is(sample, group, name) && ts_placement_of(sample->rtt_before_ns) == placement) {
            values[count++] = sample->value;
        }
    }
    struct ts_spread spread = ts_spread_of(values, count);
    free(values);
    return spread;
}

static const struct ts_sample *partner(const struct ts_samples *samples, const struct ts_sample *sample,
                                       const char *name)
{
    for (size_t i = 0; i < samples->count; i++) {
        const struct ts_sample *other = &samples->items[i];
        if (other->round == sample->round && is(other, sample->group, name) &&
            ts_placement_of(other->rtt_before_ns) == ts_placement_of(sample->rtt_before_ns)) {
            return other;
        }
    }
    return NULL;
}

struct ts_spread ts_samples_ratio(const struct ts_samples *samples, const char *group, const char *name,
                                  const char *other)
{
    double *ratios = calloc(samples->count + 1, sizeof *ratios);
    TS_ASSERT(ratios != NULL);
    size_t count = 0;
    for (size_t i = 0; i < samples->count; i++) {
        const struct ts_sample *sample = &samples->items[i];
        const struct ts_sample *rival = is(sample, group, name) ? partner(samples, sample, other) : NULL;
        if (rival != NULL) {
            ratios[count++] = sample->value / rival->value;
        }
    }
    struct ts_spread spread = ts_spread_of(ratios, count);
    free(ratios);
    return spread;
}

struct row {
    const char *name;
    struct ts_spread spread;
    size_t taken;
};

static int by_median(const void *a, const void *b)
{
    const struct row *x = a, *y = b;
    if (x->spread.count == 0 || y->spread.count == 0) {
        return (x->spread.count == 0) - (y->spread.count == 0);
    }
    return (x->spread.median > y->spread.median) - (x->spread.median < y->spread.median);
}

/* The placement that most of the group's samples were taken in. */
static enum ts_placement usual_placement(const struct ts_samples *samples, const char *group)
{
    size_t counts[TS_PLACEMENT_COUNT] = {0};
    int usual = 0;
    for (size_t i = 0; i < samples->count; i++) {
        const struct ts_sample *sample = &samples->items[i];
        counts[ts_placement_of(sample->rtt_before_ns)] += is(sample, group, sample->name);
    }
    for (int i = 1; i < TS_PLACEMENT_COUNT; i++) {
        usual = counts[i] > counts[usual] ? i : usual;
    }
    return (enum ts_placement)usual;
}

static size_t rows_of(const struct ts_samples *samples, const char *group, enum ts_placement placement,
                      bool sorted, struct row rows[NAMES_MAX])
{
    size_t count = 0;
    for (size_t i = 0; i < samples->count; i++) {
        const struct ts_sample *sample = &samples->items[i];
        if (strcmp(sample->group, group) != 0) {
            continue;
        }
        size_t at = 0;
        while (at < count && strcmp(rows[at].name, sample->name) != 0) {
            at++;
        }
        if (at == count) {
            TS_ASSERT(count < NAMES_MAX);
            rows[count++] = (struct row){.name = sample->name,
                                         .spread = ts_samples_of(samples, group, sample->name, placement)};
        }
        rows[at].taken++;
    }
    if (sorted) {
        qsort(rows, count, sizeof *rows, by_median);
    }
    return count;
}

/* Whether a sample of the group was taken between two processors that were looked at. */
static bool is_placed(const struct ts_samples *samples, const char *group)
{
    for (size_t i = 0; i < samples->count; i++) {
        if (strcmp(samples->items[i].group, group) == 0 && samples->items[i].rtt_before_ns > 0) {
            return true;
        }
    }
    return false;
}

/* over: in their order, with the ratios contestant / name. */
static void table_of(const struct ts_samples *samples, const char *group, const char *name, bool over,
                     FILE *out)
{
    struct row rows[NAMES_MAX];
    enum ts_placement placement = usual_placement(samples, group);
    size_t count = rows_of(samples, group, placement, !over, rows);
    bool ratios = ts_samples_of(samples, group, name, placement).count > 0;
    fprintf(out, "\n%s, %s, %s%s\n\n| | median | quartiles | N |%s\n|---|---|---|---|%s\n", group,
            samples->unit, is_placed(samples, group) ? "processors " : "placement not looked at",
            is_placed(samples, group) ? ts_placement_name(placement) : "",
            ratios ? " ratio | quartiles | pairs |" : "", ratios ? "---|---|---|" : "");
    for (size_t i = 0; i < count; i++) {
        const struct row *row = &rows[i];
        if (row->spread.count == 0) {
            continue;
        }
        fprintf(out, "| %s | %.2f | %.2f to %.2f | %zu of %zu |", row->name, row->spread.median,
                row->spread.low, row->spread.high, row->spread.count, row->taken);
        if (ratios) {
            struct ts_spread ratio =
                ts_samples_ratio(samples, group, over ? row->name : name, over ? name : row->name);
            fprintf(out, " %.3f | %.3f to %.3f | %zu |", ratio.median, ratio.low, ratio.high, ratio.count);
        }
        fputc('\n', out);
    }
}

static void tables(const struct ts_samples *samples, const char *name, bool over, FILE *out)
{
    for (size_t i = 0; i < samples->count; i++) {
        bool seen = false;
        for (size_t k = 0; k < i && !seen; k++) {
            seen = strcmp(samples->items[k].group, samples->items[i].group) == 0;
        }
        if (!seen) {
            table_of(samples, samples->items[i].group, name, over, out);
        }
    }
}

void ts_samples_table(const struct ts_samples *samples, const char *name, FILE *out)
{
    tables(samples, name, false, out);
}

void ts_samples_table_over(const struct ts_samples *samples, const char *name, FILE *out)
{
    tables(samples, name, true, out);
}
