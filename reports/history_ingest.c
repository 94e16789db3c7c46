#include "reports/history.h"
#include "reports/history_schema.h"

#include <errno.h>
#include <jansson.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BATCH_LINES 256

/* A journal that is being read. */
struct journal {
    FILE *file;
    char path[PATH_MAX];
    char *line;
    size_t capacity;
    size_t size; /* of the line, without its newline */
    int64_t number;
};

/* TS_END at the end of the file or inside a cut line. */
static ts_err next_line(struct journal *journal, struct ts_diag *diag)
{
    errno = 0;
    ssize_t size = getline(&journal->line, &journal->capacity, journal->file);
    if (size < 0 && (ferror(journal->file) || errno == ENOMEM)) {
        return ts_fail_errno(diag, errno, "read record", journal->path);
    }
    if (size <= 0 || journal->line[size - 1] != '\n') {
        return TS_END;
    }
    journal->size = (size_t)size - 1;
    journal->number++;
    return TS_OK;
}

static ts_err open_journal(struct journal *journal, const char *name, struct ts_diag *diag)
{
    struct stat status;
    bool folder = stat(name, &status) == 0 && S_ISDIR(status.st_mode);
    snprintf(journal->path, sizeof journal->path, folder ? "%s/record.jsonl" : "%s", name);
    if (folder && access(journal->path, F_OK) != 0) {
        snprintf(journal->path, sizeof journal->path, "%s/record.jsonl.partial", name);
    }
    journal->file = fopen(journal->path, "re");
    return journal->file == NULL ? ts_fail_errno(diag, errno, "read record", journal->path) : TS_OK;
}

/* The id in the run line, which is the journal's current one. */
static ts_err read_id(const struct journal *journal, struct ts_history_counts *counts, struct ts_diag *diag)
{
    json_t *line = json_loadb(journal->line, journal->size, 0, NULL);
    const char *id = json_string_value(json_object_get(line, "id"));
    bool good = id != NULL && id[0] != '\0' && strlen(id) < sizeof counts->run;
    if (good) {
        strcpy(counts->run, id);
    }
    json_decref(line);
    return good ? TS_OK
                : ts_fail(diag, TS_MALFORMED, "read record", journal->path,
                          "line 1 is not a run line with an id");
}

static ts_err place_journal(struct ts_history *history, const struct journal *journal, const char *run,
                            struct ts_diag *diag)
{
    char folder[PATH_MAX];
    if (realpath(journal->path, folder) == NULL) {
        return TS_OK; /* renamed meanwhile, as a run does at its end; the place is only a help */
    }
    char *slash = strrchr(folder, '/');
    if (slash != NULL) {
        *slash = '\0';
    }
    return ts_history_place(history, run, folder, diag);
}

/* Takes in up to BATCH_LINES lines from the current one on; TS_END after the last. */
static ts_err take_batch(struct ts_history *history, struct journal *journal,
                         struct ts_history_counts *counts, struct ts_diag *diag)
{
    ts_err err = ts_history_begin(history, diag);
    if (err != TS_OK) {
        return err;
    }
    for (int i = 0; err == TS_OK && i < BATCH_LINES; i++) {
        err = ts_history_take(history, counts->run, journal->number, journal->line, journal->size, counts,
                              diag);
        if (err != TS_OK) {
            ts_diag_context(diag, "%s, line %lld", journal->path, (long long)journal->number);
        }
        err = err == TS_OK ? next_line(journal, diag) : err;
    }
    struct ts_diag *told = err == TS_OK || err == TS_END ? diag : NULL;
    ts_err committed = ts_history_commit(history, told);
    if (committed != TS_OK) {
        ts_history_drop(history);
    }
    return told != NULL && committed != TS_OK ? committed : err;
}

static ts_err read_ended(struct ts_history *history, struct ts_history_counts *counts, struct ts_diag *diag)
{
    sqlite3_stmt *statement = NULL;
    ts_err err = TS_OK;
    if (sqlite3_prepare_v2(history->database, "SELECT ended FROM runs WHERE id = ?1", -1, &statement, NULL) !=
            SQLITE_OK ||
        sqlite3_bind_text(statement, 1, counts->run, -1, SQLITE_STATIC) != SQLITE_OK ||
        sqlite3_step(statement) != SQLITE_ROW) {
        err = ts_history_fail(history, "read history", diag);
    } else {
        counts->whole = sqlite3_column_int(statement, 0) != 0;
    }
    sqlite3_finalize(statement);
    return err;
}

ts_err ts_history_ingest(struct ts_history *history, const char *record_or_folder,
                         struct ts_history_counts *counts, struct ts_diag *diag)
{
    struct journal journal = {0};
    memset(counts, 0, sizeof *counts);
    ts_err err = open_journal(&journal, record_or_folder, diag);
    err = err == TS_OK ? next_line(&journal, diag) : err;
    if (err == TS_END) {
        err = ts_fail(diag, TS_TRUNCATED, "read record", journal.path, "not even the run line is whole");
    }
    err = err == TS_OK ? read_id(&journal, counts, diag) : err;
    while (err == TS_OK) {
        err = take_batch(history, &journal, counts, diag);
    }
    if (err == TS_END) {
        err = place_journal(history, &journal, counts->run, diag);
        err = err == TS_OK ? read_ended(history, counts, diag) : err;
    }
    free(journal.line);
    if (journal.file != NULL) {
        fclose(journal.file);
    }
    return err;
}
