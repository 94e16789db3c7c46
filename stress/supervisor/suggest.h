/*
 * "Did you mean": the known name closest to a mistyped one.
 *
 * Threads: pure. Ownership: returns one of the candidates. Errors: none.
 * Distance: Damerau's edits (insert, delete, replace, swap neighbours), each letter edited once ("optimal
 * string alignment"); Damerau, CACM 7 (1964).
 */
#ifndef TS_SUPERVISOR_SUGGEST_H
#define TS_SUPERVISOR_SUGGEST_H

#include <stddef.h>

/* Letters beyond the 63rd are ignored. */
size_t ts_edit_distance(const char *a, const char *b);

/* NULL when none is near: within a third of the name's letters, at least 2. */
const char *ts_suggest(const char *name, const char *const *candidates, size_t count);

#endif
