/*
 * The gate's judgement as JUnit XML, the dialect that Jenkins, GitLab and others read (junit.xsd).
 *
 * One testsuite a scenario with one testcase a cell, and the testsuite "gate" with a case for each preflight
 * check and one for the verdict, so that the file is green exactly when the gate is. A failure is a new or
 * expired finding or an unexpected outcome; an error is a cell that did not run or missed its required
 * outcome; skipped is a cell that never met its hazard, or that showed only findings of the baseline.
 *
 * Threads: pure. Ownership: keeps nothing. Units: seconds. Errors: TS_NO_MEMORY, TS_IO. Well-formed XML 1.0
 * for any bytes in the input.
 */
#ifndef TS_REPORTS_JUNIT_H
#define TS_REPORTS_JUNIT_H

#include "reports/gate.h"

#include <stdio.h>

ts_err ts_junit_write(const struct ts_gate *gate, FILE *out, struct ts_diag *diag);

#endif
