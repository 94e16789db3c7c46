#include "reports/stability_write.h"

#include "reports/stability_json_parts.h"
#include "reports/utf8.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

static json_t *short_text(const char *text, size_t bytes)
{
    char *clean = ts_utf8_short(text, bytes);
    json_t *value = clean != NULL ? json_string(clean) : NULL;
    free(clean);
    return value;
}

json_t *ts_stability_json_text(const char *text)
{
    return short_text(text, TS_STABILITY_TEXT_MAX);
}

json_t *ts_stability_json_count(int64_t count)
{
    return count < 0 ? json_null() : json_integer(count);
}

json_t *ts_stability_json_real(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

json_t *ts_stability_json_share(const struct ts_stability_share *share)
{
    return json_pack("{sI sI so so}", "k", (json_int_t)share->k, "n", (json_int_t)share->n, "low",
                     ts_stability_json_real(share->low), "high", ts_stability_json_real(share->high));
}

json_t *ts_stability_json_estimate(const struct ts_stability_estimate *estimate)
{
    return json_pack("{so so so}", "value", ts_stability_json_real(estimate->value), "low",
                     ts_stability_json_real(estimate->low), "high", ts_stability_json_real(estimate->high));
}

json_t *ts_stability_json_series(const struct ts_stability_series *series)
{
    json_t *points = json_array();
    for (size_t i = 0; i < series->count; i++) {
        json_array_append_new(points, json_pack("[oo]", ts_stability_json_real(series->points[i].x),
                                                ts_stability_json_real(series->points[i].y)));
    }
    return points;
}

static json_t *head_of(const struct ts_stability *report)
{
    const struct ts_stability_head *head = &report->head;
    json_t *lines = json_array();
    for (size_t i = 0; i < head->line_count; i++) {
        const struct ts_stability_line *line = &head->lines[i];
        json_array_append_new(lines, json_pack("{so so so sb}", "mode", ts_stability_json_text(line->mode),
                                               "sentence", ts_stability_json_text(line->sentence), "failures",
                                               ts_stability_json_share(&line->failures), "must_fail",
                                               (int)line->must_fail));
    }
    return json_pack("{ss so so so so so}", "verdict", ts_stability_verdict_name(head->verdict), "sentence",
                     ts_stability_json_text(head->sentence), "safe", ts_stability_json_text(head->safe),
                     "sure", ts_stability_json_text(head->sure), "unchecked",
                     ts_stability_json_text(head->unchecked), "lines", lines);
}

static json_t *checks_of(const struct ts_stability_run *run)
{
    json_t *checks = json_array();
    for (size_t i = 0; i < run->check_count; i++) {
        const struct ts_grounds_check *check = &run->checks[i];
        json_array_append_new(checks,
                              json_pack("{so sb so so}", "name", ts_stability_json_text(check->name), "ok",
                                        (int)check->ok, "found", ts_stability_json_text(check->found), "mend",
                                        ts_stability_json_text(check->mend)));
    }
    return checks;
}

static json_t *run_of(const struct ts_stability_run *run)
{
    json_t *object =
        json_pack("{so so so so so so so sb so so so}", "id", ts_stability_json_text(run->id), "kind",
                  ts_stability_json_text(run->kind), "tool", ts_stability_json_text(run->tool), "command",
                  ts_stability_json_text(run->command), "started", ts_stability_json_text(run->started),
                  "seed", ts_stability_json_text(run->seed), "commit", ts_stability_json_text(run->commit),
                  "dirty", (int)run->dirty, "diff", short_text(run->diff, TS_STABILITY_DIFF_MAX), "toolchain",
                  ts_stability_json_text(run->toolchain), "source", ts_stability_json_text(run->source));
    json_t *rest = json_pack(
        "{so so so so so sI sI sI sI so so so so}", "cpu", ts_stability_json_text(run->cpu), "kernel",
        ts_stability_json_text(run->kernel), "os", ts_stability_json_text(run->os), "cores",
        ts_stability_json_count(run->cores), "memory_bytes", ts_stability_json_count(run->memory_bytes),
        "elapsed_ms", (json_int_t)run->elapsed_ms, "cells_planned", (json_int_t)run->cells_planned,
        "cells_run", (json_int_t)run->cells_run, "lives", (json_int_t)run->lives, "standing",
        ts_stability_json_text(run->standing), "verdict", ts_stability_json_text(run->verdict), "checked",
        ts_stability_json_text(run->checked), "checks", checks_of(run));
    json_object_update(object, rest);
    json_decref(rest);
    return object;
}

static json_t *runs_of(const struct ts_stability *report)
{
    json_t *runs = json_array();
    for (size_t i = 0; i < report->run_count; i++) {
        json_array_append_new(runs, run_of(&report->runs[i]));
    }
    return runs;
}

static json_t *matrix_entry(const struct ts_stability_matrix *matrix, size_t row, size_t column)
{
    const struct ts_stability_entry *entry = &matrix->entries[row * matrix->column_count + column];
    return entry->state == TS_STABILITY_NOT_RUN
               ? json_null()
               : json_pack("{so so ss so sI sI sI sI so so}", "mode",
                           ts_stability_json_text(matrix->columns[column].mode), "flavour",
                           ts_stability_json_text(matrix->columns[column].flavour), "state",
                           ts_stability_state_name(entry->state), "failures",
                           ts_stability_json_share(&entry->failures), "inconclusive",
                           (json_int_t)entry->inconclusive, "cells", (json_int_t)entry->cells, "schedules",
                           (json_int_t)entry->schedules, "hazard", (json_int_t)entry->hazard, "outcome",
                           ts_stability_json_text(entry->outcome), "command",
                           ts_stability_json_text(entry->command));
}

/* A row's entries stand in the order of the columns. */
static json_t *matrix_of(const struct ts_stability *report)
{
    const struct ts_stability_matrix *matrix = &report->matrix;
    json_t *columns = json_array();
    json_t *rows = json_array();
    for (size_t i = 0; i < matrix->column_count; i++) {
        json_array_append_new(columns,
                              json_pack("{so so}", "mode", ts_stability_json_text(matrix->columns[i].mode),
                                        "flavour", ts_stability_json_text(matrix->columns[i].flavour)));
    }
    for (size_t i = 0; i < matrix->scenario_count; i++) {
        json_t *entries = json_array();
        for (size_t j = 0; j < matrix->column_count; j++) {
            json_array_append_new(entries, matrix_entry(matrix, i, j));
        }
        json_array_append_new(rows,
                              json_pack("{so so}", "scenario", ts_stability_json_text(matrix->scenarios[i]),
                                        "entries", entries));
    }
    return json_pack("{sI so so}", "scenario_total", (json_int_t)matrix->scenario_total, "columns", columns,
                     "rows", rows);
}

static json_t *limits_of(const struct ts_stability *report)
{
    json_t *limits = json_array();
    for (size_t i = 0; i < report->limit_count; i++) {
        json_array_append_new(limits,
                              json_pack("{ss so}", "kind", ts_stability_limit_name(report->limits[i].kind),
                                        "text", ts_stability_json_text(report->limits[i].text)));
    }
    return limits;
}

static json_t *contradictions_of(const struct ts_stability *report)
{
    json_t *list = json_array();
    for (size_t i = 0; i < report->contradiction_count; i++) {
        json_array_append_new(list, ts_stability_json_text(report->contradictions[i]));
    }
    return list;
}

ts_err ts_stability_json(const struct ts_stability *report, FILE *out, struct ts_diag *diag)
{
    static const struct {
        const char *name;
        json_t *(*make)(const struct ts_stability *report);
    } sections[] = {
        {"head", head_of},
        {"runs", runs_of},
        {"contrast", ts_stability_json_contrast},
        {"matrix", matrix_of},
        {"findings", ts_stability_json_findings},
        {"tests", ts_stability_json_tests},
        {"faults", ts_stability_json_faults},
        {"resources", ts_stability_json_resources},
        {"hangs", ts_stability_json_hangs},
        {"trends", ts_stability_json_trends},
        {"limits", limits_of},
        {"contradictions", contradictions_of},
    };
    errno = 0;
    fprintf(out, "{\"format\":%d", TS_STABILITY_FORMAT);
    for (size_t i = 0; i < sizeof sections / sizeof *sections; i++) {
        json_t *section = sections[i].make(report);
        if (section == NULL) {
            return ts_fail(diag, TS_NO_MEMORY, "write report", "json", "no memory");
        }
        fprintf(out, ",\n\"%s\":", sections[i].name);
        json_dumpf(section, out,
                   JSON_COMPACT | JSON_REAL_PRECISION(9)); /* the stream remembers what failed */
        json_decref(section);
    }
    fputs("}\n", out);
    return fflush(out) != 0 || ferror(out) ? ts_fail_errno(diag, errno, "write report", "json") : TS_OK;
}
