/* The modes side by side, in figures. */
#include "reports/figure.h"
#include "reports/stability_html_parts.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

#define MODES_MAX TS_PLOT_SERIES_MAX
#define MS        1e-3
#define NS        1e-9

enum kind {
    KIND_COUNT,
    KIND_TIME,
    KIND_SHARE,
    KIND_MEDIAN,
    KIND_RATE,
    KIND_CPU,
    KIND_CPU_RESULT,
    KIND_BYTES
};

struct row {
    const char *name;
    enum kind kind;
    size_t offset; /* of the member in a mode */
};

#define MEMBER(name) offsetof(struct ts_stability_mode, name)

static const struct row rows_before[] = {
    {"Lives", KIND_COUNT, MEMBER(lives)},
    {"Lived in all", KIND_TIME, MEMBER(exposure_ms)},
    {"Lives that failed", KIND_SHARE, MEMBER(failures)},
    {"Plain lives that crashed", KIND_SHARE, MEMBER(crashes)},
    {"Median time to the first crash", KIND_MEDIAN, MEMBER(survival.median_ms)},
    {"Restarts a minute", KIND_RATE, MEMBER(restarts)},
    {"Results offered", KIND_COUNT, MEMBER(offered)},
    {"Results delivered", KIND_COUNT, MEMBER(delivered)},
    {"Results dropped", KIND_COUNT, MEMBER(dropped)},
    {"Results rejected", KIND_COUNT, MEMBER(rejected)},
    {"Results pending at the end", KIND_COUNT, MEMBER(pending)},
};

static const struct row rows_behind[] = {
    {"Most results on their way", KIND_COUNT, MEMBER(depth_max)},
    {"Processor time a second", KIND_CPU, MEMBER(cpu_ms_per_s)},
    {"Processor time a result", KIND_CPU_RESULT, MEMBER(cpu_us_a_result)},
    {"Most memory (RSS)", KIND_BYTES, MEMBER(peak_rss_bytes)},
};

struct table {
    FILE *out;
    const struct ts_stability_mode *modes;
    size_t count;
    const char
        *unknown[sizeof rows_before / sizeof *rows_before + sizeof rows_behind / sizeof *rows_behind + 1];
    size_t unknown_count; /* rows that no mode has anything for */
};

/* A bound is rounded up. */
static const char *bound_above(struct ts_figure *figure, double bound)
{
    return bound >= 100 && bound < 1e15 ? ts_figure_count(figure, (int64_t)ceil(bound))
                                        : ts_figure_rate_above(figure, bound);
}

static void write_rate_cell(FILE *out, const struct ts_stability_rate *rate)
{
    struct ts_plot_text value, low;
    struct ts_figure high;
    if (rate->events == 0) {
        fprintf(out, "<td class=\"n\">0 (under %s)</td>", bound_above(&high, rate->high));
    } else {
        fprintf(out, "<td class=\"n\">%s (%s to %s)</td>",
                ts_plot_value(&value, TS_PLOT_PLAIN, rate->per_minute),
                ts_plot_value(&low, TS_PLOT_PLAIN, rate->low), bound_above(&high, rate->high));
    }
}

static void write_median_cell(FILE *out, const struct ts_stability_estimate *estimate)
{
    struct ts_plot_text median, low, high;
    if (estimate->value == INFINITY) {
        fputs("<td class=\"n\">more than half lived on</td>", out);
    } else {
        fprintf(out, "<td class=\"n\">%s (%s to %s)</td>",
                ts_plot_value(&median, TS_PLOT_SECONDS, estimate->value * MS),
                ts_plot_value(&low, TS_PLOT_SECONDS, estimate->low * MS),
                ts_plot_value(&high, TS_PLOT_SECONDS, estimate->high * MS));
    }
}

static const void *member(const struct ts_stability_mode *mode, const struct row *row)
{
    return (const char *)mode + row->offset;
}

static bool is_known(const struct ts_stability_mode *mode, const struct row *row)
{
    switch (row->kind) {
    case KIND_COUNT:
    case KIND_BYTES:
    case KIND_TIME:
        return *(const int64_t *)member(mode, row) != TS_STABILITY_UNKNOWN;
    case KIND_SHARE:
        return ((const struct ts_stability_share *)member(mode, row))->n > 0;
    case KIND_MEDIAN:
        return !isnan(((const struct ts_stability_estimate *)member(mode, row))->value);
    case KIND_RATE:
        return ((const struct ts_stability_rate *)member(mode, row))->elapsed_ms > 0;
    case KIND_CPU:
    case KIND_CPU_RESULT:
        break;
    }
    return !isnan(*(const double *)member(mode, row));
}

static void write_known(FILE *out, const struct ts_stability_mode *mode, const struct row *row)
{
    struct ts_figure figure;
    switch (row->kind) {
    case KIND_COUNT:
        ts_page_count_cell(out, *(const int64_t *)member(mode, row));
        break;
    case KIND_BYTES:
        ts_page_value_cell(out, TS_PLOT_BYTES, (double)*(const int64_t *)member(mode, row));
        break;
    case KIND_TIME:
        ts_page_value_cell(out, TS_PLOT_SECONDS, (double)*(const int64_t *)member(mode, row) * MS);
        break;
    case KIND_SHARE:
        ts_page_share_cell(out, member(mode, row));
        break;
    case KIND_MEDIAN:
        write_median_cell(out, member(mode, row));
        break;
    case KIND_RATE:
        write_rate_cell(out, member(mode, row));
        break;
    case KIND_CPU:
    case KIND_CPU_RESULT:
        fprintf(out, "<td class=\"n\">%s %s</td>",
                ts_figure_rate(&figure, *(const double *)member(mode, row)),
                row->kind == KIND_CPU ? "ms" : "\xc2\xb5s");
        break;
    }
}

static void write_nothing(FILE *out, bool ran)
{
    fputs(ran ? "<td class=\"n\">\xe2\x80\x93</td>" : "<td class=\"n note\">not run</td>", out);
}

static void write_row(struct table *table, const struct row *row)
{
    bool any = false;
    for (size_t i = 0; i < table->count; i++) {
        any = any || (table->modes[i].ran && is_known(&table->modes[i], row));
    }
    if (!any) {
        table->unknown[table->unknown_count++] = row->name;
        return;
    }
    fprintf(table->out, "<tr><th scope=\"row\">%s</th>", row->name);
    for (size_t i = 0; i < table->count; i++) {
        if (table->modes[i].ran && is_known(&table->modes[i], row)) {
            write_known(table->out, &table->modes[i], row);
        } else {
            write_nothing(table->out, table->modes[i].ran);
        }
    }
    fputs("</tr>\n", table->out);
}

/* Of the modes that have any, each quantile that the first of them has. */
static void write_quantile_rows(struct table *table)
{
    const struct ts_stability_latency *first = NULL;
    FILE *out = table->out;
    for (size_t i = 0; i < table->count && first == NULL; i++) {
        first = table->modes[i].latency.samples > 0 ? &table->modes[i].latency : NULL;
    }
    if (first == NULL) {
        table->unknown[table->unknown_count++] = "Latency";
        return;
    }
    for (size_t j = 0; j < first->quantile_count; j++) {
        fputs("<tr><th scope=\"row\">Latency ", out);
        ts_page_text(out, first->quantiles[j].name);
        fputs("</th>", out);
        for (size_t i = 0; i < table->count; i++) {
            const struct ts_stability_latency *latency = &table->modes[i].latency;
            if (latency->samples > 0 && j < latency->quantile_count && latency->quantiles[j].ns >= 0) {
                ts_page_value_cell(out, TS_PLOT_SECONDS, (double)latency->quantiles[j].ns * NS);
            } else {
                write_nothing(out, table->modes[i].ran);
            }
        }
        fputs("</tr>\n", out);
    }
}

void ts_page_sides(struct ts_page *page)
{
    const struct ts_stability_contrast *contrast = &page->report->contrast;
    struct table table = {.out = page->out, .modes = contrast->modes};
    const char *heads[MODES_MAX + 1] = {""};
    char names[MODES_MAX][64];
    table.count = contrast->mode_count < MODES_MAX ? contrast->mode_count : MODES_MAX;
    for (size_t i = 0; i < table.count; i++) {
        snprintf(names[i], sizeof names[i], "#%s", contrast->modes[i].name);
        heads[i + 1] = names[i];
    }
    ts_page_begin_table(page->out, "Side by side", heads, table.count + 1);
    fputs("<tbody>\n", page->out);
    for (size_t i = 0; i < sizeof rows_before / sizeof *rows_before; i++) {
        write_row(&table, &rows_before[i]);
    }
    write_quantile_rows(&table);
    for (size_t i = 0; i < sizeof rows_behind / sizeof *rows_behind; i++) {
        write_row(&table, &rows_behind[i]);
    }
    fputs("</tbody>\n", page->out);
    ts_page_end_table(page->out);
    for (size_t i = 0; i < table.unknown_count; i++) {
        fprintf(page->out, i == 0 ? "<p class=\"note\">Not recorded in any mode: %s" : "; %s",
                table.unknown[i]);
    }
    fputs(table.unknown_count > 0 ? ".</p>\n" : "", page->out);
}
