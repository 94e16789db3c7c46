#include "reports/stability_build_parts.h"

#include "reports/statistics_series.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define DOCUMENTS_RESTARTS_PER_MINUTE 18.0 /* with direct callbacks; 0 over 56 to 87 s with the queue */

static const char *const usual_modes[] = {"direct", "locked", "guarded", "queued"};

static size_t index_of(const char *const *names, size_t count, const char *name)
{
    size_t at = 0;
    while (at < count && strcmp(names[at], name) != 0) {
        at++;
    }
    return at;
}

const char **ts_stability_modes(struct ts_stability_builder *builder, size_t *count)
{
    const char **names = ts_stability_keep(builder->report, TS_STABILITY_ROWS, sizeof *names);
    *count = 0;
    for (size_t i = 0; names != NULL && i < sizeof usual_modes / sizeof *usual_modes; i++) {
        names[(*count)++] = usual_modes[i];
    }
    for (size_t i = 0; names != NULL && i < builder->cell_count; i++) {
        const char *mode = builder->cells[i].cell->mode;
        if (*count < TS_STABILITY_ROWS && index_of(names, *count, mode) == *count) {
            names[(*count)++] = mode;
        }
    }
    return names;
}

/* What can be contrasted: a scenario under a fault plan, and the modes that ran it. */
struct subject {
    const char *scenario, *faults;
    uint64_t modes; /* one bit each */
};

static int by_subject(const void *left, const void *right)
{
    const struct subject *a = left;
    const struct subject *b = right;
    int order = strcmp(a->scenario, b->scenario);
    return order != 0 ? order : strcmp(a->faults, b->faults);
}

struct scope {
    struct subject *subjects;
    size_t count;
    uint64_t least; /* the modes that a subject must have: direct, where it was run at all */
};

static bool in_scope(const struct scope *scope, const struct ts_record_cell *cell)
{
    struct subject key = {.scenario = cell->scenario, .faults = cell->faults};
    const struct subject *found =
        scope->count == 0 ? NULL : bsearch(&key, scope->subjects, scope->count, sizeof key, by_subject);
    return found != NULL && __builtin_popcountll(found->modes) > 1 &&
           (found->modes & scope->least) == scope->least;
}

static struct scope scope_of(struct ts_stability_builder *builder, const char *const *modes,
                             size_t mode_count)
{
    struct scope scope = {
        .subjects = ts_stability_keep(builder->report, builder->cell_count, sizeof *scope.subjects)};
    size_t used = 0;
    uint64_t ran = 0;
    for (size_t i = 0; scope.subjects != NULL && i < builder->cell_count; i++) {
        const struct ts_record_cell *cell = builder->cells[i].cell;
        size_t mode = index_of(modes, mode_count, cell->mode);
        if (ts_stability_counts(&builder->cells[i]) && mode < 64) {
            scope.subjects[used++] = (struct subject){cell->scenario, cell->faults, UINT64_C(1) << mode};
            ran |= UINT64_C(1) << mode;
        }
    }
    if (used > 0) {
        qsort(scope.subjects, used, sizeof *scope.subjects, by_subject);
    }
    for (size_t i = 0; i < used; i++) {
        if (scope.count > 0 && by_subject(&scope.subjects[scope.count - 1], &scope.subjects[i]) == 0) {
            scope.subjects[scope.count - 1].modes |= scope.subjects[i].modes;
        } else {
            scope.subjects[scope.count++] = scope.subjects[i];
        }
    }
    scope.least = ran & 1;
    return scope;
}

static const char *scope_words(struct ts_stability_builder *builder, const struct scope *scope)
{
    const char *names = "";
    size_t plans = 0, scenarios = 0;
    for (size_t i = 0; i < scope->count; i++) {
        struct ts_record_cell cell = {.scenario = scope->subjects[i].scenario,
                                      .faults = scope->subjects[i].faults};
        if (in_scope(scope, &cell)) {
            bool first = i == 0 || strcmp(scope->subjects[i - 1].scenario, cell.scenario) != 0;
            scenarios += first;
            names =
                scenarios <= 20 && first ? ts_stability_join(builder->report, names, cell.scenario) : names;
            plans += cell.faults[0] != '\0';
        }
    }
    if (names[0] == '\0') {
        return "";
    }
    return ts_stability_text(
        builder->report, "%zu scenario%s that more than one mode ran%s: %s%s; %s", scenarios,
        scenarios == 1 ? "" : "s", (scope->least & 1) != 0 ? ", direct among them" : "", names,
        scenarios > 20 ? " ..." : "", plans > 0 ? "with and without faults" : "without faults");
}

static bool crashed(const struct ts_record_life *life)
{
    return life->class[0] != '\0' || life->outcome == TS_RECORD_CRASH;
}

/* Keeps every step where there is room, else those at which the curve is lower by an even part of its fall.
 */
static void keep_steps(struct ts_stability *report, struct ts_stability_survival *survival,
                       const struct ts_survival_step *steps, size_t count)
{
    size_t room = count < TS_STABILITY_CURVE ? count : TS_STABILITY_CURVE;
    double fall = (1 - steps[count - 1].share) / (double)(room > 2 ? room - 2 : 1);
    double next = 1;
    survival->steps = ts_stability_keep(report, room, sizeof *survival->steps);
    survival->step_total = count;
    for (size_t i = 0; survival->steps != NULL && i < count; i++) {
        bool kept = count <= room || i == 0 || i + 1 == count || steps[i].share <= next - fall;
        if (kept && survival->step_count < room) {
            survival->steps[survival->step_count++] = (struct ts_stability_survival_step){
                steps[i].at,    steps[i].at_risk, steps[i].crashes, steps[i].censored,
                steps[i].share, steps[i].low,     steps[i].high};
            next = steps[i].share;
        } else if (survival->step_count > 0) {
            survival->steps[survival->step_count - 1].crashes += steps[i].crashes;
            survival->steps[survival->step_count - 1].censored += steps[i].censored;
        }
    }
}

static void keep_ticks(struct ts_stability *report, struct ts_stability_survival *survival,
                       const struct ts_lifetime *lives, size_t count)
{
    survival->censored_total = (size_t)(survival->lives - survival->crashes);
    size_t room =
        survival->censored_total < TS_STABILITY_CURVE ? survival->censored_total : TS_STABILITY_CURVE;
    size_t seen = 0;
    survival->censored_ms = ts_stability_keep(report, room, sizeof *survival->censored_ms);
    for (size_t i = 0; survival->censored_ms != NULL && i < count; i++) {
        if (!lives[i].crashed) {
            size_t slot = seen++ * room / survival->censored_total;
            if (slot >= survival->censored_count && survival->censored_count < room) {
                survival->censored_ms[survival->censored_count++] = lives[i].end;
            }
        }
    }
}

static struct ts_stability_survival survival_of(struct ts_stability_builder *builder, const char *mode)
{
    struct ts_stability_survival survival = {.median_ms = {NAN, NAN, NAN}};
    size_t room = 0;
    size_t count = 0;
    for (size_t i = 0; i < builder->cell_count; i++) {
        room += builder->cells[i].cell->life_line_count;
    }
    struct ts_lifetime *lives = calloc(room + 1, sizeof *lives);
    struct ts_survival_step *steps = calloc(room + 2, sizeof *steps);
    for (size_t i = 0; lives != NULL && i < builder->cell_count; i++) {
        const struct ts_record_cell *cell = builder->cells[i].cell;
        if (!builder->cells[i].contrasted || !builder->cells[i].plain || strcmp(cell->mode, mode) != 0) {
            continue;
        }
        for (size_t j = 0; j < cell->life_line_count; j++) {
            const struct ts_record_life *life = &cell->life_lines[j];
            lives[count++] = (struct ts_lifetime){(double)life->duration_ms, crashed(life)};
            survival.crashes += crashed(life);
            survival.end_ms = fmax(survival.end_ms, (double)life->duration_ms);
        }
    }
    survival.lives = (int64_t)count;
    if (count > 0 && steps != NULL) {
        size_t step_count = ts_survival(lives, count, steps);
        struct ts_estimate median = ts_survival_median(steps, step_count);
        survival.median_ms = (struct ts_stability_estimate){median.value, median.low, median.high};
        keep_steps(builder->report, &survival, steps, step_count);
        keep_ticks(builder->report, &survival, lives, count);
    }
    free(lives);
    free(steps);
    return survival;
}

static void add_classes(struct ts_stability_mode *mode, const struct ts_record_counts *classes)
{
    for (size_t i = 0; i < mode->class_count; i++) {
        mode->classes[i].count += ts_record_count_of(classes, mode->classes[i].name);
    }
}

/* The classes that any mode showed, in the order in which they come. */
static void name_classes(struct ts_stability_builder *builder, struct ts_stability_mode *mode)
{
    mode->classes = ts_stability_keep(builder->report, TS_STABILITY_ROWS, sizeof *mode->classes);
    for (size_t i = 0; mode->classes != NULL && i < builder->cell_count; i++) {
        const struct ts_record_counts *classes = &builder->cells[i].cell->classes;
        for (size_t j = 0; j < classes->count && !builder->cells[i].tests; j++) {
            size_t at = 0;
            while (at < mode->class_count && strcmp(mode->classes[at].name, classes->items[j].name) != 0) {
                at++;
            }
            if (at == mode->class_count && at < TS_STABILITY_ROWS) {
                mode->classes[mode->class_count++].name = classes->items[j].name;
            }
        }
    }
}

/* The plain cells of a mode, summed. */
struct plain_sum {
    int64_t crashes, lives, restarts, elapsed_ms, lived_ms, cpu_ms, cpu_lived_ms, cpu_delivered;
    bool any, cpu;
};

/* A counter that a line leaves out is 0; a line without any says nothing of them. */
static void add_counters(struct ts_stability_mode *mode, struct plain_sum *sum,
                         const struct ts_record_counts *counters)
{
    if (counters->items == NULL) {
        return;
    }
    if (!sum->any) {
        mode->offered = mode->delivered = mode->dropped = mode->rejected = mode->pending = 0;
    }
    sum->any = true;
    mode->offered += ts_record_count_of(counters, "results_offered");
    mode->delivered += ts_record_count_of(counters, "results_executed");
    mode->dropped += ts_record_count_of(counters, "results_dropped");
    mode->rejected += ts_record_count_of(counters, "results_rejected");
    mode->pending += ts_record_count_of(counters, "results_pending");
}

static void add_plain(struct ts_stability_mode *mode, struct plain_sum *sum,
                      const struct ts_record_cell *cell)
{
    sum->restarts += cell->restarts;
    sum->elapsed_ms += cell->elapsed_ms;
    add_counters(mode, sum, &cell->counters);
    for (size_t i = 0; i < cell->life_line_count; i++) {
        const struct ts_record_life *life = &cell->life_lines[i];
        sum->lives += life->outcome != TS_RECORD_INCONCLUSIVE;
        sum->crashes += crashed(life);
        if (life->cpu_ms >= 0) {
            sum->cpu = true;
            sum->cpu_ms += life->cpu_ms;
            sum->cpu_lived_ms += life->duration_ms;
            sum->cpu_delivered += ts_record_count_of(&life->counters, "results_executed");
        }
        mode->peak_rss_bytes =
            life->peak_rss_bytes > mode->peak_rss_bytes ? life->peak_rss_bytes : mode->peak_rss_bytes;
    }
}

static void close_plain(struct ts_stability_mode *mode, const struct plain_sum *sum)
{
    mode->crashes = ts_stability_share_of(sum->crashes, sum->lives);
    mode->restarts = ts_stability_rate_of(sum->restarts, sum->elapsed_ms);
    mode->chance_of_none = sum->elapsed_ms > 0 ? ts_rate_chance_of_none(DOCUMENTS_RESTARTS_PER_MINUTE,
                                                                        (double)sum->elapsed_ms / 60000.0)
                                               : NAN;
    mode->cpu_ms_per_s =
        sum->cpu_lived_ms > 0 ? 1000.0 * (double)sum->cpu_ms / (double)sum->cpu_lived_ms : NAN;
    mode->cpu_us_a_result =
        sum->cpu_delivered > 0 ? 1000.0 * (double)sum->cpu_ms / (double)sum->cpu_delivered : NAN;
}

static struct ts_stability_mode mode_of(struct ts_stability_builder *builder, const char *name)
{
    struct ts_stability_mode mode = {.name = name,
                                     .offered = TS_STABILITY_UNKNOWN,
                                     .delivered = TS_STABILITY_UNKNOWN,
                                     .dropped = TS_STABILITY_UNKNOWN,
                                     .rejected = TS_STABILITY_UNKNOWN,
                                     .pending = TS_STABILITY_UNKNOWN,
                                     .depth_max = TS_STABILITY_UNKNOWN,
                                     .peak_rss_bytes = TS_STABILITY_UNKNOWN};
    struct plain_sum sum = {0};
    int64_t failing = 0;
    int64_t inconclusive = 0;
    name_classes(builder, &mode);
    for (size_t i = 0; i < builder->cell_count; i++) {
        const struct ts_stability_cell *item = &builder->cells[i];
        if (!item->contrasted || strcmp(item->cell->mode, name) != 0) {
            continue;
        }
        mode.ran = true;
        mode.cells++;
        mode.lives += item->cell->lives;
        failing += item->failing;
        inconclusive += item->inconclusive;
        add_classes(&mode, &item->cell->classes);
        for (size_t j = 0; j < item->cell->life_line_count; j++) {
            mode.exposure_ms += item->cell->life_lines[j].duration_ms;
        }
        if (item->plain) {
            add_plain(&mode, &sum, item->cell);
        }
    }
    mode.failures = ts_stability_share_of(failing, mode.lives - inconclusive);
    close_plain(&mode, &sum);
    mode.survival = survival_of(builder, name);
    return mode;
}

void ts_stability_build_contrast(struct ts_stability_builder *builder)
{
    struct ts_stability_contrast *contrast = &builder->report->contrast;
    size_t count = 0;
    const char **modes = ts_stability_modes(builder, &count);
    contrast->documents_restarts_per_minute = DOCUMENTS_RESTARTS_PER_MINUTE;
    contrast->scope = "";
    if (modes == NULL) {
        return;
    }
    struct scope scope = scope_of(builder, modes, count);
    contrast->scope = scope_words(builder, &scope);
    for (size_t i = 0; i < builder->cell_count; i++) {
        struct ts_stability_cell *cell = &builder->cells[i];
        cell->contrasted = ts_stability_counts(cell) && in_scope(&scope, cell->cell);
    }
    contrast->modes = ts_stability_keep(builder->report, count, sizeof *contrast->modes);
    for (size_t i = 0; contrast->modes != NULL && i < count; i++) {
        contrast->modes[contrast->mode_count++] = mode_of(builder, modes[i]);
        ts_stability_measure(builder, &contrast->modes[i]);
    }
}
