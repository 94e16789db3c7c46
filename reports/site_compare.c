/* Two runs, beside each other. */
#include "reports/figure.h"
#include "reports/html.h"
#include "reports/site_parts.h"

#include <string.h>

static void write_choice(FILE *out, const char *name, const char *label, const char *chosen,
                         const json_t *runs)
{
    size_t i;
    json_t *row;
    fprintf(out, "<label>%s <select name=\"%s\">", label, name);
    json_array_foreach(runs, i, row)
    {
        const char *id = ts_site_text(row, "id");
        if (ts_site_is_id(id)) {
            bool is_chosen = chosen != NULL && strcmp(chosen, id) == 0;
            fprintf(out, "<option value=\"%s\"%s>", id, is_chosen ? " selected" : "");
            ts_html_format(out, "%s, %s, %s", id, ts_site_text(row, "kind"), ts_site_text(row, "commit"));
            fputs("</option>", out);
        }
    }
    fputs("</select></label>\n", out);
}

static void write_cells(FILE *out, const json_t *cells)
{
    static const char *const heads[] = {"Scenario",     "Mode",         "Flavour", "Faults",
                                        "#Failed in A", "#Failed in B", "#p",      "Differ?"};
    size_t i;
    json_t *row;
    fputs("<h2>Failing lives</h2>\n<p>Fisher's exact test, two-sided; the level of 0.05 is shared among the "
          "cells that "
          "could differ.</p>\n<div class=\"scroll\"><table>\n",
          out);
    ts_html_heads(out, heads, 8);
    json_array_foreach(cells, i, row)
    {
        struct ts_figure p;
        if (i == TS_SITE_ROWS_MAX) {
            break;
        }
        fputs("<tr>", out);
        ts_site_cell(out, ts_site_text(row, "scenario"));
        ts_site_cell(out, ts_site_text(row, "mode"));
        ts_site_cell(out, ts_site_text(row, "flavour"));
        ts_site_cell(out, ts_site_text(row, "faults"));
        ts_site_share(out, ts_site_integer(row, "failed_a"), ts_site_integer(row, "lives_a"));
        ts_site_share(out, ts_site_integer(row, "failed_b"), ts_site_integer(row, "lives_b"));
        fprintf(out, "<td class=\"n\">%s</td>",
                ts_figure_rate(&p, json_real_value(json_object_get(row, "p"))));
        fputs(json_is_true(json_object_get(row, "differ")) ? "<td class=\"bad\">yes</td></tr>\n"
                                                           : "<td>no</td></tr>\n",
              out);
    }
    fputs("</table></div>\n", out);
    if (json_array_size(cells) > TS_SITE_ROWS_MAX) {
        fprintf(out, "<p>%zu more cells are not shown.</p>\n", json_array_size(cells) - TS_SITE_ROWS_MAX);
    }
}

static void write_findings(FILE *out, const char *title, const json_t *findings)
{
    static const char *const heads[] = {"Finding", "Kind", "Title", "#Lives in A", "#Lives in B"};
    size_t i;
    json_t *row;
    fprintf(out, "<h2>%s: %zu</h2>\n", title, json_array_size(findings));
    if (json_array_size(findings) == 0) {
        return;
    }
    fputs("<div class=\"scroll\"><table>\n", out);
    ts_html_heads(out, heads, 5);
    json_array_foreach(findings, i, row)
    {
        if (i == TS_SITE_ROWS_MAX) {
            break;
        }
        fputs("<tr><td>", out);
        ts_site_link(out, "/finding", ts_site_text(row, "signature"), "");
        fputs("</td>", out);
        ts_site_cell(out, ts_site_text(row, "kind"));
        ts_site_cell(out, ts_site_text(row, "title"));
        ts_site_number(out, ts_site_integer(row, "lives_a"));
        ts_site_number(out, ts_site_integer(row, "lives_b"));
        fputs("</tr>\n", out);
    }
    fputs("</table></div>\n", out);
}

static void write_comparison(FILE *out, const json_t *comparison)
{
    static const char *const parts[][2] = {{"findings_a", "Findings of A alone"},
                                           {"findings_b", "Findings of B alone"},
                                           {"findings_both", "Findings of both"}};
    const char *const sides[] = {"a", "b"};
    fputs("<dl>", out);
    for (size_t i = 0; i < 2; i++) {
        const json_t *run = json_object_get(comparison, sides[i]);
        fputs(i == 0 ? "<dt>A</dt><dd>" : "<dt>B</dt><dd>", out);
        ts_site_link(out, "/run", ts_site_text(run, "id"), "");
        ts_html_format(out, " of %s", ts_site_text(run, "started"));
        fputs("</dd>", out);
    }
    fputs("</dl>\n", out);
    for (size_t i = 0; i < 3; i++) {
        write_findings(out, parts[i][1], json_object_get(comparison, parts[i][0]));
    }
    write_cells(out, json_object_get(comparison, "cells"));
}

unsigned ts_site_compare(const struct ts_website *site, const struct ts_site_query *query, FILE *out)
{
    unsigned status = 200;
    struct ts_diag diag;
    json_t *runs = NULL, *comparison = NULL;
    char line[512];
    bool wanted = query->a != NULL && query->b != NULL;
    if (wanted && !(ts_site_is_id(query->a) && ts_site_is_id(query->b))) {
        return ts_site_say(out, 400, "No such runs", "a and b are the ids of two runs.");
    }
    struct ts_history *history = ts_site_history(site, out, &status);
    if (history == NULL) {
        return status;
    }
    ts_err error = ts_history_runs(history, TS_SITE_RUNS_MAX, &runs, &diag);
    if (error == TS_OK && wanted) {
        error = ts_history_compare(history, query->a, query->b, &comparison, &diag);
    }
    bool unknown = comparison != NULL && (!json_is_object(json_object_get(comparison, "a")) ||
                                          !json_is_object(json_object_get(comparison, "b")));
    if (error != TS_OK) {
        status = ts_site_say(out, 500, "The history cannot be read", ts_diag_line(&diag, line, sizeof line));
    } else if (unknown) {
        status = ts_site_say(out, 404, "No such runs", "The history does not know one of them.");
    } else {
        ts_site_begin(out, "Compare two runs", 0);
        fputs("<form method=\"get\" action=\"/compare\">\n", out);
        write_choice(out, "a", "A", query->a, runs);
        write_choice(out, "b", "B", query->b, runs);
        fputs("<button>Compare</button></form>\n", out);
        if (comparison != NULL) {
            write_comparison(out, comparison);
        }
        ts_site_end(out);
    }
    json_decref(runs);
    json_decref(comparison);
    ts_history_close(history);
    return status;
}
