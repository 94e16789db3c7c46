/*
 * The gate's findings as SARIF 2.1.0 (OASIS), for GitHub code scanning and editors.
 *
 * One result a signature that no expectation has; findings of the baseline carry a suppression, accepted
 * while the entry holds and rejected once it is expired. A result stands at its finding's first own frame.
 * Source files are known by base name only and are relative to SRCROOT. Missed outcomes, cells that did not
 * run and failed preflight checks are notifications of the invocation.
 *
 * Threads: pure. Ownership: keeps nothing. Errors: TS_NO_MEMORY, TS_IO. Valid for any bytes in the input.
 */
#ifndef TS_REPORTS_SARIF_H
#define TS_REPORTS_SARIF_H

#include "reports/gate.h"

#include <stdio.h>

ts_err ts_sarif_write(const struct ts_gate *gate, FILE *out, struct ts_diag *diag);

#endif
