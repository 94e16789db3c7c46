/* The verdict of the report: what was counted, judged by the gate's rule, and told in one sentence. */
#include "reports/stability_build_parts.h"

#include "reports/figure.h"
#include "reports/grounds.h"

#include <inttypes.h>
#include <string.h>

#define MS_PER_HOUR     3600000.0
#define BLIND_SPOTS_MAX 64

const char *ts_stability_duration(struct ts_stability *report, int64_t ms)
{
    struct ts_figure figure;
    return (double)ms >= 2 * MS_PER_HOUR ? ts_stability_text(report, "%.1f h", (double)ms / MS_PER_HOUR)
                                         : ts_stability_text(report, "%s", ts_figure_duration(&figure, ms));
}

/* What was counted, beside what the rule asks for. */
struct counted {
    struct ts_grounds rule;
    int64_t must_fail, must_failed;
    int64_t missed_canaries, unclean_twins;
    int64_t schedules; /* of protected cells */
    char blind_spots[BLIND_SPOTS_MAX][TS_BLIND_SPOT_SIZE];
};

static ts_cell_role role_of(const struct ts_stability_cell *item)
{
    return item->canary                    ? TS_CELL_CANARY
           : item->twin                    ? TS_CELL_TWIN
           : item->must_fail               ? TS_CELL_MUST_FAIL
           : item->may_fail || item->tests ? TS_CELL_MAY_FAIL
                                           : TS_CELL_PROTECTED;
}

/* What the detectors were not tried with, by what each tool that ran knows of canaries. */
static int64_t blind_spots(struct ts_stability_builder *builder, struct counted *counted)
{
    struct ts_stability *report = builder->report;
    struct ts_grounds_cell *cells = ts_stability_keep(report, builder->cell_count, sizeof *cells);
    const struct ts_record_run *knows = &builder->input->records[0]->run;
    size_t ran = 0;
    for (size_t i = 0; i < builder->input->record_count; i++) {
        const struct ts_record_run *run = &builder->input->records[i]->run;
        knows = run->canary_count > knows->canary_count ? run : knows;
    }
    for (size_t i = 0; cells != NULL && i < builder->cell_count; i++) {
        const struct ts_stability_cell *item = &builder->cells[i];
        if (item->state != TS_STABILITY_NOT_RUN) {
            cells[ran++] = (struct ts_grounds_cell){role_of(item), item->cell->scenario, item->cell->flavour};
        }
    }
    return (int64_t)ts_grounds_blind_spots(cells, ran, knows->canaries, knows->canary_count,
                                           counted->blind_spots, BLIND_SPOTS_MAX);
}

static void count_cell(const struct ts_stability_cell *item, struct counted *counted,
                       struct ts_stability_grounds *grounds)
{
    ts_cell_role role = role_of(item);
    struct ts_grounds *rule = &counted->rule;
    bool failed_as_it_must = item->state == TS_STABILITY_FAILED_AS_EXPECTED;
    bool ran = item->state != TS_STABILITY_NOT_RUN;
    rule->cells_not_run += !ran;
    rule->unexpected_cells += item->unexplained > 0;
    rule->canaries += role == TS_CELL_CANARY && ran;
    rule->caught += role == TS_CELL_CANARY && failed_as_it_must;
    rule->twins += role == TS_CELL_TWIN && ran;
    rule->clean += role == TS_CELL_TWIN && item->state == TS_STABILITY_CLEAN;
    rule->missed_cells += role != TS_CELL_CANARY && item->state == TS_STABILITY_MISSED;
    rule->unexercised_cells += !item->tests && item->state == TS_STABILITY_UNEXERCISED;
    counted->must_fail += role == TS_CELL_MUST_FAIL;
    counted->must_failed += role == TS_CELL_MUST_FAIL && failed_as_it_must;
    if (role != TS_CELL_PROTECTED) {
        return;
    }
    int64_t schedules = ts_record_count_of(&item->cell->counters, "schedules");
    int64_t lives = item->cell->lives - item->inconclusive;
    /* One without a life that came to an end shows nothing. */
    rule->protected_cells += ran && (item->explored ? schedules : lives) > 0;
    if (!item->explored) {
        grounds->protected_lives += lives;
        grounds->protected_failing += item->failing;
        for (size_t j = 0; j < item->cell->life_line_count; j++) {
            grounds->protected_ms += item->cell->life_lines[j].duration_ms;
        }
    }
}

static int64_t failed_checks(const struct ts_stability *report)
{
    int64_t failed = 0;
    for (size_t i = 0; i < report->run_count; i++) {
        failed += report->runs[i].checks_failed;
    }
    return failed;
}

static void count(struct ts_stability_builder *builder, struct counted *counted,
                  struct ts_stability_grounds *grounds)
{
    struct ts_grounds *rule = &counted->rule;
    *rule = (struct ts_grounds){
        .failed_checks = failed_checks(builder->report),
        .partial = !builder->whole,
        .cells_not_run = builder->cells_not_run,
        .new_findings = builder->report->findings.of_standing[TS_STABILITY_NEW],
        .expired_entries = builder->expired_entries,
    };
    for (size_t i = 0; i < builder->cell_count; i++) {
        count_cell(&builder->cells[i], counted, grounds);
    }
    rule->blind_spots = blind_spots(builder, counted);
    counted->missed_canaries = rule->canaries - rule->caught;
    counted->unclean_twins = rule->twins - rule->clean;
}

/* --- in words --- */

static void add_text(struct ts_stability *report, const char **reasons, const char *text)
{
    *reasons = (*reasons)[0] == '\0' ? text : ts_stability_text(report, "%s; %s", *reasons, text);
}

static void add_count(struct ts_stability *report, const char **reasons, int64_t number, const char *one,
                      const char *several)
{
    struct ts_figure figure;
    if (number > 0) {
        add_text(report, reasons,
                 ts_stability_text(report, "%s %s", ts_figure_count(&figure, number),
                                   number == 1 ? one : several));
    }
}

/* "2 of 36 cells never met the dangerous situation" */
static void add_part(struct ts_stability *report, const char **reasons, int64_t number, int64_t all,
                     const char *one, const char *several)
{
    struct ts_figure part, whole;
    if (number > 0) {
        add_text(report, reasons,
                 ts_stability_text(report, "%s of %s %s", ts_figure_count(&part, number),
                                   ts_figure_count(&whole, all), all == 1 ? one : several));
    }
}

static void add_blind_spots(struct ts_stability *report, const char **reasons, const struct counted *counted)
{
    const struct ts_grounds *rule = &counted->rule;
    if (rule->canaries == 0) {
        add_text(report, reasons,
                 "no canary (a planted defect that must show) ran, so that nothing shows that the detectors "
                 "see one here");
    } else if (rule->blind_spots > 0) {
        add_text(report, reasons,
                 ts_stability_text(report, "the detectors were not tried with %s%s", counted->blind_spots[0],
                                   rule->blind_spots == 1 ? ""
                                                          : ts_stability_text(report, " and %" PRId64 " more",
                                                                              rule->blind_spots - 1)));
    }
    if (rule->canaries == 0 && counted->must_fail == 0) {
        add_text(report, reasons, "no unprotected mode ran that must fail");
    }
}

/* "the machine did not pass the check of gdb and 2 more" */
static void add_failed_checks(struct ts_stability *report, const char **reasons, int64_t failed)
{
    for (size_t i = 0; failed > 0 && i < report->run_count; i++) {
        const struct ts_stability_run *run = &report->runs[i];
        for (size_t j = 0; j < run->check_count; j++) {
            if (!run->checks[j].ok) {
                const char *more =
                    failed == 1 ? "" : ts_stability_text(report, " and %" PRId64 " more", failed - 1);
                add_text(report, reasons,
                         ts_stability_text(report, "the machine did not pass the check of %s%s",
                                           run->checks[j].name, more));
                return;
            }
        }
    }
}

/* All but new findings, which the sentence tells with what they were looked for in. */
static const char *other_reasons(struct ts_stability_builder *builder, const struct counted *counted)
{
    struct ts_stability *report = builder->report;
    const struct ts_grounds *rule = &counted->rule;
    int64_t tried = (int64_t)builder->cell_count - rule->canaries - rule->twins;
    const char *reasons = "";
    add_count(report, &reasons, rule->unexpected_cells, "cell failed without a finding that tells why",
              "cells failed without a finding that tells why");
    add_count(report, &reasons, rule->expired_entries, "entry of the baseline is past its day",
              "entries of the baseline are past their day");
    add_failed_checks(report, &reasons, rule->failed_checks);
    add_count(report, &reasons, rule->cells_not_run, "planned cell did not run", "planned cells did not run");
    if (rule->partial && rule->cells_not_run == 0) {
        add_text(report, &reasons, "the run did not come to its end");
    }
    add_part(report, &reasons, rule->missed_cells, counted->must_fail, "cell that must fail did not",
             "cells that must fail did not");
    add_part(report, &reasons, counted->missed_canaries, rule->canaries,
             "canary (a planted defect) not caught", "canaries (planted defects) not caught");
    add_part(report, &reasons, counted->unclean_twins, rule->twins,
             "canary's twin (without the defect) not clean",
             "canaries' twins (without the defect) not clean");
    add_blind_spots(report, &reasons, counted);
    add_part(report, &reasons, rule->unexercised_cells, tried, "cell never met the dangerous situation",
             "cells never met the dangerous situation");
    if (rule->protected_cells == 0) {
        add_text(report, &reasons, "nothing that may not fail ran to a conclusive end");
    }
    return reasons;
}

/* "0 new findings in 102 cells, 109 lives, 3.0 min (protected lives: under 2.72 % fail, at 95 %)" */
static const char *findings_of(struct ts_stability_builder *builder, const struct counted *counted,
                               const struct ts_stability_grounds *grounds)
{
    struct ts_stability *report = builder->report;
    struct ts_figure news, cells, lives, bound;
    int64_t new_findings = counted->rule.new_findings, life_count = 0, ms = 0;
    for (size_t i = 0; i < report->run_count; i++) {
        life_count += report->runs[i].lives;
        ms += report->runs[i].elapsed_ms;
    }
    const char *under = grounds->protected_failing > 0 || grounds->protected_lives == 0
                            ? ""
                            : ts_stability_text(report, " (protected lives: under %s %% fail, at 95 %%)",
                                                ts_figure_percent_above(
                                                    &bound, ts_share_bound_none(grounds->protected_lives)));
    return ts_stability_text(report, "%s new finding%s in %s cell%s, %s li%s, %s%s",
                             ts_figure_count(&news, new_findings), new_findings == 1 ? "" : "s",
                             ts_figure_count(&cells, (int64_t)builder->cell_count),
                             builder->cell_count == 1 ? "" : "s", ts_figure_count(&lives, life_count),
                             life_count == 1 ? "fe" : "ves", ts_stability_duration(report, ms), under);
}

static const char *sentence_of(struct ts_stability_builder *builder, const struct counted *counted,
                               const struct ts_stability_grounds *grounds, const char *others)
{
    struct ts_stability *report = builder->report;
    const struct ts_grounds *rule = &counted->rule;
    const char *findings = findings_of(builder, counted, grounds);
    const char *text = rule->new_findings > 0 ? findings : others;
    add_text(report, &text, rule->new_findings > 0 ? others : findings);
    if (others[0] == '\0') {
        text = findings;
    }
    if (counted->must_fail > 0) {
        add_text(report, &text,
                 ts_stability_text(report, "%" PRId64 " of %" PRId64 " cell%s that must fail did",
                                   counted->must_failed, counted->must_fail,
                                   counted->must_fail == 1 ? "" : "s"));
    }
    if (rule->canaries > 0) {
        add_text(report, &text,
                 ts_stability_text(report, "%" PRId64 " of %" PRId64 " canar%s caught", rule->caught,
                                   rule->canaries, rule->canaries == 1 ? "y" : "ies"));
    }
    return ts_stability_text(report, "%s: %s", ts_stability_verdict_name(grounds->verdict), text);
}

struct ts_stability_grounds ts_stability_judge(struct ts_stability_builder *builder)
{
    static const enum ts_stability_verdict verdicts[] = {[TS_GATE_PASS] = TS_STABILITY_PASS,
                                                         [TS_GATE_FAIL] = TS_STABILITY_FAIL,
                                                         [TS_GATE_INCONCLUSIVE] = TS_STABILITY_INCONCLUSIVE};
    struct ts_stability_grounds grounds = {.reasons = ""};
    struct counted counted = {.must_fail = 0};
    count(builder, &counted, &grounds);
    struct ts_grounds_verdict judged = ts_grounds_judge(&counted.rule);
    grounds.verdict = verdicts[judged.verdict];
    grounds.blind = judged.applies[TS_GATE_BLIND];
    const char *others = other_reasons(builder, &counted);
    add_count(builder->report, &grounds.reasons, counted.rule.new_findings, "new finding", "new findings");
    if (others[0] != '\0') {
        add_text(builder->report, &grounds.reasons, others);
    }
    grounds.sentence = sentence_of(builder, &counted, &grounds, others);
    return grounds;
}
