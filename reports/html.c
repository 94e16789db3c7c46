#include "reports/html.h"

#include "reports/utf8.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

void ts_html_text(FILE *out, const char *text)
{
    char *clean = ts_utf8_clean(text);
    for (const char *rest = clean != NULL ? clean : "\xef\xbf\xbd"; *rest != '\0';) {
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
        default:
            break;
        }
        rest += *rest != '\0';
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
    ts_html_text(out, length >= 0 ? text : "\xef\xbf\xbd");
    if (length >= 0) {
        free(text);
    }
}
