#include "reports/stability_fixture_parts.h"

#include <math.h>
#include <string.h>

/* What a record of a hostile program may hold. */
#define HOSTILE                                                                                              \
    "<script>alert(1)</script>\"'&amp;<img src=x onerror=alert(2)>`|*_[x](javascript:alert(3))\n# "          \
    "</td>\x01\x1b[31m\xff\xfe\xe2\x80\xae"

const char *maker_foreign(const struct maker *maker, const char *text)
{
    return maker->hostile ? ts_stability_text(maker->report, "%s" HOSTILE, text) : text;
}

void *maker_copy(const struct maker *maker, const void *items, size_t count, size_t size)
{
    void *kept = ts_stability_keep(maker->report, count, size);
    return kept == NULL ? NULL : memcpy(kept, items, count * size);
}

size_t maker_many(const struct maker *maker, size_t few, size_t lots)
{
    return maker->large ? lots : few;
}

static void make_head(const struct maker *maker)
{
    struct ts_stability_head *head = &maker->report->head;
    struct ts_stability_line lines[] = {
        {"direct", "direct: 3,911 of 4,096 lives failed, 3,870 crashed; median 0.9 s to the first crash",
         ts_stability_share_of(3911, 4096), false, true},
        {"guarded",
         "guarded: 0 crashes or other failures in 1,024 lives (1.5 h): under 0.293 % a life at 95 %",
         ts_stability_share_of(0, 1024), false, false},
        {"queued", "queued: 2 of 4,096 lives failed, 0 crashed (6.1 h): 0.0133 to 0.178 % a life at 95 %",
         ts_stability_share_of(2, 4096), false, false},
    };
    head->verdict = TS_STABILITY_FAIL;
    head->sentence =
        "FAIL: 2 new findings in 151 cells, 9,216 lives; direct failed in 20 of 20 cells that must";
    head->safe = "No: 2 defects that nobody owns showed where nothing may fail.";
    head->sure =
        "In queued 2 of 4,096 lives failed; at 95 % that is 0.0133 to 0.178 % of all lives like these.";
    head->unchecked = "12 of 163 planned cells did not run; interleavings that did not occur were not tried.";
    KEEP(maker, head->lines, head->line_count, lines);
}

static void make_runs(const struct maker *maker)
{
    struct ts_grounds_check said[] = {
        {maker_foreign(maker, "llvm-symbolizer"), true, maker_foreign(maker, "/usr/bin/llvm-symbolizer"), ""},
        {"gdb", false, maker_foreign(maker, "not in the PATH"), maker_foreign(maker, "install gdb")},
    };
    const struct ts_grounds_check *checks = maker_copy(maker, said, COUNT(said), sizeof *said);
    struct ts_stability_run runs[] = {
        {.id = maker_foreign(maker, "20261127T180629Z-28dfd419ec83"),
         .kind = maker_foreign(maker, "gate"),
         .tool = "tickstorm 0.1.0",
         .command = maker_foreign(maker, "tickstorm gate --plan ci/gate.yaml --seed 0x71355b1d550942c4"),
         .started = "2026-11-27T18:06:29Z",
         .seed = maker_foreign(maker, "0x71355b1d550942c4"),
         .commit = maker_foreign(maker, "0afc6eeb388b"),
         .dirty = true,
         .diff = maker_foreign(
             maker, "--- a/lib/queue/spsc.c\n+++ b/lib/queue/spsc.c\n@@ -1 +1 @@\n-relaxed\n+acquire\n"),
         .toolchain = maker_foreign(maker, "clang 19.1.7"),
         .source = maker_foreign(maker, "synthetic"),
         .cpu = maker_foreign(maker, "AMD EPYC"),
         .kernel = maker_foreign(maker, "Linux 6.18.44"),
         .os = maker_foreign(maker, "Debian GNU/Linux 12 (bookworm)"),
         .cores = 2,
         .memory_bytes = 25276502016,
         .elapsed_ms = 22000000,
         .cells_planned = 163,
         .cells_run = 151,
         .lives = 9216,
         .checks = checks,
         .check_count = COUNT(said),
         .checks_failed = 1,
         .checked = maker_foreign(maker, "1 of 2 good; gdb: not in the PATH"),
         .standing = "The run was interrupted: 151 of 163 cells ended.",
         .verdict = maker_foreign(maker, "FAIL: 2 new findings")},
    };
    KEEP(maker, maker->report->runs, maker->report->run_count, runs);
}

struct ts_stability_series maker_series(const struct maker *maker, const char *name, size_t count,
                                        double step, double base, double slope, double wave)
{
    struct ts_stability_series made = {.name = name};
    made.points = ts_stability_keep(maker->report, count, sizeof *made.points);
    made.count = made.points == NULL ? 0 : count;
    for (size_t i = 0; i < made.count; i++) {
        double x = step * (double)i;
        made.points[i] = (struct ts_stability_point){x, base + slope * x + wave * (double)((i * 7) % 5)};
    }
    return made;
}

static struct ts_stability_survival survival(const struct maker *maker, int64_t lives, int64_t crashes)
{
    size_t steps = maker_many(maker, crashes > 0 ? 25 : 1, TS_STABILITY_CURVE);
    struct ts_stability_survival made = {.lives = lives, .crashes = crashes, .end_ms = 5000};
    made.steps = ts_stability_keep(maker->report, steps, sizeof *made.steps);
    made.step_count = made.steps == NULL ? 0 : steps;
    made.step_total = steps;
    for (size_t i = 0; i < made.step_count; i++) {
        double left = 1 - (double)i / (double)steps * (double)crashes / (double)lives;
        made.steps[i] = (struct ts_stability_survival_step){.at_ms = 4800.0 * (double)i / (double)steps,
                                                            .at_risk = (int64_t)((double)lives * left),
                                                            .crashes = i > 0 && crashes > 0,
                                                            .share = left,
                                                            .low = left * 0.95,
                                                            .high = left + (1 - left) * 0.05};
    }
    double ticks[] = {3000, 4000, 4990, 5000};
    if (crashes < lives) {
        KEEP(maker, made.censored_ms, made.censored_count, ticks);
    }
    made.censored_total = (size_t)(lives - crashes);
    made.median_ms = crashes * 2 > lives ? (struct ts_stability_estimate){900, 850, 960}
                                         : (struct ts_stability_estimate){INFINITY, INFINITY, INFINITY};
    return made;
}

static struct ts_stability_latency latency(const struct maker *maker, int64_t scale_ns)
{
    struct ts_stability_quantile quantiles[] = {
        {"p50", 0.5, 4 * scale_ns, 0.03},         {"p90", 0.9, 9 * scale_ns, 0.03},
        {"p99", 0.99, 40 * scale_ns, 0.03},       {"p99.9", 0.999, 220 * scale_ns, 0.03},
        {"p99.99", 0.9999, 900 * scale_ns, 0.03}, {"max", 1, 4321 * scale_ns, 0},
    };
    struct ts_stability_latency made = {.samples = 1234567};
    KEEP(maker, made.quantiles, made.quantile_count, quantiles);
    struct ts_stability_point points[] = {{2.0 * (double)scale_ns, 0.1},     {4.0 * (double)scale_ns, 0.5},
                                          {9.0 * (double)scale_ns, 0.9},     {40.0 * (double)scale_ns, 0.99},
                                          {220.0 * (double)scale_ns, 0.999}, {4321.0 * (double)scale_ns, 1}};
    made.distribution.name = "latency";
    KEEP(maker, made.distribution.points, made.distribution.count, points);
    return made;
}

static struct ts_stability_mode mode(const struct maker *maker, const char *name, int64_t lives,
                                     int64_t crashes)
{
    struct ts_stability_count classes[] = {
        {"pure-virtual-call", crashes / 2},
        {"segmentation-violation", crashes / 3},
        {"heap-corruption", crashes - crashes / 2 - crashes / 3},
    };
    struct ts_stability_mode made = {
        .name = name,
        .ran = true,
        .cells = 8,
        .lives = lives,
        .exposure_ms = lives * 1200,
        .failures = ts_stability_share_of(crashes, lives),
        .crashes = ts_stability_share_of(crashes, lives),
        .restarts = ts_stability_rate_of(crashes, lives * 1500),
        .chance_of_none = ts_rate_chance_of_none(18, (double)lives * 1500 / 60000),
        .survival = survival(maker, lives, crashes),
        .offered = 223319,
        .delivered = 222916,
        .dropped = 303,
        .rejected = 90,
        .pending = 10,
        .latency = latency(maker, crashes > 0 ? 900 : 1100),
        .depth = maker_series(maker, "results on their way", maker_many(maker, 40, TS_STABILITY_CURVE), 100,
                              3, 0, 2),
        .depth_max = 11,
        .cpu_ms_per_s = crashes > 0 ? 910 : 980,
        .cpu_us_a_result = crashes > 0 ? 3.1 : 3.4,
        .peak_rss_bytes = 7340032,
    };
    KEEP(maker, made.classes, made.class_count, classes);
    return made;
}

static void make_contrast(const struct maker *maker)
{
    struct ts_stability_contrast *contrast = &maker->report->contrast;
    struct ts_stability_mode modes[] = {
        mode(maker, "direct", 4096, 3870),
        {.name = "locked",
         .offered = TS_STABILITY_UNKNOWN,
         .delivered = TS_STABILITY_UNKNOWN,
         .dropped = TS_STABILITY_UNKNOWN,
         .rejected = TS_STABILITY_UNKNOWN,
         .pending = TS_STABILITY_UNKNOWN,
         .depth_max = TS_STABILITY_UNKNOWN,
         .cpu_ms_per_s = NAN,
         .cpu_us_a_result = NAN,
         .peak_rss_bytes = TS_STABILITY_UNKNOWN,
         .survival.median_ms = {NAN, NAN, NAN}},
        mode(maker, "guarded", 1024, 0),
        mode(maker, "queued", 4096, 2),
    };
    modes[2].latency = (struct ts_stability_latency){0}; /* ran, and not recorded */
    contrast->scope = "destroy-mid-callback, queue-overflow, depth-flood; without faults";
    contrast->documents_restarts_per_minute = 18;
    KEEP(maker, contrast->modes, contrast->mode_count, modes);
}

static void make_matrix(const struct maker *maker)
{
    static const char *const names[] = {"destroy-mid-callback", "queue-overflow", "depth-flood",
                                        "quiet-feed"};
    struct ts_stability_column columns[] = {{"direct", "plain"},  {"direct", "asan"},  {"direct", "tsan"},
                                            {"guarded", "plain"}, {"guarded", "tsan"}, {"queued", "plain"},
                                            {"queued", "asan"},   {"queued", "tsan"},  {"queued", "explore"}};
    struct ts_stability_matrix *matrix = &maker->report->matrix;
    size_t count = maker_many(maker, COUNT(names), TS_STABILITY_ROWS);
    matrix->scenarios = ts_stability_keep(maker->report, count, sizeof *matrix->scenarios);
    matrix->entries = ts_stability_keep(maker->report, count * COUNT(columns), sizeof *matrix->entries);
    KEEP(maker, matrix->columns, matrix->column_count, columns);
    if (matrix->scenarios == NULL || matrix->entries == NULL) {
        return;
    }
    matrix->scenario_count = count;
    matrix->scenario_total = maker_many(maker, count, 1000);
    for (size_t i = 0; i < count; i++) {
        matrix->scenarios[i] = i < COUNT(names) ? maker_foreign(maker, names[i])
                                                : ts_stability_text(maker->report, "scenario-%zu", i);
        for (size_t j = 0; j < COUNT(columns); j++) {
            struct ts_stability_entry *entry = &matrix->entries[i * COUNT(columns) + j];
            entry->state = (enum ts_stability_state)((i * 2 + j) % TS_STABILITY_STATES);
            entry->outcome = entry->command = "";
            if (entry->state == TS_STABILITY_NOT_RUN) {
                continue;
            }
            bool failed = entry->state == TS_STABILITY_FAILED ||
                          entry->state == TS_STABILITY_FAILED_AS_EXPECTED ||
                          entry->state == TS_STABILITY_FAILED_KNOWN;
            entry->failures =
                ts_stability_share_of(failed ? 12 : 0, entry->state == TS_STABILITY_UNEXERCISED ? 0 : 64);
            entry->inconclusive = entry->state == TS_STABILITY_UNEXERCISED ? 64 : 0;
            entry->cells = 2;
            entry->schedules = j == 8 ? 1589 : 0;
            entry->hazard = entry->state == TS_STABILITY_UNEXERCISED ? 0 : 312;
            entry->outcome = failed ? maker_foreign(maker, "race") : "";
            entry->command =
                maker_foreign(maker, "tickstorm run queue-overflow --mode queued --flavour tsan --seed 0x5");
        }
    }
}

static struct ts_stability *made(bool hostile, bool large)
{
    struct maker maker = {.report = ts_stability_new(), .hostile = hostile, .large = large};
    if (maker.report == NULL) {
        return NULL;
    }
    make_head(&maker);
    make_runs(&maker);
    make_contrast(&maker);
    make_matrix(&maker);
    maker_findings(&maker);
    maker_rest(&maker);
    if (ts_stability_lost(maker.report)) {
        ts_stability_free(maker.report);
        return NULL;
    }
    return maker.report;
}

struct ts_stability *ts_stability_fixture(void)
{
    return made(false, false);
}

struct ts_stability *ts_stability_fixture_hostile(void)
{
    return made(true, false);
}

struct ts_stability *ts_stability_fixture_large(void)
{
    return made(false, true);
}

struct ts_stability *ts_stability_fixture_empty(void)
{
    struct ts_stability *report = ts_stability_new();
    if (report != NULL) {
        report->head = (struct ts_stability_head){.verdict = TS_STABILITY_INCONCLUSIVE,
                                                  .sentence = "INCONCLUSIVE: nothing was run",
                                                  .safe = "Nobody knows: nothing was run.",
                                                  .sure = "Not at all.",
                                                  .unchecked = "Everything."};
        report->contrast.scope = "";
        report->contrast.documents_restarts_per_minute = 18;
        report->findings.baseline = "";
        report->tests.score.file = "";
        report->trends.file = "";
    }
    return report;
}
