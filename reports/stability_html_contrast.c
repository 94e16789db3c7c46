/* How the modes fared, side by side: survival, crashes, restarts, results, latency, queue, cost. */
#include "reports/figure.h"
#include "reports/html.h"
#include "reports/stability_html_parts.h"

#include <math.h>
#include <string.h>

#define MODES_MAX   TS_PLOT_SERIES_MAX
#define CLASSES_MAX 16u
#define TICKS_MAX   16u
#define MS          1e-3
#define NS          1e-9
#define EARLY       50.0 /* so many times earlier than the end of the longest life */

struct sides {
    struct ts_page *page;
    const struct ts_stability_contrast *contrast;
    const struct ts_stability_mode *modes[MODES_MAX]; /* that ran */
    size_t count;
};

/* One line a mode; what has no points is left out. */
struct lines {
    struct ts_plot_series series[MODES_MAX];
    size_t count;
};

static void add_line(struct lines *lines, struct ts_plot_series series)
{
    if (series.count > 0) {
        lines->series[lines->count++] = series;
    }
}

/* --- survival --- */

/* How many are alive at this time. */
static double share_at(const struct ts_stability_survival *survival, double at_ms)
{
    double share = 1;
    for (size_t i = 0; i < survival->step_count && survival->steps[i].at_ms <= at_ms; i++) {
        share = survival->steps[i].share;
    }
    return share;
}

static struct ts_plot_series survival_line(struct ts_page *page, const struct ts_stability_mode *mode,
                                           double from_s)
{
    const struct ts_stability_survival *survival = &mode->survival;
    size_t count = survival->step_count;
    bool lived_on = count > 0 && survival->end_ms > survival->steps[count - 1].at_ms;
    struct ts_page_line line = ts_page_line(page, mode->name, count + lived_on);
    struct ts_plot_point *marks = ts_page_points(page, survival->censored_count);
    for (size_t i = 0; i < line.series.count; i++) {
        const struct ts_stability_survival_step *step = &survival->steps[i < count ? i : count - 1];
        double at_ms = i < count ? step->at_ms : survival->end_ms;
        line.points[i] = (struct ts_plot_point){fmax(at_ms * MS, from_s), step->share, step->low, step->high};
    }
    for (size_t i = 0; marks != NULL && i < survival->censored_count; i++) {
        marks[i].x = survival->censored_ms[i] * MS;
        marks[i].y = share_at(survival, survival->censored_ms[i]);
    }
    line.series.stepped = line.series.band = true;
    line.series.marks = marks;
    line.series.mark_count = marks != NULL ? survival->censored_count : 0;
    return line.series;
}

/* Where crashes come so early that a straight axis would show them as one fall at its edge, the axis is a
 * logarithm that begins here; else 0. */
static double early_end_s(const struct sides *sides)
{
    double first = INFINITY, median = INFINITY, end = 0;
    for (size_t i = 0; i < sides->count; i++) {
        const struct ts_stability_survival *survival = &sides->modes[i]->survival;
        for (size_t j = 0; j < survival->step_count; j++) {
            bool crashed = survival->steps[j].crashes > 0 && survival->steps[j].at_ms > 0;
            first = crashed ? fmin(first, survival->steps[j].at_ms) : first;
        }
        median = survival->median_ms.value > 0 ? fmin(median, survival->median_ms.value) : median;
        end = fmax(end, survival->end_ms);
    }
    bool early = isfinite(first) && median * EARLY < end;
    return early ? pow(10, floor(log10(first * MS) - 1e-9)) : 0;
}

static void write_survival(const struct sides *sides)
{
    struct lines lines = {.count = 0};
    double from_s = early_end_s(sides);
    for (size_t i = 0; i < sides->count; i++) {
        add_line(&lines, survival_line(sides->page, sides->modes[i], from_s));
    }
    const struct ts_plot_xy plot = {
        .head = {"survival", "Time to the first crash",
                 "Share of plain lives that had not crashed by an age (Kaplan and Meier). A curve that falls "
                 "fast is a "
                 "mode that crashes soon; one that stays at 100 % never crashed here."},
        .x = {.label = "age of a life", .unit = TS_PLOT_SECONDS, .tight = true, .log = from_s > 0},
        .y = {.label = "alive", .unit = TS_PLOT_SHARE, .high = 1},
        .series = lines.series,
        .count = lines.count,
        .marks_name = "ended alive",
    };
    ts_page_plot(sides->page, &plot);
}

/* --- crashes and restarts --- */

static void write_classes(const struct sides *sides)
{
    const char *rows[MODES_MAX], *parts[CLASSES_MAX];
    int64_t values[MODES_MAX * CLASSES_MAX];
    size_t classes = sides->modes[0]->class_count < CLASSES_MAX ? sides->modes[0]->class_count : CLASSES_MAX;
    for (size_t i = 0; i < classes; i++) {
        parts[i] = sides->modes[0]->classes[i].name;
    }
    for (size_t i = 0; i < sides->count; i++) {
        rows[i] = sides->modes[i]->name;
        for (size_t j = 0; j < classes; j++) {
            values[i * classes + j] =
                j < sides->modes[i]->class_count ? sides->modes[i]->classes[j].count : 0;
        }
    }
    const struct ts_plot_stack plot = {
        .head = {"classes", "Crashes by class",
                 "Lives that crashed, by what the crash said, in all flavours."},
        .row_label = "Mode",
        .rows = rows,
        .row_count = sides->count,
        .parts = parts,
        .part_count = classes,
        .values = values,
        .x_label = "lives",
    };
    ts_plot_stack(sides->page->out, &plot);
}

static void write_restarts(const struct sides *sides)
{
    struct ts_plot_interval rows[MODES_MAX];
    struct ts_figure documents;
    char level[64];
    double counted = sides->contrast->documents_restarts_per_minute;
    for (size_t i = 0; i < sides->count; i++) {
        const struct ts_stability_rate *rate = &sides->modes[i]->restarts;
        bool known = rate->elapsed_ms > 0;
        rows[i] = (struct ts_plot_interval){sides->modes[i]->name, known ? rate->per_minute : NAN, rate->low,
                                            rate->high, known && rate->events == 0};
    }
    snprintf(level, sizeof level, "the documents: %s", ts_figure_rate(&documents, counted));
    const struct ts_plot_intervals plot = {
        .head =
            {"restarts", "Restarts a minute",
             "How often a plain process died and was started again, under attack; beside what the documents "
             "counted on the day of the incident."},
        .row_label = "Mode",
        .x = {.label = "restarts a minute", .log = true},
        .rows = rows,
        .count = sides->count,
        .level = {level, counted},
    };
    ts_plot_intervals(sides->page->out, &plot);
}

/* --- latency --- */

static struct ts_plot_series quantile_line(struct ts_page *page, const struct ts_stability_mode *mode)
{
    const struct ts_stability_latency *latency = &mode->latency;
    struct ts_page_line line =
        ts_page_line(page, mode->name, latency->samples > 0 ? latency->quantile_count : 0);
    double furthest = 10;
    line.series.dots = true;
    for (size_t i = 0; i < line.series.count; i++) {
        const struct ts_stability_quantile *quantile = &latency->quantiles[i];
        /* The maximum has a place of its own behind the last. */
        line.points[i].x = quantile->share < 1 ? 1 / (1 - quantile->share) : furthest * 10;
        line.points[i].y = quantile->ns == TS_STABILITY_UNKNOWN ? NAN : (double)quantile->ns * NS;
        furthest = fmax(furthest, line.points[i].x);
    }
    return line.series;
}

static void write_latency(const struct sides *sides)
{
    struct lines lines = {.count = 0};
    struct ts_plot_tick ticks[TICKS_MAX];
    size_t tick_count = 0;
    for (size_t i = 0; i < sides->count; i++) {
        const struct ts_stability_quantile *quantiles = sides->modes[i]->latency.quantiles;
        struct ts_plot_series series = quantile_line(sides->page, sides->modes[i]);
        for (size_t j = 0; lines.count == 0 && j < series.count && j < TICKS_MAX; j++) {
            ticks[tick_count++] = (struct ts_plot_tick){series.points[j].x, quantiles[j].name};
        }
        add_line(&lines, series);
    }
    const struct ts_plot_xy plot = {
        .head =
            {"latency", "Latency from tick to callback",
             "From tick to on_factor, in plain lives: so late at most was the share of results that the axis "
             "names. Lower is better; the right end shows the rare late ones. " TS_STABILITY_LATENCY_NOTE},
        .x = {.label = "quantile",
              .log = true,
              .low = 1,
              .high = tick_count > 0 ? fmax(10, ticks[tick_count - 1].at) : 10,
              .ticks = ticks,
              .tick_count = tick_count},
        .y = {.label = "latency", .unit = TS_PLOT_SECONDS, .log = true},
        .series = lines.series,
        .count = lines.count,
    };
    ts_page_plot(sides->page, &plot);
}

static void write_latency_gaps(const struct sides *sides)
{
    FILE *out = sides->page->out;
    for (size_t i = 0; i < sides->count; i++) {
        const char *gaps = sides->modes[i]->latency.gaps;
        if (gaps != NULL && gaps[0] != '\0') {
            fputs("<p class=\"note\">Latency, ", out);
            ts_page_text(out, sides->modes[i]->name);
            fputs(": ", out);
            ts_page_text(out, gaps);
            fputs(".</p>\n", out);
        }
    }
}

static void write_distribution(const struct sides *sides)
{
    struct lines lines = {.count = 0};
    for (size_t i = 0; i < sides->count; i++) {
        const struct ts_stability_mode *mode = sides->modes[i];
        struct ts_plot_series series =
            ts_page_series(sides->page, mode->name, &mode->latency.distribution, NS);
        series.stepped = true;
        add_line(&lines, series);
    }
    const struct ts_plot_xy plot = {
        .head = {"distribution", "Latency, as a distribution", "Share of results that came at most so late."},
        .x = {.label = "latency", .unit = TS_PLOT_SECONDS, .log = true},
        .y = {.label = "results", .unit = TS_PLOT_SHARE, .high = 1},
        .series = lines.series,
        .count = lines.count,
    };
    ts_page_plot(sides->page, &plot);
}

static void write_depth(const struct sides *sides)
{
    struct lines lines = {.count = 0};
    for (size_t i = 0; i < sides->count; i++) {
        const struct ts_stability_mode *mode = sides->modes[i];
        add_line(&lines, ts_page_series(sides->page, mode->name, &mode->depth, MS));
    }
    const struct ts_plot_xy plot = {
        .head = {"depth", "Results on their way",
                 "Handed over by the library and not delivered yet, in the longest "
                 "plain life of each mode."},
        .x = {.label = "age of the life", .unit = TS_PLOT_SECONDS, .tight = true},
        .y = {.label = "results"},
        .series = lines.series,
        .count = lines.count,
    };
    ts_page_plot(sides->page, &plot);
}

void ts_page_contrast(struct ts_page *page)
{
    struct sides sides = {.page = page, .contrast = &page->report->contrast};
    ts_page_begin(page, "contrast", "Direct against queued");
    for (size_t i = 0; i < sides.contrast->mode_count && sides.count < MODES_MAX; i++) {
        if (sides.contrast->modes[i].ran) {
            sides.modes[sides.count++] = &sides.contrast->modes[i];
        }
    }
    if (sides.count == 0) {
        ts_page_nothing(page->out, "No mode was run beside canaries.");
        ts_page_end(page);
        return;
    }
    fputs("<p>Over ", page->out);
    ts_html_text(page->out, sides.contrast->scope);
    fputs(". Brackets hold 95 % intervals, or the bound that seeing none leaves.</p>\n", page->out);
    ts_page_sides(page);
    fputs("<div class=\"plots\">\n", page->out);
    write_survival(&sides);
    write_classes(&sides);
    write_restarts(&sides);
    write_latency(&sides);
    write_distribution(&sides);
    write_depth(&sides);
    fputs("</div>\n", page->out);
    write_latency_gaps(&sides);
    ts_page_end(page);
}
