/* Whether the test tested: canaries, hazards, probes, seeded bugs. */
#include "reports/figure.h"
#include "reports/html.h"
#include "reports/stability_html_parts.h"

#include <inttypes.h>

static void write_mark(FILE *out, bool good, const char *yes, const char *no)
{
    fprintf(out, good ? "<td>\xe2\x9c\x93 %s</td>" : "<td class=\"bad\">\xe2\x9c\x97 %s</td>",
            good ? yes : no);
}

static void write_canaries(FILE *out, const struct ts_stability_tests *tests)
{
    static const char *const heads[] = {
        "Canary", "Mode", "Flavour", "Planted", "Result", "#Lives that failed", "Found"};
    struct ts_figure caught, canaries, clean, twins;
    fputs("<h3>Canaries</h3>\n", out);
    if (tests->canary_count == 0) {
        ts_page_nothing(out, "No canary was run: no planted defect shows here that the detectors see.");
        return;
    }
    fprintf(
        out,
        "<p>Planted defects that must be caught, and their twins without the defect, which must be clean: "
        "%s of %s caught, %s of %s twins clean.</p>\n",
        ts_figure_count(&caught, tests->canaries_caught), ts_figure_count(&canaries, tests->canaries_run),
        ts_figure_count(&clean, tests->twins_clean), ts_figure_count(&twins, tests->twins_run));
    ts_page_begin_table(out, "Canaries and twins", heads, 7);
    fputs("<tbody>\n", out);
    for (size_t i = 0; i < tests->canary_count; i++) {
        const struct ts_stability_canary *canary = &tests->canaries[i];
        fputs("<tr>", out);
        ts_page_row_head(out, canary->scenario);
        ts_page_cell(out, canary->mode);
        ts_page_cell(out, canary->flavour);
        fprintf(out, "<td>%s</td>", canary->twin ? "no (twin)" : canary->judged ? "yes" : "");
        if (canary->judged) {
            write_mark(out, canary->met, canary->twin ? "clean" : "caught",
                       canary->twin ? "not clean" : "missed");
        } else {
            fputs("<td>not judged: nothing says that it must show here</td>", out);
        }
        ts_page_share_cell(out, &canary->caught);
        ts_page_cell(out, canary->found);
        fputs("</tr>\n", out);
    }
    fputs("</tbody>\n", out);
    ts_page_end_table(out);
    ts_page_left_out(out, tests->canary_count, tests->canary_total, "canaries");
}

static void write_hazards(FILE *out, const struct ts_stability_tests *tests)
{
    static const char *const heads[] = {"Scenario", "What had to occur", "Cells in which it did",
                                        "#How often"};
    struct ts_figure exercised, cells;
    fputs("<h3>Hazards</h3>\n", out);
    if (tests->hazard_count == 0) {
        ts_page_nothing(out, "No scenario was run beside canaries.");
        return;
    }
    ts_page_begin_table(out, "Dangerous situations that occurred", heads, 4);
    fputs("<tbody>\n", out);
    for (size_t i = 0; i < tests->hazard_count; i++) {
        const struct ts_stability_hazard *hazard = &tests->hazards[i];
        bool all = hazard->exercised == hazard->cells;
        fputs("<tr>", out);
        ts_page_row_head(out, hazard->scenario);
        ts_page_cell(out, hazard->hazard);
        fprintf(out, "<td%s>%s %s of %s</td>", all ? "" : " class=\"bad\"", all ? "\xe2\x9c\x93" : "?",
                ts_figure_count(&exercised, hazard->exercised), ts_figure_count(&cells, hazard->cells));
        ts_page_count_cell(out, hazard->occurred);
        fputs("</tr>\n", out);
    }
    fputs("</tbody>\n", out);
    ts_page_end_table(out);
    ts_page_left_out(out, tests->hazard_count, tests->hazard_total, "hazards");
}

static void write_probes(FILE *out, const struct ts_stability_tests *tests)
{
    static const char *const heads[] = {"Probe", "#Lives in which it was armed", "#Reached", "#Fired",
                                        "Result"};
    fputs("<h3>Probes</h3>\n", out);
    if (tests->probe_count == 0) {
        ts_page_nothing(out, "No probe was armed: no fault was asked for.");
        return;
    }
    ts_page_begin_table(out, "Probes at which faults were armed", heads, 5);
    fputs("<tbody>\n", out);
    for (size_t i = 0; i < tests->probe_count; i++) {
        const struct ts_stability_probe *probe = &tests->probes[i];
        fputs("<tr>", out);
        ts_page_row_head(out, probe->name);
        ts_page_count_cell(out, probe->armed);
        ts_page_count_cell(out, probe->reached);
        ts_page_count_cell(out, probe->fired);
        write_mark(out, probe->fired > 0, "fired", probe->reached > 0 ? "never fired" : "never reached");
        fputs("</tr>\n", out);
    }
    fputs("</tbody>\n", out);
    ts_page_end_table(out);
    ts_page_left_out(out, tests->probe_count, tests->probe_total, "probes");
}

static void write_detectors(FILE *out, const struct ts_stability_score *score)
{
    const char *name = "bugs caught";
    const char *rows[TS_PLOT_BARS_MAX];
    int64_t values[TS_PLOT_BARS_MAX];
    size_t count = score->detector_count < TS_PLOT_BARS_MAX ? score->detector_count : TS_PLOT_BARS_MAX;
    for (size_t i = 0; i < count; i++) {
        rows[i] = score->detectors[i].name;
        values[i] = score->detectors[i].count;
    }
    const struct ts_plot_stack plot = {
        .head = {"detectors", "Seeded bugs by the detector that caught them",
                 "A bug may be caught by several."},
        .row_label = "Detector",
        .rows = rows,
        .row_count = count,
        .parts = &name,
        .part_count = 1,
        .values = values,
        .x_label = "bugs",
    };
    if (count > 0) {
        ts_plot_stack(out, &plot);
    }
}

static void write_score_row(FILE *out, const char *name, int64_t count, int64_t bugs)
{
    struct ts_figure k, n;
    fprintf(out, "<dt>%s</dt><dd>", name);
    if (count < 0) {
        fputs("not known", out);
    } else {
        fprintf(out, "%s of %s", ts_figure_count(&k, count), ts_figure_count(&n, bugs));
    }
    fputs("</dd>\n", out);
}

static void write_score(FILE *out, const struct ts_stability_score *score)
{
    struct ts_figure figure;
    fputs("<h3>Seeded bugs</h3>\n", out);
    if (score->file[0] == '\0') {
        ts_page_nothing(
            out, "No score was given: how many of the seeded bugs this suite catches is not known here.");
        return;
    }
    fputs("<div class=\"two\"><dl class=\"facts\">\n", out);
    write_score_row(out, "Caught by the suite", score->caught, score->bugs);
    write_score_row(out, "by the detector meant for it", score->by_expected, score->bugs);
    write_score_row(out, "Missed, with a reason given", score->explained, score->bugs);
    write_score_row(out, "Caught by plain native stress", score->native, score->bugs);
    write_score_row(out, "Caught by plain TSan stress", score->tsan, score->bugs);
    write_score_row(out, "Caught by the suite alone", score->only_suite, score->bugs);
    fprintf(out, "<dt>Failures of the clean build</dt><dd>%s</dd>\n",
            score->clean_failures < 0 ? "not known" : ts_figure_count(&figure, score->clean_failures));
    ts_page_fact(out, "From", score->file);
    if (score->missed_count > 0) {
        fprintf(out, "<dt>Missed: %zu</dt><dd>", score->missed_count);
        for (size_t i = 0; i < score->missed_count && i < TS_STABILITY_ROWS; i++) {
            fputs(i > 0 ? ", " : "", out);
            ts_page_text(out, score->missed[i]);
        }
        fputs("</dd>\n", out);
    }
    fputs("</dl>\n<div>", out);
    write_detectors(out, score);
    fputs("</div></div>\n", out);
}

void ts_page_tests(struct ts_page *page)
{
    const struct ts_stability_tests *tests = &page->report->tests;
    ts_page_begin(page, "tests", "Did the test test?");
    write_canaries(page->out, tests);
    write_hazards(page->out, tests);
    write_probes(page->out, tests);
    write_score(page->out, &tests->score);
    ts_page_end(page);
}
