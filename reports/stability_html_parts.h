/*
 * What the sections of the stability report's page have in common; for its own files.
 *
 * Threads, Ownership: as in stability_html.h. Errors: the stream's own; without memory a plot is left out and
 * page.no_memory set.
 */
#ifndef TS_REPORTS_STABILITY_HTML_PARTS_H
#define TS_REPORTS_STABILITY_HTML_PARTS_H

#include "reports/plot.h"
#include "reports/stability.h"

#include <stdbool.h>
#include <stdio.h>

#define TS_PAGE_TEXT_MAX    600 /* characters of a foreign text; the rest is cut, and told by "…" */
#define TS_PAGE_COMMAND_MAX TS_STABILITY_TEXT_MAX /* a command must be whole to be of use */
#define TS_PAGE_DIFF_MAX    TS_STABILITY_DIFF_MAX

struct ts_page_points; /* of the plot that is being drawn */

struct ts_page {
    FILE *out;
    const struct ts_stability *report;
    struct ts_page_points *points;
    bool no_memory;
};

void ts_page_style(FILE *out);
void ts_page_script(FILE *out);

void ts_page_head(struct ts_page *page); /* the first screen, and what was run where */
void ts_page_contrast(struct ts_page *page);
void ts_page_sides(struct ts_page *page); /* of the contrast, its table */
void ts_page_matrix(struct ts_page *page);
void ts_page_findings(struct ts_page *page); /* new and expired, then known and expected */
void ts_page_tests(struct ts_page *page);
void ts_page_faults(struct ts_page *page);
void ts_page_resources(struct ts_page *page);
void ts_page_hangs(struct ts_page *page);
void ts_page_trend(struct ts_page *page);
void ts_page_limits(struct ts_page *page);

/* The look of a mode's lines, the same in each plot. */
unsigned ts_page_look(const struct ts_page *page, const char *mode);

/* Zeroed, the page's until it draws a plot; NULL without memory, which is noted, or for none. */
struct ts_plot_point *ts_page_points(struct ts_page *page, size_t count);

/* A line with room for so many points, in the look of the mode of that name. Its count is 0 without memory.
 */
struct ts_page_line {
    struct ts_plot_series series;
    struct ts_plot_point *points; /* those of the series, to be filled */
};
struct ts_page_line ts_page_line(struct ts_page *page, const char *name, size_t count);

/* A curve of the report as a line, its x times scale. */
struct ts_plot_series ts_page_series(struct ts_page *page, const char *name,
                                     const struct ts_stability_series *from, double scale);

/* Draws the plot, if any of its series has points, and gives back all points that the page has. */
void ts_page_plot(struct ts_page *page, const struct ts_plot_xy *plot);

void ts_page_begin(const struct ts_page *page, const char *id, const char *title);
void ts_page_end(const struct ts_page *page);

/* A table that scrolls by itself where it is too wide, with its caption. heads as in ts_page_heads. */
void ts_page_begin_table(FILE *out, const char *caption, const char *const *heads, size_t count);
void ts_page_end_table(FILE *out);

/* Foreign text, cut to TS_PAGE_TEXT_MAX. */
void ts_page_text(FILE *out, const char *text);
void ts_page_cell(FILE *out, const char *text);
void ts_page_row_head(FILE *out, const char *text);
void ts_page_count_cell(FILE *out, int64_t count); /* UNKNOWN is a dash */
void ts_page_value_cell(FILE *out, enum ts_plot_unit unit, double value);

/* "3 of 64 (1.6 to 12.9 %)", "0 of 64 (under 4.6 %)", "not known". */
void ts_page_share(FILE *out, const struct ts_stability_share *share);
void ts_page_share_of_lives(FILE *out, const struct ts_stability_share *share); /* "3 of 64 lives (...)" */
void ts_page_share_cell(FILE *out, const struct ts_stability_share *share);

/* A term and what is said of it; nothing when the text is "". */
void ts_page_fact(FILE *out, const char *term, const char *text);
/* A command, schedule or plan to be copied. Nothing when it is "". */
void ts_page_copy(FILE *out, const char *text);
void ts_page_fact_copy(FILE *out, const char *term, const char *text);

/* "12 more are not shown." when total is more than shown. */
void ts_page_left_out(FILE *out, size_t shown, size_t total, const char *what);
void ts_page_nothing(FILE *out, const char *sentence);

#endif
