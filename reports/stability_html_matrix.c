/* Scenario by mode and flavour, and what the faults did. */
#include "reports/figure.h"
#include "reports/html.h"
#include "reports/stability_html_parts.h"

#include <inttypes.h>
#include <string.h>

/* Modes above, each over its flavours. */
static void write_heads(FILE *out, const struct ts_stability_matrix *matrix)
{
    fputs("<thead><tr class=\"top\"><th scope=\"col\" rowspan=\"2\">Scenario</th>", out);
    for (size_t i = 0; i < matrix->column_count;) {
        size_t end = i + 1;
        while (end < matrix->column_count &&
               strcmp(matrix->columns[end].mode, matrix->columns[i].mode) == 0) {
            end++;
        }
        fprintf(out, "<th scope=\"colgroup\" colspan=\"%zu\">", end - i);
        ts_page_text(out, matrix->columns[i].mode);
        fputs("</th>", out);
        i = end;
    }
    fputs("</tr>\n<tr class=\"top\">", out);
    for (size_t i = 0; i < matrix->column_count; i++) {
        fputs("<th scope=\"col\">", out);
        ts_page_text(out, matrix->columns[i].flavour);
        fputs("</th>", out);
    }
    fputs("</tr></thead>\n", out);
}

static enum ts_plot_state shown_as(enum ts_stability_state state)
{
    switch (state) {
    case TS_STABILITY_CLEAN:
        return TS_PLOT_PASSED;
    case TS_STABILITY_FAILED_AS_EXPECTED:
        return TS_PLOT_FAILED_AS_IT_MUST;
    case TS_STABILITY_FAILED:
        return TS_PLOT_FAILED;
    case TS_STABILITY_FAILED_KNOWN:
        return TS_PLOT_FAILED_KNOWN;
    case TS_STABILITY_MISSED:
    case TS_STABILITY_UNEXERCISED:
        return TS_PLOT_UNDECIDED;
    case TS_STABILITY_NOT_RUN:
    case TS_STABILITY_STATES:
        break;
    }
    return TS_PLOT_NOT_RUN;
}

static void write_entry(FILE *out, const struct ts_stability_entry *entry)
{
    struct ts_figure figure;
    char note[256];
    int length = 0;
    if (entry->state == TS_STABILITY_MISSED || entry->state == TS_STABILITY_UNEXERCISED) {
        length = snprintf(note, sizeof note, "%s", ts_stability_state_name(entry->state));
    } else {
        length = snprintf(note, sizeof note, "%.100s", entry->outcome);
    }
    if (entry->schedules > 0) {
        snprintf(note + length, sizeof note - (size_t)length, "%s%s schedules", length > 0 ? "; " : "",
                 ts_figure_count(&figure, entry->schedules));
    }
    const struct ts_plot_cell cell = {shown_as(entry->state), entry->failures.k,
                                      entry->failures.n + entry->inconclusive, note};
    ts_plot_cell(out, &cell);
}

static bool is_bad(const struct ts_stability_entry *entry)
{
    return entry->state == TS_STABILITY_FAILED || entry->state == TS_STABILITY_MISSED;
}

/* What repeats the cells that somebody will want to repeat. */
static void write_commands(FILE *out, const struct ts_stability_matrix *matrix)
{
    static const char *const heads[] = {"Scenario", "Mode", "Flavour", "Lives that failed", "Command"};
    size_t bad = 0, written = 0;
    for (size_t i = 0; i < matrix->scenario_count * matrix->column_count; i++) {
        bad += is_bad(&matrix->entries[i]);
    }
    if (bad == 0) {
        return;
    }
    fprintf(
        out,
        "<details class=\"print\"><summary>Cells that failed, or missed what they must show: %zu</summary>\n",
        bad);
    ts_page_begin_table(out, "Cells to repeat", heads, 5);
    fputs("<tbody>\n", out);
    for (size_t i = 0; i < matrix->scenario_count * matrix->column_count && written < TS_STABILITY_ROWS;
         i++) {
        const struct ts_stability_entry *entry = &matrix->entries[i];
        if (!is_bad(entry)) {
            continue;
        }
        const struct ts_stability_column *column = &matrix->columns[i % matrix->column_count];
        fputs("<tr>", out);
        ts_page_row_head(out, matrix->scenarios[i / matrix->column_count]);
        ts_page_cell(out, column->mode);
        ts_page_cell(out, column->flavour);
        ts_page_share_cell(out, &entry->failures);
        fputs("<td>", out);
        ts_page_copy(out, entry->command);
        fputs("</td></tr>\n", out);
        written++;
    }
    fputs("</tbody>\n", out);
    ts_page_end_table(out);
    ts_page_left_out(out, written, bad, "cells");
    fputs("</details>\n", out);
}

void ts_page_matrix(struct ts_page *page)
{
    const struct ts_stability_matrix *matrix = &page->report->matrix;
    FILE *out = page->out;
    ts_page_begin(page, "matrix", "Matrix");
    if (matrix->scenario_count == 0 || matrix->column_count == 0) {
        ts_page_nothing(out, "No cell was run beside canaries.");
        ts_page_end(page);
        return;
    }
    ts_plot_cell_legend(out);
    ts_page_nothing(out, TS_STABILITY_FLAVOURS_NOTE);
    ts_page_begin_table(out, "Scenario by mode and flavour", NULL, 0);
    write_heads(out, matrix);
    fputs("<tbody>\n", out);
    for (size_t i = 0; i < matrix->scenario_count; i++) {
        fputs("<tr>", out);
        ts_page_row_head(out, matrix->scenarios[i]);
        for (size_t j = 0; j < matrix->column_count; j++) {
            write_entry(out, &matrix->entries[i * matrix->column_count + j]);
        }
        fputs("</tr>\n", out);
    }
    fputs("</tbody>\n", out);
    ts_page_end_table(out);
    ts_page_left_out(out, matrix->scenario_count, matrix->scenario_total, "scenarios");
    write_commands(out, matrix);
    ts_page_end(page);
}

/* --- faults --- */

/* The outcomes that any life had: the others would be columns of noughts. */
static size_t collect_outcomes(const struct ts_stability_faults *faults,
                               int outcomes[TS_RECORD_OUTCOME_COUNT])
{
    size_t count = 0;
    for (int i = 0; i < TS_RECORD_OUTCOME_COUNT; i++) {
        bool any = i == TS_RECORD_PASS;
        for (size_t j = 0; j < faults->count; j++) {
            any = any || faults->items[j].outcomes[i] > 0;
        }
        if (any) {
            outcomes[count++] = i;
        }
    }
    return count;
}

static void write_fault(FILE *out, const struct ts_stability_fault *fault, const int *outcomes, size_t count)
{
    fputs("<tr><th scope=\"row\">", out);
    if (fault->plan[0] == '\0') {
        fputs("none", out);
    } else {
        fputs("<code>", out);
        ts_page_text(out, fault->plan);
        fputs("</code>", out);
    }
    fputs("</th>", out);
    ts_page_count_cell(out, fault->lives);
    for (size_t i = 0; i < count; i++) {
        ts_page_count_cell(out, fault->outcomes[outcomes[i]]);
    }
    ts_page_count_cell(out, fault->fired);
    fputs("</tr>\n", out);
}

void ts_page_faults(struct ts_page *page)
{
    const struct ts_stability_faults *faults = &page->report->faults;
    const char *heads[TS_RECORD_OUTCOME_COUNT + 3] = {"Fault plan", "#Lives"};
    char names[TS_RECORD_OUTCOME_COUNT][32];
    int outcomes[TS_RECORD_OUTCOME_COUNT];
    size_t count = collect_outcomes(faults, outcomes);
    FILE *out = page->out;
    ts_page_begin(page, "faults", "Faults");
    if (faults->count == 0) {
        ts_page_nothing(out, "No life was recorded beside canaries.");
        ts_page_end(page);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        snprintf(names[i], sizeof names[i], "#%s", ts_record_outcome_name((ts_record_outcome)outcomes[i]));
        heads[i + 2] = names[i];
    }
    heads[count + 2] = "#Faults that fired";
    ts_page_begin_table(out, "Lives by fault plan and outcome", heads, count + 3);
    fputs("<tbody>\n", out);
    for (size_t i = 0; i < faults->count; i++) {
        write_fault(out, &faults->items[i], outcomes, count);
    }
    fputs("</tbody>\n", out);
    ts_page_end_table(out);
    ts_page_left_out(out, faults->count, faults->total, "fault plans");
    ts_page_end(page);
}
