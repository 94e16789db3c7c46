/*
 * The contrast: how the ways of delivering a callback fared, side by side.
 *
 * Rows are scenario x mode, columns are flavours, and each cell says what happened, in how many lives, and
 * what the count does and does not bound, for a terminal; the whole evidence is stability.h's. A partial or
 * interrupted record is titled so; it has no verdict of its own to print, or prints the one of the
 * interrupted run under that title.
 *
 * Threads: none of its own; reads the record only.
 * Ownership: record and stream stay the caller's; the stream is flushed, not closed.
 * Errors: TS_NO_MEMORY; TS_NO_SPACE, TS_IO when the stream failed (the caller knows its name, and fills the
 * diag).
 */
#ifndef TS_REPORTS_CONTRAST_H
#define TS_REPORTS_CONTRAST_H

#include "reports/record.h"

#include <stdbool.h>
#include <stdio.h>

#define TS_CONTRAST_WIDTH_COLUMNS 100

/*
 * The terminal's table, then the verdict. Lines fit width_columns, as far as 16 columns a flavour allow it.
 * With colour, failing cells are red, passes green, inconclusive ones yellow; an outcome that was not
 * expected is marked with "!" either way, so that colour never carries a meaning alone.
 */
ts_err ts_contrast_text(const struct ts_record *record, FILE *out, bool colour, unsigned width_columns);

#endif
