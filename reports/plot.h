/*
 * Plots as SVG inside a page: drawn here, from plain arrays, so that a page needs no script to show them, and
 * the same numbers give the same bytes.
 *
 * Each is a <figure>: a caption, the drawing (role img, with a title and a description), a legend, and the
 * numbers as a table to be opened. Nothing is told by colour alone: lines differ in dashes and markers, areas
 * in patterns, cells in symbols and text. Colours are the page's custom properties, for light, dark and
 * print (ts_plot_css).
 *
 * Threads: pure. Ownership: nothing is kept. Units: as the axis says. Errors: the stream's own. Foreign text
 * is escaped (reports/html.h). A value that is not finite, or that a logarithm has no place for, is left out
 * of the drawing and is a dash in the table.
 */
#ifndef TS_REPORTS_PLOT_H
#define TS_REPORTS_PLOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define TS_PLOT_SERIES_MAX                                                                                   \
    8 /* told apart by dash, marker and pattern; more are left out, and the count told */
#define TS_PLOT_TABLE_MAX 40 /* rows of a series in the table; more are sampled evenly, which is told */
#define TS_PLOT_BARS_MAX  40

enum ts_plot_unit {
    TS_PLOT_PLAIN,   /* a linear axis counts: its ticks are whole */
    TS_PLOT_SHARE,   /* 0..1, shown in percent */
    TS_PLOT_SECONDS, /* shown as ns, µs, ms, s, min or h */
    TS_PLOT_BYTES,   /* shown as B, KiB, MiB, GiB */
};

struct ts_plot_head {
    const char *id;    /* of letters, digits and dashes, unique in the page */
    const char *title; /* "Time to the first crash" */
    /* What is to be seen, in a sentence or two: the text alternative. */
    const char *description;
};

struct ts_plot_tick {
    double at;
    const char *label;
};

struct ts_plot_axis {
    const char *label;
    enum ts_plot_unit unit;
    bool log;
    bool tight;                       /* ends at the greatest value, not at a round one */
    double low, high;                 /* both 0: from the values, and from 0 unless log */
    const struct ts_plot_tick *ticks; /* NULL: at round values */
    size_t tick_count;
};

struct ts_plot_point {
    double x, y;
    double low, high; /* of the band or whisker, in series that have one */
};

struct ts_plot_series {
    const char *name;
    unsigned
        look; /* 1 to TS_PLOT_SERIES_MAX: that dash, marker and colour, in each plot; 0: as its place is */
    const struct ts_plot_point *points; /* by x */
    size_t count;
    bool stepped; /* y holds until the next x */
    bool band;
    bool dots;     /* a marker at each point */
    bool whiskers; /* instead of a band, an upright line at each point; lines side by side are moved apart */
    /* Ticks across the line: of those who left without an event. NULL: none. */
    const struct ts_plot_point *marks;
    size_t mark_count;
    /* A straight line from (x[0], y[0]) to (x[1], y[1]); without a name none. */
    const char *line_name;
    double line_x[2], line_y[2];
};

/* A level across the plot: "the documents' 18". */
struct ts_plot_level {
    const char *name; /* NULL: none */
    double y;
};

struct ts_plot_xy {
    struct ts_plot_head head;
    struct ts_plot_axis x, y;
    const struct ts_plot_series *series;
    size_t count;
    const char *marks_name; /* "still alive when its time was up" */
    struct ts_plot_level level;
};

void ts_plot_xy(FILE *out, const struct ts_plot_xy *plot);

/* Bars of parts, one below the other. */
struct ts_plot_stack {
    struct ts_plot_head head;
    const char *row_label; /* of the table: "Mode" */
    const char *const *rows;
    size_t row_count;
    const char *const *parts;
    size_t part_count;
    const int64_t *values; /* values[row * part_count + part], 0 or more */
    const char *x_label;
};

void ts_plot_stack(FILE *out, const struct ts_plot_stack *plot);

/* Values with their intervals, one below the other. */
struct ts_plot_interval {
    const char *name;
    double value, low, high; /* high may be infinite: the whisker then ends in an arrow */
    bool bound;              /* nothing was seen: the value is 0 and only `high` is known */
};

struct ts_plot_intervals {
    struct ts_plot_head head;
    const char *row_label;
    struct ts_plot_axis x;
    const struct ts_plot_interval *rows;
    size_t count;
    struct ts_plot_level level; /* upright here */
};

void ts_plot_intervals(FILE *out, const struct ts_plot_intervals *plot);

/* A table whose cells say how many of how many failed, in words, symbol and shade. */
enum ts_plot_state {
    TS_PLOT_NOT_RUN,
    TS_PLOT_PASSED,
    TS_PLOT_FAILED, /* and must not */
    TS_PLOT_FAILED_AS_IT_MUST,
    TS_PLOT_FAILED_KNOWN, /* in ways that somebody owns */
    TS_PLOT_UNDECIDED,
};

struct ts_plot_cell {
    enum ts_plot_state state;
    int64_t failed, lives;
    const char *note; /* further words, or NULL */
};

/* One <td>. */
void ts_plot_cell(FILE *out, const struct ts_plot_cell *cell);
/* What the symbols mean, as a list. */
void ts_plot_cell_legend(FILE *out);

/* The style rules, once for a page, which sets --ink, --paper, --line, --muted, --accent, --warn. */
void ts_plot_css(FILE *out);

/* A value as an axis or a table prints it: "1.5 ms", "63 %", "1,200". */
struct ts_plot_text {
    char text[40];
};
const char *ts_plot_value(struct ts_plot_text *text, enum ts_plot_unit unit, double value);

#endif
