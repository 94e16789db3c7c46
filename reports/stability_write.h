/*
 * The stability report as text: the same model for a person (Markdown) and for programs (JSON). The page is
 * stability_html.h's.
 *
 * Equal models give equal bytes. Foreign text can steer neither a terminal nor a Markdown renderer, and what
 * is no UTF-8 in it becomes U+FFFD in JSON.
 *
 * Threads: pure. Ownership: the model stays the caller's. Errors: TS_NO_MEMORY, TS_NO_SPACE or TS_IO of the
 * stream, which is flushed.
 */
#ifndef TS_REPORTS_STABILITY_WRITE_H
#define TS_REPORTS_STABILITY_WRITE_H

#include "reports/stability.h"

ts_err ts_stability_markdown(const struct ts_stability *report, FILE *out, struct ts_diag *diag);

/*
 * One object, a section a line; members are named as those of the structs in stability.h. null stands for
 * what is not known, also for what is beyond all that was seen (an infinite median). `format` is raised by a
 * change that readers would not survive.
 */
ts_err ts_stability_json(const struct ts_stability *report, FILE *out, struct ts_diag *diag);

#define TS_STABILITY_FORMAT 1

#endif
