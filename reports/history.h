/*
 * The run history: an SQLite index of run records.
 *
 * A run's record.jsonl (or the growing record.jsonl.partial) is the journal and the only truth. The history
 * can be made again from records at any time, so nothing is stored here that is not in one of them.
 *
 * Taking a line in is idempotent. A line is known by its run's id and its number; the count of the run's
 * lines that are in is stored in the transaction that stores what they say. A kill at any moment therefore
 * neither loses nor doubles anything: the same record, or a longer one, adds what is new.
 *
 * A record is taken in by ts_history_ingest in one transaction, after ts_record_load has read all of it: one
 * that is refused leaves nothing behind, and what the history holds is what the other readers see.
 *
 * A finding keeps the text of its most recent run, and the first and the last run that had it, whatever the
 * order in which the records came.
 *
 * Threads: a history belongs to one thread at a time. Any number of processes may use one file at once; a
 * writer waits for another for up to TS_HISTORY_WAIT_MS.
 * Ownership: the caller closes what it opened; texts are copied.
 * Units: as the record's members are named. Lines are counted from 1.
 * Errors: TS_MISMATCH: another program's database, a newer schema, an unknown format, two runs with one id;
 * TS_MALFORMED: a file that is no database or is damaged, a line that does not parse or contradicts another;
 * TS_TRUNCATED: not even the run line is whole; TS_NOT_FOUND, TS_NO_SPACE, TS_NO_MEMORY, TS_IO.
 * A file that is refused is left as it was.
 */
#ifndef TS_REPORTS_HISTORY_H
#define TS_REPORTS_HISTORY_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TS_HISTORY_WAIT_MS 10000

struct ts_history;

/* What a call of ts_history_ingest added, and what it read. */
struct ts_history_counts {
    int64_t runs; /* 1 when the run was not known */
    int64_t lines;
    int64_t cells;
    int64_t lives;
    int64_t sightings;
    bool whole;   /* the record has its end line */
    char run[64]; /* the id */
};

/* Makes the file when there is none (":memory:": a history of its own, gone with its end), and brings an
 * older schema up to date. On error *history is NULL. */
ts_err ts_history_open(const char *path, struct ts_history **history, struct ts_diag *diag);

/*
 * For questions only, and for a file system that cannot be written: where its folder can be, as
 * ts_history_open; else the file is read as it is, and an older schema is refused (TS_MISMATCH).
 * TS_NOT_FOUND: there is none.
 */
ts_err ts_history_open_to_read(const char *path, struct ts_history **history, struct ts_diag *diag);

/* Copies a run that `from` knows and `to` does not, with its findings as `from` describes them. */
ts_err ts_history_copy(struct ts_history *to, struct ts_history *from, const char *run, struct ts_diag *diag);

/* Drops an open batch. Accepts NULL. */
void ts_history_close(struct ts_history *history);

/*
 * Takes in a record, or the one in a folder, or nothing of it on an error. Of a file that ends inside a line
 * the whole lines are taken.
 */
ts_err ts_history_ingest(struct ts_history *history, const char *record_or_folder,
                         struct ts_history_counts *counts, struct ts_diag *diag);

/* A batch of lines is stored at its commit, all or none, and makes other writers wait until then. */
ts_err ts_history_begin(struct ts_history *history, struct ts_diag *diag);
ts_err ts_history_commit(struct ts_history *history, struct ts_diag *diag);

/*
 * Takes in line `number` of a run's record, the run line being number 1; a line that is in already is left
 * alone. Outside a batch it is stored at once. TS_INVALID: a line before it is missing. After an error
 * nothing of this line is in; the batch goes on, unless the disk failed: then the commit fails too.
 */
ts_err ts_history_line(struct ts_history *history, const char *run, int64_t number, const char *text,
                       size_t size, struct ts_diag *diag);

/* Remembers where the record of a known run lies; ts_history_ingest does it by itself. */
ts_err ts_history_place(struct ts_history *history, const char *run, const char *folder,
                        struct ts_diag *diag);

#endif
