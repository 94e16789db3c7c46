/*
 * Foreign text made fit for formats that refuse part of what bytes can hold: XML 1.0 and JSON.
 *
 * Threads: pure. Ownership: the copy is the caller's, for free(). Errors: NULL without memory.
 */
#ifndef TS_REPORTS_UTF8_H
#define TS_REPORTS_UTF8_H

#include <stddef.h>

/* A copy of text in which each byte outside well-formed UTF-8 and each character that XML 1.0 forbids, or
 * that steers a terminal or turns the direction of text, is U+FFFD. Tabs and line feeds stay. */
char *ts_utf8_clean(const char *text);

/* The same of what is longer than so many bytes, cut there, and "..." behind it. */
char *ts_utf8_short(const char *text, size_t bytes);

#endif
