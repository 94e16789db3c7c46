/*
 * The lines of a record as structs, one after the other, read ahead on the processors that there are.
 *
 * A large record is parsed for longer than all else takes that is done with it, and a line does not need the
 * one before it. Lines are read by the caller of _next in bunches; it and helpers make structs of them, and
 * it gets them in the file's order. A file of one bunch, or a machine of one processor, has no helper. A
 * line's JSON begins and ends on one thread: values that are freed elsewhere than they were made cost more
 * than a second processor gains.
 *
 * Threads: one caller; up to TS_RECORD_HELPERS helpers between open and close. The bunches' states and the
 * two conditions are under one mutex; what a bunch holds belongs to whom its state names. Ownership: a line
 * is lent until the next call; what it points to belongs to the record that was given to open, once the lines
 * are closed. Progress: _next blocks on the file and on helpers. Errors: of the file as ts_fail_errno, with
 * its path; of a line in the line. A helper that cannot be started is done without.
 */
#ifndef TS_REPORTS_RECORD_AHEAD_H
#define TS_REPORTS_RECORD_AHEAD_H

#include "reports/record_line.h"

#define TS_RECORD_HELPERS 3

enum ts_record_line_type {
    TS_RECORD_LINE_NONE, /* no object with a type */
    TS_RECORD_LINE_UNKNOWN,
    TS_RECORD_LINE_RUN,
    TS_RECORD_LINE_LIFE,
    TS_RECORD_LINE_CELL,
    TS_RECORD_LINE_FINDING,
    TS_RECORD_LINE_RESUME,
    TS_RECORD_LINE_END
};

struct ts_record_any_line {
    enum ts_record_line_type type;
    bool whole; /* it ends with a line feed */
    ts_err err; /* with diag: it does not parse, or is not as its type's are */
    struct ts_diag diag;
    union {
        struct ts_record_run run;
        struct ts_record_life life;
        struct ts_record_cell cell;
        struct ts_finding finding;
        struct ts_record_resume resume;
        struct ts_record_end end;
    };
};

struct ts_record_ahead;

ts_err ts_record_ahead_open(const char *path, struct ts_record *record, struct ts_record_ahead **ahead,
                            struct ts_diag *diag);

/* NULL when there is no further line: the file is at its end, or *error is set. */
const struct ts_record_any_line *ts_record_ahead_next(struct ts_record_ahead *ahead, ts_err *error,
                                                      struct ts_diag *diag);

/* Accepts NULL. */
void ts_record_ahead_close(struct ts_record_ahead *ahead);

#endif
