#include "reports/html.h"

#include "reports/utf8.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static const char replacement[] = "\xef\xbf\xbd";

void ts_html_text(FILE *out, const char *text)
{
    char *clean = ts_utf8_clean(text); /* without what turns the direction of text, too */
    for (const char *rest = clean != NULL ? clean : replacement; *rest != '\0';) {
        size_t plain = strcspn(rest, "&<>\"'");
        fwrite(rest, 1, plain, out);
        rest += plain;
        switch (*rest) {
        case '&':
            fputs("&amp;", out);
            break;
        case '<':
            fputs("&lt;", out);
            break;
        case '>':
            fputs("&gt;", out);
            break;
        case '"':
            fputs("&quot;", out);
            break;
        case '\'':
            fputs("&#39;", out);
            break;
        case '\0':
            continue;
        }
        rest++;
    }
    free(clean);
}

void ts_html_format(FILE *out, const char *format, ...)
{
    char *text = NULL;
    va_list arguments;
    va_start(arguments, format);
    int length = vasprintf(&text, format, arguments);
    va_end(arguments);
    ts_html_text(out, length >= 0 ? text : replacement);
    if (length >= 0) {
        free(text);
    }
}

void ts_html_short(FILE *out, const char *text, size_t characters)
{
    char *clean = ts_utf8_clean(text);
    size_t at = 0, seen = 0;
    for (; clean != NULL && clean[at] != '\0'; at++) {
        bool begins = ((unsigned char)clean[at] & 0xc0) != 0x80;
        if (begins && ++seen > characters) {
            break;
        }
    }
    if (clean != NULL && clean[at] != '\0') {
        /* One less, for the sign that tells. */
        do {
            at--;
        } while (at > 0 && ((unsigned char)clean[at] & 0xc0) == 0x80);
        clean[at] = '\0';
        ts_html_text(out, clean);
        fputs("\xe2\x80\xa6", out);
    } else {
        ts_html_text(out, clean != NULL ? clean : "");
    }
    free(clean);
}

void ts_html_heads(FILE *out, const char *const *heads, size_t count)
{
    fputs("<tr>", out);
    for (size_t i = 0; i < count; i++) {
        bool number = heads[i][0] == '#';
        fprintf(out, "<th scope=\"col\"%s>", number ? " class=\"n\"" : "");
        ts_html_text(out, heads[i] + number);
        fputs("</th>", out);
    }
    fputs("</tr>", out);
}
