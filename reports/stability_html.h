/*
 * The stability report as one page: complete in itself, so that it can be sent, kept and opened from disk.
 * Nothing is loaded, and nothing of a record runs: its policy allows one script, told by its hash, which
 * copies commands, filters findings and opens them for print; without it the page says the same.
 *
 * Its first screen alone answers: is it safe, how sure are we, what was not checked.
 *
 * Threads: pure. Ownership: nothing is kept. Errors: TS_NO_MEMORY; TS_NO_SPACE, TS_IO when the stream failed
 * (the caller knows its name, and fills the diag).
 */
#ifndef TS_REPORTS_STABILITY_HTML_H
#define TS_REPORTS_STABILITY_HTML_H

#include "reports/stability.h"

#include "base/err.h"

#include <stdio.h>

/* Of the page's script, for a Content-Security-Policy:
 * "'sha256-nbMCGtS96CoQY/oCwdEy+ybcFDwGIyVGYb5lww1Dpvw='". */
#define TS_STABILITY_SCRIPT_HASH "'sha256-nbMCGtS96CoQY/oCwdEy+ybcFDwGIyVGYb5lww1Dpvw='"

/* The same model gives the same bytes. */
ts_err ts_stability_html(const struct ts_stability *report, FILE *out);

#endif
