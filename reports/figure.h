/*
 * Figures and foreign text, as they are printed: 1,234 and 17.9 and < 22 %, and text from a record that can
 * harm neither a terminal nor a Markdown table.
 *
 * Threads: no state but the caller's buffers and stream.
 * Ownership: each ts_figure function writes into the caller's buffer and returns it.
 * Errors: writes to a stream leave its error flag set; the caller checks once, at the end.
 */
#ifndef TS_REPORTS_FIGURE_H
#define TS_REPORTS_FIGURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct ts_figure {
    char text[32];
};

/* "1,234,567" */
const char *ts_figure_count(struct ts_figure *figure, int64_t value);

/* Three significant digits at most, no exponent: "118", "17.9", "0.25"; "unbounded" for infinity. An upper
 * bound is rounded up, so that no printed bound promises more than was computed. */
const char *ts_figure_rate(struct ts_figure *figure, double value);
const char *ts_figure_rate_above(struct ts_figure *figure, double value);

/* A share in percent without its sign, as a rate. */
const char *ts_figure_percent(struct ts_figure *figure, double share);
const char *ts_figure_percent_above(struct ts_figure *figure, double share);

/* "10.0 s" below two minutes, "7.5 min" from there. */
const char *ts_figure_duration(struct ts_figure *figure, int64_t duration_ms);

/* Control characters become spaces: a record's text must not steer a terminal. */
void ts_write_plain(FILE *out, const char *text);

/* As above, with Markdown's and HTML's own characters escaped, so that the text reads as it was written. */
void ts_write_markdown(FILE *out, const char *text);

/* A code span, also within a table; backticks in the text become apostrophes. */
void ts_write_code(FILE *out, const char *text);

#endif
