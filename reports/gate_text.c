#include "reports/gate_text.h"

#include "reports/figure.h"
#include "reports/finding_text.h"
#include "reports/utf8.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* A job summary holds 1 MiB; findings beyond this are named without their stacks. */
enum { DETAILED_FINDINGS = 32 };

static void html(FILE *out, const char *text)
{
    for (; *text != '\0'; text++) {
        switch (*text) {
        case '&':
            fputs("&amp;", out);
            break;
        case '<':
            fputs("&lt;", out);
            break;
        case '>':
            fputs("&gt;", out);
            break;
        default:
            fputc((unsigned char)*text < 0x20 ? ' ' : *text, out);
        }
    }
}

static void write_stacks(FILE *out, const struct ts_finding *finding)
{
    fputs("<details><summary>stacks</summary>\n\n<pre>\n", out);
    ts_finding_write_stacks(out, finding, html);
    fputs("</pre>\n</details>\n", out);
}

static void write_finding(FILE *out, const struct ts_gate *gate, size_t index, bool detailed)
{
    const struct ts_finding *finding = gate->input->findings[index].finding;
    const struct ts_gate_judged *judged = &gate->judged[index];
    fputs("- **", out);
    ts_write_markdown(out, finding->kind);
    fputs("** ", out);
    ts_write_code(out, finding->title);
    fputs(": ", out);
    ts_write_markdown(out, finding->description);
    if (finding->location[0] != '\0') {
        fputs(" on ", out);
        ts_write_markdown(out, finding->location);
    }
    fprintf(out, ", in %" PRId64 " lives, ", judged->lives);
    ts_write_code(out, finding->signature);
    if (judged->known != NULL) {
        fputs("; owner ", out);
        ts_write_markdown(out, judged->known->owner);
        fprintf(out, ", %s %s, ", judged->standing == TS_STANDING_EXPIRED ? "**expired**" : "until",
                judged->known->expiry);
        ts_write_markdown(out, judged->known->issue);
        fputs(": ", out);
        ts_write_markdown(out, judged->known->reason);
    }
    fputs("; repeat: ", out);
    ts_write_code(out, finding->command);
    fputc('\n', out);
    if (detailed && finding->stack_count > 0) {
        fputc('\n', out);
        write_stacks(out, finding);
        fputc('\n', out);
    }
}

static void write_findings(FILE *out, const struct ts_gate *gate, ts_standing standing, const char *title)
{
    if (gate->standings[standing] == 0) {
        return;
    }
    fprintf(out, "\n## %s\n\n", title);
    int written = 0;
    for (size_t i = 0; i < gate->input->finding_count; i++) {
        if (gate->judged[i].standing == standing) {
            write_finding(out, gate, i, standing != TS_STANDING_KNOWN && written++ < DETAILED_FINDINGS);
        }
    }
}

static void write_entries(FILE *out, const struct ts_gate *gate)
{
    if (gate->unmatched_entries == 0 && gate->expired_entries == 0) {
        return;
    }
    fputs("\n## Baseline entries to act on\n\n", out);
    for (size_t i = 0; i < gate->entry_count; i++) {
        const struct ts_gate_entry *entry = &gate->entries[i];
        const struct ts_known *known = &gate->baseline->known[i];
        if (entry->matched && !entry->expired) {
            continue;
        }
        fprintf(out, "- **%s%s%s** ", entry->matched ? "" : "NEVER MATCHED",
                !entry->matched && entry->expired ? ", " : "", entry->expired ? "EXPIRED" : "");
        ts_write_code(out, known->signature);
        fputc(' ', out);
        ts_write_markdown(out, known->title);
        fputs("; owner ", out);
        ts_write_markdown(out, known->owner);
        fprintf(out, ", until %s\n", known->expiry);
    }
}

static void write_tallies(FILE *out, const struct ts_gate *gate)
{
    fputs("\n## Cells by role\n\n| role | ran | as they must | lives |\n|---|--:|--:|--:|\n", out);
    for (int role = 0; role < TS_CELL_ROLE_COUNT; role++) {
        const struct ts_gate_tally *tally = &gate->tallies[role];
        fprintf(out, "| %s | %" PRId64 " | %" PRId64 " | %" PRId64 " |\n",
                ts_cell_role_name((ts_cell_role)role), tally->cells, tally->met, tally->lives);
    }
}

static void write_cells(FILE *out, const struct ts_gate *gate)
{
    fputs("\n## Cells\n\n| scenario | mode | flavour | set | role | state | outcome | failing lives | hazard "
          "|\n"
          "|---|---|---|---|---|---|---|--:|--:|\n",
          out);
    for (size_t i = 0; i < gate->input->cell_count; i++) {
        const struct ts_gate_cell *cell = &gate->input->cells[i];
        const char *const texts[] = {cell->scenario, cell->mode, cell->flavour, cell->set};
        for (size_t j = 0; j < sizeof texts / sizeof texts[0]; j++) {
            fputs("| ", out);
            ts_write_markdown(out, texts[j]);
            fputc(' ', out);
        }
        bool met = gate->states[i] == TS_STATE_MET;
        fprintf(out, "| %s | %s%s%s | ", ts_cell_role_name(cell->role), met ? "" : "**",
                ts_gate_state_name(gate->states[i]), met ? "" : "**");
        ts_write_markdown(out, cell->outcome);
        fprintf(out, " | %" PRId64 " of %" PRId64 " | %" PRId64 " |\n", cell->failing_lives, cell->lives,
                cell->hazard_count);
    }
}

static void write_limits(FILE *out, const struct ts_gate *gate)
{
    const struct ts_gate_input *input = gate->input;
    fputs("\n## Limits\n\n- No finding means none in these lives, on this machine, with these schedules: ",
          out);
    if (gate->bound < 1) {
        struct ts_figure figure;
        fprintf(out, "a defect that shows in under %s %% of native lives is missed at 95 %% confidence.\n",
                ts_figure_percent_above(&figure, gate->bound));
    } else {
        fputs("there is no bound, because a canary was missed or too little ran.\n", out);
    }
    for (size_t i = 0; i < input->check_count; i++) {
        if (!input->checks[i].ok) {
            fputs("- Preflight failed: ", out);
            ts_write_markdown(out, input->checks[i].name);
            fputs(": ", out);
            ts_write_markdown(out, input->checks[i].found);
            fputs("; to mend: ", out);
            ts_write_markdown(out, input->checks[i].mend);
            fputc('\n', out);
        }
    }
    for (size_t i = 0; i < input->cell_count; i++) {
        if (gate->states[i] == TS_STATE_NOT_RUN || gate->states[i] == TS_STATE_UNEXERCISED) {
            const struct ts_gate_cell *cell = &input->cells[i];
            fprintf(out, "- Cell %zu was %s: ", i, ts_gate_state_name(gate->states[i]));
            ts_write_code(out, cell->command);
            fputs("; ", out);
            ts_write_markdown(out, cell->detail);
            fputc('\n', out);
        }
    }
    fputs("\nRun ", out);
    ts_write_code(out, input->id);
    fputs(", commit ", out);
    ts_write_code(out, input->commit);
    fputs(input->dirty ? " with local changes" : "", out);
    fputs(", seed ", out);
    ts_write_code(out, input->seed);
    fputs(", ", out);
    ts_write_markdown(out, input->machine);
    fputs("; repeat: ", out);
    ts_write_code(out, input->command);
    fputc('\n', out);
}

static void markdown(FILE *out, const struct ts_gate *gate)
{
    fprintf(out, "# %s\n\n", ts_gate_verdict_name(gate->verdict));
    ts_write_markdown(out, gate->sentence);
    fputc('\n', out);
    write_findings(out, gate, TS_STANDING_NEW, "New findings");
    write_findings(out, gate, TS_STANDING_EXPIRED, "Findings whose baseline entry is expired");
    write_findings(out, gate, TS_STANDING_KNOWN, "Known findings");
    write_entries(out, gate);
    write_tallies(out, gate);
    write_cells(out, gate);
    write_limits(out, gate);
}

/* Of a workflow command's property, or of its message, where colons and commas mean nothing. */
static void escape(FILE *out, const char *text, bool property)
{
    for (; *text != '\0'; text++) {
        bool special =
            *text == '%' || *text == '\r' || *text == '\n' || (property && (*text == ':' || *text == ','));
        fprintf(out, special ? "%%%02X" : "%c", (unsigned char)*text);
    }
}

static void annotate(FILE *out, const char *level, const struct ts_frame *frame, const char *title,
                     const char *const *words, size_t count)
{
    fprintf(out, "::%s ", level);
    if (frame != NULL) {
        fputs("file=", out);
        escape(out, frame->file, true);
        fprintf(out, ",line=%" PRId64 ",", frame->line > 0 ? frame->line : 1);
    }
    fputs("title=", out);
    escape(out, title, true);
    fputs("::", out);
    for (size_t i = 0; i < count; i++) {
        escape(out, words[i], false);
    }
    fputc('\n', out);
}

#define ANNOTATE(out, level, frame, title, ...)                                                              \
    annotate(out, level, frame, title, (const char *const[]){__VA_ARGS__},                                   \
             sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *))

static void annotations(FILE *out, const struct ts_gate *gate)
{
    static const char *const levels[] = {"error", "notice", "error", ""};
    static const char *const titles[] = {"New finding", "Known finding", "Expired finding", ""};
    const struct ts_gate_input *input = gate->input;
    ANNOTATE(out, gate->verdict == TS_GATE_PASS ? "notice" : "error", NULL, "Tickstorm", gate->sentence);
    for (size_t i = 0; i < input->finding_count; i++) {
        ts_standing standing = gate->judged[i].standing;
        const struct ts_finding *finding = input->findings[i].finding;
        if (standing != TS_STANDING_EXPECTED) {
            ANNOTATE(out, levels[standing], ts_finding_frame(finding), titles[standing], finding->kind, ": ",
                     finding->title, ": ", finding->description, " (", finding->signature,
                     "); repeat: ", finding->command);
        }
    }
    for (size_t i = 0; i < input->cell_count; i++) {
        const struct ts_gate_cell *cell = &input->cells[i];
        ts_gate_state state = gate->states[i];
        if (state == TS_STATE_NOT_RUN || state == TS_STATE_UNEXPECTED || state == TS_STATE_MISSED ||
            state == TS_STATE_UNEXERCISED) {
            ANNOTATE(out, "error", NULL, ts_gate_state_name(state), cell->scenario, "/", cell->mode, "/",
                     cell->flavour, ": ", cell->outcome, ": ", cell->detail, "; repeat: ", cell->command);
        }
    }
    for (size_t i = 0; i < input->check_count; i++) {
        if (!input->checks[i].ok) {
            ANNOTATE(out, "error", NULL, "Preflight", input->checks[i].name, ": ", input->checks[i].found,
                     "; to mend: ", input->checks[i].mend);
        }
    }
    for (size_t i = 0; i < gate->entry_count; i++) {
        const struct ts_gate_entry *entry = &gate->entries[i];
        const struct ts_known *known = &gate->baseline->known[i];
        if (entry->expired || !entry->matched) {
            ANNOTATE(out, entry->expired ? "error" : "warning", NULL, "Baseline", known->signature,
                     entry->expired ? " is expired" : " was never matched", "; owner ", known->owner,
                     ", until ", known->expiry);
        }
    }
}

static ts_err write_clean(const struct ts_gate *gate, void (*write)(FILE *, const struct ts_gate *),
                          FILE *out, const char *operation, struct ts_diag *diag)
{
    char *raw = NULL;
    size_t size = 0;
    FILE *document = open_memstream(&raw, &size);
    if (document == NULL) {
        return ts_fail_errno(diag, errno, operation, gate->input->id);
    }
    write(document, gate);
    bool failed = ferror(document) != 0;
    failed = fclose(document) != 0 || failed;
    char *clean = failed ? NULL : ts_utf8_clean(raw);
    free(raw);
    if (clean == NULL) {
        return ts_fail(diag, TS_NO_MEMORY, operation, gate->input->id, "no memory");
    }
    bool written = fputs(clean, out) != EOF && fflush(out) == 0;
    free(clean);
    return written ? TS_OK : ts_fail_errno(diag, errno, operation, gate->input->id);
}

ts_err ts_gate_markdown_write(const struct ts_gate *gate, FILE *out, struct ts_diag *diag)
{
    return write_clean(gate, markdown, out, "write Markdown", diag);
}

ts_err ts_gate_annotations_write(const struct ts_gate *gate, FILE *out, struct ts_diag *diag)
{
    return write_clean(gate, annotations, out, "write annotations", diag);
}
