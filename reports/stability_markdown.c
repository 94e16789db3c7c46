#include "reports/stability_markdown_parts.h"

#include "reports/figure.h"
#include "reports/stability_write.h"
#include "reports/utf8.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

void ts_stability_md_text(FILE *out, const char *text)
{
    char *clean = ts_utf8_short(text, TS_STABILITY_TEXT_MAX);
    ts_write_markdown(out, clean != NULL ? clean : "");
    free(clean);
}

void ts_stability_md_code(FILE *out, const char *text)
{
    char *clean = ts_utf8_short(text, TS_STABILITY_TEXT_MAX);
    ts_write_code(out, clean != NULL ? clean : "");
    free(clean);
}

/* Indented by four blanks: no fence that the text could close. */
void ts_stability_md_block(FILE *out, const char *text)
{
    char *clean = ts_utf8_short(text, TS_STABILITY_DIFF_MAX);
    fputs("\n    ", out);
    for (const char *at = clean != NULL ? clean : ""; *at != '\0'; at++) {
        if (*at == '\n') {
            fputs(at[1] == '\0' ? "" : "\n    ", out);
        } else {
            fputc(*at, out);
        }
    }
    fputs("\n\n", out);
    free(clean);
}

void ts_stability_md_share(FILE *out, const struct ts_stability_share *share)
{
    struct ts_figure k, n, low, high;
    if (share->n <= 0) {
        fputs("-", out);
    } else if (share->k == 0) {
        fprintf(out, "0 of %s; < %s %%", ts_figure_count(&n, share->n),
                ts_figure_percent_above(&high, share->high));
    } else {
        fprintf(out, "%s of %s; %s to %s %%", ts_figure_count(&k, share->k), ts_figure_count(&n, share->n),
                ts_figure_percent(&low, share->low), ts_figure_percent_above(&high, share->high));
    }
}

void ts_stability_md_count(FILE *out, int64_t count)
{
    struct ts_figure figure;
    fputs(count < 0 ? "not recorded" : ts_figure_count(&figure, count), out);
}

void ts_stability_md_rest(FILE *out, size_t shown, size_t total, const char *what)
{
    struct ts_figure figure;
    if (total > shown) {
        fprintf(out, "\n%s more %s are not shown here.\n", ts_figure_count(&figure, (int64_t)(total - shown)),
                what);
    }
}

static void write_head(FILE *out, const struct ts_stability *report)
{
    const struct ts_stability_head *head = &report->head;
    fprintf(out, "# Stability: %s\n\n**", ts_stability_verdict_name(head->verdict));
    ts_stability_md_text(out, head->sentence);
    fputs("**\n\n", out);
    for (size_t i = 0; i < head->line_count; i++) {
        fputs("- ", out);
        ts_stability_md_text(out, head->lines[i].sentence);
        fputs(head->lines[i].must_fail ? " (it is there to fail)\n" : "\n", out);
    }
    fputs("\n| | |\n|---|---|\n| Is it safe? | ", out);
    ts_stability_md_text(out, head->safe);
    fputs(" |\n| How sure are we? | ", out);
    ts_stability_md_text(out, head->sure);
    fputs(" |\n| What was not checked? | ", out);
    ts_stability_md_text(out, head->unchecked);
    fputs(" |\n\n" TS_STABILITY_WORDS_NOTE "\n\n", out);
    for (size_t i = 0; i < report->contradiction_count; i++) {
        fputs("> **The record contradicts itself:** ", out);
        ts_stability_md_text(out, report->contradictions[i]);
        fputs("\n>\n", out);
    }
}

static void row(FILE *out, const char *name, const char *text)
{
    fprintf(out, "| %s | ", name);
    ts_stability_md_text(out, text[0] != '\0' ? text : "not recorded");
    fputs(" |\n", out);
}

static void write_checks(FILE *out, const struct ts_stability_run *run)
{
    if (run->check_count == 0) {
        return;
    }
    fputs("| check of the machine | | found |\n|---|---|---|\n", out);
    for (size_t i = 0; i < run->check_count; i++) {
        const struct ts_grounds_check *check = &run->checks[i];
        fputs("| ", out);
        ts_stability_md_text(out, check->name);
        fputs(check->ok ? " | good | " : " | **failed** | ", out);
        ts_stability_md_text(out, check->found);
        if (!check->ok && check->mend[0] != '\0') {
            fputs("; to mend: ", out);
            ts_stability_md_text(out, check->mend);
        }
        fputs(" |\n", out);
    }
    fputs("\n", out);
}

static void write_run(FILE *out, const struct ts_stability_run *run)
{
    struct ts_figure elapsed, lives;
    fputs("| run ", out);
    ts_stability_md_text(out, run->id);
    fputs(" | |\n|---|---|\n| command | ", out);
    ts_stability_md_code(out, run->command);
    fputs(" |\n", out);
    row(out, "its own verdict", run->verdict);
    if (run->standing[0] != '\0') {
        row(out, "**not whole**", run->standing);
    }
    fputs("| commit | ", out);
    ts_stability_md_text(out, run->commit);
    fputs(run->dirty ? ", **with local changes** |\n" : " |\n", out);
    row(out, "toolchain", run->toolchain);
    row(out, "kernel", run->kernel);
    row(out, "system", run->os);
    fputs("| processor | ", out);
    ts_stability_md_text(out, run->cpu);
    fprintf(out, ", %" PRId64 " cores, ", run->cores);
    if (run->memory_bytes < 0) {
        fputs("memory not recorded |\n", out);
    } else {
        fprintf(out, "%.1f GiB |\n", (double)run->memory_bytes / (1024.0 * 1024 * 1024));
    }
    row(out, "checked before", run->checked);
    row(out, "seed", run->seed);
    row(out, "ticks", run->source);
    row(out, "started", run->started);
    row(out, "kind", run->kind);
    row(out, "tool", run->tool);
    fprintf(out, "| extent | %" PRId64 " of %" PRId64 " cells, %s lives, %s |\n\n", run->cells_run,
            run->cells_planned, ts_figure_count(&lives, run->lives),
            ts_figure_duration(&elapsed, run->elapsed_ms));
    write_checks(out, run);
    if (run->diff[0] != '\0') {
        fputs("Local changes against the commit:\n", out);
        ts_stability_md_block(out, run->diff);
    }
}

static void write_runs(FILE *out, const struct ts_stability *report)
{
    fputs("## What was run\n\n", out);
    for (size_t i = 0; i < report->run_count; i++) {
        write_run(out, &report->runs[i]);
    }
    fputs(report->run_count == 0 ? "Nothing.\n\n" : "", out);
}

static void write_entry(FILE *out, const struct ts_stability_entry *entry)
{
    struct ts_figure schedules;
    static const char *const marks[TS_STABILITY_STATES] = {
        [TS_STABILITY_NOT_RUN] = "not run",       [TS_STABILITY_CLEAN] = "",
        [TS_STABILITY_FAILED_AS_EXPECTED] = "",   [TS_STABILITY_FAILED] = "**FAILED** ",
        [TS_STABILITY_MISSED] = "**MISSED** ",    [TS_STABILITY_UNEXERCISED] = "*unexercised* ",
        [TS_STABILITY_FAILED_KNOWN] = "*known* ",
    };
    fputs(marks[entry->state], out);
    if (entry->state == TS_STABILITY_NOT_RUN) {
        return;
    }
    ts_stability_md_share(out, &entry->failures);
    if (entry->outcome[0] != '\0') {
        fputs(" ", out);
        ts_stability_md_text(out, entry->outcome);
    }
    if (entry->schedules > 0) {
        fprintf(out, ", %s schedules", ts_figure_count(&schedules, entry->schedules));
    }
    if (entry->inconclusive > 0) {
        fprintf(out, ", %" PRId64 " inconclusive", entry->inconclusive);
    }
}

static void write_matrix(FILE *out, const struct ts_stability *report)
{
    const struct ts_stability_matrix *matrix = &report->matrix;
    fputs("## Matrix: failures of lives\n\n", out);
    if (matrix->scenario_count == 0) {
        fputs("Nothing was run.\n\n", out);
        return;
    }
    fputs(TS_STABILITY_FLAVOURS_NOTE "\n\n| scenario |", out);
    for (size_t i = 0; i < matrix->column_count; i++) {
        fputs(" ", out);
        ts_stability_md_text(out, matrix->columns[i].mode);
        fputs(", ", out);
        ts_stability_md_text(out, matrix->columns[i].flavour);
        fputs(" |", out);
    }
    fputs("\n|---|", out);
    for (size_t i = 0; i < matrix->column_count; i++) {
        fputs("---|", out);
    }
    for (size_t i = 0; i < matrix->scenario_count; i++) {
        fputs("\n| ", out);
        ts_stability_md_text(out, matrix->scenarios[i]);
        for (size_t j = 0; j < matrix->column_count; j++) {
            fputs(" | ", out);
            write_entry(out, &matrix->entries[i * matrix->column_count + j]);
        }
        fputs(" |", out);
    }
    fputs("\n", out);
    ts_stability_md_rest(out, matrix->scenario_count, matrix->scenario_total, "scenarios");
    fputs("\n\"a to b %\" is a two-sided 95 % interval (Wilson), \"<\" a one-sided bound after none was "
          "seen.\n\n",
          out);
}

ts_err ts_stability_markdown(const struct ts_stability *report, FILE *out, struct ts_diag *diag)
{
    errno = 0;
    write_head(out, report);
    write_runs(out, report);
    ts_stability_md_contrast(out, report);
    write_matrix(out, report);
    ts_stability_md_findings(out, report);
    ts_stability_md_tests(out, report);
    ts_stability_md_rest_of_page(out, report);
    return fflush(out) != 0 || ferror(out) ? ts_fail_errno(diag, errno, "write report", "markdown") : TS_OK;
}
