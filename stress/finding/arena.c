#include "finding/arena.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct ts_arena_piece {
    struct ts_arena_piece *next;
    _Alignas(max_align_t) char bytes[];
};

void *ts_arena_take(struct ts_arena *arena, size_t size_bytes)
{
    struct ts_arena_piece *piece = calloc(1, sizeof *piece + size_bytes);
    if (piece == NULL) {
        arena->failed = true;
        return NULL;
    }
    piece->next = arena->pieces;
    arena->pieces = piece;
    return piece->bytes;
}

const char *ts_arena_text(struct ts_arena *arena, const char *text)
{
    if (text == NULL || *text == '\0') {
        return "";
    }
    size_t size = strlen(text) + 1;
    char *copy = ts_arena_take(arena, size);
    return copy != NULL ? memcpy(copy, text, size) : "";
}

const char *ts_arena_format(struct ts_arena *arena, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    va_list again;
    va_copy(again, arguments);
    int length = vsnprintf(NULL, 0, format, arguments);
    char *text = length >= 0 ? ts_arena_take(arena, (size_t)length + 1) : NULL;
    if (text != NULL) {
        vsnprintf(text, (size_t)length + 1, format, again);
    }
    va_end(again);
    va_end(arguments);
    return text != NULL ? text : "";
}

void ts_arena_clear(struct ts_arena *arena)
{
    while (arena->pieces != NULL) {
        struct ts_arena_piece *piece = arena->pieces;
        arena->pieces = piece->next;
        free(piece);
    }
    arena->failed = false;
}
