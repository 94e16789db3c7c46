/*
 * String functions for code that runs inside a sanitizer's report.
 *
 * libc's are intercepted: called from a report callback they can find another race and wait for the report
 * lock that their own thread holds. These are plain loops, in files compiled without sanitizers and without
 * built-ins.
 */
#ifndef TS_WORKER_RAW_TEXT_H
#define TS_WORKER_RAW_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/* Copies at most size - 1 characters and ends with NUL. Returns the number copied. */
static inline size_t ts_raw_copy(char *target, size_t size, const char *source)
{
    size_t length = 0;
    while (length + 1 < size && source[length] != '\0') {
        target[length] = source[length];
        length++;
    }
    target[length] = '\0';
    return length;
}

/* Writes a number in decimal, as ts_raw_copy. */
static inline size_t ts_raw_number(char *target, size_t size, unsigned number)
{
    char digits[12];
    size_t first = sizeof digits - 1;
    digits[first] = '\0';
    do {
        digits[--first] = (char)('0' + number % 10);
        number /= 10;
    } while (number != 0);
    return ts_raw_copy(target, size, digits + first);
}

/* Below, equal to or above zero, as strcmp. */
static inline int ts_raw_compare(const char *a, const char *b)
{
    while (*a != '\0' && *a == *b) {
        a++;
        b++;
    }
    return (unsigned char)*a - (unsigned char)*b;
}

static inline bool ts_raw_starts(const char *text, const char *prefix)
{
    while (*prefix != '\0') {
        if (*text++ != *prefix++) {
            return false;
        }
    }
    return true;
}

static inline bool ts_raw_contains(const char *text, const char *part)
{
    for (; *text != '\0'; text++) {
        if (ts_raw_starts(text, part)) {
            return true;
        }
    }
    return false;
}

#endif
