/*
 * What the files that write the stability report in Markdown share.
 *
 * Private to stability_markdown*.c. Threads: pure. Errors: the stream's own.
 */
#ifndef TS_REPORTS_STABILITY_MARKDOWN_PARTS_H
#define TS_REPORTS_STABILITY_MARKDOWN_PARTS_H

#include "reports/stability.h"

/* A text of any origin, within a line or a table's cell. */
void ts_stability_md_text(FILE *out, const char *text);

/* The same as code. */
void ts_stability_md_code(FILE *out, const char *text);

/* Text of any origin in a block of its own, lines and all. */
void ts_stability_md_block(FILE *out, const char *text);

/* "12 of 64; 11.1 to 30.2 %", "0 of 64; < 4.58 %", "-" for none. */
void ts_stability_md_share(FILE *out, const struct ts_stability_share *share);

/* "1,234", "not recorded" for TS_STABILITY_UNKNOWN. */
void ts_stability_md_count(FILE *out, int64_t count);

/* "3 more are not shown here.", when some were left out. */
void ts_stability_md_rest(FILE *out, size_t shown, size_t total, const char *what);

void ts_stability_md_contrast(FILE *out, const struct ts_stability *report);
void ts_stability_md_findings(FILE *out, const struct ts_stability *report);
void ts_stability_md_tests(FILE *out, const struct ts_stability *report);
void ts_stability_md_rest_of_page(FILE *out, const struct ts_stability *report);

#endif
