/*
 * What the plots have in common; for their own files.
 *
 * A drawing has 400 units across, so that its text of 11 units is readable on a phone and not huge on a desk.
 *
 * Threads, Ownership, Errors: as in plot.h.
 */
#ifndef TS_REPORTS_PLOT_PARTS_H
#define TS_REPORTS_PLOT_PARTS_H

#include "reports/plot.h"

#define TS_PLOT_WIDTH     400.0
#define TS_PLOT_TICKS_MAX 24

/* From values to places. */
struct ts_plot_scale {
    double low, high; /* low < high; both above 0 where log */
    double from, to;  /* places of them */
    bool log, whole;  /* whole: no ticks between counts */
    double divisor;   /* values are printed divided by it */
    const char *suffix;
};

/* The extent of values, as they come. */
struct ts_plot_extent {
    double low, high;
    bool any;
};
void ts_plot_extend(struct ts_plot_extent *extent, double value, bool log);

/* Axis and extent to a scale whose ends are round. */
struct ts_plot_scale ts_plot_scale(const struct ts_plot_axis *axis, const struct ts_plot_extent *extent,
                                   double from, double to);
/* Whether the scale has a place for it. */
bool ts_plot_has_place(const struct ts_plot_scale *scale, double value);
/* Its place, within the scale's ends. */
double ts_plot_place(const struct ts_plot_scale *scale, double value);
/* Where ticks go; returns how many. */
size_t ts_plot_ticks(const struct ts_plot_scale *scale, double ticks[TS_PLOT_TICKS_MAX]);
const char *ts_plot_tick_text(struct ts_plot_text *text, const struct ts_plot_scale *scale, double value);

/* The figure with its caption and the opened drawing; the drawing's end; the figure's. */
void ts_plot_begin(FILE *out, const struct ts_plot_head *head, double height);
void ts_plot_end_drawing(FILE *out);
void ts_plot_end(FILE *out);

/* Axes, grid, ticks and labels; y's places run upwards, so its `from` is the lower edge. */
void ts_plot_axis_x(FILE *out, const struct ts_plot_axis *axis, const struct ts_plot_scale *x, double top,
                    double bottom);
void ts_plot_axis_y(FILE *out, const struct ts_plot_axis *axis, const struct ts_plot_scale *y, double left,
                    double right);

/* The marker of a series. */
void ts_plot_marker(FILE *out, size_t series, double x, double y);

void ts_plot_begin_table(FILE *out);
void ts_plot_end_table(FILE *out);
void ts_plot_table_value(FILE *out, enum ts_plot_unit unit, double value);

#endif
