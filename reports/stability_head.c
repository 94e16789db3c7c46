#include "reports/stability_build_parts.h"

#include "reports/figure.h"

#include <math.h>
#include <string.h>

#define LINES_MAX 64
#define SAID_MAX  3 /* limits on the first screen */

/* What the contrasted modes came to, over all their cells that are native. */
struct mode_sum {
    int64_t lives, failing, crashes, ms, schedules;
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
    return (struct ts_stability_line){mode, text, share, sum->must_fail && sum->unasked == 0};
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

static const char *safe_of(struct ts_stability *report, const struct ts_stability_grounds *grounds)
{
    switch (report->head.verdict) {
    case TS_STABILITY_PASS:
        return "Yes, as far as it was tried: nothing failed that may not fail.";
    case TS_STABILITY_FAIL:
        return ts_stability_text(report, "No: %s.", grounds->reasons);
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
