/* The first screen: the verdict, what it rests on, and what was run where. */
#include "reports/figure.h"
#include "reports/html.h"
#include "reports/stability_html_parts.h"

#include <inttypes.h>
#include <string.h>

static void write_ask(FILE *out, const char *question, const char *answer, const char *more)
{
    fprintf(out, "<div><dt>%s</dt><dd>", question);
    ts_html_text(out, answer);
    fprintf(out, "%s</dd></div>\n", more);
}

static void write_mode(FILE *out, const struct ts_stability_line *line)
{
    bool failed = line->failures.k > 0 || line->explored_failed;
    bool none = line->failures.n <= 0 && !failed;
    const char *symbol = none                        ? "?"
                         : failed == line->must_fail ? failed ? "\xe2\x97\x8f" : "\xe2\x9c\x93"
                         : failed                    ? "\xe2\x9c\x97"
                                                     : "?";
    const char *meaning = none                        ? "not known"
                          : failed && line->must_fail ? "failed, as it must"
                          : failed                    ? "failed"
                          : line->must_fail           ? "did not fail, and must"
                                                      : "none failed";
    fprintf(out, "<li><span class=\"sym\" role=\"img\" aria-label=\"%s\">%s</span>", meaning, symbol);
    ts_html_text(out, line->sentence);
    if (line->must_fail && failed) {
        fputs(" <span class=\"note\">(as it must: it is the shipped defect)</span>", out);
    }
    fputs("</li>\n", out);
}

static void write_contradictions(const struct ts_page *page)
{
    const struct ts_stability *report = page->report;
    FILE *out = page->out;
    if (report->contradiction_count == 0) {
        return;
    }
    fprintf(out,
            "<details open=\"\"><summary class=\"bad\">Ways in which the record contradicts itself: "
            "%zu</summary><ul>\n",
            report->contradiction_count);
    for (size_t i = 0; i < report->contradiction_count && i < TS_STABILITY_ROWS; i++) {
        fputs("<li>", out);
        ts_page_text(out, report->contradictions[i]);
        fputs("</li>\n", out);
    }
    fputs("</ul></details>\n", out);
}

static void write_machine(FILE *out, const struct ts_stability_run *run)
{
    struct ts_plot_text memory;
    fputs("<dt>Machine</dt><dd>", out);
    ts_page_text(out, run->cpu);
    if (run->cores > 0) {
        fprintf(out, ", %" PRId64 " cores", run->cores);
    }
    if (run->memory_bytes > 0) {
        fprintf(out, ", %s", ts_plot_value(&memory, TS_PLOT_BYTES, (double)run->memory_bytes));
    }
    fputs("</dd>\n", out);
    ts_page_fact(out, "Kernel", run->kernel);
    ts_page_fact(out, "System", run->os);
}

static void write_checks(FILE *out, const struct ts_stability_run *run)
{
    static const char *const heads[] = {"Check", "", "Found", "To mend"};
    if (run->check_count == 0) {
        ts_page_fact(out, "Checked before", "not recorded");
        return;
    }
    fprintf(out, "<dt>Checked before</dt><dd%s>", run->checks_failed > 0 ? " class=\"bad\"" : "");
    ts_page_text(out, run->checked);
    fputs("<details class=\"print\"><summary>The checks of the machine</summary>\n", out);
    ts_page_begin_table(out, "What the machine was tried for before the run", heads,
                        sizeof heads / sizeof *heads);
    for (size_t i = 0; i < run->check_count; i++) {
        const struct ts_grounds_check *check = &run->checks[i];
        fputs("<tr>", out);
        ts_page_row_head(out, check->name);
        fputs(check->ok ? "<td>\xe2\x9c\x93 good</td>" : "<td class=\"bad\">\xe2\x9c\x97 failed</td>", out);
        ts_page_cell(out, check->found);
        ts_page_cell(out, check->ok ? "" : check->mend);
        fputs("</tr>\n", out);
    }
    ts_page_end_table(out);
    fputs("</details></dd>\n", out);
}

static void write_extent(FILE *out, const struct ts_stability_run *run)
{
    struct ts_figure lives, ran, planned;
    struct ts_plot_text elapsed;
    fprintf(out, "<dt>Extent</dt><dd>%s lives in %s of %s cells", ts_figure_count(&lives, run->lives),
            ts_figure_count(&ran, run->cells_run), ts_figure_count(&planned, run->cells_planned));
    if (run->elapsed_ms >= 0) {
        fprintf(out, ", %s", ts_plot_value(&elapsed, TS_PLOT_SECONDS, (double)run->elapsed_ms / 1000));
    }
    fputs("; began ", out);
    ts_page_text(out, run->started);
    fputs("</dd>\n", out);
}

static void write_run(FILE *out, const struct ts_stability_run *run)
{
    fputs("<dl class=\"facts\">\n", out);
    if (run->standing[0] != '\0') {
        fputs("<dt>Standing</dt><dd class=\"bad\">", out);
        ts_page_text(out, run->standing);
        fputs("</dd>\n", out);
    }
    fputs("<dt>Commit</dt><dd><code>", out);
    ts_page_text(out, run->commit);
    fputs(run->dirty ? "</code> <strong>with local changes</strong></dd>\n" : "</code>, as committed</dd>\n",
          out);
    ts_page_fact_copy(out, "Command", run->command);
    ts_page_fact_copy(out, "Seed", run->seed);
    write_extent(out, run);
    ts_page_fact(out, "Toolchain", run->toolchain);
    write_machine(out, run);
    write_checks(out, run);
    ts_page_fact(out, "Ticks", run->source);
    ts_page_fact(out, "Run", run->id);
    ts_page_fact(out, "Its verdict", run->verdict);
    ts_page_fact(out, "Tool", run->tool);
    fputs("</dl>\n", out);
    if (run->diff[0] != '\0') {
        fputs("<details class=\"print\"><summary>The local changes</summary><pre>", out);
        ts_html_short(out, run->diff, TS_PAGE_DIFF_MAX);
        fputs("</pre></details>\n", out);
    }
}

static void write_runs(const struct ts_page *page)
{
    const struct ts_stability *report = page->report;
    FILE *out = page->out;
    for (size_t i = 0; i < report->run_count && i < TS_STABILITY_ROWS; i++) {
        const struct ts_stability_run *run = &report->runs[i];
        if (report->run_count > 1) {
            fputs("<details class=\"print\"><summary>Run ", out);
            ts_page_text(out, run->id);
            fputs(", ", out);
            ts_page_text(out, run->kind);
            fputs(", commit ", out);
            ts_html_short(out, run->commit, 12);
            fputs(run->dirty ? " with local changes, seed " : ", seed ", out);
            ts_page_text(out, run->seed);
            fputs(run->standing[0] != '\0' ? " <strong class=\"bad\">not whole</strong>" : "", out);
            fputs("</summary>\n", out);
        }
        write_run(out, run);
        fputs(report->run_count > 1 ? "</details>\n" : "", out);
    }
    ts_page_left_out(out, TS_STABILITY_ROWS, report->run_count, "runs");
    if (report->run_count == 0) {
        ts_page_nothing(out, "No run was given.");
    }
}

/* The sentence begins with the verdict, which stands before it in large letters. */
static const char *after_verdict(const struct ts_stability_head *head)
{
    const char *name = ts_stability_verdict_name(head->verdict);
    size_t length = strlen(name);
    bool repeated =
        strncmp(head->sentence, name, length) == 0 && strncmp(head->sentence + length, ": ", 2) == 0;
    return head->sentence + (repeated ? length + 2 : 0);
}

void ts_page_head(struct ts_page *page)
{
    static const char *const symbols[] = {"\xe2\x9c\x93", "\xe2\x9c\x97", "?"};
    const struct ts_stability_head *head = &page->report->head;
    FILE *out = page->out;
    fprintf(out,
            "<header>\n<h1>Tickstorm stability report</h1>\n<div class=\"verdict v%d\" "
            "id=\"verdict\"><strong><span "
            "aria-hidden=\"true\">%s</span> %s</strong><p>",
            (int)head->verdict, symbols[head->verdict], ts_stability_verdict_name(head->verdict));
    ts_html_text(out, after_verdict(head));
    fputs("</p></div>\n<dl class=\"asks\">\n", out);
    bool news = page->report->findings.of_standing[TS_STABILITY_NEW] > 0;
    write_ask(out, "Is it safe?", head->safe, news ? " <a href=\"#new\">New findings</a>" : "");
    write_ask(out, "How sure are we?", head->sure, "");
    write_ask(out, "What was not checked?", head->unchecked, " <a href=\"#limits\">All limits</a>");
    fputs("</dl>\n<ul class=\"modes\" aria-label=\"Modes\">\n", out);
    for (size_t i = 0; i < head->line_count; i++) {
        write_mode(out, &head->lines[i]);
    }
    fputs("</ul>\n<p class=\"note\">" TS_STABILITY_WORDS_NOTE "</p>\n", out);
    write_contradictions(page);
    write_runs(page);
    fputs("</header>\n", out);
}
