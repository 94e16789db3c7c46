#include "reports/stability_json_parts.h"

#define TEXT(value)  ts_stability_json_text(value)
#define COUNT(value) ts_stability_json_count(value)
#define REAL(value)  ts_stability_json_real(value)

static json_t *counts_of(const struct ts_stability_count *counts, size_t count)
{
    json_t *array = json_array();
    for (size_t i = 0; i < count; i++) {
        json_array_append_new(
            array, json_pack("{so sI}", "name", TEXT(counts[i].name), "count", (json_int_t)counts[i].count));
    }
    return array;
}

static json_t *survival_of(const struct ts_stability_survival *survival)
{
    json_t *steps = json_array();
    json_t *censored = json_array();
    for (size_t i = 0; i < survival->step_count; i++) {
        const struct ts_stability_survival_step *step = &survival->steps[i];
        json_array_append_new(steps,
                              json_pack("{so sI sI sI so so so}", "at_ms", REAL(step->at_ms), "at_risk",
                                        (json_int_t)step->at_risk, "crashes", (json_int_t)step->crashes,
                                        "censored", (json_int_t)step->censored, "share", REAL(step->share),
                                        "low", REAL(step->low), "high", REAL(step->high)));
    }
    for (size_t i = 0; i < survival->censored_count; i++) {
        json_array_append_new(censored, REAL(survival->censored_ms[i]));
    }
    return json_pack("{sI sI so so so sI so sI}", "lives", (json_int_t)survival->lives, "crashes",
                     (json_int_t)survival->crashes, "end_ms", REAL(survival->end_ms), "median_ms",
                     ts_stability_json_estimate(&survival->median_ms), "steps", steps, "step_total",
                     (json_int_t)survival->step_total, "censored_ms", censored, "censored_total",
                     (json_int_t)survival->censored_total);
}

static json_t *latency_of(const struct ts_stability_latency *latency)
{
    json_t *quantiles = json_array();
    if (latency->samples <= 0) {
        json_decref(quantiles);
        return json_null();
    }
    for (size_t i = 0; i < latency->quantile_count; i++) {
        const struct ts_stability_quantile *quantile = &latency->quantiles[i];
        json_array_append_new(quantiles, json_pack("{so so so so}", "name", TEXT(quantile->name), "share",
                                                   REAL(quantile->share), "ns", COUNT(quantile->ns), "error",
                                                   REAL(quantile->error)));
    }
    return json_pack("{sI so so so}", "samples", (json_int_t)latency->samples, "quantiles", quantiles, "gaps",
                     TEXT(latency->gaps != NULL ? latency->gaps : ""), "distribution",
                     ts_stability_json_series(&latency->distribution));
}

static json_t *rate_of(const struct ts_stability_rate *rate)
{
    return json_pack("{sI sI so so so}", "events", (json_int_t)rate->events, "elapsed_ms",
                     (json_int_t)rate->elapsed_ms, "per_minute", REAL(rate->per_minute), "low",
                     REAL(rate->low), "high", REAL(rate->high));
}

static json_t *mode_of(const struct ts_stability_mode *mode)
{
    if (!mode->ran) {
        return json_pack("{so sb}", "name", TEXT(mode->name), "ran", 0);
    }
    json_t *object = json_pack(
        "{so sb sI sI sI so so so so so}", "name", TEXT(mode->name), "ran", 1, "cells",
        (json_int_t)mode->cells, "lives", (json_int_t)mode->lives, "exposure_ms",
        (json_int_t)mode->exposure_ms, "failures", ts_stability_json_share(&mode->failures), "crashes",
        ts_stability_json_share(&mode->crashes), "restarts", rate_of(&mode->restarts), "survival",
        survival_of(&mode->survival), "classes", counts_of(mode->classes, mode->class_count));
    json_t *rest =
        json_pack("{so so so so so so so so so so so}", "offered", COUNT(mode->offered), "delivered",
                  COUNT(mode->delivered), "dropped", COUNT(mode->dropped), "rejected", COUNT(mode->rejected),
                  "pending", COUNT(mode->pending), "latency", latency_of(&mode->latency), "depth",
                  ts_stability_json_series(&mode->depth), "depth_max", COUNT(mode->depth_max), "cpu_ms_per_s",
                  REAL(mode->cpu_ms_per_s), "cpu_us_a_result", REAL(mode->cpu_us_a_result), "peak_rss_bytes",
                  COUNT(mode->peak_rss_bytes));
    json_object_update(object, rest);
    json_decref(rest);
    json_object_set_new(object, "chance_of_none", REAL(mode->chance_of_none));
    return object;
}

json_t *ts_stability_json_contrast(const struct ts_stability *report)
{
    const struct ts_stability_contrast *contrast = &report->contrast;
    json_t *modes = json_array();
    for (size_t i = 0; i < contrast->mode_count; i++) {
        json_array_append_new(modes, mode_of(&contrast->modes[i]));
    }
    return json_pack("{so so so}", "scope", TEXT(contrast->scope), "documents_restarts_per_minute",
                     REAL(contrast->documents_restarts_per_minute), "modes", modes);
}

static json_t *canaries_of(const struct ts_stability_tests *tests)
{
    json_t *array = json_array();
    for (size_t i = 0; i < tests->canary_count; i++) {
        const struct ts_stability_canary *canary = &tests->canaries[i];
        json_array_append_new(
            array, json_pack("{so so so sb sb sb so so}", "scenario", TEXT(canary->scenario), "mode",
                             TEXT(canary->mode), "flavour", TEXT(canary->flavour), "twin", (int)canary->twin,
                             "judged", (int)canary->judged, "met", (int)canary->met, "caught",
                             ts_stability_json_share(&canary->caught), "found", TEXT(canary->found)));
    }
    return array;
}

static json_t *hazards_of(const struct ts_stability_tests *tests)
{
    json_t *array = json_array();
    for (size_t i = 0; i < tests->hazard_count; i++) {
        const struct ts_stability_hazard *hazard = &tests->hazards[i];
        json_array_append_new(
            array, json_pack("{so so sI sI sI}", "scenario", TEXT(hazard->scenario), "hazard",
                             TEXT(hazard->hazard), "cells", (json_int_t)hazard->cells, "exercised",
                             (json_int_t)hazard->exercised, "occurred", (json_int_t)hazard->occurred));
    }
    return array;
}

static json_t *probes_of(const struct ts_stability_tests *tests)
{
    json_t *array = json_array();
    for (size_t i = 0; i < tests->probe_count; i++) {
        const struct ts_stability_probe *probe = &tests->probes[i];
        json_array_append_new(
            array, json_pack("{so sI sI sI}", "name", TEXT(probe->name), "armed", (json_int_t)probe->armed,
                             "reached", (json_int_t)probe->reached, "fired", (json_int_t)probe->fired));
    }
    return array;
}

static json_t *score_of(const struct ts_stability_score *score)
{
    json_t *missed = json_array();
    if (score->file[0] == '\0') {
        json_decref(missed);
        return json_null();
    }
    for (size_t i = 0; i < score->missed_count; i++) {
        json_array_append_new(missed, TEXT(score->missed[i]));
    }
    return json_pack("{so so so so so so so so so so so}", "file", TEXT(score->file), "bugs",
                     COUNT(score->bugs), "caught", COUNT(score->caught), "by_expected",
                     COUNT(score->by_expected), "explained", COUNT(score->explained), "native",
                     COUNT(score->native), "tsan", COUNT(score->tsan), "only_suite", COUNT(score->only_suite),
                     "clean_failures", COUNT(score->clean_failures), "detectors",
                     counts_of(score->detectors, score->detector_count), "missed", missed);
}

json_t *ts_stability_json_tests(const struct ts_stability *report)
{
    const struct ts_stability_tests *tests = &report->tests;
    return json_pack("{sI sI sI sI so sI so sI so sI so}", "canaries_run", (json_int_t)tests->canaries_run,
                     "canaries_caught", (json_int_t)tests->canaries_caught, "twins_run",
                     (json_int_t)tests->twins_run, "twins_clean", (json_int_t)tests->twins_clean, "canaries",
                     canaries_of(tests), "canary_total", (json_int_t)tests->canary_total, "hazards",
                     hazards_of(tests), "hazard_total", (json_int_t)tests->hazard_total, "probes",
                     probes_of(tests), "probe_total", (json_int_t)tests->probe_total, "score",
                     score_of(&tests->score));
}

json_t *ts_stability_json_faults(const struct ts_stability *report)
{
    json_t *items = json_array();
    for (size_t i = 0; i < report->faults.count; i++) {
        const struct ts_stability_fault *fault = &report->faults.items[i];
        json_t *outcomes = json_object();
        for (int j = 0; j < TS_RECORD_OUTCOME_COUNT; j++) {
            if (fault->outcomes[j] > 0) {
                json_object_set_new(outcomes, ts_record_outcome_name((ts_record_outcome)j),
                                    json_integer(fault->outcomes[j]));
            }
        }
        json_array_append_new(items, json_pack("{so sI so sI}", "plan", TEXT(fault->plan), "lives",
                                               (json_int_t)fault->lives, "outcomes", outcomes, "fired",
                                               (json_int_t)fault->fired));
    }
    return json_pack("{so sI}", "items", items, "total", (json_int_t)report->faults.total);
}

static json_t *beats_of(const struct ts_record_beats *beats)
{
    return json_pack("{so sI sI so so so}", "period_ms", REAL(beats->period_ms), "beats",
                     (json_int_t)beats->beats, "missed", (json_int_t)beats->missed, "gap_mean_ms",
                     REAL(beats->gap_mean_ms), "gap_p99_ms", REAL(beats->gap_p99_ms), "gap_most_ms",
                     REAL(beats->gap_most_ms));
}

static json_t *soaks_of(const struct ts_stability_resources *resources)
{
    json_t *soaks = json_array();
    for (size_t i = 0; i < resources->soak_count; i++) {
        const struct ts_stability_soak *soak = &resources->soaks[i];
        json_array_append_new(
            soaks, json_pack("{so so so sI sI sI so so so}", "scenario", TEXT(soak->scenario), "mode",
                             TEXT(soak->mode), "flavour", TEXT(soak->flavour), "cell", (json_int_t)soak->cell,
                             "life", (json_int_t)soak->life, "duration_ms", (json_int_t)soak->duration_ms,
                             "slope_kib_per_h", ts_stability_json_estimate(&soak->slope), "heart",
                             beats_of(&soak->heart), "witness", beats_of(&soak->witness)));
    }
    return soaks;
}

json_t *ts_stability_json_resources(const struct ts_stability *report)
{
    json_t *items = json_array();
    for (size_t i = 0; i < report->resources.count; i++) {
        const struct ts_stability_resource *item = &report->resources.items[i];
        json_array_append_new(items,
                              json_pack("{so so so sI sI sI so so so so so so so}", "scenario",
                                        TEXT(item->scenario), "mode", TEXT(item->mode), "flavour",
                                        TEXT(item->flavour), "cell", (json_int_t)item->cell, "life",
                                        (json_int_t)item->life, "duration_ms", (json_int_t)item->duration_ms,
                                        "rss_bytes", ts_stability_json_series(&item->rss_bytes), "fds",
                                        ts_stability_json_series(&item->fds), "threads",
                                        ts_stability_json_series(&item->threads), "rss_slope",
                                        ts_stability_json_estimate(&item->rss_slope), "fds_slope",
                                        ts_stability_json_estimate(&item->fds_slope), "threads_slope",
                                        ts_stability_json_estimate(&item->threads_slope), "rss_peak_bytes",
                                        COUNT(item->rss_peak_bytes)));
    }
    return json_pack("{so sI so sI}", "items", items, "total", (json_int_t)report->resources.total, "soaks",
                     soaks_of(&report->resources), "soak_total", (json_int_t)report->resources.soak_total);
}
