#include "reports/history.h"
#include "reports/history_schema.h"
#include "reports/input_file.h"
#include "reports/record.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A journal that is being read. */
struct journal {
    FILE *file;
    char path[PATH_MAX];
    char *line;
    size_t capacity;
    size_t size; /* of the line, without its newline */
    int64_t number;
    int64_t last; /* lines that ts_record_load has found good */
};

/* TS_END after the last good line. A record that grows may have more by now. */
static ts_err next_line(struct journal *journal, struct ts_diag *diag)
{
    if (journal->number == journal->last) {
        return TS_END;
    }
    errno = 0;
    ssize_t size = getline(&journal->line, &journal->capacity, journal->file);
    if (size < 0 && (ferror(journal->file) || errno == ENOMEM)) {
        return ts_fail_errno(diag, errno, "read record", journal->path);
    }
    if (size <= 0) {
        return ts_fail(diag, TS_MALFORMED, "read record", journal->path, "was changed while it was read");
    }
    journal->size = (size_t)size - (journal->line[size - 1] == '\n'); /* an end line may lack it */
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
    return ts_input_open(journal->path, "read record", &journal->file, diag);
}

/* Reads all of it, as every other reader does, before any of it is taken in. */
static ts_err check_journal(struct journal *journal, struct ts_history_counts *counts, struct ts_diag *diag)
{
    struct ts_record *record = NULL;
    ts_err err = ts_record_load(journal->path, &record, diag);
    if (err != TS_OK) {
        return err;
    }
    bool good = record->run.id[0] != '\0' && strlen(record->run.id) < sizeof counts->run;
    if (good) {
        snprintf(counts->run, sizeof counts->run, "%s", record->run.id);
    }
    journal->last = (int64_t)record->line_count;
    ts_record_free(record);
    return good ? TS_OK
                : ts_fail(diag, TS_MALFORMED, "read record", journal->path, "line 1 has no id of a run");
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

static ts_err take_lines(struct ts_history *history, struct journal *journal,
                         struct ts_history_counts *counts, struct ts_diag *diag)
{
    ts_err err = next_line(journal, diag);
    while (err == TS_OK) {
        err = ts_history_take(history, counts->run, journal->number, journal->line, journal->size, counts,
                              diag);
        if (err != TS_OK) {
            ts_diag_context(diag, "%s, line %lld", journal->path, (long long)journal->number);
            return err;
        }
        err = next_line(journal, diag);
    }
    return err == TS_END ? TS_OK : err;
}

/* All that is new in it, or nothing. */
static ts_err take_journal(struct ts_history *history, struct journal *journal,
                           struct ts_history_counts *counts, struct ts_diag *diag)
{
    ts_err err = ts_history_begin(history, diag);
    if (err != TS_OK) {
        return err;
    }
    err = take_lines(history, journal, counts, diag);
    err = err == TS_OK ? place_journal(history, journal, counts->run, diag) : err;
    err = err == TS_OK ? ts_history_commit(history, diag) : err;
    if (err != TS_OK) {
        ts_history_drop(history);
    }
    return err;
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
    err = err == TS_OK ? check_journal(&journal, counts, diag) : err;
    err = err == TS_OK ? take_journal(history, &journal, counts, diag) : err;
    err = err == TS_OK ? read_ended(history, counts, diag) : err;
    free(journal.line);
    if (journal.file != NULL) {
        fclose(journal.file);
    }
    return err;
}
