/* One finding, over all runs. */
#include "reports/html.h"
#include "reports/site_parts.h"

#include <inttypes.h>
#include <string.h>

static void write_fact(FILE *out, const char *name, const char *text)
{
    if (text[0] != '\0') {
        fprintf(out, "<dt>%s</dt><dd>", name);
        ts_html_text(out, text);
        fputs("</dd>\n", out);
    }
}

static void write_frame(FILE *out, const json_t *frame)
{
    const char *function = ts_site_text(frame, "function"), *file = ts_site_text(frame, "file");
    fputs("<li><code>", out);
    ts_html_text(out, function[0] != '\0' ? function : "??");
    fputs("</code> ", out);
    if (file[0] == '\0') {
        ts_html_format(out, "%s+%s", ts_site_text(frame, "module"), ts_site_text(frame, "offset"));
    } else if (ts_site_integer(frame, "line") > 0) {
        ts_html_format(out, "%s:%" PRId64, file, ts_site_integer(frame, "line"));
    } else {
        ts_html_text(out, file);
    }
    fputs("</li>\n", out);
}

static void write_stacks(FILE *out, const json_t *stacks)
{
    size_t i, j;
    json_t *stack, *frame;
    fputs("<h2>Stacks</h2>\n<div class=\"stacks\">\n", out);
    json_array_foreach(stacks, i, stack)
    {
        const char *text = ts_site_text(stack, "text");
        fputs("<div><strong>", out);
        ts_html_text(out, text[0] != '\0' ? text : ts_site_text(stack, "role"));
        fputs("</strong>\n<ol start=\"0\">\n", out);
        json_array_foreach(json_object_get(stack, "frames"), j, frame)
        {
            write_frame(out, frame);
        }
        fputs("</ol></div>\n", out);
    }
    fputs("</div>\n", out);
}

static void write_cells(FILE *out, const json_t *cells)
{
    static const char *const heads[] = {"Scenario", "Mode", "Flavour", "Faults", "#Lives that showed it"};
    size_t i;
    json_t *row;
    fputs("<h2>Seen in</h2>\n<div class=\"scroll\"><table>\n", out);
    ts_html_heads(out, heads, 5);
    json_array_foreach(cells, i, row)
    {
        fputs("<tr>", out);
        ts_site_cell(out, ts_site_text(row, "scenario"));
        ts_site_cell(out, ts_site_text(row, "mode"));
        ts_site_cell(out, ts_site_text(row, "flavour"));
        ts_site_cell(out, ts_site_text(row, "faults"));
        ts_site_share(out, ts_site_integer(row, "shown"), ts_site_integer(row, "lives"));
        fputs("</tr>\n", out);
    }
    fputs("</table></div>\n", out);
}

static void write_runs(FILE *out, const json_t *runs)
{
    size_t i;
    json_t *row;
    fprintf(out, "<h2>Runs that saw it: %zu</h2>\n<ul>\n", json_array_size(runs));
    json_array_foreach(runs, i, row)
    {
        if (i == TS_SITE_RUNS_MAX) {
            break;
        }
        fputs("<li>", out);
        ts_site_link(out, "/run", ts_site_text(row, "id"), "");
        ts_html_format(out, ", %s", ts_site_text(row, "kind"));
        fputs("</li>\n", out);
    }
    fputs("</ul>\n", out);
}

static void write_finding(FILE *out, const json_t *answer, const json_t *runs)
{
    const json_t *finding = json_object_get(answer, "finding");
    ts_site_begin(out, ts_site_text(finding, "title"), 0);
    fputs("<dl>\n", out);
    write_fact(out, "Signature", ts_site_text(answer, "signature"));
    write_fact(out, "Kind", ts_site_text(finding, "kind"));
    write_fact(out, "Says", ts_site_text(finding, "description"));
    write_fact(out, "Location", ts_site_text(finding, "location"));
    write_fact(out, "First seen", ts_site_text(answer, "first_seen"));
    write_fact(out, "Last seen", ts_site_text(answer, "last_seen"));
    write_fact(out, "Schedule", ts_site_text(finding, "schedule"));
    write_fact(out, "Repeat", ts_site_text(finding, "command"));
    fputs("</dl>\n", out);
    write_stacks(out, json_object_get(finding, "stacks"));
    write_cells(out, json_object_get(answer, "cells"));
    write_runs(out, runs);
    ts_site_end(out);
}

unsigned ts_site_finding(const struct ts_website *site, const char *signature, FILE *out)
{
    unsigned status = 200;
    struct ts_diag diag;
    json_t *answer = NULL, *runs = NULL;
    char line[512];
    if (!ts_site_is_id(signature)) {
        return ts_site_say(out, 404, "Not found", "There is no such page.");
    }
    struct ts_history *history = ts_site_history(site, out, &status);
    if (history == NULL) {
        return status;
    }
    ts_err error = ts_history_finding(history, signature, &answer, &diag);
    error = error == TS_OK ? ts_history_finding_runs(history, signature, &runs, &diag) : error;
    if (error == TS_OK) {
        write_finding(out, answer, runs);
    } else {
        status = ts_site_say(out, error == TS_UNKNOWN ? 404 : 500, "No such finding",
                             ts_diag_line(&diag, line, sizeof line));
    }
    json_decref(answer);
    json_decref(runs);
    ts_history_close(history);
    return status;
}
