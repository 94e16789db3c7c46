/* Bars of parts, values with intervals, and the cells of a matrix. */
#include "reports/plot_parts.h"

#include "reports/figure.h"
#include "reports/html.h"

#include <math.h>

#define LEFT       104.0
#define RIGHT      386.0
#define TOP        8.0
#define ROW        24.0
#define BELOW      36.0
#define NAME_CHARS 17u

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* A row's name, whole where there is no room for it on the axis. */
static void draw_name(FILE *out, const char *name, double y)
{
    fprintf(out, "<text class=\"e\" x=\"%.1f\" y=\"%.1f\">", LEFT - 6, y);
    ts_html_short(out, name, NAME_CHARS);
    fputs("</text>\n", out);
}

/* --- stacked --- */

/* Each part's pattern, so that none is told by its colour alone. */
static void define_patterns(FILE *out, const char *id, size_t count)
{
    static const char *const shapes[TS_PLOT_SERIES_MAX] = {
        "",
        "M0 0l8 8M-2 6l4 4M6-2l4 4",
        "M2 2h1v1h-1zM6 6h1v1h-1z",
        "M0 2h8M0 6h8",
        "M2 0v8M6 0v8",
        "M0 8l8-8M-2 2l4-4M6 10l4-4",
        "M0 0h8v8h-8z",
        "M0 0l8 8M8 0l-8 8",
    };
    fputs("<defs>", out);
    for (size_t i = 0; i < count; i++) {
        fprintf(out,
                "<pattern id=\"%s-p%zu\" width=\"8\" height=\"8\" patternUnits=\"userSpaceOnUse\"><path "
                "class=\"f "
                "k%zu\" stroke=\"none\" d=\"M0 0h8v8h-8z\"/><path d=\"%s\" stroke=\"var(--paper)\" "
                "stroke-width=\"1.4\" fill=\"none\"/></pattern>",
                id, i, i, shapes[i]);
    }
    fputs("</defs>\n", out);
}

static int64_t row_sum(const struct ts_plot_stack *stack, size_t row)
{
    int64_t sum = 0;
    for (size_t i = 0; i < stack->part_count; i++) {
        int64_t value = stack->values[row * stack->part_count + i];
        sum += value > 0 ? value : 0;
    }
    return sum;
}

static void draw_stack_row(FILE *out, const struct ts_plot_stack *stack, const struct ts_plot_scale *x,
                           size_t parts, size_t row)
{
    struct ts_figure figure;
    double y = TOP + ROW * (double)row;
    int64_t sum = 0;
    draw_name(out, stack->rows[row], y + 15);
    for (size_t i = 0; i < parts; i++) {
        int64_t value = stack->values[row * stack->part_count + i];
        if (value <= 0) {
            continue;
        }
        double from = ts_plot_place(x, (double)sum), to = ts_plot_place(x, (double)(sum + value));
        fprintf(out,
                "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" fill=\"url(#%s-p%zu)\" "
                "stroke=\"var(--ink)\" stroke-width=\".6\"/>",
                from, y + 3, fmax(to - from, 0.4), ROW - 7, stack->head.id, i);
        sum += value;
    }
    fprintf(out, "<text x=\"%.1f\" y=\"%.1f\">%s</text>\n", ts_plot_place(x, (double)sum) + 4, y + 15,
            ts_figure_count(&figure, row_sum(stack, row)));
}

static void write_stack_legend(FILE *out, const struct ts_plot_stack *stack, size_t parts, size_t rows)
{
    fputs("<ul class=\"legend\">\n", out);
    for (size_t i = 0; i < parts; i++) {
        fprintf(out,
                "<li><svg width=\"22\" height=\"14\" viewBox=\"0 0 22 14\" aria-hidden=\"true\"><rect "
                "x=\"0\" y=\"0\" "
                "width=\"22\" height=\"14\" fill=\"url(#%s-p%zu)\" stroke=\"var(--ink)\" "
                "stroke-width=\".6\"/></svg>",
                stack->head.id, i);
        ts_html_text(out, stack->parts[i]);
        fputs("</li>\n", out);
    }
    if (parts < stack->part_count) {
        fprintf(out, "<li>%zu more are only in the numbers</li>\n", stack->part_count - parts);
    }
    if (rows < stack->row_count) {
        fprintf(out, "<li>%zu more rows are not shown</li>\n", stack->row_count - rows);
    }
    fputs("</ul>\n", out);
}

static void write_stack_table(FILE *out, const struct ts_plot_stack *stack, size_t rows)
{
    struct ts_figure figure;
    ts_plot_begin_table(out);
    fputs("<tr><th scope=\"col\">", out);
    ts_html_text(out, stack->row_label);
    fputs("</th>", out);
    for (size_t i = 0; i < stack->part_count; i++) {
        fputs("<th scope=\"col\" class=\"n\">", out);
        ts_html_text(out, stack->parts[i]);
        fputs("</th>", out);
    }
    fputs("<th scope=\"col\" class=\"n\">all</th></tr>\n", out);
    for (size_t row = 0; row < rows; row++) {
        fputs("<tr><th scope=\"row\">", out);
        ts_html_text(out, stack->rows[row]);
        fputs("</th>", out);
        for (size_t i = 0; i < stack->part_count; i++) {
            fprintf(out, "<td class=\"n\">%s</td>",
                    ts_figure_count(&figure, stack->values[row * stack->part_count + i]));
        }
        fprintf(out, "<td class=\"n\">%s</td></tr>\n", ts_figure_count(&figure, row_sum(stack, row)));
    }
    ts_plot_end_table(out);
}

void ts_plot_stack(FILE *out, const struct ts_plot_stack *stack)
{
    size_t rows = least(stack->row_count, TS_PLOT_BARS_MAX),
           parts = least(stack->part_count, TS_PLOT_SERIES_MAX);
    struct ts_plot_axis axis = {.label = stack->x_label};
    struct ts_plot_extent extent = {0};
    for (size_t i = 0; i < rows; i++) {
        ts_plot_extend(&extent, (double)row_sum(stack, i), false);
    }
    struct ts_plot_scale x =
        ts_plot_scale(&axis, &extent, LEFT, RIGHT - 30); /* the sum stands behind its bar */
    double bottom = TOP + ROW * (double)rows;
    ts_plot_begin(out, &stack->head, bottom + BELOW);
    define_patterns(out, stack->head.id, parts);
    ts_plot_axis_x(out, &axis, &x, TOP, bottom);
    for (size_t i = 0; i < rows; i++) {
        draw_stack_row(out, stack, &x, parts, i);
    }
    ts_plot_end_drawing(out);
    write_stack_legend(out, stack, parts, rows);
    write_stack_table(out, stack, rows);
    ts_plot_end(out);
}

/* --- intervals --- */

static double clamped(const struct ts_plot_scale *x, double value)
{
    if (value == INFINITY) {
        return x->to;
    }
    return ts_plot_has_place(x, value) ? ts_plot_place(x, value) : x->from;
}

static void draw_interval(FILE *out, const struct ts_plot_interval *row, const struct ts_plot_scale *x,
                          double y)
{
    draw_name(out, row->name, y + 4);
    if (isnan(row->value) || isnan(row->low) || isnan(row->high)) {
        fprintf(out, "<text class=\"q\" x=\"%.1f\" y=\"%.1f\">not known</text>\n", LEFT + 6, y + 4);
        return;
    }
    double low = clamped(x, row->low), high = clamped(x, row->high);
    fprintf(out, "<path class=\"l k0\" d=\"M%.1f %.1fH%.1f\"/>", low, y, high);
    if (!row->bound) {
        fprintf(out, "<path class=\"l k0\" d=\"M%.1f %.1fv8\"/>", low, y - 4);
    }
    if (row->high == INFINITY) {
        fprintf(out, "<path class=\"l k0\" d=\"M%.1f %.1fl6 4l-6 4\"/>", high - 6, y - 4);
    } else {
        fprintf(out, "<path class=\"l k0\" d=\"M%.1f %.1fv8\"/>", high, y - 4);
    }
    if (!row->bound) {
        ts_plot_marker(out, 0, clamped(x, row->value), y);
    } else {
        fprintf(out, "<path class=\"d k0\" d=\"M%.1f %.1fl8-4v8z\"/>", low, y);
    }
    fputc('\n', out);
}

static void write_interval_table(FILE *out, const struct ts_plot_intervals *plot, size_t rows)
{
    ts_plot_begin_table(out);
    fputs("<tr><th scope=\"col\">", out);
    ts_html_text(out, plot->row_label);
    fputs("</th><th scope=\"col\" class=\"n\">", out);
    ts_html_text(out, plot->x.label);
    fputs("</th><th scope=\"col\" class=\"n\">from</th><th scope=\"col\" class=\"n\">to</th></tr>\n", out);
    for (size_t i = 0; i < rows; i++) {
        const struct ts_plot_interval *row = &plot->rows[i];
        fputs("<tr><th scope=\"row\">", out);
        ts_html_text(out, row->name);
        fputs("</th>", out);
        if (row->bound) {
            fputs("<td class=\"n\">none seen</td><td class=\"n\">0</td>", out);
        } else {
            ts_plot_table_value(out, plot->x.unit, row->value);
            ts_plot_table_value(out, plot->x.unit, row->low);
        }
        ts_plot_table_value(out, plot->x.unit, row->high);
        fputs("</tr>\n", out);
    }
    ts_plot_end_table(out);
}

static void draw_upright_level(FILE *out, const struct ts_plot_level *level, const struct ts_plot_scale *x,
                               double bottom)
{
    if (level->name == NULL || !ts_plot_has_place(x, level->y)) {
        return;
    }
    double place = ts_plot_place(x, level->y);
    bool left = place > (LEFT + RIGHT) / 2;
    fprintf(out, "<path class=\"level\" d=\"M%.1f %.1fV%.1f\"/><text class=\"%s\" x=\"%.1f\" y=\"%.1f\">",
            place, TOP, bottom, left ? "e" : "s", place + (left ? -4 : 4), TOP + 9);
    ts_html_short(out, level->name, 40);
    fputs("</text>\n", out);
}

void ts_plot_intervals(FILE *out, const struct ts_plot_intervals *plot)
{
    size_t rows = least(plot->count, TS_PLOT_BARS_MAX);
    struct ts_plot_extent extent = {0};
    double first = TOP + (plot->level.name != NULL ? 14 : 0); /* the level's name has a line of its own */
    for (size_t i = 0; i < rows; i++) {
        ts_plot_extend(&extent, plot->rows[i].value, plot->x.log);
        ts_plot_extend(&extent, plot->rows[i].low, plot->x.log);
        ts_plot_extend(&extent, plot->rows[i].high, plot->x.log);
    }
    if (plot->level.name != NULL) {
        ts_plot_extend(&extent, plot->level.y, plot->x.log);
    }
    struct ts_plot_scale x = ts_plot_scale(&plot->x, &extent, LEFT, RIGHT);
    double bottom = first + ROW * (double)rows;
    ts_plot_begin(out, &plot->head, bottom + BELOW);
    ts_plot_axis_x(out, &plot->x, &x, TOP, bottom);
    draw_upright_level(out, &plot->level, &x, bottom);
    for (size_t i = 0; i < rows; i++) {
        draw_interval(out, &plot->rows[i], &x, first + ROW * ((double)i + 0.5));
    }
    ts_plot_end_drawing(out);
    fputs("<ul class=\"legend\"><li>circle: measured, between the ends of its 95 % "
          "interval</li><li>triangle: none "
          "seen, and the bound that this leaves at 95 %</li>",
          out);
    if (rows < plot->count) {
        fprintf(out, "<li>%zu more rows are not shown</li>", plot->count - rows);
    }
    fputs("</ul>\n", out);
    write_interval_table(out, plot, rows);
    ts_plot_end(out);
}

/* --- cells --- */

struct state_look {
    const char *style, *symbol, *meaning;
};

static const struct state_look looks[] = {
    [TS_PLOT_NOT_RUN] = {"st-none", "\xe2\x80\x93", "not run"},
    [TS_PLOT_PASSED] = {"st-pass", "\xe2\x9c\x93", "none failed"},
    [TS_PLOT_FAILED] = {"st-fail", "\xe2\x9c\x97", "failed, and must not"},
    [TS_PLOT_FAILED_AS_IT_MUST] = {"st-must", "\xe2\x97\x8f", "failed, as it must"},
    [TS_PLOT_FAILED_KNOWN] = {"st-known", "\xe2\x97\x86", "failed, in ways that somebody owns"},
    [TS_PLOT_UNDECIDED] = {"st-open", "?",
                           "not decided: nothing dangerous occurred, or a detector was blind"},
};

void ts_plot_cell(FILE *out, const struct ts_plot_cell *cell)
{
    struct ts_figure failed, lives;
    const struct state_look *look = &looks[cell->state];
    fprintf(out, "<td class=\"st %s\"><span role=\"img\" aria-label=\"%s\">%s</span>", look->style,
            look->meaning, look->symbol);
    if (cell->state != TS_PLOT_NOT_RUN) {
        fprintf(out, " %s/%s", ts_figure_count(&failed, cell->failed), ts_figure_count(&lives, cell->lives));
    }
    if (cell->note != NULL && cell->note[0] != '\0') {
        fputs("<small>", out);
        ts_html_text(out, cell->note);
        fputs("</small>", out);
    }
    fputs("</td>", out);
}

void ts_plot_cell_legend(FILE *out)
{
    fputs("<ul class=\"legend\">", out);
    for (size_t i = 0; i < sizeof looks / sizeof *looks; i++) {
        fprintf(out, "<li><span class=\"st %s\" aria-hidden=\"true\">&#160;%s&#160;</span> %s</li>",
                looks[i].style, looks[i].symbol, looks[i].meaning);
    }
    fputs("<li>numbers: lives that failed of lives</li></ul>\n", out);
}
