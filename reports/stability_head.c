#include "reports/stability_build_parts.h"

#include "reports/figure.h"

#include <math.h>
#include <string.h>

#define LINES_MAX  64
#define SAID_MAX   3 /* limits on the first screen */
#define MODES_SAID 8

/* What the contrasted modes came to, over all their cells that are native. */
struct mode_sum {
    int64_t lives, failing, crashes, ms;
    int64_t schedules, explored, explored_failing; /* lives of the explorer */
    int64_t unasked; /* failing lives of cells of which nobody said that they may fail */
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
        bool may = item->must_fail || item->may_fail;
        sum.must_fail = sum.must_fail || may;
        sum.unasked += may ? 0 : item->failing;
        sum.schedules += ts_record_count_of(&item->cell->counters, "schedules");
        if (item->explored) {
            sum.explored += item->cell->lives - item->inconclusive;
            sum.explored_failing += item->failing;
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

/* "; and 8,507 explored schedules, in which 0 of 26 lives failed" */
static const char *explored_words(struct ts_stability *report, const struct mode_sum *sum)
{
    struct ts_figure schedules, k, n;
    return sum->schedules == 0
               ? ""
               : ts_stability_text(report, "; and %s explored schedule%s, in which %s of %s li%s failed",
                                   ts_figure_count(&schedules, sum->schedules),
                                   sum->schedules == 1 ? "" : "s", ts_figure_count(&k, sum->explored_failing),
                                   ts_figure_count(&n, sum->explored), sum->explored == 1 ? "fe" : "ves");
}

static struct ts_stability_line line_of(struct ts_stability *report, const char *mode,
                                        const struct mode_sum *sum)
{
    struct ts_figure k, n, c, low, high;
    struct ts_stability_share share = ts_stability_share_of(sum->failing, sum->lives);
    const char *explored = explored_words(report, sum);
    const char *lived = ts_stability_duration(report, sum->ms);
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
    return (struct ts_stability_line){mode, text, share, sum->explored_failing > 0,
                                      sum->must_fail && sum->unasked == 0};
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

/* The modes that must not fail, or those that may and did. */
static const char *modes_of(struct ts_stability *report, bool failed)
{
    const char *names = "";
    for (size_t i = 0; i < report->head.line_count && i < MODES_SAID; i++) {
        const struct ts_stability_line *line = &report->head.lines[i];
        if (failed ? line->must_fail && (line->failures.k > 0 || line->explored_failed) : !line->must_fail) {
            names = ts_stability_join(report, names, line->mode);
        }
    }
    return names;
}

/* "Yes with locked, queued delivery, as far as it was tried: ... With direct delivery no: ..." */
static const char *yes_of(struct ts_stability *report)
{
    const char *safe = modes_of(report, false), *failed = modes_of(report, true);
    const char *yes =
        ts_stability_text(report, "Yes%s%s%s, as far as it was tried: nothing failed that may not fail.",
                          safe[0] == '\0' ? "" : ", with ", safe, safe[0] == '\0' ? "" : " delivery");
    return failed[0] == '\0'
               ? yes
               : ts_stability_text(report, "%s With %s delivery no: it failed, as it must.", yes, failed);
}

/* " Seen most: crash, pure-virtual-call in on_factor, in direct delivery (180 of 280 lives)." */
static const char *worst_of(struct ts_stability *report)
{
    struct ts_figure k, n;
    const struct ts_stability_finding *item = report->findings.items;
    const char *modes = "";
    if (report->findings.of_standing[TS_STABILITY_NEW] == 0 || report->findings.count == 0) {
        return "";
    }
    for (size_t i = 0; i < item->mode_count; i++) {
        modes = ts_stability_join(report, modes, item->modes[i].mode);
    }
    return ts_stability_text(report, " Seen most: %s, %s%s%s%s (%s of %s lives).", item->finding->kind,
                             item->finding->title, modes[0] == '\0' ? "" : ", in ", modes,
                             modes[0] == '\0' ? "" : " delivery", ts_figure_count(&k, item->hits.k),
                             ts_figure_count(&n, item->hits.n));
}

static const char *safe_of(struct ts_stability *report, const struct ts_stability_grounds *grounds)
{
    switch (report->head.verdict) {
    case TS_STABILITY_PASS:
        return yes_of(report);
    case TS_STABILITY_FAIL:
        return ts_stability_text(report, "No: %s.%s", grounds->reasons, worst_of(report));
    case TS_STABILITY_INCONCLUSIVE:
        break;
    }
    return ts_stability_text(report, "It cannot be told. %s %s.",
                             grounds->protected_failing > 0
                                 ? "What failed is owned by somebody, but"
                                 : "Nothing was seen to fail that may not fail, but",
                             grounds->reasons);
}

static const char *sure_of(struct ts_stability *report, const struct ts_stability_grounds *grounds)
{
    struct ts_figure lives, bound, rate, low, high, k;
    const char *blind =
        grounds->blind ? " This holds only for what the detectors see, and they were not shown to see here."
                       : "";
    if (grounds->protected_lives == 0) {
        return "Not at all: no life that may not fail came to a conclusive end.";
    }
    if (grounds->protected_failing > 0) {
        struct ts_stability_share share =
            ts_stability_share_of(grounds->protected_failing, grounds->protected_lives);
        return ts_stability_text(
            report, "%s of %s %s that may not fail did: at 95 %% that is %s to %s %% of such lives.",
            ts_figure_count(&k, share.k), ts_figure_count(&lives, share.n), share.n == 1 ? "life" : "lives",
            ts_figure_percent(&low, share.low), ts_figure_percent_above(&high, share.high));
    }
    return ts_stability_text(
        report,
        "0 of %s %s that may not fail did, in %s: at 95 %% fewer than %s %% of such lives fail, and fewer "
        "than "
        "%s a minute. More lives tighten this; nothing makes it 0.%s",
        ts_figure_count(&lives, grounds->protected_lives), grounds->protected_lives == 1 ? "life" : "lives",
        ts_stability_duration(report, grounds->protected_ms),
        ts_figure_percent_above(&bound, ts_share_bound_none(grounds->protected_lives)),
        ts_figure_rate_above(&rate, ts_rate_bound_none((double)grounds->protected_ms / 60000.0)), blind);
}

/* The gravest limits are told first. */
static const char *unchecked_of(struct ts_stability *report)
{
    const char *text = "";
    for (size_t i = 0, said = 0; i < report->limit_count && said < SAID_MAX; i++) {
        if (report->limits[i].kind != TS_STABILITY_ASSUMED) {
            text = ts_stability_text(report, "%s%s%s", text, said == 0 ? "" : " ", report->limits[i].text);
            said++;
        }
    }
    return ts_stability_text(report, "%s Nor were other interleavings, loads and machines than these.", text);
}

void ts_stability_build_head(struct ts_stability_builder *builder)
{
    struct ts_stability *report = builder->report;
    struct ts_stability_grounds grounds = ts_stability_judge(builder);
    report->head.verdict = grounds.verdict;
    report->head.sentence = grounds.sentence;
    add_lines(builder, &report->head);
    report->head.safe = safe_of(report, &grounds);
    report->head.sure = sure_of(report, &grounds);
    report->head.unchecked = unchecked_of(report);
}
