/*
 * The viewer of an interleaving: a table with a column for each thread and a row for each step, as a part of
 * a page. No script: links lead from switch to switch, so that it works by keyboard, on paper and offline.
 *
 * Threads: pure. Ownership: nothing is kept. Errors: the stream's own.
 */
#ifndef TS_REPORTS_INTERLEAVING_HTML_H
#define TS_REPORTS_INTERLEAVING_HTML_H

#include "reports/finding.h"
#include "reports/interleaving.h"

/* The style rules, once for a page; they use the page's colours where it has them (--ink, --paper, --line,
 * --muted, --accent, --warn). */
void ts_interleaving_css(FILE *out);

/* id: of letters, digits and dashes, unique in the page. finding: that it shows, or NULL. Of more than
 * `rows_max` steps (0: no limit) those near switches and choices of a thread, those near accesses that the
 * finding names, and the last ones are shown. Where no step is such an access (plain memory has none, as a
 * rule) that is the last step within one of the functions that made it. */
void ts_interleaving_html(FILE *out, const struct ts_interleaving *interleaving,
                          const struct ts_finding *finding, const char *id, size_t rows_max);

/* A page of its own, complete and without anything from elsewhere. */
void ts_interleaving_page(FILE *out, const struct ts_interleaving *interleaving, const char *title);

#endif
