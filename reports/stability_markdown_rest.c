#include "reports/stability_markdown_parts.h"

#include "reports/figure.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

static void write_score(FILE *out, const struct ts_stability_score *score)
{
    if (score->file[0] == '\0') {
        fputs("No score of seeded bugs was given.\n\n", out);
        return;
    }
    fputs("Seeded bugs, by ", out);
    ts_stability_md_code(out, score->file);
    fputs(": ", out);
    ts_stability_md_count(out, score->caught);
    fputs(" of ", out);
    ts_stability_md_count(out, score->bugs);
    fputs(" caught; plain native stress caught ", out);
    ts_stability_md_count(out, score->native);
    fputs(", plain ThreadSanitizer stress ", out);
    ts_stability_md_count(out, score->tsan);
    fputs(", only this suite ", out);
    ts_stability_md_count(out, score->only_suite);
    fputs(".", out);
    for (size_t i = 0; i < score->detector_count; i++) {
        fputs(i == 0 ? " By detector: " : ", ", out);
        ts_stability_md_text(out, score->detectors[i].name);
        fputs(" ", out);
        ts_stability_md_count(out, score->detectors[i].count);
    }
    fputs(score->detector_count > 0 ? "." : "", out);
    for (size_t i = 0; i < score->missed_count; i++) {
        fputs(i == 0 ? " Missed: " : ", ", out);
        ts_stability_md_text(out, score->missed[i]);
    }
    fputs("\n\n", out);
}

static void write_canaries(FILE *out, const struct ts_stability_tests *tests)
{
    if (tests->canary_total == 0) {
        fputs("No canary ran.\n\n", out);
        return;
    }
    fprintf(out, "%" PRId64 " of %" PRId64 " canaries caught, %" PRId64 " of %" PRId64 " twins clean.\n\n",
            tests->canaries_caught, tests->canaries_run, tests->twins_clean, tests->twins_run);
    fputs("| canary | mode | flavour | is | failing lives | found |\n|---|---|---|---|---|---|\n", out);
    for (size_t i = 0; i < tests->canary_count; i++) {
        const struct ts_stability_canary *canary = &tests->canaries[i];
        fputs("| ", out);
        ts_stability_md_text(out, canary->scenario);
        fputs(" | ", out);
        ts_stability_md_text(out, canary->mode);
        fputs(" | ", out);
        ts_stability_md_text(out, canary->flavour);
        fprintf(out, " | %s%s | ", canary->twin ? "twin" : "canary",
                !canary->judged ? ", not judged"
                : canary->met   ? ""
                : canary->twin  ? ", **NOT CLEAN**"
                                : ", **NOT CAUGHT**");
        ts_stability_md_share(out, &canary->caught);
        fputs(" | ", out);
        ts_stability_md_text(out, canary->found);
        fputs(" |\n", out);
    }
    ts_stability_md_rest(out, tests->canary_count, tests->canary_total, "canaries");
    fputs("\n", out);
}

static void write_hazards(FILE *out, const struct ts_stability_tests *tests)
{
    struct ts_figure occurred;
    fputs(tests->hazard_count == 0 ? ""
                                   : "| scenario | hazard | cells that met it | times |\n|---|---|---|---|\n",
          out);
    for (size_t i = 0; i < tests->hazard_count; i++) {
        const struct ts_stability_hazard *hazard = &tests->hazards[i];
        fputs("| ", out);
        ts_stability_md_text(out, hazard->scenario);
        fputs(" | ", out);
        ts_stability_md_text(out, hazard->hazard);
        fprintf(out, " | %" PRId64 " of %" PRId64 " | %s |\n", hazard->exercised, hazard->cells,
                ts_figure_count(&occurred, hazard->occurred));
    }
    ts_stability_md_rest(out, tests->hazard_count, tests->hazard_total, "scenarios");
    fputs(tests->hazard_count == 0 ? "" : "\n", out);
}

static void write_probes(FILE *out, const struct ts_stability_tests *tests)
{
    struct ts_figure armed, reached, fired;
    if (tests->probe_count == 0) {
        fputs("No fault was armed at a probe.\n\n", out);
        return;
    }
    fputs("| probe | armed in lives | reached | fired |\n|---|---:|---:|---:|\n", out);
    for (size_t i = 0; i < tests->probe_count; i++) {
        const struct ts_stability_probe *probe = &tests->probes[i];
        fputs("| ", out);
        ts_stability_md_code(out, probe->name);
        fprintf(out, " | %s | %s | %s%s |\n", ts_figure_count(&armed, probe->armed),
                ts_figure_count(&reached, probe->reached), ts_figure_count(&fired, probe->fired),
                probe->reached == 0 ? " **never reached**" : "");
    }
    ts_stability_md_rest(out, tests->probe_count, tests->probe_total, "probes");
    fputs("\n", out);
}

void ts_stability_md_tests(FILE *out, const struct ts_stability *report)
{
    fputs("## Did the test test?\n\n", out);
    write_score(out, &report->tests.score);
    write_canaries(out, &report->tests);
    write_hazards(out, &report->tests);
    write_probes(out, &report->tests);
}

static void write_faults(FILE *out, const struct ts_stability *report)
{
    struct ts_figure figure;
    fputs("## Faults and outcomes\n\n", out);
    if (report->faults.count == 0) {
        fputs("Nothing was run.\n\n", out);
        return;
    }
    fputs("| fault plan | lives | fired |", out);
    for (int i = 0; i < TS_RECORD_OUTCOME_COUNT; i++) {
        fprintf(out, " %s |", ts_record_outcome_name((ts_record_outcome)i));
    }
    fputs("\n|---|---:|---:|", out);
    for (int i = 0; i < TS_RECORD_OUTCOME_COUNT; i++) {
        fputs("---:|", out);
    }
    for (size_t i = 0; i < report->faults.count; i++) {
        const struct ts_stability_fault *fault = &report->faults.items[i];
        fputs("\n| ", out);
        if (fault->plan[0] == '\0') {
            fputs("none", out);
        } else {
            ts_stability_md_code(out, fault->plan);
        }
        fprintf(out, " | %s |", ts_figure_count(&figure, fault->lives));
        fprintf(out, " %s |", ts_figure_count(&figure, fault->fired));
        for (int j = 0; j < TS_RECORD_OUTCOME_COUNT; j++) {
            fprintf(out, " %s |", ts_figure_count(&figure, fault->outcomes[j]));
        }
    }
    fputs("\n", out);
    ts_stability_md_rest(out, report->faults.count, report->faults.total, "fault plans");
    fputs("\n", out);
}

/* "+12 (10 to 14)" */
static void write_slope(FILE *out, const struct ts_stability_estimate *slope, double scale)
{
    if (isnan(slope->value)) {
        fputs("lived too briefly", out);
    } else {
        fprintf(out, "%+.3g (%+.3g to %+.3g)", slope->value / scale, slope->low / scale, slope->high / scale);
    }
}

static void write_beats(FILE *out, const struct ts_record_beats *beats)
{
    struct ts_figure came, missed;
    fprintf(out, "%s came, %s missed; gap %.4g, 99 %% to %.4g, most %.4g ms",
            ts_figure_count(&came, beats->beats), ts_figure_count(&missed, beats->missed), beats->gap_mean_ms,
            beats->gap_p99_ms, beats->gap_most_ms);
}

static void write_soaks(FILE *out, const struct ts_stability_resources *resources)
{
    struct ts_figure lived;
    if (resources->soak_total == 0) {
        return;
    }
    fputs("Lives that looked after their memory and their heartbeat themselves:\n\n"
          "| scenario | mode, flavour | life | memory an hour, KiB | beat due every | heart | witness |\n"
          "|---|---|---|---|---|---|---|\n",
          out);
    for (size_t i = 0; i < resources->soak_count; i++) {
        const struct ts_stability_soak *soak = &resources->soaks[i];
        fputs("| ", out);
        ts_stability_md_text(out, soak->scenario);
        fputs(" | ", out);
        ts_stability_md_text(out, soak->mode);
        fputs(", ", out);
        ts_stability_md_text(out, soak->flavour);
        fprintf(out, " | %s | ", ts_figure_duration(&lived, soak->duration_ms));
        write_slope(out, &soak->slope, 1);
        fprintf(out, " | %.4g ms | ", soak->heart.period_ms);
        write_beats(out, &soak->heart);
        fputs(" | ", out);
        write_beats(out, &soak->witness);
        fputs(" |\n", out);
    }
    ts_stability_md_rest(out, resources->soak_count, resources->soak_total, "such lives");
    fputs("\n" TS_STABILITY_SOAK_NOTE "\n\n", out);
}

static void write_resources(FILE *out, const struct ts_stability *report)
{
    struct ts_figure lived;
    fputs("## Resources\n\n", out);
    write_soaks(out, &report->resources);
    if (report->resources.count == 0) {
        fputs("Memory, descriptors and threads were not recorded over time.\n\n", out);
        return;
    }
    fputs("| scenario | mode, flavour | life | peak memory, MiB | memory a minute, KiB | descriptors a "
          "minute | threads "
          "a minute |\n|---|---|---|---|---|---|---|\n",
          out);
    for (size_t i = 0; i < report->resources.count; i++) {
        const struct ts_stability_resource *item = &report->resources.items[i];
        fputs("| ", out);
        ts_stability_md_text(out, item->scenario);
        fputs(" | ", out);
        ts_stability_md_text(out, item->mode);
        fputs(", ", out);
        ts_stability_md_text(out, item->flavour);
        fprintf(out, " | %s | ", ts_figure_duration(&lived, item->duration_ms));
        if (item->rss_peak_bytes >= 0) {
            fprintf(out, "%.1f", (double)item->rss_peak_bytes / 1048576);
        }
        fputs(" | ", out);
        write_slope(out, &item->rss_slope, 1024);
        fputs(" | ", out);
        write_slope(out, &item->fds_slope, 1);
        fputs(" | ", out);
        write_slope(out, &item->threads_slope, 1);
        fputs(" |\n", out);
    }
    ts_stability_md_rest(out, report->resources.count, report->resources.total, "lives");
    fputs(
        "\nGrowth is fitted to the troughs, without the first quarter of a life, with its 95 % interval.\n\n",
        out);
}

static void write_hangs(FILE *out, const struct ts_stability *report)
{
    fputs("## Hangs\n\n", out);
    fputs(report->hangs.count == 0 ? "None.\n\n" : "", out);
    for (size_t i = 0; i < report->hangs.count; i++) {
        const struct ts_stability_hang *hang = &report->hangs.items[i];
        fputs("### ", out);
        ts_stability_md_text(out, hang->kind);
        fputs(" in ", out);
        ts_stability_md_text(out, hang->scenario);
        fputs(", ", out);
        ts_stability_md_text(out, hang->mode);
        fputs(", ", out);
        ts_stability_md_text(out, hang->flavour);
        fprintf(out, "%s: %" PRId64 " %s\n\n", hang->planted ? " (planted, and caught)" : "", hang->lives,
                hang->lives == 1 ? "life" : "lives");
        ts_stability_md_text(out, hang->detail);
        fputs("\n\n", out);
        for (size_t j = 0; j < hang->wait_count; j++) {
            fputs("- ", out);
            ts_stability_md_text(out, hang->waits[j].sentence);
            fputs("\n", out);
        }
        fputs("- repeats with ", out);
        ts_stability_md_code(out, hang->command);
        fputs("\n\n", out);
    }
    ts_stability_md_rest(out, report->hangs.count, report->hangs.total, "hangs");
}

static void write_trends(FILE *out, const struct ts_stability *report)
{
    fputs("## Trend\n\n", out);
    if (report->trends.count == 0) {
        fputs("No history was read.\n\n", out);
        return;
    }
    fputs("| started | commit | kind | verdict | lives | findings | failing lives by mode |\n"
          "|---|---|---|---|---:|---:|---|\n",
          out);
    for (size_t i = 0; i < report->trends.count; i++) {
        const struct ts_stability_trend *trend = &report->trends.items[i];
        const char *const texts[] = {trend->started, trend->commit, trend->kind, trend->verdict};
        for (size_t j = 0; j < 4; j++) {
            fputs(j == 0 ? "| " : " | ", out);
            ts_stability_md_text(out, texts[j]);
            fputs(j == 0 && trend->of_report ? " (this report)"
                  : j == 1 && trend->dirty   ? ", changed"
                                             : "",
                  out);
        }
        fprintf(out, " | %" PRId64 " | %" PRId64 " | ", trend->lives, trend->findings);
        for (size_t j = 0; j < trend->mode_count; j++) {
            fputs(j == 0 ? "" : "; ", out);
            ts_stability_md_text(out, trend->modes[j].mode);
            fputs(" ", out);
            ts_stability_md_share(out, &trend->modes[j].share);
        }
        fputs(" |\n", out);
    }
    ts_stability_md_rest(out, report->trends.count, report->trends.total, "runs");
    fputs("\n", out);
}

static void write_limits(FILE *out, const struct ts_stability *report)
{
    fputs("## Limits\n\n", out);
    for (size_t i = 0; i < report->limit_count; i++) {
        fprintf(out, "- *%s*: ", ts_stability_limit_name(report->limits[i].kind));
        ts_stability_md_text(out, report->limits[i].text);
        fputs("\n", out);
    }
}

void ts_stability_md_rest_of_page(FILE *out, const struct ts_stability *report)
{
    write_faults(out, report);
    write_resources(out, report);
    write_hangs(out, report);
    write_trends(out, report);
    write_limits(out, report);
}
