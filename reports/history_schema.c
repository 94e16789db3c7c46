#include "reports/history_schema.h"

#include "base/clock.h"
#include "reports/history.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* "TSTH" in the file's header: the database is a history of ours. */
#define APPLICATION_ID 0x54535448
#define BUSY_PAUSE_MS  5

/*
 * Step i leads from version i to i + 1. A step that was released is never changed: a new one is added.
 *
 * Types are strict, and what a line must say is NOT NULL: the schema is the check of the lines. The whole
 * text of what the columns do not tell is in `json`.
 */
static const char *const migrations[] = {
    "CREATE TABLE runs(id TEXT PRIMARY KEY NOT NULL, folder TEXT, kind TEXT NOT NULL, command TEXT,"
    "  started TEXT NOT NULL, seed TEXT, commit_id TEXT, dirty INTEGER, toolchain TEXT, machine TEXT, plan "
    "TEXT,"
    "  tool TEXT, lines_ingested INTEGER NOT NULL, lines_skipped INTEGER NOT NULL DEFAULT 0, verdict TEXT,"
    "  sentence TEXT, elapsed_ms INTEGER, ended INTEGER NOT NULL DEFAULT 0, json TEXT NOT NULL) STRICT;"
    "CREATE TABLE cells(run TEXT NOT NULL REFERENCES runs(id), cell INTEGER NOT NULL, scenario TEXT NOT NULL,"
    "  mode TEXT NOT NULL, flavour TEXT NOT NULL, seed TEXT, lives INTEGER, restarts INTEGER,"
    "  elapsed_ms INTEGER, outcome TEXT NOT NULL, class TEXT, as_expected INTEGER, hazard_count INTEGER,"
    "  command TEXT, json TEXT NOT NULL, PRIMARY KEY(run, cell)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE lives(run TEXT NOT NULL REFERENCES runs(id), cell INTEGER NOT NULL, life INTEGER NOT NULL,"
    "  seed TEXT, started_ms INTEGER, duration_ms INTEGER, exit_code INTEGER, signal INTEGER,"
    "  outcome TEXT NOT NULL, class TEXT, detail TEXT, log TEXT, PRIMARY KEY(run, cell, life))"
    "  STRICT, WITHOUT ROWID;"
    "CREATE TABLE findings(signature TEXT PRIMARY KEY NOT NULL"
    "  CHECK(length(signature) = 18 AND signature GLOB '0x*' AND substr(signature, 3) NOT GLOB "
    "'*[^0-9a-f]*'),"
    "  kind TEXT NOT NULL, title TEXT NOT NULL, description TEXT, json TEXT NOT NULL,"
    "  first_run TEXT NOT NULL REFERENCES runs(id), first_seen TEXT NOT NULL,"
    "  last_run TEXT NOT NULL REFERENCES runs(id), last_seen TEXT NOT NULL) STRICT;"
    "CREATE TABLE sightings(run TEXT NOT NULL, cell INTEGER NOT NULL, life INTEGER NOT NULL,"
    "  signature TEXT NOT NULL REFERENCES findings(signature), count INTEGER NOT NULL,"
    "  PRIMARY KEY(run, cell, life, signature), FOREIGN KEY(run, cell, life) REFERENCES lives(run, cell, "
    "life))"
    "  STRICT, WITHOUT ROWID;"
    "CREATE INDEX sightings_by_signature ON sightings(signature);",
};

#define NEWEST_VERSION ((int64_t)(sizeof migrations / sizeof *migrations))

/* Why a line was turned away, in the record's terms; NULL: for none of these reasons. */
static const char *broken_rule(int extended)
{
    switch (extended) {
    case SQLITE_CONSTRAINT_PRIMARYKEY:
    case SQLITE_CONSTRAINT_UNIQUE:
        return "says what the history has already: a run, a cell or a life of the same number";
    case SQLITE_CONSTRAINT_FOREIGNKEY:
        return "names a finding that no line before it describes";
    case SQLITE_CONSTRAINT_NOTNULL:
        return "lacks what every line of its type says";
    case SQLITE_CONSTRAINT_CHECK:
        return "has a signature that is not 0x and 16 digits";
    case SQLITE_CONSTRAINT_DATATYPE:
        return "has a member of another type than the record's format says";
    default:
        return NULL;
    }
}

ts_err ts_history_fail(struct ts_history *history, const char *operation, struct ts_diag *diag)
{
    static const struct {
        int result;
        ts_err err;
    } known[] = {{SQLITE_NOTADB, TS_MALFORMED},
                 {SQLITE_CORRUPT, TS_MALFORMED},
                 {SQLITE_CONSTRAINT, TS_MALFORMED},
                 {SQLITE_NOMEM, TS_NO_MEMORY},
                 {SQLITE_FULL, TS_NO_SPACE}};
    int result = history->database == NULL ? SQLITE_NOMEM : sqlite3_errcode(history->database) & 0xff;
    ts_err err = TS_IO;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        err = known[i].result == result ? known[i].err : err;
    }
    const char *rule =
        history->database == NULL ? NULL : broken_rule(sqlite3_extended_errcode(history->database));
    return ts_fail(diag, err, operation, history->path, "%s",
                   rule != NULL                ? rule
                   : history->database == NULL ? "out of memory"
                                               : sqlite3_errmsg(history->database));
}

ts_err ts_history_execute(struct ts_history *history, const char *sql, const char *operation,
                          struct ts_diag *diag)
{
    return sqlite3_exec(history->database, sql, NULL, NULL, NULL) == SQLITE_OK
               ? TS_OK
               : ts_history_fail(history, operation, diag);
}

static ts_err read_number(struct ts_history *history, const char *sql, int64_t *value, struct ts_diag *diag)
{
    sqlite3_stmt *statement = NULL;
    ts_err err = TS_OK;
    if (sqlite3_prepare_v2(history->database, sql, -1, &statement, NULL) != SQLITE_OK ||
        sqlite3_step(statement) != SQLITE_ROW) {
        err = ts_history_fail(history, "open history", diag);
    } else {
        *value = sqlite3_column_int64(statement, 0);
    }
    sqlite3_finalize(statement);
    return err;
}

/* Sets *version. */
static ts_err check_is_ours(struct ts_history *history, int64_t *version, struct ts_diag *diag)
{
    int64_t application = 0;
    int64_t tables = 0;
    ts_err err = read_number(history, "PRAGMA application_id", &application, diag);
    err = err == TS_OK ? read_number(history, "PRAGMA user_version", version, diag) : err;
    err = err == TS_OK ? read_number(history, "SELECT count(*) FROM sqlite_schema", &tables, diag) : err;
    if (err != TS_OK) {
        return err;
    }
    bool empty = tables == 0 && *version == 0 && application == 0;
    if (!empty && application != APPLICATION_ID) {
        return ts_fail(diag, TS_MISMATCH, "open history", history->path,
                       "a database of another program, not a history of tickstorm");
    }
    if (*version > NEWEST_VERSION) {
        return ts_fail(diag, TS_MISMATCH, "open history", history->path,
                       "schema version %lld; this tickstorm knows versions up to %lld", (long long)*version,
                       (long long)NEWEST_VERSION);
    }
    return TS_OK;
}

/* Of two processes that change the journal's mode at once one is turned away without waiting. */
static ts_err use_wal(struct ts_history *history, struct ts_diag *diag)
{
    for (int waited_ms = 0;; waited_ms += BUSY_PAUSE_MS) {
        int result = sqlite3_exec(history->database, "PRAGMA journal_mode = WAL", NULL, NULL, NULL);
        if (result == SQLITE_OK) {
            return TS_OK;
        }
        if ((result & 0xff) != SQLITE_BUSY || waited_ms >= TS_HISTORY_WAIT_MS) {
            return ts_history_fail(history, "open history", diag);
        }
        ts_sleep_ns(BUSY_PAUSE_MS * TS_NS_PER_MS);
    }
}

static ts_err migrate(struct ts_history *history, struct ts_diag *diag)
{
    char stamp[96];
    int64_t version = 0;
    ts_err err = ts_history_execute(history, "BEGIN IMMEDIATE", "open history", diag);
    if (err != TS_OK) {
        return err;
    }
    /* Another process may have migrated since the first look. */
    err = check_is_ours(history, &version, diag);
    for (; err == TS_OK && version < NEWEST_VERSION; version++) {
        err = ts_history_execute(history, migrations[version], "bring schema up to date", diag);
    }
    if (err == TS_OK) {
        snprintf(stamp, sizeof stamp, "PRAGMA application_id = %d; PRAGMA user_version = %lld; COMMIT",
                 APPLICATION_ID, (long long)version);
        err = ts_history_execute(history, stamp, "bring schema up to date", diag);
    }
    if (err != TS_OK && !sqlite3_get_autocommit(history->database)) {
        (void)sqlite3_exec(history->database, "ROLLBACK", NULL, NULL,
                           NULL); /* the first error is the one told */
    }
    return err;
}

ts_err ts_history_prepare(struct ts_history *history, struct ts_diag *diag)
{
    int64_t version = 0;
    sqlite3_busy_timeout(history->database, TS_HISTORY_WAIT_MS);
    /* In one transaction, or a history that another process is making would look like a database of nobody's.
     */
    ts_err err = ts_history_execute(history, "BEGIN", "open history", diag);
    err = err == TS_OK ? check_is_ours(history, &version, diag) : err;
    err = err == TS_OK ? ts_history_execute(history, "COMMIT", "open history", diag) : err;
    err = err == TS_OK ? use_wal(history, diag) : err;
    err = err == TS_OK ? ts_history_execute(history, "PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON",
                                            "open history", diag)
                       : err;
    return err == TS_OK && version < NEWEST_VERSION ? migrate(history, diag) : err;
}

ts_err ts_history_prepare_to_read(struct ts_history *history, struct ts_diag *diag)
{
    int64_t version = 0;
    sqlite3_busy_timeout(history->database, TS_HISTORY_WAIT_MS);
    ts_err err = check_is_ours(history, &version, diag);
    return err != TS_OK || version == NEWEST_VERSION
               ? err
               : ts_fail(
                     diag, TS_MISMATCH, "open history", history->path,
                     "schema version %lld, which this tickstorm brings up to %lld where it can be written",
                     (long long)version, (long long)NEWEST_VERSION);
}
