/*
 * Reports as files, each whole or not at all.
 *
 * Threads: one at a time. Ownership: what is written stays the caller's.
 * Errors: TS_NO_SPACE, TS_IO, TS_NOT_FOUND with the path; nothing is left under it then.
 */
#ifndef TS_CLI_REPORT_FILE_H
#define TS_CLI_REPORT_FILE_H

#include "reports/stability.h"

typedef ts_err (*ts_report_writer)(const struct ts_stability *report, FILE *out, struct ts_diag *diag);

ts_err ts_report_write(const struct ts_stability *report, ts_report_writer writer, const char *path,
                       struct ts_diag *diag);

/* report.html, report.md and report.json in the folder, which is made where it is missing. */
ts_err ts_report_write_folder(const struct ts_stability *report, const char *folder, struct ts_diag *diag);

#endif
