#include "reports/history.h"

#include "reports/history_schema.h"
#include "reports/record.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

enum statement {
    KNOWN_RUN,
    ADD_RUN,
    ADD_LIFE,
    ADD_CELL,
    ADD_FINDING,
    ADD_SIGHTING,
    END_RUN,
    PROGRESS,
    PLACE
};

_Static_assert(PLACE + 1 == TS_HISTORY_STATEMENTS, "a slot for each statement");

/* A parameter ":name" is that member of the line; "@name" is bound by hand, see bind_own. */
static const char *const statement_texts[TS_HISTORY_STATEMENTS] = {
    [KNOWN_RUN] = "SELECT lines_ingested, json FROM runs WHERE id = @run",
    [ADD_RUN] =
        "INSERT INTO runs(id, kind, command, started, seed, commit_id, dirty, toolchain, machine, plan,"
        " tool, lines_ingested, json) VALUES(@run, :kind, :command, :started, :seed, :commit, :dirty,"
        " :toolchain, :machine, :plan, :tool, 0, @text)",
    [ADD_LIFE] = "INSERT INTO lives VALUES(@run, :cell, :life, :seed, :started_ms, :duration_ms, :exit_code,"
                 " :signal, :outcome, :class, :detail, :log)",
    [ADD_CELL] = "INSERT INTO cells VALUES(@run, :cell, :scenario, :mode, :flavour, :seed, :lives, :restarts,"
                 " :elapsed_ms, :outcome, :class, :as_expected, :hazard_count, :command, @text)",
    [ADD_FINDING] =
        "INSERT INTO findings SELECT :signature, :kind, :title, :description, @text, id, started, id, started"
        " FROM runs WHERE id = @run"
        " ON CONFLICT(signature) DO UPDATE SET"
        " first_run = iif(excluded.first_seen < first_seen, excluded.first_run, first_run),"
        " first_seen = min(excluded.first_seen, first_seen),"
        " title = iif(excluded.last_seen >= last_seen, excluded.title, title),"
        " description = iif(excluded.last_seen >= last_seen, excluded.description, description),"
        " json = iif(excluded.last_seen >= last_seen, excluded.json, json),"
        " last_run = iif(excluded.last_seen >= last_seen, excluded.last_run, last_run),"
        " last_seen = max(excluded.last_seen, last_seen)",
    [ADD_SIGHTING] = "INSERT INTO sightings VALUES(@run, :cell, :life, @signature, @count)"
                     " ON CONFLICT DO UPDATE SET count = count + excluded.count",
    [END_RUN] =
        "UPDATE runs SET verdict = :verdict, sentence = :sentence, elapsed_ms = :elapsed_ms, ended = 1"
        " WHERE id = @run",
    [PROGRESS] = "UPDATE runs SET lines_ingested = @count WHERE id = @run",
    [PLACE] = "UPDATE runs SET folder = @text WHERE id = @run AND folder IS NOT @text",
};

/* What is bound by hand. */
struct own {
    const char *run;
    const char *text;
    size_t size;
    const char *signature;
    int64_t count;
};

static int bind_own(sqlite3_stmt *statement, int index, const char *name, const struct own *own)
{
    if (strcmp(name, "run") == 0) {
        return sqlite3_bind_text(statement, index, own->run, -1, SQLITE_STATIC);
    }
    if (strcmp(name, "text") == 0) {
        return sqlite3_bind_text64(statement, index, own->text, own->size, SQLITE_STATIC, SQLITE_UTF8);
    }
    if (strcmp(name, "signature") == 0) {
        return sqlite3_bind_text(statement, index, own->signature, -1, SQLITE_STATIC);
    }
    return sqlite3_bind_int64(statement, index, own->count);
}

static int bind_member(sqlite3_stmt *statement, int index, const json_t *value)
{
    switch (value == NULL ? JSON_NULL : json_typeof(value)) {
    case JSON_STRING:
        return sqlite3_bind_text(statement, index, json_string_value(value), -1, SQLITE_STATIC);
    case JSON_INTEGER:
        return sqlite3_bind_int64(statement, index, json_integer_value(value));
    case JSON_REAL:
        return sqlite3_bind_double(statement, index, json_real_value(value));
    case JSON_TRUE:
    case JSON_FALSE:
        return sqlite3_bind_int64(statement, index, json_is_true(value));
    case JSON_NULL:
        return sqlite3_bind_null(statement, index);
    default:
        break;
    }
    char *text = json_dumps(value, JSON_COMPACT);
    return text == NULL ? SQLITE_NOMEM : sqlite3_bind_text(statement, index, text, -1, free);
}

/* The statement with its parameters bound, or NULL; the caller resets it. */
static sqlite3_stmt *bound(struct ts_history *history, enum statement which, const json_t *line,
                           const struct own *own)
{
    sqlite3_stmt **statement = &history->statements[which];
    if (*statement == NULL && sqlite3_prepare_v3(history->database, statement_texts[which], -1,
                                                 SQLITE_PREPARE_PERSISTENT, statement, NULL) != SQLITE_OK) {
        return NULL;
    }
    for (int i = 1; i <= sqlite3_bind_parameter_count(*statement); i++) {
        const char *name = sqlite3_bind_parameter_name(*statement, i);
        int result = name[0] == '@' ? bind_own(*statement, i, name + 1, own)
                                    : bind_member(*statement, i, json_object_get(line, name + 1));
        if (result != SQLITE_OK) {
            return NULL;
        }
    }
    return *statement;
}

static ts_err run_statement(struct ts_history *history, enum statement which, const json_t *line,
                            const struct own *own, struct ts_diag *diag)
{
    sqlite3_stmt *statement = bound(history, which, line, own);
    ts_err err = TS_OK;
    if (statement == NULL || sqlite3_step(statement) != SQLITE_DONE) {
        err = ts_history_fail(history, "write history", diag);
    }
    sqlite3_reset(statement);
    return err;
}

/* Sets *lines to the lines of the run that are in, -1 when it is not known, and *same to whether its run line
 * is own->text, which is compared when it is not NULL. */
static ts_err known_run(struct ts_history *history, const struct own *own, int64_t *lines, bool *same,
                        struct ts_diag *diag)
{
    sqlite3_stmt *statement = bound(history, KNOWN_RUN, NULL, own);
    int result = statement == NULL ? SQLITE_ERROR : sqlite3_step(statement);
    ts_err err = TS_OK;
    *lines = -1;
    *same = true;
    if (result == SQLITE_ROW) {
        const void *text = sqlite3_column_text(statement, 1);
        *lines = sqlite3_column_int64(statement, 0);
        *same =
            own->text == NULL || (text != NULL && (size_t)sqlite3_column_bytes(statement, 1) == own->size &&
                                  memcmp(text, own->text, own->size) == 0);
    } else if (result != SQLITE_DONE) {
        err = ts_history_fail(history, "read history", diag);
    }
    sqlite3_reset(statement);
    return err;
}

static ts_err refuse(struct ts_history *history, ts_err code, const char *why, struct ts_diag *diag)
{
    return ts_fail(diag, code, "write history", history->path, "%s", why);
}

static ts_err take_run(struct ts_history *history, const json_t *line, const struct own *own,
                       struct ts_history_counts *counts, struct ts_diag *diag)
{
    json_int_t format = json_integer_value(json_object_get(line, "format"));
    const char *id = json_string_value(json_object_get(line, "id"));
    if (format != TS_RECORD_FORMAT) {
        return ts_fail(diag, TS_MISMATCH, "write history", history->path,
                       "record of format %lld; format %d is known", (long long)format, TS_RECORD_FORMAT);
    }
    if (id == NULL || strcmp(id, own->run) != 0) {
        return refuse(history, TS_MALFORMED, "the run line has another id", diag);
    }
    counts->runs++;
    return run_statement(history, ADD_RUN, line, own, diag);
}

/* The sightings of reports[] or violations[]. */
static ts_err take_sightings(struct ts_history *history, const json_t *life, const char *member,
                             const struct own *of_line, struct ts_history_counts *counts,
                             struct ts_diag *diag)
{
    const json_t *items = json_object_get(life, member);
    struct own own = *of_line;
    ts_err err = TS_OK;
    for (size_t i = 0; err == TS_OK && i < json_array_size(items); i++) {
        const json_t *item = json_array_get(items, i);
        const json_t *count = json_object_get(item, "count");
        own.signature = json_string_value(json_object_get(item, "signature"));
        own.count = json_is_integer(count) ? json_integer_value(count) : 1;
        if (own.signature != NULL) {
            err = run_statement(history, ADD_SIGHTING, life, &own, diag);
            counts->sightings++;
        }
    }
    return err;
}

static bool names_signature(const json_t *items, const char *signature)
{
    for (size_t i = 0; i < json_array_size(items); i++) {
        const char *other = json_string_value(json_object_get(json_array_get(items, i), "signature"));
        if (other != NULL && strcmp(other, signature) == 0) {
            return true;
        }
    }
    return false;
}

static ts_err take_life(struct ts_history *history, const json_t *line, const struct own *of_line,
                        struct ts_history_counts *counts, struct ts_diag *diag)
{
    struct own own = *of_line;
    ts_err err = run_statement(history, ADD_LIFE, line, &own, diag);
    err = err == TS_OK ? take_sightings(history, line, "reports", &own, counts, diag) : err;
    err = err == TS_OK ? take_sightings(history, line, "violations", &own, counts, diag) : err;
    counts->lives++;
    /* How the life ended; a report of the same defect has been counted already. */
    own.signature = json_string_value(json_object_get(line, "finding"));
    own.count = 1;
    if (err != TS_OK || own.signature == NULL ||
        names_signature(json_object_get(line, "reports"), own.signature) ||
        names_signature(json_object_get(line, "violations"), own.signature)) {
        return err;
    }
    counts->sightings++;
    return run_statement(history, ADD_SIGHTING, line, &own, diag);
}

static ts_err take_line(struct ts_history *history, const json_t *line, int64_t number, const struct own *own,
                        struct ts_history_counts *counts, struct ts_diag *diag)
{
    const char *type = json_string_value(json_object_get(line, "type"));
    struct own progress = {.run = own->run, .count = number};
    ts_err err = TS_OK;
    if (type == NULL) {
        return refuse(history, TS_MALFORMED, "a line without type", diag);
    }
    if ((strcmp(type, "run") == 0) != (number == 1)) {
        return refuse(history, TS_MALFORMED, "the run line is the first one, and no other", diag);
    }
    if (number == 1) {
        err = take_run(history, line, own, counts, diag);
    } else if (strcmp(type, "life") == 0) {
        err = take_life(history, line, own, counts, diag);
    } else if (strcmp(type, "cell") == 0) {
        counts->cells++;
        err = run_statement(history, ADD_CELL, line, own, diag);
    } else if (strcmp(type, "finding") == 0) {
        err = run_statement(history, ADD_FINDING, line, own, diag);
    } else if (strcmp(type, "end") == 0) {
        err = run_statement(history, END_RUN, line, own, diag);
    } else if (strcmp(type, "resume") != 0) {
        err = refuse(history, TS_MALFORMED, "a line of a type that nobody knows", diag);
    }
    counts->lines++;
    return err == TS_OK ? run_statement(history, PROGRESS, NULL, &progress, diag) : err;
}

/* A savepoint keeps a line that fails halfway from leaving its first half. */
ts_err ts_history_take(struct ts_history *history, const char *run, int64_t number, const char *text,
                       size_t size, struct ts_history_counts *counts, struct ts_diag *diag)
{
    const struct own own = {.run = run, .text = text, .size = size};
    struct ts_history_counts before = *counts;
    struct own key = {.run = run, .text = number == 1 ? text : NULL, .size = size};
    int64_t lines = -1;
    bool same = true;
    json_error_t error;
    ts_err err = known_run(history, &key, &lines, &same, diag);
    if (err != TS_OK || number <= lines) {
        return err == TS_OK && !same
                   ? refuse(history, TS_MISMATCH, "the history has another run of the same id", diag)
                   : err;
    }
    if (number != (lines < 0 ? 1 : lines + 1)) {
        return ts_fail(diag, TS_INVALID, "write history", history->path,
                       "line %lld of run %s came after line %lld", (long long)number, run,
                       (long long)(lines < 0 ? 0 : lines));
    }
    json_t *line = json_loadb(text, size, JSON_REJECT_DUPLICATES, &error);
    if (line == NULL) {
        return ts_fail(diag, TS_MALFORMED, "write history", history->path, "%s", error.text);
    }
    err = ts_history_execute(history, "SAVEPOINT line", "write history", diag);
    if (err == TS_OK) {
        err = take_line(history, line, number, &own, counts, diag);
        if (err == TS_OK) {
            err = ts_history_execute(history, "RELEASE line", "write history", diag);
        } else {
            *counts = before;
            /* Fails only where the disk's failure has ended the whole batch. */
            (void)sqlite3_exec(history->database, "ROLLBACK TO line; RELEASE line", NULL, NULL, NULL);
        }
    }
    json_decref(line);
    return err;
}

ts_err ts_history_begin(struct ts_history *history, struct ts_diag *diag)
{
    return ts_history_execute(history, "BEGIN IMMEDIATE", "write history", diag);
}

ts_err ts_history_commit(struct ts_history *history, struct ts_diag *diag)
{
    return ts_history_execute(history, "COMMIT", "write history", diag);
}

void ts_history_drop(struct ts_history *history)
{
    if (!sqlite3_get_autocommit(history->database)) {
        (void)sqlite3_exec(history->database, "ROLLBACK", NULL, NULL,
                           NULL); /* the first error is the one told */
    }
}

ts_err ts_history_line(struct ts_history *history, const char *run, int64_t number, const char *text,
                       size_t size, struct ts_diag *diag)
{
    struct ts_history_counts counts = {0};
    bool alone = sqlite3_get_autocommit(history->database) != 0;
    size -= size > 0 && text[size - 1] == '\n';
    ts_err err = alone ? ts_history_begin(history, diag) : TS_OK;
    err = err == TS_OK ? ts_history_take(history, run, number, text, size, &counts, diag) : err;
    err = err == TS_OK && alone ? ts_history_commit(history, diag) : err;
    if (err != TS_OK) {
        if (alone) {
            ts_history_drop(history);
        }
        ts_diag_context(diag, "line %lld", (long long)number);
    }
    return err;
}

ts_err ts_history_place(struct ts_history *history, const char *run, const char *folder, struct ts_diag *diag)
{
    struct own own = {.run = run, .text = folder, .size = strlen(folder)};
    return run_statement(history, PLACE, NULL, &own, diag);
}
