#include "reports/junit.h"

#include "reports/finding_text.h"
#include "reports/utf8.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum mark { PASSED, FAILURE, ERROR, SKIPPED, MARK_COUNT };

static const char *const mark_names[] = {"", "failure", "error", "skipped"};

struct counts {
    int64_t tests;
    int64_t by_mark[MARK_COUNT];
    int64_t elapsed_ms;
};

/* Text fit for attributes too. Characters that XML forbids are replaced once, in the whole document. */
static void escape(FILE *out, const char *text)
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
        case '"':
            fputs("&quot;", out);
            break;
        case '\n':
            fputs("&#10;", out);
            break;
        case '\t':
            fputs("&#9;", out);
            break;
        default:
            fputc(*text, out);
        }
    }
}

static void attribute(FILE *out, const char *name, const char *value)
{
    fprintf(out, " %s=\"", name);
    escape(out, value);
    fputc('"', out);
}

static void write_counts(FILE *out, const struct counts *counts)
{
    fprintf(out,
            " tests=\"%" PRId64 "\" failures=\"%" PRId64 "\" errors=\"%" PRId64 "\" skipped=\"%" PRId64
            "\" time=\"%.3f\"",
            counts->tests, counts->by_mark[FAILURE], counts->by_mark[ERROR], counts->by_mark[SKIPPED],
            (double)counts->elapsed_ms / 1000.0);
}

static enum mark mark_of_state(ts_gate_state state)
{
    static const enum mark marks[] = {
        [TS_STATE_NOT_RUN] = ERROR,   [TS_STATE_NEW_FINDING] = FAILURE, [TS_STATE_UNEXPECTED] = FAILURE,
        [TS_STATE_EXPIRED] = FAILURE, [TS_STATE_MISSED] = ERROR,        [TS_STATE_UNEXERCISED] = SKIPPED,
        [TS_STATE_KNOWN] = SKIPPED,   [TS_STATE_MET] = PASSED};
    return marks[state];
}

static enum mark mark_of_verdict(ts_gate_verdict verdict)
{
    return verdict == TS_GATE_PASS ? PASSED : verdict == TS_GATE_FAIL ? FAILURE : ERROR;
}

static struct counts count_gate(const struct ts_gate *gate)
{
    struct counts counts = {.tests = (int64_t)gate->input->check_count + 1};
    counts.by_mark[ERROR] = gate->failed_checks;
    counts.by_mark[mark_of_verdict(gate->verdict)]++;
    return counts;
}

/* Counts the cells of scenario; of all when NULL. */
static struct counts count_cells(const struct ts_gate *gate, const char *scenario)
{
    struct counts counts = {0};
    for (size_t i = 0; i < gate->input->cell_count; i++) {
        const struct ts_gate_cell *cell = &gate->input->cells[i];
        if (scenario == NULL || strcmp(cell->scenario, scenario) == 0) {
            counts.tests++;
            counts.by_mark[mark_of_state(gate->states[i])]++;
            counts.elapsed_ms += cell->elapsed_ms;
        }
    }
    return counts;
}

/* The findings of the cell that no expectation has there. */
static void write_findings(FILE *out, const struct ts_gate *gate, size_t cell)
{
    for (size_t i = 0; i < gate->input->finding_count; i++) {
        const struct ts_gate_finding *seen = &gate->input->findings[i];
        for (size_t j = 0; j < seen->sighting_count; j++) {
            const struct ts_gate_sighting *sighting = &seen->sightings[j];
            if (sighting->cell != cell || sighting->expected) {
                continue;
            }
            const struct ts_gate_judged *judged = &gate->judged[i];
            fprintf(out, "%s %s ", ts_standing_name(judged->standing), seen->finding->signature);
            escape(out, seen->finding->kind);
            fputs(": ", out);
            escape(out, seen->finding->title);
            fprintf(out, " (in %" PRId64 " lives)\n", sighting->lives);
            if (judged->known != NULL) {
                fputs("owner ", out);
                escape(out, judged->known->owner);
                fputs(", ", out);
                escape(out, judged->known->issue);
                fprintf(out, ", until %s\n", judged->known->expiry);
            }
            ts_finding_write_stacks(out, seen->finding, escape);
            fputs("repeat: ", out);
            escape(out, seen->finding->command);
            fputc('\n', out);
        }
    }
}

/* How many cells before this one have its names; a seed's order must not rename the others. */
static size_t namesakes(const struct ts_gate_input *input, size_t index)
{
    const struct ts_gate_cell *cell = &input->cells[index];
    size_t count = 0;
    for (size_t i = 0; i < index; i++) {
        const struct ts_gate_cell *other = &input->cells[i];
        count += strcmp(other->scenario, cell->scenario) == 0 && strcmp(other->mode, cell->mode) == 0 &&
                 strcmp(other->flavour, cell->flavour) == 0 && strcmp(other->set, cell->set) == 0;
    }
    return count;
}

static void write_case(FILE *out, const struct ts_gate *gate, size_t index)
{
    const struct ts_gate_cell *cell = &gate->input->cells[index];
    ts_gate_state state = gate->states[index];
    enum mark mark = mark_of_state(state);
    fputs("    <testcase classname=\"tickstorm.", out);
    escape(out, cell->scenario);
    fputs("\" name=\"", out);
    escape(out, cell->mode);
    fputc(' ', out);
    escape(out, cell->flavour);
    fputc(' ', out);
    escape(out, cell->set);
    size_t before = namesakes(gate->input, index);
    if (before > 0) {
        fprintf(out, " #%zu", before + 1);
    }
    fprintf(out, "\" time=\"%.3f\">\n", (double)cell->elapsed_ms / 1000.0);
    if (mark != PASSED) {
        fprintf(out, "      <%s message=\"%s: ", mark_names[mark], ts_gate_state_name(state));
        escape(out, cell->outcome);
        if (cell->detail[0] != '\0') {
            fputs(": ", out);
            escape(out, cell->detail);
        }
        fprintf(out, "\" type=\"%s\">", ts_gate_state_name(state));
        write_findings(out, gate, index);
        fprintf(out, "</%s>\n", mark_names[mark]);
    }
    fprintf(out,
            "      <system-out>%s cell, %" PRId64 " lives, %" PRId64 " failing, hazard occurred %" PRId64
            " times\nlog: ",
            ts_cell_role_name(cell->role), cell->lives, cell->failing_lives, cell->hazard_count);
    escape(out, cell->log);
    fputs("\nrepeat: ", out);
    escape(out, cell->command);
    fputs("\n</system-out>\n    </testcase>\n", out);
}

static void write_scenario(FILE *out, const struct ts_gate *gate, const char *scenario)
{
    struct counts counts = count_cells(gate, scenario);
    fputs("  <testsuite", out);
    attribute(out, "name", scenario);
    write_counts(out, &counts);
    fputs(">\n", out);
    for (size_t i = 0; i < gate->input->cell_count; i++) {
        if (strcmp(gate->input->cells[i].scenario, scenario) == 0) {
            write_case(out, gate, i);
        }
    }
    fputs("  </testsuite>\n", out);
}

static bool seen_before(const struct ts_gate_input *input, size_t index)
{
    for (size_t i = 0; i < index; i++) {
        if (strcmp(input->cells[i].scenario, input->cells[index].scenario) == 0) {
            return true;
        }
    }
    return false;
}

static void write_gate(FILE *out, const struct ts_gate *gate)
{
    struct counts counts = count_gate(gate);
    fputs("  <testsuite name=\"gate\"", out);
    write_counts(out, &counts);
    fputs(">\n", out);
    for (size_t i = 0; i < gate->input->check_count; i++) {
        const struct ts_grounds_check *check = &gate->input->checks[i];
        fputs("    <testcase classname=\"tickstorm.gate\" name=\"preflight ", out);
        escape(out, check->name);
        fputs("\" time=\"0.000\">", out);
        if (!check->ok) {
            fputs("<error", out);
            attribute(out, "message", check->found);
            fputs(" type=\"harness\">", out);
            escape(out, check->mend);
            fputs("</error>", out);
        }
        fputs("</testcase>\n", out);
    }
    fputs("    <testcase classname=\"tickstorm.gate\" name=\"verdict\" time=\"0.000\">", out);
    enum mark mark = mark_of_verdict(gate->verdict);
    if (mark != PASSED) {
        fprintf(out, "<%s", mark_names[mark]);
        attribute(out, "message", gate->sentence);
        fprintf(out, " type=\"%s\"/>", ts_gate_reason_name(gate->reason));
    }
    fputs("<system-out>", out);
    escape(out, gate->sentence);
    fputs("</system-out></testcase>\n  </testsuite>\n", out);
}

ts_err ts_junit_write(const struct ts_gate *gate, FILE *out, struct ts_diag *diag)
{
    static const char operation[] = "write JUnit";
    char *raw = NULL;
    size_t size = 0;
    FILE *document = open_memstream(&raw, &size);
    if (document == NULL) {
        return ts_fail_errno(diag, errno, operation, gate->input->id);
    }
    struct counts counts = count_cells(gate, NULL);
    struct counts own = count_gate(gate);
    counts.tests += own.tests;
    for (int mark = 0; mark < MARK_COUNT; mark++) {
        counts.by_mark[mark] += own.by_mark[mark];
    }
    fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"tickstorm\"", document);
    write_counts(document, &counts);
    fputs(">\n", document);
    for (size_t i = 0; i < gate->input->cell_count; i++) {
        if (!seen_before(gate->input, i)) {
            write_scenario(document, gate, gate->input->cells[i].scenario);
        }
    }
    write_gate(document, gate);
    fputs("</testsuites>\n", document);
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
