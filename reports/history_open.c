#include "reports/history.h"
#include "reports/history_schema.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define URI_SIZE (3 * PATH_MAX + 64)

static ts_err make(const char *path, struct ts_history **history, struct ts_diag *diag)
{
    struct ts_history *made = calloc(1, sizeof *made);
    if (made == NULL || (made->path = strdup(path)) == NULL) {
        free(made);
        return ts_fail(diag, TS_NO_MEMORY, "open history", path, "out of memory");
    }
    *history = made;
    return TS_OK;
}

/* Opens `name`, a path or a URI, and prepares it. On error *history is closed. */
static ts_err connect(struct ts_history **history, const char *name, int flags,
                      ts_err (*prepare)(struct ts_history *, struct ts_diag *), struct ts_diag *diag)
{
    ts_err err = sqlite3_open_v2(name, &(*history)->database, flags, NULL) == SQLITE_OK
                     ? TS_OK
                     : ts_history_fail(*history, "open history", diag);
    err = err == TS_OK ? prepare(*history, diag) : err;
    if (err != TS_OK) {
        ts_history_close(*history);
        *history = NULL;
    }
    return err;
}

ts_err ts_history_open(const char *path, struct ts_history **history, struct ts_diag *diag)
{
    *history = NULL;
    ts_err err = make(path, history, diag);
    return err == TS_OK
               ? connect(history, path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, ts_history_prepare, diag)
               : err;
}

/* Whoever reads a database in WAL mode writes beside it, unless it is told that nobody does. */
static bool can_write_beside(const char *path)
{
    char folder[PATH_MAX];
    const char *slash = strrchr(path, '/');
    snprintf(folder, sizeof folder, "%.*s", slash == NULL ? 1 : (int)(slash - path + 1),
             slash == NULL ? "." : path);
    return access(folder, W_OK) == 0 && access(path, W_OK) == 0;
}

/* A write-ahead log holds what its writer, who may be at work, has not moved into the file yet. */
static bool has_log(const char *path)
{
    char log[PATH_MAX + 8];
    struct stat status;
    snprintf(log, sizeof log, "%s-wal", path);
    return stat(log, &status) == 0 && status.st_size > 0;
}

static void write_uri(char *uri, const char *path, const char *options)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-~";
    size_t used = (size_t)sprintf(uri, "file:");
    for (; *path != '\0' && used < URI_SIZE - 64; path++) {
        used += (size_t)(strchr(plain, *path) != NULL ? sprintf(uri + used, "%c", *path)
                                                      : sprintf(uri + used, "%%%02x", (unsigned char)*path));
    }
    sprintf(uri + used, "?%s", options);
}

ts_err ts_history_open_to_read(const char *path, struct ts_history **history, struct ts_diag *diag)
{
    char uri[URI_SIZE];
    *history = NULL;
    if (access(path, F_OK) != 0) {
        return ts_fail_errno(diag, errno, "open history", path);
    }
    if (can_write_beside(path)) {
        return ts_history_open(path, history, diag);
    }
    write_uri(uri, path, has_log(path) ? "mode=ro" : "mode=ro&immutable=1");
    ts_err err = make(path, history, diag);
    return err == TS_OK ? connect(history, uri, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI,
                                  ts_history_prepare_to_read, diag)
                        : err;
}

void ts_history_close(struct ts_history *history)
{
    if (history == NULL) {
        return;
    }
    for (size_t i = 0; i < TS_HISTORY_STATEMENTS; i++) {
        sqlite3_finalize(history->statements[i]);
    }
    /* An open batch is rolled back with the connection; what was committed is in the file already. */
    (void)sqlite3_close(history->database);
    free(history->path);
    free(history);
}

/* The rows of one table that belong to the run. */
static ts_err copy_rows(struct ts_history *to, struct ts_history *from, const char *select,
                        const char *insert, const char *run, struct ts_diag *diag)
{
    sqlite3_stmt *rows = NULL;
    sqlite3_stmt *row = NULL;
    ts_err err = TS_OK;
    int result = SQLITE_ERROR;
    if (sqlite3_prepare_v2(from->database, select, -1, &rows, NULL) != SQLITE_OK ||
        sqlite3_bind_text(rows, 1, run, -1, SQLITE_STATIC) != SQLITE_OK) {
        err = ts_history_fail(from, "read history", diag);
    } else if (sqlite3_prepare_v2(to->database, insert, -1, &row, NULL) != SQLITE_OK) {
        err = ts_history_fail(to, "copy history", diag);
    }
    while (err == TS_OK && (result = sqlite3_step(rows)) == SQLITE_ROW) {
        for (int i = 0; i < sqlite3_column_count(rows); i++) {
            (void)sqlite3_bind_value(row, i + 1, sqlite3_column_value(rows, i)); /* the step tells */
        }
        if (sqlite3_step(row) != SQLITE_DONE) {
            err = ts_history_fail(to, "copy history", diag);
        }
        sqlite3_reset(row);
    }
    if (err == TS_OK && result != SQLITE_DONE) {
        err = ts_history_fail(from, "read history", diag);
    }
    sqlite3_finalize(rows);
    sqlite3_finalize(row);
    return err;
}

ts_err ts_history_copy(struct ts_history *to, struct ts_history *from, const char *run, struct ts_diag *diag)
{
    static const char *const tables[][2] = {
        {"SELECT id, folder, kind, command, started, seed, commit_id, dirty, toolchain, machine, plan, tool,"
         " lines_ingested, lines_skipped, verdict, sentence, elapsed_ms, ended, json FROM runs WHERE id = ?1",
         "INSERT INTO runs VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)"},
        {"SELECT run, cell, scenario, mode, flavour, seed, lives, restarts, elapsed_ms, outcome, class,"
         " as_expected, hazard_count, command, json FROM cells WHERE run = ?1",
         "INSERT INTO cells VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)"},
        {"SELECT run, cell, life, seed, started_ms, duration_ms, exit_code, signal, outcome, class, detail,"
         " log FROM lives WHERE run = ?1",
         "INSERT INTO lives VALUES(?,?,?,?,?,?,?,?,?,?,?,?)"},
        {"SELECT signature, kind, title, description, json, ?1, first_seen, ?1, last_seen FROM findings"
         " WHERE signature IN (SELECT signature FROM sightings WHERE run = ?1)",
         "INSERT OR IGNORE INTO findings VALUES(?,?,?,?,?,?,?,?,?)"},
        {"SELECT run, cell, life, signature, count FROM sightings WHERE run = ?1",
         "INSERT INTO sightings VALUES(?,?,?,?,?)"},
    };
    ts_err err = ts_history_begin(to, diag);
    for (size_t i = 0; err == TS_OK && i < sizeof tables / sizeof *tables; i++) {
        err = copy_rows(to, from, tables[i][0], tables[i][1], run, diag);
    }
    err = err == TS_OK ? ts_history_commit(to, diag) : err;
    if (err != TS_OK) {
        ts_history_drop(to);
    }
    return err;
}
