#include "reports/history_query.h"

#include "reports/history_schema.h"
#include "reports/statistics.h"

#include <stdio.h>
#include <string.h>

#define FAILED  "l.outcome NOT IN ('pass', 'inconclusive')"
#define DECIDED "l.outcome <> 'inconclusive'"
/* A cell with a planted defect or its twin that showed what it must, and nothing else. */
#define PLANTED "(coalesce(json_extract(c.json, '$.canary'), 0) AND coalesce(c.as_expected, 0))"
/* A cell with faults is another one than the same without them, or with others. */
#define FAULTS "coalesce(json_extract(c.json, '$.faults'), '') AS faults"

static ts_err no_memory(struct ts_history *history, struct ts_diag *diag)
{
    return ts_fail(diag, TS_NO_MEMORY, "read history", history->path, "out of memory");
}

static json_t *value_of(sqlite3_stmt *statement, int column)
{
    const char *name = sqlite3_column_name(statement, column);
    const char *text = (const char *)sqlite3_column_text(statement, column);
    switch (sqlite3_column_type(statement, column)) {
    case SQLITE_INTEGER:
        /* SQLite has no booleans; these columns are. */
        if (strcmp(name, "whole") == 0 || strcmp(name, "dirty") == 0 || strcmp(name, "planted") == 0) {
            return json_boolean(sqlite3_column_int(statement, column));
        }
        return json_integer(sqlite3_column_int64(statement, column));
    case SQLITE_TEXT:
        return strcmp(name, "json") == 0 ? json_loads(text, 0, NULL) : json_string(text);
    default:
        return json_null();
    }
}

static json_t *row_of(sqlite3_stmt *statement)
{
    json_t *row = json_object();
    for (int i = 0; row != NULL && i < sqlite3_column_count(statement); i++) {
        if (json_object_set_new(row, sqlite3_column_name(statement, i), value_of(statement, i)) != 0) {
            json_decref(row);
            row = NULL;
        }
    }
    return row;
}

/* The rows of a statement with parameters ?1 (text) and ?2 (text), as far as it has them. */
static ts_err select_rows(struct ts_history *history, const char *sql, const char *first, const char *second,
                          json_t **rows, struct ts_diag *diag)
{
    sqlite3_stmt *statement = NULL;
    const char *const values[] = {first, second};
    ts_err err = TS_OK;
    *rows = NULL;
    int result = sqlite3_prepare_v2(history->database, sql, -1, &statement, NULL);
    for (int i = 0; result == SQLITE_OK && i < sqlite3_bind_parameter_count(statement); i++) {
        result = sqlite3_bind_text(statement, i + 1, values[i], -1, SQLITE_STATIC);
    }
    if (result != SQLITE_OK) {
        err = ts_history_fail(history, "read history", diag);
        goto cleanup;
    }
    *rows = json_array();
    while ((result = sqlite3_step(statement)) == SQLITE_ROW) {
        if (json_array_append_new(*rows, row_of(statement)) != 0) {
            err = no_memory(history, diag);
            goto cleanup;
        }
    }
    if (result != SQLITE_DONE) {
        err = ts_history_fail(history, "read history", diag);
    } else if (*rows == NULL) {
        err = no_memory(history, diag);
    }
cleanup:
    sqlite3_finalize(statement);
    if (err != TS_OK) {
        json_decref(*rows);
        *rows = NULL;
    }
    return err;
}

ts_err ts_history_runs(struct ts_history *history, int64_t limit, json_t **rows, struct ts_diag *diag)
{
    char text[24];
    snprintf(text, sizeof text, "%lld", (long long)limit);
    return select_rows(history,
                       "SELECT id, started, kind, commit_id AS 'commit', dirty,"
                       " (SELECT count(*) FROM cells WHERE run = id) AS cells,"
                       " (SELECT count(*) FROM lives WHERE run = id) AS lives,"
                       " (SELECT count(DISTINCT signature) FROM"
                       " (SELECT DISTINCT signature, cell FROM sightings WHERE run = id) s LEFT JOIN cells c"
                       " ON c.run = id AND c.cell = s.cell WHERE NOT coalesce(" PLANTED ", 0)) AS findings,"
                       " ended AS whole, verdict, command, folder,"
                       " (SELECT count(DISTINCT f) FROM (SELECT json_extract(json, '$.faults') AS f"
                       " FROM cells WHERE run = id) WHERE f <> '') AS plans,"
                       " (SELECT min(f) FROM (SELECT json_extract(json, '$.faults') AS f"
                       " FROM cells WHERE run = id) WHERE f <> '') AS faults"
                       /* The newest first, so that no other run's cells and lives are counted. */
                       " FROM (SELECT * FROM runs ORDER BY started DESC, id DESC LIMIT CAST(?1 AS INTEGER))"
                       " ORDER BY started DESC, id DESC",
                       text, NULL, rows, diag);
}

ts_err ts_history_run_modes(struct ts_history *history, int64_t limit, json_t **rows, struct ts_diag *diag)
{
    char text[24];
    snprintf(text, sizeof text, "%lld", (long long)limit);
    return select_rows(history,
                       "SELECT l.run AS run, c.mode AS mode, count(*) AS lives, sum(" FAILED ") AS failed"
                       " FROM lives l JOIN cells c ON c.run = l.run AND c.cell = l.cell WHERE " DECIDED
                       " AND c.flavour <> 'explore' AND NOT coalesce(json_extract(c.json, '$.canary'), 0)"
                       " AND l.run IN (SELECT id FROM runs ORDER BY started DESC, id DESC"
                       " LIMIT CAST(?1 AS INTEGER)) GROUP BY l.run, c.mode ORDER BY l.run, c.mode",
                       text, NULL, rows, diag);
}

/* Around a query of findings: seen nowhere but where it was planted. */
#define WITH_PLANTED(rows)                                                                                   \
    "SELECT *, runs > 0 AND NOT EXISTS (SELECT 1 FROM"                                                       \
    " (SELECT DISTINCT run, cell FROM sightings WHERE signature = found.signature) s"                        \
    " LEFT JOIN cells c ON c.run = s.run AND c.cell = s.cell WHERE NOT coalesce(" PLANTED ", 0)) AS planted" \
    " FROM (" rows ") AS found"
#define FINDING_ROWS                                                                                         \
    "SELECT f.signature, f.kind, f.title, count(s.run) AS lives, count(DISTINCT s.run) AS runs,"             \
    " f.first_seen, f.last_seen FROM findings f LEFT JOIN sightings s USING(signature)"
#define FINDING_ORDER " GROUP BY f.signature ORDER BY f.last_seen DESC, lives DESC, f.signature"

ts_err ts_history_findings(struct ts_history *history, int64_t limit, json_t **rows, struct ts_diag *diag)
{
    char text[24];
    snprintf(text, sizeof text, "%lld", (long long)limit);
    return select_rows(history, WITH_PLANTED(FINDING_ROWS FINDING_ORDER " LIMIT CAST(?1 AS INTEGER)"), text,
                       NULL, rows, diag);
}

ts_err ts_history_signatures(struct ts_history *history, const char *prefix, json_t **rows,
                             struct ts_diag *diag)
{
    const char *digits = strncmp(prefix, "0x", 2) == 0 || strncmp(prefix, "0X", 2) == 0 ? prefix + 2 : prefix;
    return select_rows(history,
                       FINDING_ROWS " WHERE substr(f.signature, 3, length(?1)) = lower(?1)" FINDING_ORDER,
                       digits, NULL, rows, diag);
}

static bool set_interval(json_t *row, const char *low, const char *high, int64_t k, int64_t n)
{
    struct ts_interval interval = ts_share_interval(k, n);
    return json_object_set_new(row, low, json_real(interval.low)) == 0 &&
           json_object_set_new(row, high, json_real(interval.high)) == 0;
}

static int64_t integer_of(const json_t *row, const char *name)
{
    return json_integer_value(json_object_get(row, name));
}

static ts_err finding_cells(struct ts_history *history, const char *signature, json_t **cells,
                            struct ts_diag *diag)
{
    ts_err err =
        select_rows(history,
                    "SELECT c.scenario, c.mode, c.flavour, " FAULTS ", count(s.run) AS shown,"
                    " count(*) FILTER (WHERE " DECIDED " OR s.run IS NOT NULL) AS lives"
                    " FROM lives l JOIN cells c USING(run, cell)"
                    " LEFT JOIN sightings s ON s.run = l.run AND s.cell = l.cell AND s.life = l.life"
                    " AND s.signature = ?1"
                    " GROUP BY 1, 2, 3, 4 HAVING shown > 0 ORDER BY 1.0 * shown / lives DESC, 1, 2, 3, 4",
                    signature, NULL, cells, diag);
    for (size_t i = 0; err == TS_OK && i < json_array_size(*cells); i++) {
        json_t *cell = json_array_get(*cells, i);
        if (!set_interval(cell, "low", "high", integer_of(cell, "shown"), integer_of(cell, "lives"))) {
            err = no_memory(history, diag);
        }
    }
    return err;
}

ts_err ts_history_finding(struct ts_history *history, const char *signature, json_t **finding,
                          struct ts_diag *diag)
{
    json_t *rows = NULL;
    json_t *cells = NULL;
    *finding = NULL;
    ts_err err = select_rows(history,
                             "SELECT signature, first_run, first_seen, last_run, last_seen, json"
                             " FROM findings WHERE signature = ?1",
                             signature, NULL, &rows, diag);
    json_t *row = json_array_get(rows, 0);
    if (err == TS_OK && row == NULL) {
        err = ts_fail(diag, TS_UNKNOWN, "read history", history->path, "no finding %s", signature);
    }
    err = err == TS_OK ? finding_cells(history, signature, &cells, diag) : err;
    if (err == TS_OK) {
        if (json_object_set(row, "finding", json_object_get(row, "json")) != 0 ||
            json_object_del(row, "json") != 0 || json_object_set(row, "cells", cells) != 0) {
            err = no_memory(history, diag);
        } else {
            *finding = json_incref(row);
        }
    }
    json_decref(cells);
    json_decref(rows);
    return err;
}

ts_err ts_history_finding_runs(struct ts_history *history, const char *signature, json_t **rows,
                               struct ts_diag *diag)
{
    return select_rows(history,
                       "SELECT id, kind, folder FROM runs"
                       " WHERE id IN (SELECT run FROM sightings WHERE signature = ?1)"
                       " ORDER BY started DESC, id DESC",
                       signature, NULL, rows, diag);
}

ts_err ts_history_run_folder(struct ts_history *history, const char *id, json_t **rows, struct ts_diag *diag)
{
    return select_rows(history, "SELECT id, folder FROM runs WHERE id = ?1", id, NULL, rows, diag);
}

ts_err ts_history_match_runs(struct ts_history *history, const char *prefix, json_t **rows,
                             struct ts_diag *diag)
{
    return select_rows(
        history,
        "SELECT id, started, kind, ended AS whole FROM runs WHERE id = ?1"
        " OR (substr(id, 1, length(?1)) = ?1 AND NOT EXISTS (SELECT 1 FROM runs WHERE id = ?1))"
        " ORDER BY id",
        prefix, NULL, rows, diag);
}

/* Some life failed and some did not: without that, p is 1 whatever happens, and the row is no comparison. */
static bool could_differ(const json_t *row)
{
    int64_t failed = integer_of(row, "failed_a") + integer_of(row, "failed_b");
    return integer_of(row, "lives_a") > 0 && integer_of(row, "lives_b") > 0 && failed > 0 &&
           failed < integer_of(row, "lives_a") + integer_of(row, "lives_b");
}

/* Many comparisons find a difference by chance: the level is shared among those that could find one. */
static bool judge_cells(json_t *cells)
{
    size_t comparisons = 0;
    size_t i;
    json_t *row;
    bool good = true;
    json_array_foreach(cells, i, row)
    {
        comparisons += could_differ(row);
    }
    json_array_foreach(cells, i, row)
    {
        int64_t failed_a = integer_of(row, "failed_a");
        int64_t lives_a = integer_of(row, "lives_a");
        int64_t failed_b = integer_of(row, "failed_b");
        int64_t lives_b = integer_of(row, "lives_b");
        double p = ts_fisher_exact(failed_a, lives_a, failed_b, lives_b);
        bool differ = could_differ(row) && p * (double)comparisons <= TS_HISTORY_LEVEL;
        good = good && set_interval(row, "low_a", "high_a", failed_a, lives_a) &&
               set_interval(row, "low_b", "high_b", failed_b, lives_b) &&
               json_object_set_new(row, "p", json_real(p)) == 0 &&
               json_object_set_new(row, "differ", json_boolean(differ)) == 0;
    }
    return good;
}

/* Deals the findings out to the three lists of the comparison. */
static bool deal_findings(json_t *comparison, const json_t *findings)
{
    static const char *const lists[] = {"findings_a", "findings_b", "findings_both"};
    size_t i;
    json_t *row;
    bool good = true;
    for (size_t list = 0; list < 3; list++) {
        good = good && json_object_set_new(comparison, lists[list], json_array()) == 0;
    }
    json_array_foreach(findings, i, row)
    {
        bool in_a = integer_of(row, "lives_a") > 0;
        bool in_b = integer_of(row, "lives_b") > 0;
        json_t *list = json_object_get(comparison, lists[in_a && in_b ? 2 : in_b]);
        good = good && json_array_append(list, row) == 0;
    }
    return good;
}

ts_err ts_history_compare(struct ts_history *history, const char *run_a, const char *run_b,
                          json_t **comparison, struct ts_diag *diag)
{
    json_t *a = NULL;
    json_t *b = NULL;
    json_t *cells = NULL;
    json_t *findings = NULL;
    *comparison = NULL;
    ts_err err = ts_history_match_runs(history, run_a, &a, diag);
    err = err == TS_OK ? ts_history_match_runs(history, run_b, &b, diag) : err;
    err = err == TS_OK ? select_rows(history,
                                     "SELECT c.scenario, c.mode, c.flavour, " FAULTS ","
                                     " count(*) FILTER (WHERE l.run = ?1 AND " FAILED ") AS failed_a,"
                                     " count(*) FILTER (WHERE l.run = ?1 AND " DECIDED ") AS lives_a,"
                                     " count(*) FILTER (WHERE l.run = ?2 AND " FAILED ") AS failed_b,"
                                     " count(*) FILTER (WHERE l.run = ?2 AND " DECIDED ") AS lives_b"
                                     " FROM cells c JOIN lives l USING(run, cell) WHERE c.run IN (?1, ?2)"
                                     " GROUP BY 1, 2, 3, 4 ORDER BY min(c.cell), 1, 2, 3, 4",
                                     run_a, run_b, &cells, diag)
                       : err;
    err = err == TS_OK ? select_rows(history,
                                     "SELECT signature, f.kind, f.title,"
                                     " count(*) FILTER (WHERE s.run = ?1) AS lives_a,"
                                     " count(*) FILTER (WHERE s.run = ?2) AS lives_b"
                                     " FROM sightings s JOIN findings f USING(signature)"
                                     " WHERE s.run IN (?1, ?2) GROUP BY 1 ORDER BY f.kind, f.title, 1",
                                     run_a, run_b, &findings, diag)
                       : err;
    if (err == TS_OK) {
        json_t *made =
            json_pack("{sO? sO? sO}", "a", json_array_get(a, 0), "b", json_array_get(b, 0), "cells", cells);
        if (made == NULL || !judge_cells(cells) || !deal_findings(made, findings)) {
            json_decref(made);
            err = no_memory(history, diag);
        } else {
            *comparison = made;
        }
    }
    json_decref(a);
    json_decref(b);
    json_decref(cells);
    json_decref(findings);
    return err;
}

ts_err ts_history_signature_count(struct ts_history *history, int64_t *count, struct ts_diag *diag)
{
    json_t *rows = NULL;
    ts_err err =
        select_rows(history, "SELECT count(DISTINCT signature) AS n FROM sightings", NULL, NULL, &rows, diag);
    *count = err == TS_OK ? integer_of(json_array_get(rows, 0), "n") : 0;
    json_decref(rows);
    return err;
}
