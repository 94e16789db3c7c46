/*
 * The folder of a run: record, kept logs, and scratch that is gone when the run is.
 *
 *   record.jsonl, lives/<cell>-<life>.log, lives/<cell>-<life>.interleaving.jsonl, scratch/ (the life's board
 * and its worker's files), ticks.bin
 *
 * Threads: one at a time. Ownership: paths are the struct's own. Errors: TS_LIMIT: a record is there already;
 * TS_NO_SPACE, TS_IO, TS_NOT_FOUND with the path.
 */
#ifndef TS_SUPERVISOR_FOLDER_H
#define TS_SUPERVISOR_FOLDER_H

#include "base/err.h"

#include <limits.h>
#include <stddef.h>
#include <stdint.h>

struct ts_run_folder {
    char id[64]; /* "<UTC time>-<12 random hex digits>": unique over machines */
    char path[PATH_MAX - 128];
    char scratch[PATH_MAX - 64];
    char board[PATH_MAX - 32];
    char ticks[PATH_MAX - 32];
};

/* out NULL: a new folder runs/<id>. Otherwise out, made with its parents unless it is there. */
ts_err ts_run_folder_create(struct ts_run_folder *folder, const char *out, struct ts_diag *diag);

/* The folder of a run that goes on. */
void ts_run_folder_resume(struct ts_run_folder *folder, const char *path, const char *id);

/* Fresh and empty, for one life. */
ts_err ts_run_folder_scratch(const struct ts_run_folder *folder, struct ts_diag *diag);

/* Writes what is kept of a life under lives/, named by its kind: "log"; *name is its path relative to the
 * folder. */
ts_err ts_run_folder_keep(const struct ts_run_folder *folder, size_t cell, uint64_t life, const char *kind,
                          const char *text, size_t size, char *name, size_t name_size, struct ts_diag *diag);

/* Removes scratch and ticks. */
void ts_run_folder_clean(const struct ts_run_folder *folder);

#endif
