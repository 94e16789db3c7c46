#include "reports/stability_build_parts.h"

#include "reports/figure.h"
#include "reports/statistics_series.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A quantile says something with so many samples beyond it. */
#define SAMPLES_BEYOND 10

static const struct {
    const char *name;
    double share;
} quantiles[] = {{"p50", 0.5}, {"p90", 0.9}, {"p99", 0.99}, {"p99.9", 0.999}, {"p99.99", 0.9999}, {"max", 1}};

#define QUANTILES (sizeof quantiles / sizeof *quantiles)

static int by_high(const void *left, const void *right)
{
    const struct ts_bucket *a = left;
    const struct ts_bucket *b = right;
    return (a->high > b->high) - (a->high < b->high);
}

/* All lives' buckets as one histogram; NULL without any. */
struct pool {
    struct ts_bucket *buckets;
    size_t count;
    int64_t samples, max_ns, bits;
    int64_t untimed, silent_lives;
};

static bool measured(const struct ts_stability_cell *item, const char *mode)
{
    return item->contrasted && item->plain && strcmp(item->cell->mode, mode) == 0;
}

static struct pool pool_latency(struct ts_stability_builder *builder, const char *mode)
{
    struct pool pool = {.bits = INT64_MAX};
    size_t room = 0;
    for (int pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < builder->cell_count; i++) {
            const struct ts_record_cell *cell = builder->cells[i].cell;
            for (size_t j = 0; measured(&builder->cells[i], mode) && j < cell->life_line_count; j++) {
                const struct ts_record_life *life = &cell->life_lines[j];
                const struct ts_record_latency *latency = &life->latency;
                room += pass == 0 ? latency->bucket_count : 0;
                pool.untimed += pass == 1 && latency->untimed > 0 ? latency->untimed : 0;
                pool.silent_lives += pass == 1 && latency->bucket_count == 0 &&
                                     ts_record_count_of(&life->counters, "factor_calls") > 0;
                for (size_t k = 0; pass == 1 && k < latency->bucket_count; k++) {
                    pool.buckets[pool.count++] =
                        (struct ts_bucket){latency->buckets[k].high_ns, latency->buckets[k].count};
                    pool.samples += latency->buckets[k].count;
                    pool.max_ns = latency->max_ns > pool.max_ns ? latency->max_ns : pool.max_ns;
                    pool.bits = latency->bits < pool.bits ? latency->bits : pool.bits;
                }
            }
        }
        if (room == 0 ||
            (pool.buckets == NULL && (pool.buckets = calloc(room, sizeof *pool.buckets)) == NULL)) {
            return (struct pool){0};
        }
    }
    qsort(pool.buckets, pool.count, sizeof *pool.buckets, by_high);
    size_t used = 0;
    for (size_t i = 0; i < pool.count; i++) {
        if (used > 0 && pool.buckets[used - 1].high == pool.buckets[i].high) {
            pool.buckets[used - 1].count += pool.buckets[i].count;
        } else {
            pool.buckets[used++] = pool.buckets[i];
        }
    }
    pool.count = used;
    return pool;
}

/* The last bucket may reach beyond the greatest sample. */
static int64_t quantile_of(const struct pool *pool, double share)
{
    int64_t high = ts_bucket_quantile(pool->buckets, pool->count, share);
    return high < pool->max_ns ? high : pool->max_ns;
}

static const char *gaps_of(struct ts_stability *report, const struct pool *pool)
{
    struct ts_figure lives, calls;
    const char *silent = pool->silent_lives == 0
                             ? ""
                             : ts_stability_text(report, "%s lives with results recorded no latency",
                                                 ts_figure_count(&lives, pool->silent_lives));
    const char *untimed = pool->untimed == 0
                              ? ""
                              : ts_stability_text(report, "%s calls beside these could not be timed",
                                                  ts_figure_count(&calls, pool->untimed));
    return ts_stability_text(report, "%s%s%s", silent, silent[0] != '\0' && untimed[0] != '\0' ? "; " : "",
                             untimed);
}

static struct ts_stability_latency latency_of(struct ts_stability *report, const struct pool *pool)
{
    struct ts_stability_latency latency = {
        .samples = pool->samples, .gaps = gaps_of(report, pool), .distribution = {.name = "latency"}};
    size_t stride = pool->count / TS_STABILITY_CURVE + 1;
    int64_t below = 0;
    latency.quantiles = ts_stability_keep(report, QUANTILES, sizeof *latency.quantiles);
    for (size_t i = 0; latency.quantiles != NULL && pool->samples > 0 && i < QUANTILES; i++) {
        bool enough = (1 - quantiles[i].share) * (double)pool->samples >= SAMPLES_BEYOND;
        bool exact = quantiles[i].share >= 1;
        latency.quantiles[latency.quantile_count++] = (struct ts_stability_quantile){
            .name = quantiles[i].name,
            .share = quantiles[i].share,
            .ns = exact    ? pool->max_ns
                  : enough ? quantile_of(pool, quantiles[i].share)
                           : TS_STABILITY_UNKNOWN,
            .error = exact ? 0 : ldexp(1, (int)-pool->bits),
        };
    }
    latency.distribution.points =
        ts_stability_keep(report, pool->count / stride + 2, sizeof *latency.distribution.points);
    for (size_t i = 0; latency.distribution.points != NULL && i < pool->count; i++) {
        below += pool->buckets[i].count;
        if (i % stride == 0 || i + 1 == pool->count) {
            latency.distribution.points[latency.distribution.count++] = (struct ts_stability_point){
                (double)pool->buckets[i].high, (double)below / (double)pool->samples};
        }
    }
    return latency;
}

struct ts_stability_series ts_stability_samples(struct ts_stability *report, const char *name,
                                                const struct ts_record_life *life, size_t column)
{
    struct ts_stability_series series = {.name = name};
    size_t stride = life->sample_count / TS_STABILITY_CURVE + 1;
    series.points = ts_stability_keep(report, life->sample_count / stride + 1, sizeof *series.points);
    for (size_t i = 0; series.points != NULL && i < life->sample_count; i += stride) {
        int64_t row[sizeof *life->samples / sizeof(int64_t)];
        memcpy(row, &life->samples[i], sizeof row);
        series.points[series.count++] =
            (struct ts_stability_point){(double)row[0], row[column] < 0 ? NAN : (double)row[column]};
    }
    return series;
}

void ts_stability_measure(struct ts_stability_builder *builder, struct ts_stability_mode *mode)
{
    const struct ts_record_life *longest = NULL;
    struct pool pool = pool_latency(builder, mode->name);
    mode->latency = latency_of(builder->report, &pool);
    free(pool.buckets);
    for (size_t i = 0; i < builder->cell_count; i++) {
        const struct ts_record_cell *cell = builder->cells[i].cell;
        for (size_t j = 0; measured(&builder->cells[i], mode->name) && j < cell->life_line_count; j++) {
            const struct ts_record_life *life = &cell->life_lines[j];
            for (size_t k = 0; k < life->sample_count; k++) {
                int64_t depth = life->samples[k].on_the_way;
                mode->depth_max = depth > mode->depth_max ? depth : mode->depth_max;
            }
            bool longer = longest == NULL || life->duration_ms > longest->duration_ms;
            longest = life->sample_count > 1 && longer ? life : longest;
        }
    }
    mode->depth.name = "results on their way";
    if (longest != NULL) {
        mode->depth = ts_stability_samples(builder->report, mode->depth.name, longest,
                                           offsetof(struct ts_record_sample, on_the_way) / sizeof(int64_t));
    }
}
