#include "reports/stability_html_parts.h"

#include "reports/figure.h"
#include "reports/html.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

unsigned ts_page_look(const struct ts_page *page, const char *mode)
{
    size_t index = ts_stability_mode_index(page->report, mode);
    return index == SIZE_MAX ? 0 : (unsigned)(index % TS_PLOT_SERIES_MAX) + 1;
}

struct ts_page_points {
    struct ts_page_points *next;
    struct ts_plot_point points[];
};

struct ts_plot_point *ts_page_points(struct ts_page *page, size_t count)
{
    struct ts_page_points *kept = NULL;
    if (count > 0) {
        kept = calloc(1, sizeof *kept + count * sizeof *kept->points);
        page->no_memory = page->no_memory || kept == NULL;
    }
    if (kept == NULL) {
        return NULL;
    }
    kept->next = page->points;
    page->points = kept;
    return kept->points;
}

struct ts_page_line ts_page_line(struct ts_page *page, const char *name, size_t count)
{
    struct ts_plot_point *points = ts_page_points(page, count);
    return (struct ts_page_line){
        .series = {.name = name,
                   .look = ts_page_look(page, name),
                   .points = points,
                   .count = points != NULL ? count : 0},
        .points = points,
    };
}

struct ts_plot_series ts_page_series(struct ts_page *page, const char *name,
                                     const struct ts_stability_series *from, double scale)
{
    struct ts_page_line line = ts_page_line(page, name, from->count);
    for (size_t i = 0; i < line.series.count; i++) {
        line.points[i].x = from->points[i].x * scale;
        line.points[i].y = from->points[i].y;
    }
    return line.series;
}

void ts_page_plot(struct ts_page *page, const struct ts_plot_xy *plot)
{
    bool any = false;
    for (size_t i = 0; i < plot->count; i++) {
        any = any || plot->series[i].count > 0;
    }
    if (any) {
        ts_plot_xy(page->out, plot);
    }
    while (page->points != NULL) {
        struct ts_page_points *kept = page->points;
        page->points = kept->next;
        free(kept);
    }
}

void ts_page_begin(const struct ts_page *page, const char *id, const char *title)
{
    fprintf(page->out, "<section id=\"%s\" aria-labelledby=\"%s-h\">\n<h2 id=\"%s-h\">%s</h2>\n", id, id, id,
            title);
}

void ts_page_end(const struct ts_page *page)
{
    fputs("</section>\n", page->out);
}

void ts_page_begin_table(FILE *out, const char *caption, const char *const *heads, size_t count)
{
    fputs("<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"", out);
    ts_html_text(out, caption);
    fputs("\"><table>\n<caption>", out);
    ts_html_text(out, caption);
    fputs("</caption>\n", out);
    if (count > 0) {
        fputs("<thead>", out);
        ts_html_heads(out, heads, count);
        fputs("</thead>\n", out);
    }
}

void ts_page_end_table(FILE *out)
{
    fputs("</table></div>\n", out);
}

void ts_page_text(FILE *out, const char *text)
{
    ts_html_short(out, text, TS_PAGE_TEXT_MAX);
}

void ts_page_cell(FILE *out, const char *text)
{
    fputs("<td>", out);
    ts_page_text(out, text);
    fputs("</td>", out);
}

void ts_page_row_head(FILE *out, const char *text)
{
    fputs("<th scope=\"row\">", out);
    ts_page_text(out, text);
    fputs("</th>", out);
}

void ts_page_count_cell(FILE *out, int64_t count)
{
    struct ts_figure figure;
    fprintf(out, "<td class=\"n\">%s</td>",
            count == TS_STABILITY_UNKNOWN ? "\xe2\x80\x93" : ts_figure_count(&figure, count));
}

void ts_page_value_cell(FILE *out, enum ts_plot_unit unit, double value)
{
    struct ts_plot_text text;
    fprintf(out, "<td class=\"n\">%s</td>", ts_plot_value(&text, unit, value));
}

static void write_share(FILE *out, const struct ts_stability_share *share, const char *one,
                        const char *several)
{
    struct ts_figure k, n, low, high;
    if (share->n <= 0) {
        fputs("not known", out);
        return;
    }
    fprintf(out, "%s of %s%s", ts_figure_count(&k, share->k), ts_figure_count(&n, share->n),
            share->n == 1 ? one : several);
    if (share->k == 0) {
        fprintf(out, " (under %s %%)", ts_figure_percent_above(&high, share->high));
    } else {
        fprintf(out, " (%s to %s %%)", ts_figure_percent(&low, share->low),
                ts_figure_percent_above(&high, share->high));
    }
}

void ts_page_share(FILE *out, const struct ts_stability_share *share)
{
    write_share(out, share, "", "");
}

void ts_page_share_of_lives(FILE *out, const struct ts_stability_share *share)
{
    write_share(out, share, " life", " lives");
}

void ts_page_share_cell(FILE *out, const struct ts_stability_share *share)
{
    fputs("<td class=\"n\">", out);
    ts_page_share(out, share);
    fputs("</td>", out);
}

void ts_page_fact(FILE *out, const char *term, const char *text)
{
    if (text[0] != '\0') {
        fprintf(out, "<dt>%s</dt><dd>", term);
        ts_page_text(out, text);
        fputs("</dd>\n", out);
    }
}

void ts_page_copy(FILE *out, const char *text)
{
    if (text[0] != '\0') {
        fputs("<span class=\"copy\"><code>", out);
        ts_html_short(out, text, TS_PAGE_COMMAND_MAX);
        fputs("</code><button type=\"button\" class=\"js\" hidden=\"\">Copy</button></span>", out);
    }
}

void ts_page_fact_copy(FILE *out, const char *term, const char *text)
{
    if (text[0] != '\0') {
        fprintf(out, "<dt>%s</dt><dd>", term);
        ts_page_copy(out, text);
        fputs("</dd>\n", out);
    }
}

void ts_page_left_out(FILE *out, size_t shown, size_t total, const char *what)
{
    struct ts_figure figure;
    if (total > shown) {
        fprintf(out, "<p class=\"note\">%s more %s are not shown here.</p>\n",
                ts_figure_count(&figure, (int64_t)(total - shown)), what);
    }
}

void ts_page_nothing(FILE *out, const char *sentence)
{
    fprintf(out, "<p class=\"note\">%s</p>\n", sentence);
}
