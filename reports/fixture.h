/*
 * Records for the tests of this room, written as the supervisor writes them.
 *
 * Threads: a test's own. Ownership: folders are removed by fixture_remove; strings are the caller's.
 * Errors: a fixture that cannot be written fails the test.
 */
#ifndef TS_REPORTS_FIXTURE_H
#define TS_REPORTS_FIXTURE_H

#include "reports/record.h"

#include <stdio.h>

struct fixture {
    char folder[64];
    char path[96];
    FILE *file;
};

struct fixture_cell {
    const char *scenario;
    const char *mode;
    const char *flavour;
    ts_record_outcome outcome; /* pass, crash, race, memory-error or inconclusive */
    int lives;
    int hazard_count;
    const char *expect;
    bool as_expected;
};

/* A new folder with an open record in it. */
void fixture_open(struct fixture *fixture);

/* Closes the record and loads it. */
ts_err fixture_load(struct fixture *fixture, struct ts_record **record, struct ts_diag *diag);
void fixture_remove(struct fixture *fixture);

void fixture_run(FILE *file, int cells);

/*
 * The lives of cell `number`, 800 ms each, and its line of 10 s. Each life of a crash has one of the classes
 * in turn: pure-virtual-call, segmentation-violation, heap-corruption; a cell of crashes restarts lives - 1
 * times.
 */
void fixture_cell(FILE *file, int number, const struct fixture_cell *cell);
void fixture_end(FILE *file, const char *verdict, const char *sentence, bool interrupted);

/*
 * 3 scenarios x 4 modes x 3 flavours. Direct fails as expected, with crashes under plain (12 lives), a use
 * after free under asan (8 lives), races under tsan (5 lives); the other modes pass in 12 lives, with hazard
 * 1234. Leaves the run without its end line. Cell 35 is queue delivery of the last scenario under tsan; NULL
 * keeps it.
 */
void fixture_contrast(FILE *file, const struct fixture_cell *instead_of_last);

/* What the table is, for the caller to free. */
char *fixture_text(const struct ts_record *record, bool colour);

#endif
