/*
 * JSON strings from foreign text, which jansson refuses where it is not UTF-8.
 *
 * Threads: pure. Ownership: the value is the caller's, or stolen by json_pack's "o". Errors: NULL without
 * memory, which json_pack passes on.
 */
#ifndef TS_REPORTS_JSON_TEXT_H
#define TS_REPORTS_JSON_TEXT_H

#include "base/err.h"

#include <jansson.h>
#include <stdio.h>

/* As printf; what is not well-formed text becomes U+FFFD. */
json_t *ts_json_text(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Writes root, indented, with a final newline, and releases it. A NULL root is TS_NO_MEMORY. */
ts_err ts_json_write(json_t *root, const char *operation, FILE *out, struct ts_diag *diag);

#endif
