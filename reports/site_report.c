/* The stability report of one run, made of its record as it is now and of the history. */
#include "reports/baseline.h"
#include "reports/site_parts.h"
#include "reports/stability_build.h"
#include "reports/stability_html.h"

#define TREND_RUNS    200
#define FINDINGS_MOST 100000

struct past {
    json_t *runs, *modes, *findings;
};

/* Without a history, or with one that cannot be read, the report is of the record alone, and says so. */
static bool read_past(const char *file, struct past *past)
{
    struct ts_history *history = NULL;
    struct ts_diag diag;
    *past = (struct past){0};
    bool good = ts_history_open_to_read(file, &history, &diag) == TS_OK &&
                ts_history_runs(history, TREND_RUNS, &past->runs, &diag) == TS_OK &&
                ts_history_run_modes(history, TREND_RUNS, &past->modes, &diag) == TS_OK &&
                ts_history_findings(history, FINDINGS_MOST, &past->findings, &diag) == TS_OK;
    ts_history_close(history);
    return good;
}

/* Writes the report of the record, or why it cannot be made. Returns the status. */
static unsigned write_report(const struct ts_website *site, const struct ts_record *record,
                             const char *folder, FILE *out)
{
    char line[512];
    struct past past;
    struct ts_baseline *baseline = NULL;
    struct ts_stability *report = NULL;
    struct ts_diag diag;
    bool has_past = read_past(site->history, &past);
    struct ts_stability_input input = {
        .records = &record,
        .folders = &folder,
        .record_count = 1,
        .today = site->baseline != NULL ? NULL : "1970-01-01", /* without a baseline nothing expires */
        .baseline_file = site->baseline != NULL ? site->baseline : "",
        .score_file = "",
        .history_file = has_past ? site->history : "",
        .trend = has_past ? past.runs : NULL,
        .trend_modes = has_past ? past.modes : NULL,
        .sightings = has_past ? past.findings : NULL,
    };
    bool good = site->baseline == NULL || ts_baseline_load(site->baseline, &baseline, &diag) == TS_OK;
    input.baseline = baseline;
    good = good && ts_stability_build(&input, &report, &diag) == TS_OK;
    if (good) {
        (void)ts_stability_html(report, out); /* the stream's failure is its owner's to see */
    }
    ts_stability_free(report);
    ts_baseline_free(baseline);
    json_decref(past.runs);
    json_decref(past.modes);
    json_decref(past.findings);
    return good ? 200
                : ts_site_say(out, 500, "The report cannot be made", ts_diag_line(&diag, line, sizeof line));
}

unsigned ts_site_report(const struct ts_website *site, const char *id, FILE *out)
{
    unsigned status = 200;
    char folder[PATH_MAX];
    bool grows = false;
    struct ts_record *record = ts_site_open_run(site, id, folder, &grows, out, &status);
    if (record == NULL) {
        return status;
    }
    status = write_report(site, record, folder, out);
    ts_record_free(record);
    return status;
}
