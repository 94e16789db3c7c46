#include "reports/figure.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

const char *ts_figure_count(struct ts_figure *figure, int64_t value)
{
    char digits[24];
    int length = snprintf(digits, sizeof digits, "%" PRId64, value);
    char *to = figure->text;
    for (int i = 0; i < length; i++) {
        bool after_digit = i > 0 && digits[i - 1] != '-';
        if (after_digit && (length - i) % 3 == 0) {
            *to++ = ',';
        }
        *to++ = digits[i];
    }
    *to = '\0';
    return figure->text;
}

static const char *three_digits(struct ts_figure *figure, double value, bool up)
{
    if (!isfinite(value)) {
        snprintf(figure->text, sizeof figure->text, "unbounded");
        return figure->text;
    }
    int decimals = value < 1 ? 3 : value < 10 ? 2 : value < 100 ? 1 : 0;
    double scale = pow(10, decimals);
    /* The small slack keeps 0.3 from becoming 0.301 because its binary form is a hair above. */
    double rounded = up ? ceil(value * scale - 1e-9) / scale : round(value * scale) / scale;
    int length = snprintf(figure->text, sizeof figure->text, "%.*f", decimals, rounded);
    if (strchr(figure->text, '.') != NULL && length < (int)sizeof figure->text) {
        while (figure->text[length - 1] == '0') {
            figure->text[--length] = '\0';
        }
        if (figure->text[length - 1] == '.') {
            figure->text[--length] = '\0';
        }
    }
    return figure->text;
}

const char *ts_figure_rate(struct ts_figure *figure, double value)
{
    return three_digits(figure, value, false);
}

const char *ts_figure_rate_above(struct ts_figure *figure, double value)
{
    return three_digits(figure, value, true);
}

const char *ts_figure_percent(struct ts_figure *figure, double share)
{
    return three_digits(figure, share * 100, false);
}

const char *ts_figure_percent_above(struct ts_figure *figure, double share)
{
    return three_digits(figure, share * 100, true);
}

const char *ts_figure_duration(struct ts_figure *figure, int64_t duration_ms)
{
    double seconds = (double)duration_ms / 1000.0;
    if (seconds < 120.0) {
        snprintf(figure->text, sizeof figure->text, "%.1f s", seconds);
    } else {
        snprintf(figure->text, sizeof figure->text, "%.1f min", seconds / 60.0);
    }
    return figure->text;
}

static bool is_control(char c)
{
    return (unsigned char)c < 0x20 || c == 0x7f;
}

void ts_write_plain(FILE *out, const char *text)
{
    for (; *text != '\0'; text++) {
        fputc(is_control(*text) ? ' ' : *text, out);
    }
}

void ts_write_markdown(FILE *out, const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text == '<') {
            fputs("&lt;", out);
        } else if (*text == '&') {
            fputs("&amp;", out);
        } else {
            if (strchr("\\`*_|[]~$#", *text) != NULL) {
                fputc('\\', out);
            }
            fputc(is_control(*text) ? ' ' : *text, out);
        }
    }
}

void ts_write_code(FILE *out, const char *text)
{
    if (*text == '\0') {
        return;
    }
    fputc('`', out);
    for (; *text != '\0'; text++) {
        if (*text == '|') {
            fputs("\\|", out);
        } else {
            fputc(is_control(*text) ? ' ' : *text == '`' ? '\'' : *text, out);
        }
    }
    fputc('`', out);
}
