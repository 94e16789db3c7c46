/*
 * What became of the faults that a run was given: the plans of its cells, and how often each probe was armed,
 * reached and fired. A run without faults leaves nothing.
 *
 * Private to contrast_text.c.
 *
 * Threads: none of its own; reads the record only.
 * Ownership: nothing is kept; the stream stays the caller's.
 * Errors: TS_NO_MEMORY; a failed write leaves the stream's error flag set.
 */
#ifndef TS_REPORTS_CONTRAST_FAULTS_H
#define TS_REPORTS_CONTRAST_FAULTS_H

#include "reports/record.h"

#include <stdio.h>

ts_err ts_contrast_faults_text(FILE *out, const struct ts_record *record);

#endif
