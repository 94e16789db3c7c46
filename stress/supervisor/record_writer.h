/*
 * The run record, as it is written: `record.jsonl.partial` line by line, renamed to `record.jsonl` when it is
 * whole.
 *
 * Each line is one write(2), so a killed supervisor leaves whole lines and at most one cut at the end.
 *
 * Threads: one at a time. Ownership: init leaves *writer with an open file, which finish or abandon closes; a
 * line takes over its object. Errors: TS_LIMIT: another record is there; TS_NO_SPACE, TS_IO with the path:
 * what was written stays.
 */
#ifndef TS_SUPERVISOR_RECORD_WRITER_H
#define TS_SUPERVISOR_RECORD_WRITER_H

#include "base/err.h"

#include <jansson.h>
#include <limits.h>

/* Sees each line (with its newline) after it was written. */
typedef void (*ts_record_echo)(const char *line, size_t size, void *user_data);

struct ts_record_writer {
    int file; /* -1 when closed */
    ts_record_echo echo;
    void *user_data;
    char folder[PATH_MAX];
    char partial_path[PATH_MAX + 32];
    char path[PATH_MAX + 32];
};

ts_err ts_record_writer_init(struct ts_record_writer *writer, const char *folder, ts_record_echo echo,
                             void *user_data, struct ts_diag *diag);
/* Locks the partial record in the folder to go on with it; what stands behind its last whole line is cut off.
 * TS_LIMIT: its run is still writing it. */
ts_err ts_record_writer_resume(struct ts_record_writer *writer, const char *folder, struct ts_diag *diag);
/* A second writer on the same locked file, which each of the two closes for itself. */
ts_err ts_record_writer_share(struct ts_record_writer *writer, const struct ts_record_writer *resumed,
                              ts_record_echo echo, void *user_data, struct ts_diag *diag);
ts_err ts_record_writer_line(struct ts_record_writer *writer, json_t *object, struct ts_diag *diag);

/* On disk and under its final name, or an error and still partial. Closes the file either way. */
ts_err ts_record_writer_finish(struct ts_record_writer *writer, struct ts_diag *diag);

/* Leaves the record partial. Does nothing after finish. */
void ts_record_writer_abandon(struct ts_record_writer *writer);

#endif
