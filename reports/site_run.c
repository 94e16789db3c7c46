/* One run, ended or not, and the interleavings that its lives left. */
#include "reports/figure.h"
#include "reports/html.h"
#include "reports/interleaving_html.h"
#include "reports/site_parts.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static void write_fact(FILE *out, const char *name, const char *text)
{
    if (text[0] != '\0') {
        fprintf(out, "<dt>%s</dt><dd>", name);
        ts_html_text(out, text);
        fputs("</dd>\n", out);
    }
}

static void write_facts(FILE *out, const struct ts_record *record)
{
    const struct ts_record_run *run = &record->run;
    struct ts_figure budget;
    fputs("<dl>\n", out);
    write_fact(out, "Kind", run->kind);
    write_fact(out, "Started", run->started);
    write_fact(out, "Budget", ts_figure_duration(&budget, run->budget_ms));
    write_fact(out, "Command", run->command);
    write_fact(out, "Seed", run->seed);
    write_fact(out, "Commit", run->commit);
    write_fact(out, "Source", run->dirty ? "with local changes" : "as committed");
    write_fact(out, "Ticks", run->source);
    write_fact(out, "Toolchain", run->toolchain);
    write_fact(out, "Processor", run->machine.cpu);
    write_fact(out, "System", run->machine.os);
    write_fact(out, "Kernel", run->machine.kernel);
    fputs("</dl>\n", out);
}

static void write_outcomes(FILE *out, const struct ts_record *record)
{
    int64_t lives[TS_RECORD_OUTCOME_COUNT] = {0};
    struct ts_figure figure;
    for (size_t i = 0; i < record->life_count; i++) {
        lives[record->lives[i].outcome]++;
    }
    fputs("<p>Lives: ", out);
    fputs(record->life_count == 0 ? "none yet" : "", out);
    bool any = false;
    for (int i = 0; i < TS_RECORD_OUTCOME_COUNT; i++) {
        if (lives[i] > 0) {
            fprintf(out, "%s%s %s", any ? ", " : "", ts_figure_count(&figure, lives[i]),
                    ts_record_outcome_name((ts_record_outcome)i));
            any = true;
        }
    }
    fputs("</p>\n", out);
}

/* What a run that has not ended has done so far. */
static void write_progress(FILE *out, const struct ts_record *record, int64_t quiet_s)
{
    struct ts_figure done, all;
    int64_t planned = record->run.cells > 0 ? record->run.cells : 1;
    int64_t until_ms = 0;
    for (size_t i = 0; i < record->life_count; i++) {
        int64_t end_ms = record->lives[i].started_ms + record->lives[i].duration_ms;
        until_ms = end_ms > until_ms ? end_ms : until_ms;
    }
    fprintf(out,
            "<p role=\"status\"><strong>Not ended.</strong> <progress max=\"%" PRId64
            "\" value=\"%zu\"></progress> "
            "%s of %s cells, ",
            planned, record->cell_count, ts_figure_count(&done, (int64_t)record->cell_count),
            ts_figure_count(&all, record->run.cells));
    fprintf(out,
            "%s of %s; the last line came %" PRId64 " s ago. This page is loaded again every %d s.</p>\n",
            ts_figure_duration(&done, until_ms), ts_figure_duration(&all, record->run.budget_ms), quiet_s,
            TS_SITE_REFRESH_S);
}

static void write_findings(FILE *out, const struct ts_record *record)
{
    static const char *const heads[] = {"Finding", "Kind", "Title", "Says"};
    fprintf(out, "<h2>Findings: %zu</h2>\n", record->finding_count);
    if (record->finding_count == 0) {
        return;
    }
    fputs("<div class=\"scroll\"><table>\n", out);
    ts_html_heads(out, heads, 4);
    for (size_t i = 0; i < record->finding_count && i < TS_SITE_ROWS_MAX; i++) {
        const struct ts_finding *finding = &record->findings[i];
        fputs("<tr><td>", out);
        ts_site_link(out, "/finding", finding->signature, "");
        fputs("</td>", out);
        ts_site_cell(out, finding->kind);
        ts_site_cell(out, finding->title);
        ts_site_cell(out, finding->description);
        fputs("</tr>\n", out);
    }
    fputs("</table></div>\n", out);
    if (record->finding_count > TS_SITE_ROWS_MAX) {
        fprintf(out, "<p>%zu more are not shown.</p>\n", record->finding_count - TS_SITE_ROWS_MAX);
    }
}

static void write_interleavings(FILE *out, const struct ts_record *record)
{
    size_t shown = 0;
    for (size_t i = 0; i < record->life_count && shown < TS_SITE_ROWS_MAX; i++) {
        const struct ts_record_life *life = &record->lives[i];
        if (life->interleaving[0] == '\0' || !ts_site_is_id(record->run.id)) {
            continue;
        }
        fputs(shown++ == 0 ? "<h2>Interleavings</h2>\n<ul>\n" : "", out);
        fprintf(out,
                "<li><a href=\"/run/%s/interleaving/%" PRId64 "-%" PRId64 "\">cell %" PRId64 ", life %" PRId64
                "</a>: ",
                record->run.id, life->cell, life->life, life->cell, life->life);
        ts_html_text(out, life->detail);
        fputs("</li>\n", out);
    }
    fputs(shown > 0 ? "</ul>\n" : "", out);
}

static void write_cell(FILE *out, const struct ts_record_cell *cell)
{
    struct ts_figure rate;
    bool bad = !cell->as_expected;
    fputs("<tr>", out);
    ts_site_cell(out, cell->scenario);
    ts_site_cell(out, cell->mode);
    ts_site_cell(out, cell->flavour);
    ts_site_cell(out, cell->faults);
    ts_site_number(out, cell->lives);
    fprintf(out, "<td class=\"n\">%s</td><td>", ts_figure_rate(&rate, cell->restarts_per_minute));
    ts_html_text(out, ts_record_outcome_name(cell->outcome));
    if (cell->class[0] != '\0') {
        ts_html_format(out, " (%s)", cell->class);
    }
    fputs(bad ? "</td><td class=\"bad\">" : "</td><td>", out);
    ts_html_text(out, cell->judgement[0] != '\0' ? cell->judgement : "");
    fputs("</td>", out);
    ts_site_cell(out, cell->detail);
    fputs("</tr>\n", out);
}

/* 0: against what was expected, 1: failed, 2: the rest. */
static int rank(const struct ts_record_cell *cell)
{
    return !cell->as_expected ? 0 : cell->outcome != TS_RECORD_PASS ? 1 : 2;
}

static void write_cells(FILE *out, const struct ts_record *record)
{
    static const char *const heads[] = {"Scenario",           "Mode",    "Flavour",   "Faults", "#Lives",
                                        "#Restarts a minute", "Outcome", "Judgement", "Detail"};
    size_t shown = 0;
    fprintf(out, "<h2>Cells: %zu</h2>\n", record->cell_count);
    if (record->cell_count == 0) {
        return;
    }
    fputs("<div class=\"scroll\"><table>\n", out);
    ts_html_heads(out, heads, 9);
    for (int wanted = 0; wanted <= 2; wanted++) {
        for (size_t i = 0; i < record->cell_count && shown < TS_SITE_ROWS_MAX; i++) {
            if (rank(&record->cells[i]) == wanted) {
                write_cell(out, &record->cells[i]);
                shown++;
            }
        }
    }
    fputs("</table></div>\n", out);
    if (record->cell_count > shown) {
        fprintf(out, "<p>%zu more are not shown; tickstorm report has all.</p>\n",
                record->cell_count - shown);
    }
}

static int64_t quiet_of(const struct ts_website *site, const char *id)
{
    struct ts_site_live *live = calloc(TS_SITE_RUNS_MAX, sizeof *live);
    size_t count = live != NULL ? ts_site_live(site, live, TS_SITE_RUNS_MAX) : 0;
    int64_t quiet_s = 0;
    for (size_t i = 0; i < count; i++) {
        quiet_s = strcmp(live[i].id, id) == 0 ? live[i].quiet_s : quiet_s;
    }
    free(live);
    return quiet_s;
}

struct ts_record *ts_site_open_run(const struct ts_website *site, const char *id, char folder[PATH_MAX],
                                   bool *grows, FILE *out, unsigned *status)
{
    struct ts_diag diag;
    char line[512];
    if (!ts_site_folder(site, id, folder)) {
        *status =
            ts_site_say(out, 404, "No such run", "Neither the history nor a folder that is served knows it.");
        return NULL;
    }
    struct ts_record *record = ts_site_record(folder, grows, &diag);
    if (record == NULL) {
        *status = ts_site_say(out, diag.code == TS_NOT_FOUND ? 404 : 500, "Its record cannot be read",
                              ts_diag_line(&diag, line, sizeof line));
    } else if (strcmp(record->run.id, id) != 0) { /* the folder holds another run by now */
        *status = ts_site_say(out, 404, "No such run", "Another run has taken its folder.");
        ts_record_free(record);
        record = NULL;
    }
    return record;
}

unsigned ts_site_run(const struct ts_website *site, const char *id, FILE *out)
{
    unsigned status = 200;
    char folder[PATH_MAX], title[TS_SITE_ID_MAX + 8];
    bool grows = false;
    struct ts_record *record = ts_site_open_run(site, id, folder, &grows, out, &status);
    if (record == NULL) {
        return status;
    }
    bool goes_on = grows && !record->has_end;
    snprintf(title, sizeof title, "Run %s", id);
    ts_site_begin(out, title, goes_on ? TS_SITE_REFRESH_S : 0);
    if (record->has_end) {
        fputs("<p role=\"status\"><strong>", out);
        ts_html_text(out, record->end.verdict);
        fputs("</strong>: ", out);
        ts_html_text(out, record->end.sentence);
        fputs("</p>\n", out);
    } else {
        write_progress(out, record, quiet_of(site, id));
    }
    fprintf(out, "<p><a href=\"/run/%s/report\">Stability report%s</a></p>\n", id, goes_on ? ", so far" : "");
    write_outcomes(out, record);
    write_findings(out, record);
    write_interleavings(out, record);
    write_cells(out, record);
    fputs("<h2>About it</h2>\n", out);
    write_facts(out, record);
    ts_site_end(out);
    ts_record_free(record);
    return 200;
}

/* The life that the name says, if it left an interleaving. */
static const struct ts_record_life *life_of(const struct ts_record *record, const char *name)
{
    for (size_t i = 0; i < record->life_count; i++) {
        char own[64];
        const struct ts_record_life *life = &record->lives[i];
        snprintf(own, sizeof own, "%" PRId64 "-%" PRId64, life->cell, life->life);
        if (life->interleaving[0] != '\0' && strcmp(own, name) == 0) {
            return life;
        }
    }
    return NULL;
}

unsigned ts_site_interleaving(const struct ts_website *site, const char *id, const char *name, FILE *out)
{
    unsigned status = 200;
    char folder[PATH_MAX], path[PATH_MAX + 128], line[512];
    bool grows = false;
    struct ts_diag diag;
    struct ts_interleaving interleaving;
    struct ts_record *record = ts_site_open_run(site, id, folder, &grows, out, &status);
    if (record == NULL) {
        return status;
    }
    const struct ts_record_life *life = life_of(record, name);
    if (life == NULL) {
        status = ts_site_say(out, 404, "No such interleaving", "No life of that name left one.");
        goto cleanup;
    }
    /* Not the name that the record gives: that could lead anywhere. */
    snprintf(path, sizeof path, "%s/lives/%" PRId64 "-%" PRId64 ".interleaving.jsonl", folder, life->cell,
             life->life);
    if (ts_interleaving_load(path, &interleaving, &diag) != TS_OK) {
        status = ts_site_say(out, diag.code == TS_NOT_FOUND ? 404 : 500, "The interleaving cannot be read",
                             ts_diag_line(&diag, line, sizeof line));
        goto cleanup;
    }
    ts_site_begin(out, "Interleaving", 0);
    fputs("<p>Of run ", out);
    ts_site_link(out, "/run", id, "");
    fprintf(out, ", cell %" PRId64 ", life %" PRId64 ": ", life->cell, life->life);
    ts_html_text(out, life->detail);
    fputs("</p>\n", out);
    ts_interleaving_html(out, &interleaving, NULL, "il", 0);
    ts_site_end(out);
    ts_interleaving_free(&interleaving);
cleanup:
    ts_record_free(record);
    return status;
}
