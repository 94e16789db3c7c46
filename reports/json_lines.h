/*
 * The lines of a file as JSON values, one after the other, parsed ahead on the processors that there are.
 *
 * A large record is parsed for longer than all else takes that is done with it, and a line does not need the
 * one before it. Lines are read by the caller of _next in bunches; it and helpers parse them, and it gets
 * them in the file's order. A file of one bunch, or a machine of one processor, has no helper.
 *
 * Threads: one caller; up to TS_JSON_LINES_HELPERS helpers between open and close, which touch nothing else.
 * The bunches' states and the two conditions are under one mutex; what a bunch holds belongs to whom its
 * state names. Ownership: a line's text and value are lent until the next call. Progress: _next blocks on the
 * file and on helpers. Errors: TS_NOT_FOUND, TS_IO and the like with the path; a helper that cannot be
 * started is done without.
 */
#ifndef TS_REPORTS_JSON_LINES_H
#define TS_REPORTS_JSON_LINES_H

#include "base/err.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#define TS_JSON_LINES_HELPERS 3

struct ts_json_line {
    const char *text; /* with its line feed, unless the file ends without */
    size_t length;    /* more than 0 */
    json_t *value;    /* NULL: it is none, or there was no memory; ts_json_lines_parse says which */
};

struct ts_json_lines;

ts_err ts_json_lines_open(const char *path, struct ts_json_lines **lines, struct ts_diag *diag);

/* False when there is no further line: the file is at its end, or *error is set. */
bool ts_json_lines_next(struct ts_json_lines *lines, struct ts_json_line *line, ts_err *error,
                        struct ts_diag *diag);

/* As each line is parsed: an object must not name a member twice. */
json_t *ts_json_lines_parse(const char *text, size_t length, json_error_t *error);

/* Accepts NULL. */
void ts_json_lines_close(struct ts_json_lines *lines);

#endif
