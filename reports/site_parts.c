#include "reports/site_parts.h"

#include "reports/figure.h"
#include "reports/html.h"
#include "reports/statistics.h"

#include <string.h>

void ts_site_begin(FILE *out, const char *title, unsigned refresh_s)
{
    fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
          "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n",
          out);
    if (refresh_s > 0) {
        fprintf(out, "<meta http-equiv=\"refresh\" content=\"%u\">\n", refresh_s);
    }
    fputs("<link rel=\"stylesheet\" href=\"/style.css\">\n<link rel=\"icon\" href=\"data:,\">\n<title>", out);
    ts_html_text(out, title);
    fputs(
        " - Tickstorm</title>\n</head>\n<body>\n<nav aria-label=\"Pages\"><a href=\"/\">Runs</a><a "
        "href=\"/findings\">Findings</a><a href=\"/trend\">Trend</a><a href=\"/compare\">Compare</a></nav>\n"
        "<main>\n<h1>",
        out);
    ts_html_text(out, title);
    fputs("</h1>\n", out);
}

void ts_site_end(FILE *out)
{
    fputs("</main>\n</body>\n</html>\n", out);
}

unsigned ts_site_say(FILE *out, unsigned status, const char *title, const char *text)
{
    ts_site_begin(out, title, 0);
    fputs("<p>", out);
    ts_html_text(out, text);
    fputs("</p>\n", out);
    ts_site_end(out);
    return status;
}

bool ts_site_is_id(const char *text)
{
    size_t length = strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-");
    return length > 0 && length < TS_SITE_ID_MAX && text[length] == '\0' && text[0] != '.';
}

void ts_site_link(FILE *out, const char *prefix, const char *id, const char *text)
{
    if (ts_site_is_id(id)) {
        fprintf(out, "<a href=\"%s/%s\">", prefix, id);
        ts_html_text(out, text[0] != '\0' ? text : id);
        fputs("</a>", out);
    } else {
        ts_html_text(out, text[0] != '\0' ? text : id);
    }
}

void ts_site_cell(FILE *out, const char *text)
{
    fputs("<td>", out);
    ts_html_text(out, text);
    fputs("</td>", out);
}

void ts_site_number(FILE *out, int64_t number)
{
    struct ts_figure figure;
    fprintf(out, "<td class=\"n\">%s</td>", ts_figure_count(&figure, number));
}

const char *ts_site_text(const json_t *row, const char *name)
{
    const char *text = json_string_value(json_object_get(row, name));
    return text != NULL ? text : "";
}

int64_t ts_site_integer(const json_t *row, const char *name)
{
    return json_integer_value(json_object_get(row, name));
}

void ts_site_share(FILE *out, int64_t k, int64_t n)
{
    struct ts_figure of, all, low, high;
    struct ts_interval share = ts_share_interval(k, n);
    fprintf(out, "<td class=\"n\">%s of %s", ts_figure_count(&of, k), ts_figure_count(&all, n));
    if (n > 0 && k > 0) {
        fprintf(out, "; %s to %s %%", ts_figure_percent(&low, share.low),
                ts_figure_percent(&high, share.high));
    } else if (n > 0) {
        fprintf(out, "; below %s %%", ts_figure_percent_above(&high, ts_share_bound_none(n)));
    }
    fputs("</td>", out);
}

struct ts_history *ts_site_history(const struct ts_website *site, FILE *out, unsigned *status)
{
    struct ts_history *history = NULL;
    struct ts_diag diag;
    char line[512];
    ts_err error = ts_history_open_to_read(site->history, &history, &diag);
    if (error == TS_NOT_FOUND) {
        *status =
            ts_site_say(out, 404, "No history yet", "No run has ended, or --history names another file.");
    } else if (error != TS_OK) {
        *status = ts_site_say(out, 500, "The history cannot be read", ts_diag_line(&diag, line, sizeof line));
    }
    return history;
}
