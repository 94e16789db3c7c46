#include "reports/stability_build_parts.h"

#include "reports/figure.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#define MS_PER_HOUR 3600000.0
#define LINES_MAX   64

/* What the verdict rests on. */
struct grounds {
    int64_t new_findings, expired, expired_entries, unexplained_cells;
    int64_t missed, unclean_twins, unexercised, not_run;
    int64_t must_fail, must_failed;
    int64_t protected_lives, protected_failing, protected_ms; /* conclusive, native */
    int64_t schedules;
    const char *blind_flavours;
    const char *reasons; /* in words, the gravest first */
};

static const char *duration(struct ts_stability *report, int64_t ms)
{
    struct ts_figure figure;
    return (double)ms >= 2 * MS_PER_HOUR ? ts_stability_text(report, "%.1f h", (double)ms / MS_PER_HOUR)
                                         : ts_stability_text(report, "%s", ts_figure_duration(&figure, ms));
}

/* Flavours that were judged, and in which nothing showed that a failure would have been seen. */
static void add_blind(struct ts_stability_builder *builder, struct grounds *grounds)
{
    struct ts_stability *report = builder->report;
    const char *shown = "";
    for (size_t i = 0; i < builder->cell_count; i++) {
        const struct ts_stability_cell *item = &builder->cells[i];
        if (item->state == TS_STABILITY_FAILED_AS_EXPECTED && !item->twin) {
            shown = ts_stability_join(report, shown, item->cell->flavour);
        }
    }
    for (size_t i = 0; i < builder->cell_count; i++) {
        const struct ts_stability_cell *item = &builder->cells[i];
        if (!item->tests && !item->must_fail && !ts_stability_names(shown, item->cell->flavour)) {
            grounds->blind_flavours = ts_stability_join(report, grounds->blind_flavours, item->cell->flavour);
        }
    }
}

/* A canary that came out as anything but caught. */
static bool missed(const struct ts_stability_cell *item)
{
    bool canary = item->tests && !item->twin;
    return item->state == TS_STABILITY_MISSED || (canary && item->state != TS_STABILITY_FAILED_AS_EXPECTED);
}

static struct grounds grounds_of(struct ts_stability_builder *builder)
{
    const struct ts_stability *report = builder->report;
    struct grounds grounds = {
        .new_findings = report->findings.of_standing[TS_STABILITY_NEW],
        .expired = report->findings.of_standing[TS_STABILITY_EXPIRED],
        .expired_entries = builder->expired_entries,
        .not_run = builder->cells_not_run,
        .blind_flavours = "",
        .reasons = "",
    };
    for (size_t i = 0; i < builder->cell_count; i++) {
        const struct ts_stability_cell *item = &builder->cells[i];
        bool protected = !item->tests && !item->must_fail && !item->may_fail;
        grounds.unexplained_cells += item->unexplained > 0;
        grounds.missed += missed(item);
        grounds.unclean_twins += item->twin && item->state != TS_STABILITY_CLEAN;
        grounds.unexercised += !item->tests && item->state == TS_STABILITY_UNEXERCISED;
        grounds.not_run += item->state == TS_STABILITY_NOT_RUN;
        grounds.must_fail += item->must_fail;
        grounds.must_failed += item->must_fail && item->state == TS_STABILITY_FAILED_AS_EXPECTED;
        grounds.schedules += item->tests ? 0 : ts_record_count_of(&item->cell->counters, "schedules");
        if (protected && !item->explored) {
            grounds.protected_lives += item->cell->lives - item->inconclusive;
            grounds.protected_failing += item->failing;
            for (size_t j = 0; j < item->cell->life_line_count; j++) {
                grounds.protected_ms += item->cell->life_lines[j].duration_ms;
            }
        }
    }
    add_blind(builder, &grounds);
    return grounds;
}

static void reason(struct ts_stability *report, struct grounds *grounds, int64_t count, const char *one,
                   const char *several)
{
    struct ts_figure figure;
    if (count > 0) {
        const char *text =
            ts_stability_text(report, "%s %s", ts_figure_count(&figure, count), count == 1 ? one : several);
        grounds->reasons =
            grounds->reasons[0] == '\0' ? text : ts_stability_text(report, "%s; %s", grounds->reasons, text);
    }
}

static enum ts_stability_verdict decide(struct ts_stability_builder *builder, struct grounds *grounds)
{
    struct ts_stability *report = builder->report;
    reason(report, grounds, grounds->new_findings, "new finding", "new findings");
    reason(report, grounds, grounds->unexplained_cells, "cell failed without a finding that tells why",
           "cells failed without a finding that tells why");
    reason(report, grounds, grounds->expired_entries, "entry of the baseline is past its day",
           "entries of the baseline are past their day");
    bool failed = grounds->reasons[0] != '\0';
    reason(report, grounds, grounds->missed, "cell that must fail did not", "cells that must fail did not");
    reason(report, grounds, grounds->unclean_twins, "clean twin of a canary was not clean",
           "clean twins of canaries were not clean");
    reason(report, grounds, grounds->unexercised, "cell never met its hazard",
           "cells never met their hazard");
    reason(report, grounds, grounds->not_run, "planned cell did not run", "planned cells did not run");
    if (grounds->blind_flavours[0] != '\0') {
        const char *text =
            ts_stability_text(report, "nothing that must fail was caught in %s", grounds->blind_flavours);
        grounds->reasons =
            grounds->reasons[0] == '\0' ? text : ts_stability_text(report, "%s; %s", grounds->reasons, text);
    }
    if (grounds->protected_lives == 0 && grounds->schedules == 0) {
        grounds->reasons =
            grounds->reasons[0] == '\0'
                ? "nothing ran that may not fail"
                : ts_stability_text(report, "%s; nothing ran that may not fail", grounds->reasons);
    }
    if (!builder->whole) {
        grounds->reasons = grounds->reasons[0] == '\0' ? "the record is not whole" : grounds->reasons;
    }
    return failed                        ? TS_STABILITY_FAIL
           : grounds->reasons[0] == '\0' ? TS_STABILITY_PASS
                                         : TS_STABILITY_INCONCLUSIVE;
}

static const char *sentence_of(struct ts_stability_builder *builder, const struct grounds *grounds,
                               enum ts_stability_verdict verdict)
{
    struct ts_stability *report = builder->report;
    struct ts_figure cells, lives, bound;
    int64_t life_count = 0;
    int64_t ms = 0;
    for (size_t i = 0; i < report->run_count; i++) {
        life_count += report->runs[i].lives;
        ms += report->runs[i].elapsed_ms;
    }
    const char *what = verdict == TS_STABILITY_PASS ? "0 new findings" : grounds->reasons;
    const char *must =
        grounds->must_fail == 0
            ? ""
            : ts_stability_text(report, "; %lld of %lld cells that must fail did",
                                (long long)grounds->must_failed, (long long)grounds->must_fail);
    const char *canaries = report->tests.canaries_run == 0
                               ? ""
                               : ts_stability_text(report, "; %lld of %lld canaries caught",
                                                   (long long)report->tests.canaries_caught,
                                                   (long long)report->tests.canaries_run);
    const char *under = grounds->protected_failing > 0 || grounds->protected_lives == 0
                            ? ""
                            : ts_stability_text(report, " (protected lives: under %s %% fail, at 95 %%)",
                                                ts_figure_percent_above(
                                                    &bound, ts_share_bound_none(grounds->protected_lives)));
    return ts_stability_text(report, "%s: %s in %s cell%s, %s li%s, %s%s%s%s",
                             ts_stability_verdict_name(verdict), what,
                             ts_figure_count(&cells, (int64_t)builder->cell_count),
                             builder->cell_count == 1 ? "" : "s", ts_figure_count(&lives, life_count),
                             life_count == 1 ? "fe" : "ves", duration(report, ms), under, must, canaries);
}

/* What the contrasted modes came to, over all their cells that are native. */
struct mode_sum {
    int64_t lives, failing, crashes, ms, schedules;
    bool must_fail;
};

static struct mode_sum sum_of(const struct ts_stability_builder *builder, const char *mode)
{
    struct mode_sum sum = {0};
    for (size_t i = 0; i < builder->cell_count; i++) {
        const struct ts_stability_cell *item = &builder->cells[i];
        if (item->tests || strcmp(item->cell->mode, mode) != 0) {
            continue;
        }
        sum.must_fail = sum.must_fail || item->must_fail || item->may_fail;
        sum.schedules += ts_record_count_of(&item->cell->counters, "schedules");
        if (item->explored) {
            continue;
        }
        sum.lives += item->cell->lives - item->inconclusive;
        sum.failing += item->failing;
        for (size_t j = 0; j < item->cell->life_line_count; j++) {
            const struct ts_record_life *life = &item->cell->life_lines[j];
            sum.crashes += life->class[0] != '\0' || life->outcome == TS_RECORD_CRASH;
            sum.ms += life->duration_ms;
        }
    }
    return sum;
}

static const char *median_words(struct ts_stability *report, const char *mode)
{
    size_t at = ts_stability_mode_index(report, mode);
    struct ts_figure figure;
    double median = at == SIZE_MAX ? NAN : report->contrast.modes[at].survival.median_ms.value;
    if (!isfinite(median) || report->contrast.modes[at].survival.crashes == 0) {
        return "";
    }
    return ts_stability_text(report, ", median %s s to the first crash",
                             ts_figure_rate(&figure, median / 1000));
}

static struct ts_stability_line line_of(struct ts_stability *report, const char *mode,
                                        const struct mode_sum *sum)
{
    struct ts_figure k, n, c, low, high, schedules;
    struct ts_stability_share share = ts_stability_share_of(sum->failing, sum->lives);
    const char *explored = sum->schedules == 0
                               ? ""
                               : ts_stability_text(report, "; and %s explored schedules",
                                                   ts_figure_count(&schedules, sum->schedules));
    const char *lived = duration(report, sum->ms);
    const char *text;
    if (sum->lives == 0) {
        text =
            ts_stability_text(report, "%s: no life at native speed or under a sanitizer%s", mode, explored);
    } else if (sum->failing == 0) {
        text = ts_stability_text(
            report, "%s: 0 crashes or other failures in %s li%s (%s): under %s %% a life at 95 %%%s", mode,
            ts_figure_count(&n, sum->lives), sum->lives == 1 ? "fe" : "ves", lived,
            ts_figure_percent_above(&high, share.high), explored);
    } else {
        text = ts_stability_text(
            report, "%s: %s of %s lives failed (%s), %s crashed%s: %s to %s %% a life at 95 %%%s", mode,
            ts_figure_count(&k, sum->failing), ts_figure_count(&n, sum->lives), lived,
            ts_figure_count(&c, sum->crashes), median_words(report, mode), ts_figure_percent(&low, share.low),
            ts_figure_percent_above(&high, share.high), explored);
    }
    return (struct ts_stability_line){mode, text, share, sum->must_fail};
}

static void add_lines(struct ts_stability_builder *builder, struct ts_stability_head *head)
{
    size_t count = 0;
    const char **modes = ts_stability_modes(builder, &count);
    head->lines = ts_stability_keep(builder->report, LINES_MAX, sizeof *head->lines);
    for (size_t i = 0; modes != NULL && head->lines != NULL && i < count && head->line_count < LINES_MAX;
         i++) {
        struct mode_sum sum = sum_of(builder, modes[i]);
        if (sum.lives + sum.schedules > 0) {
            head->lines[head->line_count++] = line_of(builder->report, modes[i], &sum);
        }
    }
}

static void answer(struct ts_stability_builder *builder, struct ts_stability_head *head,
                   const struct grounds *grounds)
{
    struct ts_stability *report = builder->report;
    struct ts_figure lives, bound, rate, low, high, k;
    if (head->verdict == TS_STABILITY_PASS) {
        head->safe = "Yes, as far as it was tried: nothing failed that may not fail.";
    } else if (head->verdict == TS_STABILITY_FAIL) {
        head->safe = ts_stability_text(report, "No: %s.", grounds->reasons);
    } else {
        head->safe = ts_stability_text(report, "It cannot be told: %s.", grounds->reasons);
    }
    if (grounds->protected_lives == 0) {
        head->sure = "Not at all: no life that may not fail came to a conclusive end.";
    } else if (grounds->protected_failing == 0) {
        head->sure = ts_stability_text(
            report,
            "0 of %s lives that may not fail did, in %s: at 95 %% fewer than %s %% of such lives fail, and "
            "fewer than "
            "%s a minute. More lives tighten this; nothing makes it 0.",
            ts_figure_count(&lives, grounds->protected_lives), duration(report, grounds->protected_ms),
            ts_figure_percent_above(&bound, ts_share_bound_none(grounds->protected_lives)),
            ts_figure_rate_above(&rate, ts_rate_bound_none((double)grounds->protected_ms / 60000.0)));
    } else {
        struct ts_stability_share share =
            ts_stability_share_of(grounds->protected_failing, grounds->protected_lives);
        head->sure = ts_stability_text(
            report, "%s of %s lives that may not fail did: at 95 %% that is %s to %s %% of such lives.",
            ts_figure_count(&k, share.k), ts_figure_count(&lives, share.n),
            ts_figure_percent(&low, share.low), ts_figure_percent_above(&high, share.high));
    }
    head->unchecked = "";
    for (size_t i = 0, said = 0; i < report->limit_count && said < 3; i++) {
        if (report->limits[i].kind != TS_STABILITY_ASSUMED) {
            head->unchecked = ts_stability_text(report, "%s%s%s", head->unchecked, said == 0 ? "" : " ",
                                                report->limits[i].text);
            said++;
        }
    }
    head->unchecked =
        ts_stability_text(report, "%s Interleavings, loads and machines other than these (%zu limits below).",
                          head->unchecked, report->limit_count);
}

void ts_stability_build_head(struct ts_stability_builder *builder)
{
    struct ts_stability_head *head = &builder->report->head;
    struct grounds grounds = grounds_of(builder);
    head->verdict = decide(builder, &grounds);
    head->sentence = sentence_of(builder, &grounds, head->verdict);
    add_lines(builder, head);
    answer(builder, head, &grounds);
}
