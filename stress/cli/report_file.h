/*
 * A report into a file, whole or not at all.
 *
 * Threads: one at a time. Ownership: the record stays the caller's.
 * Errors: TS_NO_SPACE, TS_IO, TS_NOT_FOUND with the path; nothing is left under it then.
 */
#ifndef TS_CLI_REPORT_FILE_H
#define TS_CLI_REPORT_FILE_H

#include "reports/record.h"

enum ts_report_format { TS_REPORT_TEXT, TS_REPORT_MARKDOWN };

/* Text is plain, without colours. */
ts_err ts_report_write(const struct ts_record *record, enum ts_report_format format, const char *path,
                       struct ts_diag *diag);

#endif
