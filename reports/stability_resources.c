#include "reports/stability_build_parts.h"

#include "reports/statistics_series.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define RESOURCES_MAX  24
#define MS_PER_MINUTE  60000.0
#define GROWTH_MIN_MS  20000 /* what grows in a shorter life may be no more than its warming up */
#define COLUMN(member) (offsetof(struct ts_record_sample, member) / sizeof(int64_t))

struct candidate {
    const struct ts_stability_cell *item;
    const struct ts_record_life *life;
};

static int by_worth(const void *left, const void *right)
{
    const struct candidate *a = left;
    const struct candidate *b = right;
    if (a->item->plain != b->item->plain) {
        return a->item->plain ? -1 : 1;
    }
    if (a->life->duration_ms != b->life->duration_ms) {
        return a->life->duration_ms > b->life->duration_ms ? -1 : 1;
    }
    if (a->item != b->item) {
        return a->item < b->item ? -1 : 1;
    }
    return (a->life->life > b->life->life) - (a->life->life < b->life->life);
}

static struct ts_stability_estimate slope_of(const struct ts_record_life *life, size_t column)
{
    struct ts_estimate slope = {NAN, NAN, NAN};
    size_t count = 0;
    if (life->duration_ms < GROWTH_MIN_MS) {
        return (struct ts_stability_estimate){NAN, NAN, NAN};
    }
    struct ts_sample *samples = calloc(life->sample_count + 1, sizeof *samples);
    for (size_t i = 0; samples != NULL && i < life->sample_count; i++) {
        int64_t row[sizeof *life->samples / sizeof(int64_t)];
        memcpy(row, &life->samples[i], sizeof row);
        if (row[column] >= 0) {
            samples[count++] = (struct ts_sample){(double)row[0] / MS_PER_MINUTE, (double)row[column]};
        }
    }
    if (samples != NULL) {
        slope = ts_trough_slope(samples, count);
    }
    free(samples);
    return (struct ts_stability_estimate){slope.value, slope.low, slope.high};
}

static struct ts_stability_resource resource_of(struct ts_stability *report,
                                                const struct candidate *candidate)
{
    const struct ts_record_cell *cell = candidate->item->cell;
    const struct ts_record_life *life = candidate->life;
    return (struct ts_stability_resource){
        .scenario = cell->scenario,
        .mode = cell->mode,
        .flavour = cell->flavour,
        .cell = life->cell,
        .life = life->life,
        .duration_ms = life->duration_ms,
        .rss_bytes = ts_stability_samples(report, "resident memory", life, COLUMN(rss_bytes)),
        .fds = ts_stability_samples(report, "file descriptors", life, COLUMN(fds)),
        .threads = ts_stability_samples(report, "threads", life, COLUMN(threads)),
        .rss_slope = slope_of(life, COLUMN(rss_bytes)),
        .fds_slope = slope_of(life, COLUMN(fds)),
        .threads_slope = slope_of(life, COLUMN(threads)),
        .rss_peak_bytes = life->peak_rss_bytes,
    };
}

static bool shown_already(const struct ts_stability_resources *resources, const struct ts_record_cell *cell)
{
    for (size_t i = 0; i < resources->count; i++) {
        const struct ts_stability_resource *item = &resources->items[i];
        if (strcmp(item->scenario, cell->scenario) == 0 && strcmp(item->mode, cell->mode) == 0 &&
            strcmp(item->flavour, cell->flavour) == 0) {
            return true;
        }
    }
    return false;
}

static int by_length(const void *left, const void *right)
{
    const struct ts_stability_soak *a = left;
    const struct ts_stability_soak *b = right;
    if (a->duration_ms != b->duration_ms) {
        return a->duration_ms > b->duration_ms ? -1 : 1;
    }
    if (a->cell != b->cell) {
        return a->cell < b->cell ? -1 : 1;
    }
    return (a->life > b->life) - (a->life < b->life);
}

static struct ts_stability_soak soak_of(const struct ts_record_cell *cell, const struct ts_record_life *life)
{
    const struct ts_record_soak *soak = &life->soak;
    bool bounded = !isnan(soak->slope_low) || !isnan(soak->slope_high); /* else it tells nothing */
    return (struct ts_stability_soak){
        .scenario = cell->scenario,
        .mode = cell->mode,
        .flavour = cell->flavour,
        .cell = life->cell,
        .life = life->life,
        .duration_ms = life->duration_ms,
        .slope = {bounded ? soak->slope_kib_per_h : NAN, isnan(soak->slope_low) ? -INFINITY : soak->slope_low,
                  isnan(soak->slope_high) ? INFINITY : soak->slope_high},
        .heart = soak->heart,
        .witness = soak->witness,
    };
}

static void build_soaks(struct ts_stability_builder *builder)
{
    struct ts_stability_resources *resources = &builder->report->resources;
    for (int pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < builder->cell_count; i++) {
            const struct ts_record_cell *cell = builder->cells[i].cell;
            for (size_t j = 0; j < cell->life_line_count; j++) {
                bool soaked = cell->life_lines[j].soak.stretch_ms > 0;
                resources->soak_total += pass == 0 && soaked;
                if (pass == 1 && soaked) {
                    resources->soaks[resources->soak_count++] = soak_of(cell, &cell->life_lines[j]);
                }
            }
        }
        if (pass == 0) {
            resources->soaks =
                ts_stability_keep(builder->report, resources->soak_total, sizeof *resources->soaks);
        }
        if (resources->soak_total == 0 || resources->soaks == NULL) {
            return;
        }
    }
    qsort(resources->soaks, resources->soak_count, sizeof *resources->soaks, by_length);
    resources->soak_count = resources->soak_count < RESOURCES_MAX ? resources->soak_count : RESOURCES_MAX;
}

/* Of each scenario in each mode and flavour the longest life, native ones first. */
void ts_stability_build_resources(struct ts_stability_builder *builder)
{
    struct ts_stability_resources *resources = &builder->report->resources;
    size_t room = 0;
    build_soaks(builder);
    for (size_t i = 0; i < builder->cell_count; i++) {
        room += builder->cells[i].cell->life_line_count;
    }
    struct candidate *candidates = ts_stability_keep(builder->report, room, sizeof *candidates);
    resources->items = ts_stability_keep(builder->report, RESOURCES_MAX, sizeof *resources->items);
    if (candidates == NULL || resources->items == NULL) {
        return;
    }
    for (size_t i = 0; i < builder->cell_count; i++) {
        const struct ts_stability_cell *item = &builder->cells[i];
        for (size_t j = 0; !item->tests && j < item->cell->life_line_count; j++) {
            if (item->cell->life_lines[j].sample_count > 1) {
                candidates[resources->total++] = (struct candidate){item, &item->cell->life_lines[j]};
            }
        }
    }
    if (resources->total > 0) {
        qsort(candidates, resources->total, sizeof *candidates, by_worth);
    }
    for (size_t i = 0; i < resources->total && resources->count < RESOURCES_MAX; i++) {
        if (!shown_already(resources, candidates[i].item->cell)) {
            resources->items[resources->count++] = resource_of(builder->report, &candidates[i]);
        }
    }
}
