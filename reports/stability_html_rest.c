/* What changes with time: resources within a life, failures over commits. And the limits. */
#include "reports/figure.h"
#include "reports/html.h"
#include "reports/stability_html_parts.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#define DRAWN_LIVES 4u
#define WHISKERS    30u /* runs that have room for one each */
#define MS          1e-3
#define COMMITS     6u /* that the trend's axis names */

/* --- resources --- */

static void write_estimate_cell(FILE *out, enum ts_plot_unit unit,
                                const struct ts_stability_estimate *estimate)
{
    struct ts_plot_text value, low, high;
    if (isnan(estimate->value)) {
        fputs("<td class=\"n\">lived too briefly</td>", out);
        return;
    }
    if (isinf(estimate->low) && isinf(estimate->high)) {
        fprintf(out, "<td class=\"n\">%s (not bounded)</td>", ts_plot_value(&value, unit, estimate->value));
        return;
    }
    fprintf(out, "<td class=\"n\">%s (%s to %s)</td>", ts_plot_value(&value, unit, estimate->value),
            ts_plot_value(&low, unit, estimate->low), ts_plot_value(&high, unit, estimate->high));
}

/* The slope's line, laid under the values: it touches the lowest. */
static void lay_line(struct ts_plot_series *series, double slope_a_minute)
{
    double slope = slope_a_minute / 60, base = INFINITY;
    for (size_t i = series->count / 4; i < series->count; i++) {
        double under = series->points[i].y - slope * series->points[i].x;
        base = under < base ? under : base;
    }
    if (isfinite(base) && series->count > 1) {
        series->line_x[0] = series->points[series->count / 4].x;
        series->line_x[1] = series->points[series->count - 1].x;
        series->line_y[0] = base + slope * series->line_x[0];
        series->line_y[1] = base + slope * series->line_x[1];
    } else {
        series->line_name = NULL;
    }
}

static void write_curve(struct ts_page *page, const char *id, const char *title,
                        const struct ts_stability_resource *life, const struct ts_stability_series *from,
                        enum ts_plot_unit unit, const struct ts_stability_estimate *slope)
{
    struct ts_plot_series series = ts_page_series(page, title, from, MS);
    struct ts_plot_text growth;
    char line[80], says[256];
    series.stepped = unit != TS_PLOT_BYTES;
    if (!isnan(slope->value)) {
        snprintf(line, sizeof line, "growth of the troughs: %s a minute",
                 ts_plot_value(&growth, unit, slope->value));
        series.line_name = line;
        lay_line(&series, slope->value);
    }
    snprintf(says, sizeof says, "%.60s, %.30s, %.30s: cell %" PRId64 ", life %" PRId64 ".", life->scenario,
             life->mode, life->flavour, life->cell, life->life);
    const struct ts_plot_xy plot = {
        .head = {id, title, says},
        .x = {.label = "age of the life", .unit = TS_PLOT_SECONDS, .tight = true},
        .y = {.label = title, .unit = unit},
        .series = &series,
        .count = 1,
    };
    ts_page_plot(page, &plot);
}

static void write_curves(struct ts_page *page, const struct ts_stability_resource *life, size_t number)
{
    char id[32];
    snprintf(id, sizeof id, "rss-%zu", number);
    write_curve(page, id, "Memory (RSS)", life, &life->rss_bytes, TS_PLOT_BYTES, &life->rss_slope);
    snprintf(id, sizeof id, "fds-%zu", number);
    write_curve(page, id, "Open descriptors", life, &life->fds, TS_PLOT_PLAIN, &life->fds_slope);
    snprintf(id, sizeof id, "threads-%zu", number);
    write_curve(page, id, "Threads", life, &life->threads, TS_PLOT_PLAIN, &life->threads_slope);
}

static void write_lives(FILE *out, const struct ts_stability_resources *resources)
{
    static const char *const heads[] = {"Scenario",
                                        "Mode",
                                        "Flavour",
                                        "#Cell, life",
                                        "#Lived",
                                        "#RSS at its peak",
                                        "#RSS growth a minute",
                                        "#Descriptors",
                                        "#Threads"};
    ts_page_begin_table(out, "Growth of the troughs a minute, with 95 % intervals", heads, 9);
    fputs("<tbody>\n", out);
    for (size_t i = 0; i < resources->count; i++) {
        const struct ts_stability_resource *life = &resources->items[i];
        fputs("<tr>", out);
        ts_page_row_head(out, life->scenario);
        ts_page_cell(out, life->mode);
        ts_page_cell(out, life->flavour);
        fprintf(out, "<td class=\"n\">%" PRId64 ", %" PRId64 "</td>", life->cell, life->life);
        ts_page_value_cell(out, TS_PLOT_SECONDS, (double)life->duration_ms / 1000);
        ts_page_value_cell(out, TS_PLOT_BYTES,
                           life->rss_peak_bytes == TS_STABILITY_UNKNOWN ? NAN : (double)life->rss_peak_bytes);
        write_estimate_cell(out, TS_PLOT_BYTES, &life->rss_slope);
        write_estimate_cell(out, TS_PLOT_PLAIN, &life->fds_slope);
        write_estimate_cell(out, TS_PLOT_PLAIN, &life->threads_slope);
        fputs("</tr>\n", out);
    }
    fputs("</tbody>\n", out);
    ts_page_end_table(out);
    ts_page_left_out(out, resources->count, resources->total, "lives with samples");
}

static void write_beats_cell(FILE *out, const struct ts_record_beats *beats)
{
    struct ts_plot_text mean, late, most;
    fprintf(out,
            "<td class=\"n\">%" PRId64 " came, %" PRId64
            " missed</td><td class=\"n\">%s, 99 %% to %s, most %s</td>",
            beats->beats, beats->missed, ts_plot_value(&mean, TS_PLOT_SECONDS, beats->gap_mean_ms / 1000),
            ts_plot_value(&late, TS_PLOT_SECONDS, beats->gap_p99_ms / 1000),
            ts_plot_value(&most, TS_PLOT_SECONDS, beats->gap_most_ms / 1000));
}

static void write_soaks(FILE *out, const struct ts_stability_resources *resources)
{
    static const char *const heads[] = {
        "Scenario",    "Mode",   "Flavour",   "#Cell, life", "#Lived",   "#RSS growth an hour",
        "#Beat every", "#Heart", "#Its gaps", "#Witness",    "#Its gaps"};
    if (resources->soak_total == 0) {
        return;
    }
    ts_page_begin_table(out, "Lives that looked after their memory and their heartbeat themselves", heads,
                        11);
    fputs("<tbody>\n", out);
    for (size_t i = 0; i < resources->soak_count; i++) {
        const struct ts_stability_soak *soak = &resources->soaks[i];
        const struct ts_stability_estimate slope = {soak->slope.value * 1024, soak->slope.low * 1024,
                                                    soak->slope.high * 1024};
        fputs("<tr>", out);
        ts_page_row_head(out, soak->scenario);
        ts_page_cell(out, soak->mode);
        ts_page_cell(out, soak->flavour);
        fprintf(out, "<td class=\"n\">%" PRId64 ", %" PRId64 "</td>", soak->cell, soak->life);
        ts_page_value_cell(out, TS_PLOT_SECONDS, (double)soak->duration_ms / 1000);
        write_estimate_cell(out, TS_PLOT_BYTES, &slope);
        ts_page_value_cell(out, TS_PLOT_SECONDS, soak->heart.period_ms / 1000);
        write_beats_cell(out, &soak->heart);
        write_beats_cell(out, &soak->witness);
        fputs("</tr>\n", out);
    }
    fputs("</tbody>\n", out);
    ts_page_end_table(out);
    ts_page_left_out(out, resources->soak_count, resources->soak_total, "such lives");
    fputs("<p class=\"note\">" TS_STABILITY_SOAK_NOTE "</p>\n", out);
}

void ts_page_resources(struct ts_page *page)
{
    const struct ts_stability_resources *resources = &page->report->resources;
    ts_page_begin(page, "resources", "Resources");
    write_soaks(page->out, resources);
    if (resources->count == 0) {
        ts_page_nothing(page->out,
                        "No life beside canaries left samples of its memory, descriptors and threads.");
        ts_page_end(page);
        return;
    }
    fputs("<p>What grows in its troughs leaks; what only has peaks does not. Growth is told of lives of 20 s "
          "and "
          "more: it is no more than warming up before.</p>\n",
          page->out);
    write_lives(page->out, resources);
    fputs("<div class=\"plots\">\n", page->out);
    size_t drawn = 0;
    while (drawn < resources->count && drawn < DRAWN_LIVES &&
           (drawn == 0 || !isnan(resources->items[drawn].rss_slope.value))) {
        write_curves(page, &resources->items[drawn], drawn + 1);
        drawn++;
    }
    fputs("</div>\n", page->out);
    if (drawn < resources->count) {
        fputs("<p class=\"note\">Drawn are the first of the table.</p>\n", page->out);
    }
    ts_page_end(page);
}

/* --- trend --- */

static const struct ts_stability_share *share_of(const struct ts_stability_trend *run, const char *mode)
{
    for (size_t i = 0; i < run->mode_count; i++) {
        if (strcmp(run->modes[i].mode, mode) == 0) {
            return &run->modes[i].share;
        }
    }
    return NULL;
}

static size_t collect_modes(const struct ts_stability_trends *trends, const char *modes[TS_PLOT_SERIES_MAX])
{
    size_t count = 0;
    for (size_t i = 0; i < trends->count; i++) {
        for (size_t j = 0; j < trends->items[i].mode_count; j++) {
            size_t at = 0;
            while (at < count && strcmp(modes[at], trends->items[i].modes[j].mode) != 0) {
                at++;
            }
            if (at == count && count < TS_PLOT_SERIES_MAX) {
                modes[count++] = trends->items[i].modes[j].mode;
            }
        }
    }
    return count;
}

static void write_trend_plot(struct ts_page *page, const struct ts_stability_trends *trends,
                             const char *const *modes, size_t count)
{
    struct ts_plot_series series[TS_PLOT_SERIES_MAX];
    struct ts_plot_tick ticks[COMMITS];
    char names[COMMITS][9];
    size_t named = 0, apart = trends->count / COMMITS + 1;
    for (size_t i = 0; i < count; i++) {
        struct ts_page_line line = ts_page_line(page, modes[i], trends->count);
        for (size_t j = 0; j < line.series.count; j++) {
            const struct ts_stability_share *share = share_of(&trends->items[j], modes[i]);
            bool known = share != NULL && share->n > 0;
            line.points[j] =
                (struct ts_plot_point){(double)j + 1, known ? (double)share->k / (double)share->n : NAN,
                                       known ? share->low : NAN, known ? share->high : NAN};
        }
        line.series.dots = true;
        line.series.whiskers = trends->count <= WHISKERS;
        line.series.band = !line.series.whiskers;
        series[i] = line.series;
    }
    /* Each where it begins, as far as there is room. */
    for (size_t i = 0, next = 0; i < trends->count && named < COMMITS; i++) {
        bool begins = i == 0 || strcmp(trends->items[i].commit, trends->items[i - 1].commit) != 0;
        if (begins && i >= next) {
            snprintf(names[named], sizeof names[named], "%.7s", trends->items[i].commit);
            ticks[named] = (struct ts_plot_tick){(double)i + 1, names[named]};
            named++;
            next = i + apart;
        }
    }
    const struct ts_plot_xy plot = {
        .head = {"trend-plot", "Lives that failed, run by run",
                 "Oldest on the left; the axis names commits where their runs begin."},
        .x = {.label = "run",
              .low = 0.5,
              .high = (double)trends->count + 0.5,
              .ticks = ticks,
              .tick_count = named},
        .y = {.label = "lives that failed", .unit = TS_PLOT_SHARE},
        .series = series,
        .count = count,
    };
    ts_page_plot(page, &plot);
}

static void write_trend_row(FILE *out, const struct ts_stability_trend *run, const char *const *modes,
                            size_t count)
{
    fputs(run->of_report ? "<tr class=\"this\"><th scope=\"row\">" : "<tr><th scope=\"row\">", out);
    ts_page_text(out, run->started);
    fputs(run->of_report ? " (this report)</th><td><code>" : "</th><td><code>", out);
    ts_html_short(out, run->commit, 12);
    fputs(run->dirty ? "</code> with changes</td>" : "</code></td>", out);
    ts_page_cell(out, run->kind);
    ts_page_cell(out, run->verdict);
    ts_page_count_cell(out, run->lives);
    ts_page_count_cell(out, run->findings);
    for (size_t i = 0; i < count; i++) {
        const struct ts_stability_share *share = share_of(run, modes[i]);
        if (share != NULL && share->n > 0) {
            ts_page_share_cell(out, share);
        } else {
            ts_page_count_cell(out, TS_STABILITY_UNKNOWN);
        }
    }
    fputs("</tr>\n", out);
}

void ts_page_trend(struct ts_page *page)
{
    const struct ts_stability_trends *trends = &page->report->trends;
    const char *heads[6 + TS_PLOT_SERIES_MAX] = {"Began", "Commit", "Kind", "Verdict", "#Lives", "#Findings"};
    const char *modes[TS_PLOT_SERIES_MAX];
    char names[TS_PLOT_SERIES_MAX][64];
    size_t count = collect_modes(trends, modes);
    FILE *out = page->out;
    ts_page_begin(page, "trend", "Trend");
    if (trends->count == 0) {
        ts_page_nothing(out,
                        trends->file[0] == '\0' ? "No history was given." : "The history holds no run yet.");
        ts_page_end(page);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        snprintf(names[i], sizeof names[i], "#%.40s failed", modes[i]);
        heads[6 + i] = names[i];
    }
    write_trend_plot(page, trends, modes, count);
    ts_page_begin_table(out, "Runs, oldest first", heads, 6 + count);
    fputs("<tbody>\n", out);
    for (size_t i = 0; i < trends->count; i++) {
        write_trend_row(out, &trends->items[i], modes, count);
    }
    fputs("</tbody>\n", out);
    ts_page_end_table(out);
    ts_page_left_out(out, trends->count, trends->total, "older runs");
    fputs("<p class=\"note\">From ", out);
    ts_page_text(out, trends->file);
    fputs("</p>\n", out);
    ts_page_end(page);
}

/* --- limits --- */

void ts_page_limits(struct ts_page *page)
{
    static const char *const titles[] = {
        [TS_STABILITY_NOT_DONE] = "Not run",
        [TS_STABILITY_NOT_INSTRUMENTED] = "Not instrumented",
        [TS_STABILITY_ASSUMED] = "Assumed",
    };
    const struct ts_stability *report = page->report;
    FILE *out = page->out;
    ts_page_begin(page, "limits", "Limits");
    for (size_t kind = 0; kind < sizeof titles / sizeof *titles; kind++) {
        bool any = false;
        fprintf(out, "<h3>%s</h3>\n", titles[kind]);
        for (size_t i = 0; i < report->limit_count; i++) {
            if ((size_t)report->limits[i].kind == kind) {
                fputs(any ? "<li>" : "<ul>\n<li>", out);
                ts_page_text(out, report->limits[i].text);
                fputs("</li>\n", out);
                any = true;
            }
        }
        fputs(any ? "</ul>\n" : "<p class=\"note\">Nothing was told.</p>\n", out);
    }
    ts_page_end(page);
}
