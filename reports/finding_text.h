/*
 * A finding's stacks as lines of text, for forms that differ in what must be escaped.
 *
 * Threads: pure. Ownership: keeps nothing. Errors: the stream's own.
 */
#ifndef TS_REPORTS_FINDING_TEXT_H
#define TS_REPORTS_FINDING_TEXT_H

#include "reports/finding.h"

#include <stdio.h>

/* What each stack is, then its frames: "    #0 FUNCTION FILE:LINE", or offset and module where a name is
 * missing. escape writes foreign text so that it cannot leave its place. */
void ts_finding_write_stacks(FILE *out, const struct ts_finding *finding,
                             void (*escape)(FILE *out, const char *text));

#endif
