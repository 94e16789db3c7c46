#include "reports/stability_markdown_parts.h"

#include "reports/figure.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

/* One line of the table of modes: how a mode's figure is written, where it was run. */
struct line {
    const char *name;
    void (*write)(FILE *out, const struct ts_stability_mode *mode);
};

static void real(FILE *out, double value, double scale, const char *unit)
{
    struct ts_figure figure;
    if (isnan(value)) {
        fputs("not recorded", out);
    } else if (isinf(value)) {
        fputs("not reached", out);
    } else {
        fprintf(out, "%s%s", ts_figure_rate(&figure, value / scale), unit);
    }
}

static void write_lives(FILE *out, const struct ts_stability_mode *mode)
{
    struct ts_figure lives, lived;
    fprintf(out, "%s in %" PRId64 " cells, %s", ts_figure_count(&lives, mode->lives), mode->cells,
            ts_figure_duration(&lived, mode->exposure_ms));
}

static void write_failures(FILE *out, const struct ts_stability_mode *mode)
{
    ts_stability_md_share(out, &mode->failures);
}

static void write_crashes(FILE *out, const struct ts_stability_mode *mode)
{
    ts_stability_md_share(out, &mode->crashes);
}

static void write_median(FILE *out, const struct ts_stability_mode *mode)
{
    const struct ts_stability_estimate *median = &mode->survival.median_ms;
    if (mode->survival.lives == 0) {
        fputs("-", out);
        return;
    }
    real(out, median->value, 1000, " s");
    if (isfinite(median->value)) {
        fputs(" (", out);
        real(out, median->low, 1000, "");
        fputs(" to ", out);
        real(out, median->high, 1000, " s");
        fputs(")", out);
    }
}

static void write_restarts(FILE *out, const struct ts_stability_mode *mode)
{
    struct ts_figure rate, low, high;
    if (mode->restarts.elapsed_ms <= 0) {
        fputs("-", out);
    } else if (mode->restarts.events == 0) {
        fprintf(out, "0; < %s (at the documents' rate, 0 has a chance of %.2g)",
                ts_figure_rate_above(&high, mode->restarts.high), mode->chance_of_none);
    } else {
        fprintf(out, "%s; %s to %s", ts_figure_rate(&rate, mode->restarts.per_minute),
                ts_figure_rate(&low, mode->restarts.low), ts_figure_rate_above(&high, mode->restarts.high));
    }
}

#define COUNT_LINE(member)                                                                                   \
    static void write_##member(FILE *out, const struct ts_stability_mode *mode)                              \
    {                                                                                                        \
        ts_stability_md_count(out, mode->member);                                                            \
    }
COUNT_LINE(offered)
COUNT_LINE(delivered)
COUNT_LINE(dropped)
COUNT_LINE(rejected)
COUNT_LINE(pending)
COUNT_LINE(depth_max)

static void write_cpu(FILE *out, const struct ts_stability_mode *mode)
{
    real(out, mode->cpu_ms_per_s, 1, " ms");
}

static void write_cpu_a_result(FILE *out, const struct ts_stability_mode *mode)
{
    real(out, mode->cpu_us_a_result, 1, " us");
}

static void write_rss(FILE *out, const struct ts_stability_mode *mode)
{
    real(out, mode->peak_rss_bytes < 0 ? NAN : (double)mode->peak_rss_bytes, 1048576, " MiB");
}

static const struct line lines[] = {
    {"lives", write_lives},
    {"lives that failed", write_failures},
    {"plain lives that crashed", write_crashes},
    {"median time to the first crash (Kaplan-Meier)", write_median},
    {"restarts a minute", write_restarts},
    {"results offered", write_offered},
    {"delivered", write_delivered},
    {"dropped", write_dropped},
    {"rejected", write_rejected},
    {"pending at the end", write_pending},
    {"most results on their way at once", write_depth_max},
    {"processor time a second", write_cpu},
    {"processor time a delivered result", write_cpu_a_result},
    {"peak memory", write_rss},
};

static void write_header(FILE *out, const struct ts_stability_contrast *contrast, const char *first)
{
    fprintf(out, "| %s |", first);
    for (size_t i = 0; i < contrast->mode_count; i++) {
        fputs(" ", out);
        ts_stability_md_text(out, contrast->modes[i].name);
        fputs(" |", out);
    }
    fputs("\n|---|", out);
    for (size_t i = 0; i < contrast->mode_count; i++) {
        fputs("---|", out);
    }
    fputs("\n", out);
}

/* The words that the source documents have for a class. */
static const char *documents_words(const char *class)
{
    static const struct {
        const char *class, *words;
    } known[] = {
        {"pure-virtual-call", "pure virtual method called"},
        {"bus-error", "bus error"},
        {"heap-corruption", "corrupted size vs. prev_size"},
        {"segmentation-violation", "segmentation violation"},
        {"recursive-terminate", "terminate called recursively"},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (strcmp(known[i].class, class) == 0) {
            return known[i].words;
        }
    }
    return "none of theirs";
}

static void write_classes(FILE *out, const struct ts_stability_contrast *contrast)
{
    const struct ts_stability_mode *any = &contrast->modes[0];
    for (size_t i = 0; i < any->class_count; i++) {
        fputs("| lives that ended in ", out);
        ts_stability_md_text(out, any->classes[i].name);
        fputs(" (the documents: ", out);
        ts_stability_md_text(out, documents_words(any->classes[i].name));
        fputs(") |", out);
        for (size_t j = 0; j < contrast->mode_count; j++) {
            const struct ts_stability_mode *mode = &contrast->modes[j];
            fputs(" ", out);
            if (mode->ran && i < mode->class_count) {
                ts_stability_md_count(out, mode->classes[i].count);
            }
            fputs(" |", out);
        }
        fputs("\n", out);
    }
}

static void write_quantile(FILE *out, const struct ts_stability_quantile *quantile)
{
    struct ts_figure figure;
    if (quantile->ns < 0) {
        fputs("too few samples", out);
    } else {
        fprintf(out, "%s us", ts_figure_rate(&figure, (double)quantile->ns / 1000));
    }
}

static void write_latency(FILE *out, const struct ts_stability_contrast *contrast)
{
    const struct ts_stability_mode *any = NULL;
    for (size_t i = 0; i < contrast->mode_count; i++) {
        any = contrast->modes[i].latency.quantile_count > 0 ? &contrast->modes[i] : any;
    }
    if (any == NULL) {
        fputs("\nLatency was not recorded.\n\n", out);
        return;
    }
    fputs("\nLatency from tick to on_factor, plain flavour only:\n\n", out);
    write_header(out, contrast, "quantile");
    for (size_t i = 0; i < any->latency.quantile_count; i++) {
        fprintf(out, "| %s |", any->latency.quantiles[i].name);
        for (size_t j = 0; j < contrast->mode_count; j++) {
            fputs(" ", out);
            if (i < contrast->modes[j].latency.quantile_count) {
                write_quantile(out, &contrast->modes[j].latency.quantiles[i]);
            }
            fputs(" |", out);
        }
        fputs("\n", out);
    }
    fputs("| samples |", out);
    for (size_t j = 0; j < contrast->mode_count; j++) {
        fputs(" ", out);
        ts_stability_md_count(out, contrast->modes[j].latency.samples);
        fputs(" |", out);
    }
    fprintf(out,
            "\n\nA quantile is the upper end of a bucket; the samples' own is at most %.3g %% below "
            "it. " TS_STABILITY_LATENCY_NOTE,
            100 * any->latency.quantiles[0].error);
    for (size_t j = 0; j < contrast->mode_count; j++) {
        const char *gaps = contrast->modes[j].latency.gaps;
        if (gaps != NULL && gaps[0] != '\0') {
            fprintf(out, " %s: %s.", contrast->modes[j].name, gaps);
        }
    }
    fputs("\n\n", out);
}

void ts_stability_md_contrast(FILE *out, const struct ts_stability *report)
{
    const struct ts_stability_contrast *contrast = &report->contrast;
    fputs("## Direct against queued\n\n", out);
    if (contrast->scope[0] == '\0' || contrast->mode_count == 0) {
        fputs("No scenario was run in more than one mode: there is nothing to contrast.\n\n", out);
        return;
    }
    fputs("Over ", out);
    ts_stability_md_text(out, contrast->scope);
    fputs(".\n\n", out);
    write_header(out, contrast, "");
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        fprintf(out, "| %s |", lines[i].name);
        for (size_t j = 0; j < contrast->mode_count; j++) {
            fputs(" ", out);
            if (contrast->modes[j].ran) {
                lines[i].write(out, &contrast->modes[j]);
            } else {
                fputs("not run", out);
            }
            fputs(" |", out);
        }
        fputs("\n", out);
    }
    write_classes(out, contrast);
    fprintf(out,
            "\nThe source documents counted %g restarts a minute with direct callbacks, and 0 over 56 to 87 "
            "s with the "
            "queue; here scenarios aim at the defect, so rates are those of a system under attack. Failures "
            "count all "
            "flavours but the explorer's; rates, results, times and memory those of plain lives.\n",
            contrast->documents_restarts_per_minute);
    write_latency(out, contrast);
}
