#include "reports/stability_markdown_parts.h"

#include "reports/figure.h"

#include <inttypes.h>
#include <string.h>

#define FRAMES_SHOWN 12

static void write_stack(FILE *out, const struct ts_stack *stack)
{
    fputs("- ", out);
    ts_stability_md_text(out, stack->text[0] != '\0' ? stack->text : stack->role);
    fputs("\n", out);
    for (size_t i = 0; i < stack->frame_count && i < FRAMES_SHOWN; i++) {
        const struct ts_frame *frame = &stack->frames[i];
        fputs("  - ", out);
        ts_stability_md_code(out, frame->function[0] != '\0' ? frame->function : "?");
        fputs(" ", out);
        ts_stability_md_text(out, frame->file[0] != '\0' ? frame->file : frame->module);
        if (frame->line > 0) {
            fprintf(out, ":%" PRId64, frame->line);
        }
        fputs("\n", out);
    }
    if (stack->frame_count > FRAMES_SHOWN) {
        fprintf(out, "  - %zu more frames\n", stack->frame_count - FRAMES_SHOWN);
    }
}

static void line(FILE *out, const char *name, const char *text, bool code)
{
    if (text[0] == '\0') {
        return;
    }
    fprintf(out, "- %s: ", name);
    if (code) {
        ts_stability_md_code(out, text);
    } else {
        ts_stability_md_text(out, text);
    }
    fputs("\n", out);
}

static void write_modes(FILE *out, const struct ts_stability_finding *item)
{
    fputs("- by mode:", out);
    for (size_t i = 0; i < item->mode_count; i++) {
        fputs(i == 0 ? " " : "; ", out);
        ts_stability_md_text(out, item->modes[i].mode);
        fputs(" ", out);
        ts_stability_md_share(out, &item->modes[i].share);
    }
    fputs("\n", out);
}

static void write_seen(FILE *out, const struct ts_stability_finding *item)
{
    fputs("- first seen ", out);
    ts_stability_md_text(out, item->first_seen);
    fputs(", last ", out);
    ts_stability_md_text(out, item->last_seen);
    if (item->runs >= 0) {
        fprintf(out, ", in %" PRId64 " runs of the history", item->runs);
    }
    fputs("\n", out);
}

static void write_card(FILE *out, const struct ts_stability_finding *item)
{
    struct ts_figure reports;
    fputs("### ", out);
    ts_stability_md_text(out, item->finding->kind);
    fputs(": ", out);
    ts_stability_md_text(out, item->finding->title);
    fputs("\n\n- ", out);
    ts_stability_md_text(out, item->finding->description);
    fputs("\n", out);
    line(out, "where", item->finding->location, false);
    fputs("- signature ", out);
    ts_stability_md_code(out, item->finding->signature);
    fputs(item->finding->lifetime ? "; one side ends the object's life" : "", out);
    fputs("\n- shown by ", out);
    ts_stability_md_share(out, &item->hits);
    fprintf(out, " of lives in the cells that showed it, %s times\n",
            ts_figure_count(&reports, item->reports));
    write_modes(out, item);
    line(out, "scenarios", item->scenarios, false);
    line(out, "flavours", item->flavours, false);
    line(out, item->faulted ? "only under faults, the smallest plan" : "faults", item->faults, true);
    line(out, "schedule", item->schedule, true);
    line(out, "what decides", item->ordering, false);
    line(out, "repeats with", item->command, true);
    write_seen(out, item);
    for (size_t i = 0; i < item->finding->stack_count; i++) {
        write_stack(out, &item->finding->stacks[i]);
    }
    fputs("\n", out);
}

static void write_row(FILE *out, const struct ts_stability_finding *item)
{
    fputs("| ", out);
    ts_stability_md_text(out, item->finding->kind);
    fputs(" | ", out);
    ts_stability_md_code(out, item->finding->title);
    fputs(" | ", out);
    ts_stability_md_share(out, &item->hits);
    fputs(" | ", out);
    ts_stability_md_text(out, item->scenarios);
    fputs(" | ", out);
    ts_stability_md_code(out, item->command);
}

static void write_rows(FILE *out, const struct ts_stability_findings *findings,
                       enum ts_stability_standing standing, bool owned, bool cards)
{
    bool any = false;
    for (size_t i = 0; i < findings->count; i++) {
        const struct ts_stability_finding *item = &findings->items[i];
        if (item->standing != standing || (cards && item->card)) {
            continue;
        }
        if (!any) {
            fputs(owned ? "| kind | title | in lives | scenarios | repeats with | owner | issue | reason | "
                          "expiry |\n"
                          "|---|---|---|---|---|---|---|---|---|\n"
                        : "| kind | title | in lives | scenarios | repeats with |\n|---|---|---|---|---|\n",
                  out);
        }
        any = true;
        write_row(out, item);
        const char *const owner[] = {item->owner, item->issue, item->reason, item->expiry};
        for (size_t j = 0; owned && j < 4; j++) {
            fputs(" | ", out);
            ts_stability_md_text(out, owner[j]);
        }
        fputs(" |\n", out);
    }
    fputs(any ? "\n" : "", out);
}

void ts_stability_md_findings(FILE *out, const struct ts_stability *report)
{
    const struct ts_stability_findings *findings = &report->findings;
    struct ts_figure figure;
    fprintf(out, "## New findings: %s\n\n",
            ts_figure_count(&figure, findings->of_standing[TS_STABILITY_NEW]));
    for (size_t i = 0; i < findings->count; i++) {
        if (findings->items[i].standing == TS_STABILITY_NEW && findings->items[i].card) {
            write_card(out, &findings->items[i]);
        }
    }
    write_rows(out, findings, TS_STABILITY_NEW, false, true);
    fputs("## Known findings\n\n", out);
    if (findings->baseline[0] == '\0') {
        fputs("No baseline was given: nothing counts as known.\n\n", out);
    } else {
        fputs("By the baseline ", out);
        ts_stability_md_code(out, findings->baseline);
        fprintf(out,
                ": %" PRId64 " known, %" PRId64 " past their day, %" PRId64
                " entries that nothing matched.\n\n",
                findings->of_standing[TS_STABILITY_KNOWN], findings->of_standing[TS_STABILITY_EXPIRED],
                findings->unmatched);
    }
    write_rows(out, findings, TS_STABILITY_EXPIRED, true, false);
    write_rows(out, findings, TS_STABILITY_KNOWN, true, false);
    fprintf(out, "## Findings of what must or may fail: %s\n\n",
            ts_figure_count(&figure, findings->of_standing[TS_STABILITY_EXPECTED]));
    write_rows(out, findings, TS_STABILITY_EXPECTED, false, false);
    ts_stability_md_rest(out, findings->count, findings->total, "findings");
    fputs(findings->total > findings->count ? "\n" : "", out);
}
