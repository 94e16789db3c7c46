/*
 * The sections of the Markdown report that say what its findings and passes are worth: crash classes,
 * hazards, bounds, how it was run, what was not checked.
 *
 * Private to contrast_markdown.c.
 *
 * Threads: none of its own; reads the model only.
 * Ownership: nothing is kept; the stream stays the caller's.
 * Errors: a failed write leaves the stream's error flag set.
 */
#ifndef TS_REPORTS_CONTRAST_EVIDENCE_H
#define TS_REPORTS_CONTRAST_EVIDENCE_H

#include "reports/contrast_model.h"

#include <stdio.h>

void ts_evidence_crash_classes(FILE *out, const struct ts_contrast *contrast);
void ts_evidence_hazards(FILE *out, const struct ts_contrast *contrast);
void ts_evidence_bounds(FILE *out, const struct ts_contrast *contrast);
void ts_evidence_how_it_was_run(FILE *out, const struct ts_record *record);
void ts_evidence_not_checked(FILE *out, const struct ts_contrast *contrast);

#endif
