/* Lines over two axes: survival, quantiles, what changes with time, trends. */
#include "reports/plot_parts.h"

#include "reports/html.h"

#include <math.h>
#include <string.h>

#define HEIGHT  240.0
#define LEFT    48.0
#define RIGHT   390.0
#define TOP     22.0
#define BOTTOM  200.0
#define BUCKETS 300u /* a line of more than twice as many points keeps the least and the greatest of each */
#define SHIFT   5.0  /* between lines with whiskers */
#define CAP     2.0  /* half the end of a whisker */
#define APART   0.4  /* what is nearer than this to the point before is not drawn again */

struct view {
    FILE *out;
    const struct ts_plot_xy *plot;
    struct ts_plot_scale x, y;
    size_t shown; /* series */
};

static size_t look_of(const struct view *view, size_t index)
{
    unsigned look = view->plot->series[index].look;
    return look > 0 ? (look - 1) % TS_PLOT_SERIES_MAX : index;
}

static double shift_of(const struct view *view, size_t index)
{
    return view->plot->series[index].whiskers ? ((double)index - (double)(view->shown - 1) / 2) * SHIFT : 0;
}

/* --- scales --- */

static void extend_series(const struct ts_plot_xy *plot, const struct ts_plot_series *series,
                          struct ts_plot_extent *x, struct ts_plot_extent *y)
{
    for (size_t i = 0; i < series->count; i++) {
        const struct ts_plot_point *point = &series->points[i];
        ts_plot_extend(x, point->x, plot->x.log);
        ts_plot_extend(y, point->y, plot->y.log);
        if (series->band || series->whiskers) {
            ts_plot_extend(y, point->low, plot->y.log);
            ts_plot_extend(y, point->high, plot->y.log);
        }
    }
    for (size_t i = 0; i < series->mark_count; i++) {
        ts_plot_extend(x, series->marks[i].x, plot->x.log);
    }
    for (size_t i = 0; i < 2 && series->line_name != NULL; i++) {
        ts_plot_extend(y, series->line_y[i], plot->y.log);
    }
}

static void make_scales(struct view *view)
{
    struct ts_plot_extent x = {0}, y = {0};
    for (size_t i = 0; i < view->shown; i++) {
        extend_series(view->plot, &view->plot->series[i], &x, &y);
    }
    if (view->plot->level.name != NULL) {
        ts_plot_extend(&y, view->plot->level.y, view->plot->y.log);
    }
    view->x = ts_plot_scale(&view->plot->x, &x, LEFT, RIGHT);
    view->y = ts_plot_scale(&view->plot->y, &y, BOTTOM, TOP);
}

/* --- lines --- */

static bool is_drawable(const struct view *view, const struct ts_plot_point *point)
{
    return ts_plot_has_place(&view->x, point->x) && ts_plot_has_place(&view->y, point->y);
}

struct pen {
    FILE *out;
    bool stepped, down;
    double x, y;
};

static void draw_to(struct pen *pen, double x, double y, bool always)
{
    if (!pen->down) {
        fprintf(pen->out, "M%.1f %.1f", x, y);
    } else if (!always && fabs(x - pen->x) < APART && fabs(y - pen->y) < APART) {
        return;
    } else if (pen->stepped) {
        fprintf(pen->out, "H%.1fV%.1f", x, y);
    } else {
        fprintf(pen->out, "L%.1f %.1f", x, y);
    }
    pen->down = true;
    pen->x = x;
    pen->y = y;
}

static size_t bucket_end(const struct ts_plot_series *series, size_t from)
{
    if (series->stepped || series->count <= 2 * BUCKETS) {
        return from + 1;
    }
    size_t bucket = from * BUCKETS / series->count;
    size_t end = from + 1;
    while (end < series->count && end * BUCKETS / series->count == bucket) {
        end++;
    }
    return end;
}

static void draw_line(const struct view *view, const struct ts_plot_series *series, size_t kind, double shift)
{
    struct pen pen = {.out = view->out, .stepped = series->stepped};
    fprintf(view->out, "<path class=\"l k%zu\" d=\"", kind);
    for (size_t i = 0, end; i < series->count; i = end) {
        size_t least = i, most = i;
        end = bucket_end(series, i);
        for (size_t j = i; j < end; j++) {
            least = series->points[j].y < series->points[least].y ? j : least;
            most = series->points[j].y > series->points[most].y ? j : most;
        }
        size_t first = least < most ? least : most, second = least < most ? most : least;
        for (size_t at = first;; at = second) {
            const struct ts_plot_point *point = &series->points[at];
            if (is_drawable(view, point)) {
                draw_to(&pen, ts_plot_place(&view->x, point->x) + shift, ts_plot_place(&view->y, point->y),
                        end == series->count && at == second);
            } else {
                pen.down = false; /* a gap */
            }
            if (at == second) {
                break;
            }
        }
    }
    fputs("\"/>\n", view->out);
}

static bool has_band(const struct view *view, const struct ts_plot_point *point)
{
    return ts_plot_has_place(&view->x, point->x) && ts_plot_has_place(&view->y, point->low) &&
           ts_plot_has_place(&view->y, point->high);
}

/* Along the upper edge, and back along the lower. */
static void draw_band(const struct view *view, const struct ts_plot_series *series, size_t kind)
{
    struct pen pen = {.out = view->out, .stepped = series->stepped};
    double before = NAN;
    fprintf(view->out, "<path class=\"b k%zu\" d=\"", kind);
    for (size_t i = 0; i < series->count; i++) {
        const struct ts_plot_point *point = &series->points[i];
        if (has_band(view, point)) {
            draw_to(&pen, ts_plot_place(&view->x, point->x), ts_plot_place(&view->y, point->high), true);
        }
    }
    for (size_t i = series->count; i-- > 0 && pen.down;) {
        const struct ts_plot_point *point = &series->points[i];
        if (!has_band(view, point)) {
            continue;
        }
        double x = ts_plot_place(&view->x, point->x), y = ts_plot_place(&view->y, point->low);
        if (series->stepped && !isnan(before)) {
            fprintf(view->out, "L%.1f %.1fL%.1f %.1f", before, y, x, y);
        } else {
            fprintf(view->out, "L%.1f %.1f", x, y);
        }
        before = x;
    }
    fputs(pen.down ? "Z\"/>\n" : "\"/>\n", view->out);
}

static void draw_whiskers(const struct view *view, const struct ts_plot_series *series, size_t kind,
                          double shift)
{
    if (!series->whiskers) {
        return;
    }
    fprintf(view->out, "<path class=\"t k%zu\" d=\"", kind);
    for (size_t i = 0; i < series->count; i++) {
        const struct ts_plot_point *point = &series->points[i];
        if (has_band(view, point)) {
            double x = ts_plot_place(&view->x, point->x) + shift;
            fprintf(view->out, "M%.1f %.1fh%.1fm%.1f 0V%.1fm%.1f 0h%.1f", x - CAP,
                    ts_plot_place(&view->y, point->low), 2 * CAP, -CAP, ts_plot_place(&view->y, point->high),
                    -CAP, 2 * CAP);
        }
    }
    fputs("\"/>\n", view->out);
}

static void draw_dots(const struct view *view, const struct ts_plot_series *series, size_t kind, double shift)
{
    double before = NAN;
    for (size_t i = 0; i < series->count && series->dots; i++) {
        const struct ts_plot_point *point = &series->points[i];
        if (!is_drawable(view, point)) {
            continue;
        }
        double x = ts_plot_place(&view->x, point->x) + shift;
        if (isnan(before) || fabs(x - before) >= 1 || i + 1 == series->count) {
            ts_plot_marker(view->out, kind, x, ts_plot_place(&view->y, point->y));
            before = x;
        }
    }
    fputs(series->dots ? "\n" : "", view->out);
}

/* Those who left without an event, as short strokes across the line. */
static void draw_marks(const struct view *view, const struct ts_plot_series *series, size_t kind)
{
    double before_x = NAN, before_y = NAN;
    if (series->mark_count == 0) {
        return;
    }
    fprintf(view->out, "<path class=\"t k%zu\" d=\"", kind);
    for (size_t i = 0; i < series->mark_count; i++) {
        if (!is_drawable(view, &series->marks[i])) {
            continue;
        }
        double x = ts_plot_place(&view->x, series->marks[i].x),
               y = ts_plot_place(&view->y, series->marks[i].y);
        if (isnan(before_x) || fabs(x - before_x) >= 1 || fabs(y - before_y) >= 1) {
            fprintf(view->out, "M%.1f %.1fv-8", x, y + 4);
            before_x = x;
            before_y = y;
        }
    }
    fputs("\"/>\n", view->out);
}

static void draw_fit(const struct view *view, const struct ts_plot_series *series, size_t kind)
{
    bool placed = series->line_name != NULL;
    for (size_t i = 0; i < 2 && placed; i++) {
        placed =
            ts_plot_has_place(&view->x, series->line_x[i]) && ts_plot_has_place(&view->y, series->line_y[i]);
    }
    if (placed) {
        fprintf(view->out, "<path class=\"fit k%zu\" d=\"M%.1f %.1fL%.1f %.1f\"/>\n", kind,
                ts_plot_place(&view->x, series->line_x[0]), ts_plot_place(&view->y, series->line_y[0]),
                ts_plot_place(&view->x, series->line_x[1]), ts_plot_place(&view->y, series->line_y[1]));
    }
}

static void draw(const struct view *view)
{
    const struct ts_plot_level *level = &view->plot->level;
    ts_plot_axis_x(view->out, &view->plot->x, &view->x, TOP, BOTTOM);
    ts_plot_axis_y(view->out, &view->plot->y, &view->y, LEFT, RIGHT);
    for (size_t i = 0; i < view->shown; i++) {
        if (view->plot->series[i].band) {
            draw_band(view, &view->plot->series[i], look_of(view, i));
        }
    }
    if (level->name != NULL && ts_plot_has_place(&view->y, level->y)) {
        double y = ts_plot_place(&view->y, level->y);
        fprintf(view->out,
                "<path class=\"level\" d=\"M%.1f %.1fH%.1f\"/><text class=\"e\" x=\"%.1f\" y=\"%.1f\">", LEFT,
                y, RIGHT, RIGHT - 2, y > TOP + 12 ? y - 3 : y + 11);
        ts_html_short(view->out, level->name, 48);
        fputs("</text>\n", view->out);
    }
    for (size_t i = 0; i < view->shown; i++) {
        const struct ts_plot_series *series = &view->plot->series[i];
        size_t look = look_of(view, i);
        draw_line(view, series, look, shift_of(view, i));
        draw_fit(view, series, look);
        draw_whiskers(view, series, look, shift_of(view, i));
        draw_marks(view, series, look);
        draw_dots(view, series, look, shift_of(view, i));
    }
}

/* --- legend and table --- */

static void write_swatch(FILE *out, const char *style, size_t kind, bool dot)
{
    fprintf(
        out,
        "<svg width=\"30\" height=\"12\" viewBox=\"0 0 30 12\" aria-hidden=\"true\"><path class=\"%s k%zu\" "
        "d=\"M0 6H30\"/>",
        style, kind);
    if (dot) {
        ts_plot_marker(out, kind, 15, 6);
    }
    fputs("</svg>", out);
}

static void write_legend(const struct view *view)
{
    bool marks = false, band = false, whiskers = false;
    FILE *out = view->out;
    if (view->plot->count == 1 && strcmp(view->plot->series[0].name, view->plot->head.title) == 0 &&
        view->plot->series[0].line_name == NULL) {
        return; /* it would say the title again */
    }
    fputs("<ul class=\"legend\">\n", out);
    for (size_t i = 0; i < view->shown; i++) {
        const struct ts_plot_series *series = &view->plot->series[i];
        fputs("<li>", out);
        write_swatch(out, "l", look_of(view, i), series->dots);
        ts_html_text(out, series->name);
        fputs("</li>\n", out);
        if (series->line_name != NULL) {
            fputs("<li>", out);
            write_swatch(out, "fit", look_of(view, i), false);
            ts_html_text(out, series->line_name);
            fputs("</li>\n", out);
        }
        marks = marks || series->mark_count > 0;
        band = band || series->band;
        whiskers = whiskers || series->whiskers;
    }
    if (marks && view->plot->marks_name != NULL) {
        fputs("<li><svg width=\"14\" height=\"12\" viewBox=\"0 0 14 12\" aria-hidden=\"true\"><path "
              "class=\"axis\" "
              "d=\"M0 6H14M7 2v8\"/></svg>",
              out);
        ts_html_text(out, view->plot->marks_name);
        fputs("</li>\n", out);
    }
    if (band) {
        fputs("<li>shaded: 95 % confidence</li>\n", out);
    }
    if (whiskers) {
        fputs("<li>upright lines: 95 % confidence</li>\n", out);
    }
    if (view->plot->count > view->shown) {
        fprintf(out, "<li>%zu more are not drawn</li>\n", view->plot->count - view->shown);
    }
    fputs("</ul>\n", out);
}

static void write_rows(const struct view *view, const struct ts_plot_series *series, bool bands)
{
    size_t shown = series->count < TS_PLOT_TABLE_MAX ? series->count : TS_PLOT_TABLE_MAX;
    bool bounded = series->band || series->whiskers;
    for (size_t i = 0; i < shown; i++) {
        /* The first and the last are among them. */
        size_t at = shown > 1 ? i * (series->count - 1) / (shown - 1) : 0;
        const struct ts_plot_point *point = &series->points[at];
        fputs("<tr><th scope=\"row\">", view->out);
        ts_html_text(view->out, series->name);
        fputs("</th>", view->out);
        ts_plot_table_value(view->out, view->plot->x.unit, point->x);
        ts_plot_table_value(view->out, view->plot->y.unit, point->y);
        if (bands) {
            ts_plot_table_value(view->out, view->plot->y.unit, bounded ? point->low : NAN);
            ts_plot_table_value(view->out, view->plot->y.unit, bounded ? point->high : NAN);
        }
        fputs("</tr>\n", view->out);
    }
    if (shown < series->count) {
        fprintf(view->out, "<tr><td colspan=\"%d\">%zu of %zu values, evenly spread</td></tr>\n",
                bands ? 5 : 3, shown, series->count);
    }
}

static void write_table(const struct view *view)
{
    bool bands = false;
    for (size_t i = 0; i < view->shown; i++) {
        bands = bands || view->plot->series[i].band || view->plot->series[i].whiskers;
    }
    ts_plot_begin_table(view->out);
    fputs("<tr><th scope=\"col\">Line</th><th scope=\"col\" class=\"n\">", view->out);
    ts_html_text(view->out, view->plot->x.label);
    fputs("</th><th scope=\"col\" class=\"n\">", view->out);
    ts_html_text(view->out, view->plot->y.label);
    fputs(bands ? "</th><th scope=\"col\" class=\"n\">from</th><th scope=\"col\" class=\"n\">to</th></tr>\n"
                : "</th></tr>\n",
          view->out);
    for (size_t i = 0; i < view->shown; i++) {
        write_rows(view, &view->plot->series[i], bands);
    }
    ts_plot_end_table(view->out);
}

void ts_plot_xy(FILE *out, const struct ts_plot_xy *plot)
{
    struct view view = {.out = out, .plot = plot};
    view.shown = plot->count < TS_PLOT_SERIES_MAX ? plot->count : TS_PLOT_SERIES_MAX;
    make_scales(&view);
    ts_plot_begin(out, &plot->head, HEIGHT);
    draw(&view);
    ts_plot_end_drawing(out);
    write_legend(&view);
    write_table(&view);
    ts_plot_end(out);
}
