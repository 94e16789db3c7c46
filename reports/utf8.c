#include "reports/utf8.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char replacement[] = "\xEF\xBF\xBD";

/* The length of the well-formed sequence at `at` and its character; 0 when there is none. */
static size_t decode(const unsigned char *at, uint32_t *character)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    if (at[0] < 0x80) {
        *character = at[0];
        return 1;
    }
    size_t length = at[0] >= 0xF0 && at[0] <= 0xF4   ? 4
                    : at[0] >= 0xE0 && at[0] <= 0xEF ? 3
                    : at[0] >= 0xC2 && at[0] <= 0xDF ? 2
                                                     : 0;
    if (length == 0) {
        return 0;
    }
    uint32_t value = at[0] & (0x7Fu >> length);
    for (size_t i = 1; i < length; i++) {
        /* The string's end is no continuation, so nothing behind it is read. */
        if ((at[i] & 0xC0) != 0x80) {
            return 0;
        }
        value = value << 6 | (at[i] & 0x3Fu);
    }
    *character = value;
    return value >= least[length] ? length : 0;
}

/* They make a page or a terminal show another order than the bytes have. */
static bool turns_text(uint32_t character)
{
    return character == 0x61C || character == 0x200E || character == 0x200F ||
           (character >= 0x202A && character <= 0x202E) || (character >= 0x2066 && character <= 0x2069);
}

static bool allowed(uint32_t character)
{
    if (character == '\t' || character == '\n') {
        return true;
    }
    if (character < 0x20 || (character >= 0x7F && character < 0xA0) || turns_text(character)) {
        return false;
    }
    return character < 0xD800 ||
           (character > 0xDFFF && character <= 0x10FFFF && (character & 0xFFFE) != 0xFFFE);
}

char *ts_utf8_clean(const char *text)
{
    size_t size = strlen(text);
    char *clean = malloc(size * 3 + 1);
    if (clean == NULL) {
        return NULL;
    }
    char *to = clean;
    const unsigned char *at = (const unsigned char *)text;
    while (*at != '\0') {
        uint32_t character = 0;
        size_t length = decode(at, &character);
        if (length != 0 && allowed(character)) {
            memcpy(to, at, length);
            to += length;
        } else {
            memcpy(to, replacement, 3);
            to += 3;
        }
        at += length != 0 ? length : 1;
    }
    *to = '\0';
    return clean;
}

char *ts_utf8_short(const char *text, size_t bytes)
{
    char *cut = NULL;
    if (strnlen(text, bytes + 1) <= bytes) {
        return ts_utf8_clean(text);
    }
    /* Not within a character. */
    while (bytes > 0 && ((unsigned char)text[bytes] & 0xc0) == 0x80) {
        bytes--;
    }
    if (asprintf(&cut, "%.*s...", (int)bytes, text) < 0) {
        return NULL;
    }
    char *clean = ts_utf8_clean(cut);
    free(cut);
    return clean;
}
