/*
 * Foreign text in HTML.
 *
 * Records hold what programs under test wrote: symbols, paths, messages. All of it goes through here, and
 * stands for itself: no tag, no attribute, no character reference can come of it.
 *
 * Threads: pure. Ownership: nothing is kept. Errors: the stream's own, as of any write; without memory the
 * text is one U+FFFD.
 */
#ifndef TS_REPORTS_HTML_H
#define TS_REPORTS_HTML_H

#include <stddef.h>
#include <stdio.h>

/* As content of an element, or as an attribute's value within quotes of either kind. What is not well-formed
 * UTF-8, each control character that is no tab or line feed, and each that turns the direction of text,
 * becomes U+FFFD. */
void ts_html_text(FILE *out, const char *text);

/* The same of the first so many characters; what was cut is told by "…". */
void ts_html_short(FILE *out, const char *text, size_t characters);

/* The same of what printf makes. */
void ts_html_format(FILE *out, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* <tr> of column headings; those that begin with '#' hold numbers. */
void ts_html_heads(FILE *out, const char *const *heads, size_t count);

#endif
