/*
 * The inside of a history: its database, its schema, and SQLite's errors as ours. For history*.c only.
 *
 * Threads, Ownership, Errors: as in history.h.
 */
#ifndef TS_REPORTS_HISTORY_SCHEMA_H
#define TS_REPORTS_HISTORY_SCHEMA_H

#include "base/err.h"
#include "reports/history.h"

#include <sqlite3.h>

#define TS_HISTORY_STATEMENTS 9

struct ts_history {
    sqlite3 *database;
    char *path;
    sqlite3_stmt *statements[TS_HISTORY_STATEMENTS];
};

/*
 * Refuses a database that is not ours or is newer than this program before anything is written; then sets the
 * connection up and brings the schema up to date in one transaction.
 */
ts_err ts_history_prepare(struct ts_history *history, struct ts_diag *diag);

/* The same of a connection that cannot write: an older schema is refused, too. */
ts_err ts_history_prepare_to_read(struct ts_history *history, struct ts_diag *diag);

/* The last error of the database. */
ts_err ts_history_fail(struct ts_history *history, const char *operation, struct ts_diag *diag);

/* Runs SQL that has no parameters and gives no rows. */
ts_err ts_history_execute(struct ts_history *history, const char *sql, const char *operation,
                          struct ts_diag *diag);

/* ts_history_line within a batch, for a text without its newline; adds what the line added to *counts. */
ts_err ts_history_take(struct ts_history *history, const char *run, int64_t number, const char *text,
                       size_t size, struct ts_history_counts *counts, struct ts_diag *diag);

/* Rolls back the open batch, if there is one. */
void ts_history_drop(struct ts_history *history);

#endif
