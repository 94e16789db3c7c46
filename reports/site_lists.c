/* Runs, findings and how they change. */
#include "reports/figure.h"
#include "reports/html.h"
#include "reports/site_parts.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define LIVE_MAX 50

/* --- runs --- */

static void write_live(const struct ts_website *site, FILE *out)
{
    static const char *const heads[] = {"Run", "Kind", "Started", "#Quiet for"};
    struct ts_site_live *live = calloc(LIVE_MAX, sizeof *live);
    size_t count = live != NULL ? ts_site_live(site, live, LIVE_MAX) : 0;
    if (count > 0) {
        fputs("<h2>Not ended</h2>\n<p>These go on, or were killed.</p>\n<div class=\"scroll\"><table>\n",
              out);
        ts_html_heads(out, heads, 4);
    }
    for (size_t i = 0; i < count; i++) {
        fputs("<tr><td>", out);
        ts_site_link(out, "/run", live[i].id, "");
        fputs("</td>", out);
        ts_site_cell(out, live[i].kind);
        ts_site_cell(out, live[i].started);
        fprintf(out, "<td class=\"n\">%" PRId64 " s</td></tr>\n", live[i].quiet_s);
    }
    fputs(count > 0 ? "</table></div>\n" : "", out);
    free(live);
}

static void write_run(FILE *out, const json_t *row)
{
    fputs("<tr><td>", out);
    ts_site_link(out, "/run", ts_site_text(row, "id"), "");
    fputs("</td>", out);
    ts_site_cell(out, ts_site_text(row, "kind"));
    ts_site_cell(out, ts_site_text(row, "started"));
    fputs("<td>", out);
    ts_html_text(out, ts_site_text(row, "commit"));
    fputs(ts_site_integer(row, "dirty") != 0 || json_is_true(json_object_get(row, "dirty")) ? ", changed</td>"
                                                                                            : "</td>",
          out);
    ts_site_number(out, ts_site_integer(row, "cells"));
    ts_site_number(out, ts_site_integer(row, "lives"));
    ts_site_number(out, ts_site_integer(row, "findings"));
    const char *verdict = ts_site_text(row, "verdict");
    ts_site_cell(out, verdict[0] != '\0' ? verdict : "not ended");
    fputs("<td><code>", out);
    ts_html_text(out, ts_site_text(row, "command"));
    fputs("</code></td></tr>\n", out);
}

unsigned ts_site_runs(const struct ts_website *site, FILE *out)
{
    static const char *const heads[] = {"Run",    "Kind",      "Started", "Commit", "#Cells",
                                        "#Lives", "#Findings", "Verdict", "Command"};
    struct ts_history *history = NULL;
    struct ts_diag diag;
    json_t *rows = NULL;
    size_t i;
    json_t *row;
    char line[512];
    ts_site_begin(out, "Runs", TS_SITE_REFRESH_S * 10);
    write_live(site, out);
    ts_err error = ts_history_open_to_read(site->history, &history, &diag);
    error = error == TS_OK ? ts_history_runs(history, TS_SITE_RUNS_MAX, &rows, &diag) : error;
    if (error == TS_NOT_FOUND) {
        fputs("<p>No run has ended yet.</p>\n", out);
    } else if (error != TS_OK) {
        fputs("<p class=\"bad\">", out);
        ts_html_text(out, ts_diag_line(&diag, line, sizeof line));
        fputs("</p>\n", out);
    } else {
        fprintf(out,
                "<h2>In the history</h2>\n<p>The newest %d at most.</p>\n<div class=\"scroll\"><table>\n",
                TS_SITE_RUNS_MAX);
        ts_html_heads(out, heads, 9);
        json_array_foreach(rows, i, row)
        {
            write_run(out, row);
        }
        fputs("</table></div>\n", out);
    }
    json_decref(rows);
    ts_history_close(history);
    ts_site_end(out);
    return 200;
}

/* --- findings --- */

unsigned ts_site_findings(const struct ts_website *site, FILE *out)
{
    static const char *const heads[] = {"Finding", "Kind",       "Title",    "#Lives",
                                        "#Runs",   "First seen", "Last seen"};
    unsigned status = 200;
    struct ts_diag diag;
    json_t *rows = NULL;
    size_t i;
    json_t *row;
    char line[512];
    struct ts_history *history = ts_site_history(site, out, &status);
    if (history == NULL) {
        return status;
    }
    if (ts_history_findings(history, TS_SITE_ROWS_MAX, &rows, &diag) != TS_OK) {
        ts_history_close(history);
        return ts_site_say(out, 500, "The history cannot be read", ts_diag_line(&diag, line, sizeof line));
    }
    ts_site_begin(out, "Findings", 0);
    fprintf(out, "<p>Of all runs, those seen last first; at most %d.</p>\n<div class=\"scroll\"><table>\n",
            TS_SITE_ROWS_MAX);
    ts_html_heads(out, heads, 7);
    json_array_foreach(rows, i, row)
    {
        fputs("<tr><td>", out);
        ts_site_link(out, "/finding", ts_site_text(row, "signature"), "");
        fputs("</td>", out);
        ts_site_cell(out, ts_site_text(row, "kind"));
        fputs("<td>", out);
        ts_html_text(out, ts_site_text(row, "title"));
        fputs(json_is_true(json_object_get(row, "planted")) ? " (planted, caught)</td>" : "</td>", out);
        ts_site_number(out, ts_site_integer(row, "lives"));
        ts_site_number(out, ts_site_integer(row, "runs"));
        ts_site_cell(out, ts_site_text(row, "first_seen"));
        ts_site_cell(out, ts_site_text(row, "last_seen"));
        fputs("</tr>\n", out);
    }
    fputs("</table></div>\n", out);
    ts_site_end(out);
    json_decref(rows);
    ts_history_close(history);
    return 200;
}

/* --- trend --- */

/* Runs of one kind and commit, which follow each other, as one row. */
struct group {
    const char *kind, *commit, *first, *last;
    int64_t runs, cells, lives, most_findings;
};

static bool belongs(const struct group *group, const json_t *row)
{
    return group->runs > 0 && strcmp(group->kind, ts_site_text(row, "kind")) == 0 &&
           strcmp(group->commit, ts_site_text(row, "commit")) == 0;
}

static void write_group(FILE *out, const struct group *group, int64_t most)
{
    if (group->runs == 0) {
        return;
    }
    fputs("<tr>", out);
    ts_site_cell(out, group->kind);
    ts_site_cell(out, group->commit);
    ts_site_cell(out, group->first);
    ts_site_cell(out, group->last);
    ts_site_number(out, group->runs);
    ts_site_number(out, group->cells);
    ts_site_number(out, group->lives);
    ts_site_number(out, group->most_findings);
    fprintf(out,
            "<td><meter min=\"0\" max=\"%" PRId64 "\" value=\"%" PRId64 "\">%" PRId64 "</meter></td></tr>\n",
            most > 0 ? most : 1, group->most_findings, group->most_findings);
}

static void write_trend(FILE *out, const json_t *rows)
{
    static const char *const heads[] = {"Kind",   "Commit", "From",      "To",         "#Runs",
                                        "#Cells", "#Lives", "#Findings", "Of the most"};
    struct group group = {0};
    int64_t most = 0;
    size_t i;
    json_t *row;
    json_array_foreach(rows, i, row)
    {
        int64_t findings = ts_site_integer(row, "findings");
        most = findings > most ? findings : most;
    }
    fputs(
        "<p>Runs of one kind and commit in a row, oldest first. Findings: of the run among them that showed "
        "most.</p>\n<div class=\"scroll\"><table>\n",
        out);
    ts_html_heads(out, heads, 9);
    for (size_t at = json_array_size(rows); at-- > 0;) {
        row = json_array_get(rows, at);
        if (!belongs(&group, row)) {
            write_group(out, &group, most);
            group = (struct group){.kind = ts_site_text(row, "kind"),
                                   .commit = ts_site_text(row, "commit"),
                                   .first = ts_site_text(row, "started")};
        }
        int64_t findings = ts_site_integer(row, "findings");
        group.last = ts_site_text(row, "started");
        group.runs++;
        group.cells += ts_site_integer(row, "cells");
        group.lives += ts_site_integer(row, "lives");
        group.most_findings = findings > group.most_findings ? findings : group.most_findings;
    }
    write_group(out, &group, most);
    fputs("</table></div>\n", out);
}

unsigned ts_site_trend(const struct ts_website *site, FILE *out)
{
    unsigned status = 200;
    struct ts_diag diag;
    json_t *rows = NULL;
    char line[512];
    struct ts_history *history = ts_site_history(site, out, &status);
    if (history == NULL) {
        return status;
    }
    if (ts_history_runs(history, TS_SITE_RUNS_MAX, &rows, &diag) != TS_OK) {
        status = ts_site_say(out, 500, "The history cannot be read", ts_diag_line(&diag, line, sizeof line));
    } else {
        ts_site_begin(out, "Trend", 0);
        write_trend(out, rows);
        ts_site_end(out);
    }
    json_decref(rows);
    ts_history_close(history);
    return status;
}
