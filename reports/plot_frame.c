/* What stands round the values: figure, axes, tables, style. */
#include "reports/plot_parts.h"

#include "reports/html.h"

#include <math.h>

/* clang-format off */
static const char css[] =
    ":root{--k0:#0b57d0;--k1:#b3261e;--k2:#146c2e;--k3:#8a4b00;--k4:#7b3fb0;--k5:#00696e;--k6:#6b5a00;"
    "  --k7:#a1317f;--faint:#dcdcdc;--good-bg:#e3f3e6;--bad-bg:#fbe3e1;--must-bg:#e3ebfa;"
    "  --open-bg:#fdf1d3;--known-bg:#f3e4f7;--none-bg:#e4e4e4}\n"
    "@media screen and (prefers-color-scheme:dark){\n"
    "  :root{--k0:#8ab4f8;--k1:#ff8a80;--k2:#81c995;--k3:#fbbc75;--k4:#d0a8ff;--k5:#7fd6dc;"
    "    --k6:#e6d16a;--k7:#ff9bd6;--faint:#34373d;--good-bg:#17311d;--bad-bg:#4a1c1a;--must-bg:#1c2b47;"
    "    --open-bg:#40330f;--known-bg:#3a2145;--none-bg:#2c2e33}\n"
    "}\n"
    ".plot{margin:1rem 0;max-width:36rem;min-width:0;break-inside:avoid}\n"
    ".plot figcaption{font-weight:600}\n"
    ".plot .says{font-weight:400;color:var(--muted);display:block;font-size:.9em}\n"
    ".plot svg.draw{display:block;width:100%;height:auto;overflow:visible;print-color-adjust:exact;"
    "  -webkit-print-color-adjust:exact}\n"
    ".plot svg text{fill:var(--ink);font:11px system-ui,sans-serif}\n"
    ".plot svg .m{text-anchor:middle}\n"
    ".plot svg .e{text-anchor:end}\n"
    ".plot svg .q{fill:var(--muted)}\n"
    ".plot .axis{stroke:var(--line);stroke-width:1;fill:none}\n"
    ".plot .grid{stroke:var(--faint);stroke-width:1;fill:none}\n"
    ".plot .level{stroke:var(--ink);stroke-width:1.2;stroke-dasharray:1 3;fill:none}\n"
    ".plot .l{fill:none;stroke-width:1.8;stroke-linejoin:round}\n"
    ".plot .fit{fill:none;stroke-width:1.2;stroke-dasharray:6 3}\n"
    ".plot .b{stroke:none;opacity:.14}\n"
    ".plot .t{fill:none;stroke-width:1.4}\n"
    ".plot .d{stroke-width:1.4;fill:var(--paper)}\n"
    ".k0{stroke:var(--k0);--k:var(--k0)}\n"
    ".k1{stroke:var(--k1);--k:var(--k1);stroke-dasharray:7 2}\n"
    ".k2{stroke:var(--k2);--k:var(--k2);stroke-dasharray:2 2}\n"
    ".k3{stroke:var(--k3);--k:var(--k3);stroke-dasharray:8 2 2 2}\n"
    ".k4{stroke:var(--k4);--k:var(--k4);stroke-dasharray:4 4}\n"
    ".k5{stroke:var(--k5);--k:var(--k5);stroke-dasharray:10 3}\n"
    ".k6{stroke:var(--k6);--k:var(--k6);stroke-dasharray:1 2}\n"
    ".k7{stroke:var(--k7);--k:var(--k7);stroke-dasharray:6 2 1 2 1 2}\n"
    ".plot .b{fill:var(--k)}\n"
    ".plot .d,.plot .t,.plot .f{stroke-dasharray:none}\n"
    ".plot .f{fill:var(--k)}\n"
    ".legend{list-style:none;margin:.2rem 0;padding:0;display:flex;flex-wrap:wrap;gap:.1rem 1rem;"
    "  font-size:.9em}\n"
    ".legend svg{vertical-align:middle;margin-right:.35rem;overflow:visible;print-color-adjust:exact;"
    "  -webkit-print-color-adjust:exact}\n"
    ".legend li{overflow-wrap:anywhere;min-width:0}\n"
    ".numbers{font-size:.85em}\n"
    ".numbers summary{color:var(--muted);cursor:pointer}\n"
    "td.st{text-align:center;white-space:nowrap;print-color-adjust:exact;"
    "  -webkit-print-color-adjust:exact}\n"
    "td.st small{display:block;white-space:normal}\n"
    ".st-pass{background:var(--good-bg)}\n"
    ".st-fail{background:var(--bad-bg);font-weight:700}\n"
    ".st-must{background:var(--must-bg)}\n"
    ".st-known{background:var(--known-bg)}\n"
    ".st-open{background:var(--open-bg)}\n"
    ".st-none{background:var(--none-bg);color:var(--muted)}\n"
    "@media screen and (max-width:30rem){\n"
    "  .plot svg text{font-size:13px}\n"
    "}\n"
    "@media print{\n"
    "  .numbers:not([open]){display:none}\n"
    "  .plot{max-width:27rem}\n"
    "}\n";
/* clang-format on */

void ts_plot_css(FILE *out)
{
    fputs(css, out);
}

void ts_plot_begin(FILE *out, const struct ts_plot_head *head, double height)
{
    fprintf(out, "<figure class=\"plot\" id=\"%s\">\n<figcaption>", head->id);
    ts_html_text(out, head->title);
    fputs(" <span class=\"says\">", out);
    ts_html_text(out, head->description);
    fprintf(
        out,
        "</span></figcaption>\n<svg class=\"draw\" role=\"img\" aria-labelledby=\"%s-t %s-d\" viewBox=\"0 0 "
        "%.0f %.0f\">\n<title id=\"%s-t\">",
        head->id, head->id, TS_PLOT_WIDTH, height, head->id);
    ts_html_text(out, head->title);
    fprintf(out, "</title><desc id=\"%s-d\">", head->id);
    ts_html_text(out, head->description);
    fputs("</desc>\n", out);
}

void ts_plot_end_drawing(FILE *out)
{
    fputs("</svg>\n", out);
}

void ts_plot_end(FILE *out)
{
    fputs("</figure>\n", out);
}

static void write_axis_label(FILE *out, const char *label, const char *suffix)
{
    ts_html_text(out, label);
    if (suffix[0] != '\0') {
        fprintf(out, " (%s)", suffix);
    }
}

/* What tick `index` says, at `*at`. */
static const char *tick_text(struct ts_plot_text *text, const struct ts_plot_axis *axis,
                             const struct ts_plot_scale *scale, size_t index, const double *places,
                             double *at)
{
    *at = axis->ticks != NULL ? axis->ticks[index].at : places[index];
    if (axis->ticks != NULL) {
        return axis->ticks[index].label;
    }
    return scale->log ? ts_plot_value(text, axis->unit, *at) : ts_plot_tick_text(text, scale, *at);
}

void ts_plot_axis_x(FILE *out, const struct ts_plot_axis *axis, const struct ts_plot_scale *x, double top,
                    double bottom)
{
    double places[TS_PLOT_TICKS_MAX], at;
    struct ts_plot_text text;
    size_t count = axis->ticks != NULL ? axis->tick_count : ts_plot_ticks(x, places);
    for (size_t i = 0; i < count; i++) {
        const char *label = tick_text(&text, axis, x, i, places, &at);
        if (!ts_plot_has_place(x, at)) {
            continue;
        }
        double place = ts_plot_place(x, at);
        fprintf(out, "<path class=\"grid\" d=\"M%.1f %.1fV%.1f\"/><text class=\"m\" x=\"%.1f\" y=\"%.1f\">",
                place, top, bottom, place, bottom + 14);
        ts_html_text(out, label);
        fputs("</text>\n", out);
    }
    fprintf(out, "<path class=\"axis\" d=\"M%.1f %.1fH%.1f\"/><text class=\"m q\" x=\"%.1f\" y=\"%.1f\">",
            x->from, bottom, x->to, (x->from + x->to) / 2, bottom + 29);
    write_axis_label(out, axis->label, x->suffix);
    fputs("</text>\n", out);
}

void ts_plot_axis_y(FILE *out, const struct ts_plot_axis *axis, const struct ts_plot_scale *y, double left,
                    double right)
{
    double places[TS_PLOT_TICKS_MAX], at;
    struct ts_plot_text text;
    size_t count = axis->ticks != NULL ? axis->tick_count : ts_plot_ticks(y, places);
    for (size_t i = 0; i < count; i++) {
        const char *label = tick_text(&text, axis, y, i, places, &at);
        if (!ts_plot_has_place(y, at)) {
            continue;
        }
        double place = ts_plot_place(y, at);
        fprintf(out, "<path class=\"grid\" d=\"M%.1f %.1fH%.1f\"/><text class=\"e\" x=\"%.1f\" y=\"%.1f\">",
                left, place, right, left - 5, place + 4);
        ts_html_text(out, label);
        fputs("</text>\n", out);
    }
    fprintf(out, "<path class=\"axis\" d=\"M%.1f %.1fV%.1f\"/><text class=\"q\" x=\"2\" y=\"11\">", left,
            y->from, y->to);
    write_axis_label(out, axis->label, y->suffix);
    fputs("</text>\n", out);
}

void ts_plot_marker(FILE *out, size_t series, double x, double y)
{
    static const char *const shapes[TS_PLOT_SERIES_MAX] = {
        "m-3 0a3 3 0 1 0 6 0a3 3 0 1 0-6 0",
        "m-3-3h6v6h-6z",
        "m0-4l3.6 6h-7.2z",
        "m0-4l4 4l-4 4l-4-4z",
        "m-3-3l6 6m0-6l-6 6",
        "m-4 0h8m-4-4v8",
        "m-3.6-2h7.2l-3.6 6z",
        "m-4-2h8v4h-8z",
    };
    size_t kind = series % TS_PLOT_SERIES_MAX;
    fprintf(out, "<path class=\"d k%zu\" d=\"M%.1f %.1f%s\"/>", kind, x, y, shapes[kind]);
}

void ts_plot_begin_table(FILE *out)
{
    fputs("<details class=\"numbers\"><summary>The numbers</summary>\n<div class=\"scroll\"><table>\n", out);
}

void ts_plot_end_table(FILE *out)
{
    fputs("</table></div></details>\n", out);
}

void ts_plot_table_value(FILE *out, enum ts_plot_unit unit, double value)
{
    struct ts_plot_text text;
    fprintf(out, "<td class=\"n\">%s</td>", ts_plot_value(&text, unit, value));
}
