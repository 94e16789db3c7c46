/*
 * A place for a history's tests: a folder with a record and a database, and what they hold.
 *
 * Threads: one test at a time. Ownership: make and remove in pairs; the caller closes histories. Errors: trip
 * the test.
 */
#ifndef TS_REPORTS_HISTORY_FIXTURE_H
#define TS_REPORTS_HISTORY_FIXTURE_H

#include "reports/history.h"

#include <stdio.h>

#define RACE  "0x00000000000000aa"
#define CRASH "0x00000000000000ab"

struct place {
    char folder[64];
    char record[96];
    char database[96];
};

void place_make(struct place *place);
void place_clean_database(const struct place *place);
void place_remove(const struct place *place);

void write_run(FILE *file, const char *id, const char *started);
void write_finding(FILE *file, const char *signature, const char *kind, int line);

/* 5 lines and one for each life: a third of them pass, the others race, a sixth of all crashes besides. */
void write_record(const char *path, const char *id, const char *started, int lives);

/* One number, read past the module under test. */
int64_t count(const struct place *place, const char *sql);

/* What so many of write_record's records come to. */
void expect_counts(const struct place *place, int64_t runs, int64_t lives);

struct ts_history *opened(const struct place *place);
struct ts_history_counts ingested(struct ts_history *history, const char *path);

#endif
