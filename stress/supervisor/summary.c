#include "supervisor/summary.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *ts_run_verdict_name(enum ts_run_verdict verdict)
{
    static const char *const names[] = {
        [TS_RUN_AS_EXPECTED] = "as-expected",   [TS_RUN_CLEAN] = "clean",
        [TS_RUN_UNEXPECTED] = "unexpected",     [TS_RUN_FINDINGS] = "findings",
        [TS_RUN_INCONCLUSIVE] = "inconclusive", [TS_RUN_INTERRUPTED] = "interrupted",
    };
    return names[verdict];
}

void ts_summary_init(struct ts_run_summary *summary, size_t planned, bool expects)
{
    memset(summary, 0, sizeof *summary);
    summary->planned = planned;
    summary->expects = expects;
}

static void note(size_t *count, char *first, size_t size, const struct ts_cell *cell,
                 const struct ts_cell_tally *tally, const char *detail)
{
    (*count)++;
    if (*count > 1) {
        return;
    }
    snprintf(first, size, "%s %s %s: %s (%s)", cell->scenario->name, ts_mode_names[cell->mode],
             ts_flavour_names[cell->flavour], ts_record_outcome_name(ts_tally_outcome(tally)), detail);
}

static bool is_canary(const struct ts_cell *cell)
{
    return strcmp(ts_cell_role_of(cell), "canary") == 0;
}

/* A canary's finding that names no function tells no defect from another, as for the gate. */
static bool is_nameless(const struct ts_cell *cell, const struct ts_cell_tally *tally)
{
    return is_canary(cell) && !tally->named && !tally->interrupted &&
           ts_tally_judge(tally, &cell->expectation) == TS_JUDGED_MET;
}

static enum ts_judgement own_judgement(const struct ts_cell *cell, const struct ts_cell_tally *tally)
{
    return is_nameless(cell, tally) ? TS_JUDGED_MISSED : ts_tally_judge(tally, &cell->expectation);
}

/* A plain run holds nothing against the catalog, but that a canary which shows nothing is a blind detector.
 */
static enum ts_judgement judgement_of(const struct ts_run_summary *summary, const struct ts_cell *cell,
                                      const struct ts_cell_tally *tally)
{
    static const struct ts_expectation nothing = {.allowed = TS_OUTCOME_BIT(TS_RECORD_PASS)};
    enum ts_judgement own = own_judgement(cell, tally);
    enum ts_judgement plain = ts_tally_judge(tally, &nothing);
    bool missed = cell->scenario->canary && own == TS_JUDGED_MISSED && plain != TS_JUDGED_VIOLATED;
    return summary->expects || missed ? own : plain;
}

/* Inconclusive by itself, or because a cell that must fail did not. */
static void judge(struct ts_run_summary *summary, const struct ts_cell *cell,
                  const struct ts_cell_tally *tally)
{
    const char *why = tally->detail;
    switch (judgement_of(summary, cell, tally)) {
    case TS_JUDGED_MET:
        return;
    case TS_JUDGED_VIOLATED:
        note(&summary->unexpected, summary->first_unexpected, sizeof summary->first_unexpected, cell, tally,
             why);
        return;
    case TS_JUDGED_MISSED:
        why = is_nameless(cell, tally)
                  ? "caught, but its stacks name no function: symbolizer or debugger do not work"
                  : "it must fail by what this flavour detects: the detector may be blind";
        break;
    case TS_JUDGED_UNEXERCISED:
        why = why[0] == '\0' ? "hazard not exercised" : why;
        break;
    }
    note(&summary->inconclusive, summary->first_inconclusive, sizeof summary->first_inconclusive, cell, tally,
         why);
}

void ts_summary_cell(struct ts_run_summary *summary, const struct ts_cell *cell,
                     const struct ts_cell_tally *tally, int64_t elapsed_ms)
{
    struct ts_cell_sum *sum = &summary->must_pass;
    enum ts_expect expect = ts_expectation_word(&cell->expectation);
    bool canary = is_canary(cell), met = own_judgement(cell, tally) == TS_JUDGED_MET;
    if (summary->expects && expect != TS_EXPECT_PASS) {
        sum = canary ? &summary->planted : expect == TS_EXPECT_FAIL ? &summary->must_fail : &summary->either;
    }
    sum->cells++;
    sum->failed += sum == &summary->must_fail ? met : ts_outcome_failed(ts_tally_outcome(tally));
    sum->lives += tally->lives;
    sum->restarts += tally->restarts;
    sum->elapsed_ms += elapsed_ms;
    sum->modes[cell->mode] = true;
    summary->hazard += tally->hazard;
    summary->refused = summary->refused || tally->refused;
    summary->usage = summary->usage || tally->usage;
    summary->interrupted = summary->interrupted || tally->interrupted;
    summary->canaries += canary;
    summary->caught += canary && met;
    judge(summary, cell, tally);
}

enum ts_run_verdict ts_summary_verdict(const struct ts_run_summary *summary)
{
    if (summary->interrupted) {
        return TS_RUN_INTERRUPTED;
    }
    if (summary->unexpected > 0) {
        return summary->expects ? TS_RUN_UNEXPECTED : TS_RUN_FINDINGS;
    }
    if (summary->inconclusive > 0) {
        return TS_RUN_INCONCLUSIVE;
    }
    return summary->expects ? TS_RUN_AS_EXPECTED : TS_RUN_CLEAN;
}

static void say(char *text, size_t size, const char *format, ...) __attribute__((format(printf, 3, 4)));

static void say(char *text, size_t size, const char *format, ...)
{
    size_t used = strlen(text);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text + used, size - used, format, arguments);
    va_end(arguments);
}

static void say_modes(char *text, size_t size, const struct ts_cell_sum *sum)
{
    const char *separator = "";
    for (int i = 0; i < TS_MODE_COUNT; i++) {
        if (sum->modes[i]) {
            say(text, size, "%s%s", separator, ts_mode_names[i]);
            separator = ", ";
        }
    }
}

static const char *plural(uint64_t count)
{
    return count == 1 ? "" : "s";
}

static void say_exposure(char *text, size_t size, const struct ts_cell_sum *sum)
{
    say(text, size, "%zu cell%s, %" PRIu64 " %s, %.0f s", sum->cells, plural(sum->cells), sum->lives,
        sum->lives == 1 ? "life" : "lives", (double)sum->elapsed_ms / 1000.0);
}

static void say_canaries(char *text, size_t size, const struct ts_run_summary *summary, const char *separator)
{
    if (summary->canaries > 0) {
        say(text, size, "%s%zu of %zu planted defect%s caught", separator, summary->caught, summary->canaries,
            plural(summary->canaries));
    }
}

static void say_contrast(char *text, size_t size, const struct ts_run_summary *summary)
{
    const struct ts_cell_sum *fail = &summary->must_fail, *pass = &summary->must_pass,
                             *either = &summary->either;
    const char *separator = "";
    if (fail->cells > 0) {
        double minutes = (double)fail->elapsed_ms / 60000.0;
        say_modes(text, size, fail);
        say(text, size, " failed in %zu of %zu cell%s that must fail (%" PRIu64 " restarts, %.1f/min)",
            fail->failed, fail->cells, plural(fail->cells), fail->restarts,
            minutes > 0.0 ? (double)fail->restarts / minutes : 0.0);
        separator = "; ";
    }
    if (pass->cells > 0) {
        say(text, size, "%s", separator);
        say_modes(text, size, pass);
        if (pass->failed == 0) {
            say(text, size, " showed nothing in ");
        } else {
            say(text, size, " failed in %zu of ", pass->failed);
        }
        say_exposure(text, size, pass);
        separator = "; ";
    }
    if (either->cells > 0) {
        say(text, size, "%s", separator);
        say_modes(text, size, either);
        say(text, size, " failed in %zu of %zu cell%s that may", either->failed, either->cells,
            plural(either->cells));
        separator = "; ";
    }
    say_canaries(text, size, summary, separator);
    say(text, size, ".");
}

static void say_run(char *text, size_t size, const struct ts_run_summary *summary)
{
    const struct ts_cell_sum *all = &summary->must_pass;
    if (all->failed == 0) {
        say(text, size, "nothing found in ");
    } else {
        say(text, size, "%zu failed of ", all->failed);
    }
    say_exposure(text, size, all);
    say(text, size, ", %" PRIu64 " restart%s, hazard %" PRIu64, all->restarts, plural(all->restarts),
        summary->hazard);
    say_canaries(text, size, summary, "; ");
    say(text, size, ".");
}

void ts_summary_sentence(const struct ts_run_summary *summary, char *text, size_t size)
{
    size_t cells =
        summary->must_fail.cells + summary->must_pass.cells + summary->either.cells + summary->planted.cells;
    text[0] = '\0';
    switch (ts_summary_verdict(summary)) {
    case TS_RUN_INTERRUPTED:
        say(text, size, "Interrupted, %zu of %zu cells begun: ", cells, summary->planned);
        break;
    case TS_RUN_AS_EXPECTED:
        say(text, size, "As expected: ");
        break;
    case TS_RUN_CLEAN:
        say(text, size, "Clean: ");
        break;
    case TS_RUN_UNEXPECTED:
        say(text, size, "Unexpected in %zu of %zu cells, first %s; ", summary->unexpected, cells,
            summary->first_unexpected);
        break;
    case TS_RUN_FINDINGS:
        say(text, size, "Findings in %zu of %zu cell%s, first %s: ", summary->unexpected, cells,
            plural(cells), summary->first_unexpected);
        break;
    case TS_RUN_INCONCLUSIVE:
        say(text, size, "Inconclusive in %zu of %zu cell%s, first %s; ", summary->inconclusive, cells,
            plural(cells), summary->first_inconclusive);
        break;
    }
    if (summary->expects) {
        say_contrast(text, size, summary);
    } else {
        say_run(text, size, summary);
    }
}
