/*
 * Memory of many small pieces that are released together: the strings of a finding, a symbolizer's answers.
 *
 * Threads: one at a time. Ownership: every piece belongs to the arena. Errors: running out of memory is
 * remembered in `failed`; text functions then return "", so that a builder checks once, at its end.
 */
#ifndef TS_FINDING_ARENA_H
#define TS_FINDING_ARENA_H

#include <stdbool.h>
#include <stddef.h>

struct ts_arena_piece;

/* All zero is an empty one. */
struct ts_arena {
    struct ts_arena_piece *pieces;
    bool failed;
};

/* Zeroed and aligned for any type; NULL when there is no memory. */
void *ts_arena_take(struct ts_arena *arena, size_t size_bytes);

/* A copy; NULL is copied as "". */
const char *ts_arena_text(struct ts_arena *arena, const char *text);
const char *ts_arena_format(struct ts_arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Releases every piece; the arena is empty and usable again. */
void ts_arena_clear(struct ts_arena *arena);

#endif
