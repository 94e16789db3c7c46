#include "reports/stability_build_parts.h"

#include "reports/contrast_model.h"
#include "reports/figure.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LIMITS_MAX 64

static void say(struct ts_stability_builder *builder, enum ts_stability_limit_kind kind, const char *text)
{
    struct ts_stability *report = builder->report;
    for (size_t i = 0; i < report->limit_count; i++) {
        if (strcmp(report->limits[i].text, text) == 0) {
            return; /* of another run */
        }
    }
    if (report->limits != NULL && report->limit_count < LIMITS_MAX) {
        report->limits[report->limit_count++] = (struct ts_stability_limit){kind, text};
    }
}

static bool ran(const struct ts_stability_builder *builder, const char *flavour)
{
    for (size_t i = 0; i < builder->cell_count; i++) {
        const struct ts_stability_cell *item = &builder->cells[i];
        if (!item->tests && strcmp(item->cell->flavour, flavour) == 0) {
            return true;
        }
    }
    return false;
}

static size_t in_state(const struct ts_stability_builder *builder, enum ts_stability_state state)
{
    size_t count = 0;
    for (size_t i = 0; i < builder->cell_count; i++) {
        count += !builder->cells[i].tests && builder->cells[i].state == state;
    }
    return count;
}

static void say_combinations(struct ts_stability_builder *builder)
{
    const struct ts_stability_matrix *matrix = &builder->report->matrix;
    struct ts_figure not_run, all;
    size_t empty = 0, total = matrix->scenario_count * matrix->column_count;
    for (size_t i = 0; i < total; i++) {
        empty += matrix->entries[i].state == TS_STABILITY_NOT_RUN;
    }
    if (empty > 0) {
        say(builder, TS_STABILITY_NOT_DONE,
            ts_stability_text(builder->report,
                              "%s of %s combinations of scenario, mode and flavour %s not run.",
                              ts_figure_count(&not_run, (int64_t)empty),
                              ts_figure_count(&all, (int64_t)total), empty == 1 ? "was" : "were"));
    }
}

static bool was_checked(const struct ts_stability_run *run, const char *name)
{
    for (size_t i = 0; i < run->check_count; i++) {
        if (strcmp(run->checks[i].name, name) == 0) {
            return true;
        }
    }
    return false;
}

static void say_failed_checks(struct ts_stability_builder *builder, const struct ts_stability_run *run)
{
    for (size_t i = 0; i < run->check_count; i++) {
        const struct ts_grounds_check *check = &run->checks[i];
        if (!check->ok) {
            say(builder, TS_STABILITY_NOT_DONE,
                ts_stability_text(builder->report,
                                  "Before the run the machine did not pass the check of %s (%s).",
                                  check->name, check->found));
        }
    }
}

/* What was looked at before the run: a gate insists on all of it, other runs on what they cannot do without.
 */
static void say_machine(struct ts_stability_builder *builder)
{
    const struct ts_stability *report = builder->report;
    bool unknown = false, partly = false;
    for (size_t i = 0; i < report->run_count; i++) {
        const struct ts_stability_run *run = &report->runs[i];
        unknown = unknown || run->check_count == 0;
        partly =
            partly || (run->check_count > 0 && !(was_checked(run, "gdb") && was_checked(run, "processors")));
    }
    if (unknown) {
        say(builder, TS_STABILITY_NOT_DONE,
            "What was checked of the machine before the run (sanitizers, symbolizer, debugger, processors) "
            "is not "
            "recorded.");
    }
    if (partly) {
        say(builder, TS_STABILITY_NOT_DONE,
            "Whether a debugger shows the stacks of a hung worker here, and whether two threads ever run at "
            "once, "
            "was not checked before the run; a gate does that.");
    }
}

static void say_modes(struct ts_stability_builder *builder)
{
    struct ts_stability *report = builder->report;
    const char *names = "";
    for (size_t i = 0; i < report->contrast.mode_count; i++) {
        if (!report->contrast.modes[i].ran) {
            names = ts_stability_join(report, names, report->contrast.modes[i].name);
        }
    }
    if (names[0] != '\0') {
        say(builder, TS_STABILITY_NOT_DONE,
            ts_stability_text(report, "Not contrasted with another mode: %s.", names));
    }
}

static void say_not_run(struct ts_stability_builder *builder)
{
    struct ts_stability *report = builder->report;
    struct ts_figure figure;
    for (size_t i = 0; i < report->run_count; i++) {
        if (report->runs[i].standing[0] != '\0') {
            say(builder, TS_STABILITY_NOT_DONE,
                ts_stability_text(report, "Run %s: %s", report->runs[i].id, report->runs[i].standing));
        }
    }
    for (size_t i = 0; i < report->run_count; i++) {
        say_failed_checks(builder, &report->runs[i]);
    }
    size_t unexercised = in_state(builder, TS_STABILITY_UNEXERCISED);
    if (unexercised > 0) {
        say(builder, TS_STABILITY_NOT_DONE,
            ts_stability_text(report, "In %s cell%s the dangerous situation never occurred: %s nothing.",
                              ts_figure_count(&figure, (int64_t)unexercised), unexercised == 1 ? "" : "s",
                              unexercised == 1 ? "it shows" : "they show"));
    }
    say_combinations(builder);
    say_modes(builder);
    if (report->tests.canaries_run == 0) {
        say(builder, TS_STABILITY_NOT_DONE,
            "No canary ran whose defect a detector must see: nothing was planted for them to catch.");
    }
    say_machine(builder);
}

static void say_not_instrumented(struct ts_stability_builder *builder)
{
    static const struct {
        const char *flavour, *text;
    } flavours[] = {
        {"tsan", "No cell ran under ThreadSanitizer: races were seen only where they broke something."},
        {"asan", "No cell ran under AddressSanitizer: memory errors were seen only where they crashed."},
        {"explore",
         "No cell was explored: only interleavings that the operating system happened to make were tried."},
        {"plain",
         "No cell ran at native speed: the sanitizers' own timing may hide what only full speed shows."},
    };
    for (size_t i = 0; i < sizeof flavours / sizeof *flavours; i++) {
        if (!ran(builder, flavours[i].flavour)) {
            say(builder, TS_STABILITY_NOT_INSTRUMENTED, flavours[i].text);
        }
    }
    say(builder, TS_STABILITY_NOT_INSTRUMENTED,
        "Code that is built without a sanitizer (jansson, libc, a plain library loaded into the process) "
        "hides its "
        "races and memory errors.");
    const struct ts_stability *report = builder->report;
    bool latency = false, growth = false, samples = report->resources.total > 0;
    for (size_t i = 0; i < report->contrast.mode_count; i++) {
        latency = latency || report->contrast.modes[i].latency.samples > 0;
    }
    if (!latency) {
        say(builder, TS_STABILITY_NOT_INSTRUMENTED,
            "The records have no latencies of the contrasted scenarios.");
    }
    if (!samples) {
        say(builder, TS_STABILITY_NOT_INSTRUMENTED,
            "The records have no samples of memory, descriptors and threads: growth was not looked for.");
    }
    for (size_t i = 0; i < report->resources.count; i++) {
        growth = growth || !isnan(report->resources.items[i].rss_slope.value);
    }
    if (samples && !growth) {
        say(builder, TS_STABILITY_NOT_DONE,
            "No life was long enough (20 s) to tell growth of memory, descriptors and threads from warming "
            "up.");
    }
    if (report->tests.score.file[0] == '\0') {
        say(builder, TS_STABILITY_NOT_DONE,
            "No score of seeded bugs was given: how many kinds of bugs these tests can see is not told "
            "here.");
    }
}

static void say_assumed(struct ts_stability_builder *builder)
{
    bool synthetic = false;
    for (size_t i = 0; i < builder->report->run_count; i++) {
        synthetic = synthetic || strcmp(builder->report->runs[i].source, "synthetic") == 0;
    }
    say(builder, TS_STABILITY_ASSUMED,
        "Lives are independent and fail at a constant rate; a machine that was busy for part of a run has "
        "neither.");
    say(builder, TS_STABILITY_ASSUMED,
        "Interleavings, machines, loads and lengths of life other than these are not spoken of.");
    if (synthetic) {
        say(builder, TS_STABILITY_ASSUMED, "Ticks were synthetic; a recorded market may bring others.");
    }
    say(builder, TS_STABILITY_ASSUMED,
        "Memory is reordered as this processor does it; C11 allows more, and other processors do more.");
    say(builder, TS_STABILITY_ASSUMED,
        "ThreadSanitizer misses a simple race about once in 1,000 runs, by design.");
}

/* Each line that the records' own check writes. */
static void add_contradictions(struct ts_stability_builder *builder)
{
    struct ts_stability *report = builder->report;
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    for (size_t i = 0; out != NULL && i < builder->input->record_count; i++) {
        ts_contrast_write_contradictions(out, builder->input->records[i], "");
    }
    if (out == NULL || fclose(out) != 0) {
        free(text);
        return;
    }
    report->contradictions = ts_stability_keep(report, TS_STABILITY_ROWS, sizeof *report->contradictions);
    char *rest = NULL;
    for (char *line = strtok_r(text, "\n", &rest);
         line != NULL && report->contradictions != NULL && report->contradiction_count < TS_STABILITY_ROWS;
         line = strtok_r(NULL, "\n", &rest)) {
        report->contradictions[report->contradiction_count++] = ts_stability_text(report, "%s", line);
    }
    free(text);
}

void ts_stability_build_limits(struct ts_stability_builder *builder)
{
    builder->report->limits = ts_stability_keep(builder->report, LIMITS_MAX, sizeof *builder->report->limits);
    say_not_run(builder);
    say_not_instrumented(builder);
    say_assumed(builder);
    add_contradictions(builder);
}
