#include "reports/stability_build_parts.h"

#include <string.h>

#define MODES_MAX 16
#define ROWS      TS_STABILITY_ROWS

static const char *text_of(const json_t *row, const char *name)
{
    const char *text = json_string_value(json_object_get(row, name));
    return text == NULL ? "" : text;
}

static int64_t count_of(const json_t *row, const char *name)
{
    return json_integer_value(json_object_get(row, name));
}

static bool of_report(const struct ts_stability_builder *builder, const char *run)
{
    for (size_t i = 0; i < builder->input->record_count; i++) {
        if (strcmp(builder->input->records[i]->run.id, run) == 0) {
            return true;
        }
    }
    return false;
}

static void add_modes(struct ts_stability_builder *builder, struct ts_stability_trend *trend)
{
    const json_t *rows = builder->input->trend_modes;
    trend->modes = ts_stability_keep(builder->report, MODES_MAX, sizeof *trend->modes);
    for (size_t i = 0; trend->modes != NULL && i < json_array_size(rows); i++) {
        const json_t *row = json_array_get(rows, i);
        int64_t failed = count_of(row, "failed");
        int64_t lives = count_of(row, "lives");
        if (strcmp(text_of(row, "run"), trend->run) == 0 && trend->mode_count < MODES_MAX &&
            failed <= lives) {
            trend->modes[trend->mode_count++] =
                (struct ts_stability_mode_share){text_of(row, "mode"), ts_stability_share_of(failed, lives)};
        }
    }
}

/* Runs of other kinds (a repeat, a column of a score) have other shares. */
static bool comparable(const struct ts_stability_builder *builder, const json_t *row)
{
    for (size_t i = 0; i < builder->input->record_count; i++) {
        if (strcmp(builder->input->records[i]->run.kind, text_of(row, "kind")) == 0) {
            return true;
        }
    }
    return false;
}

void ts_stability_build_trends(struct ts_stability_builder *builder)
{
    struct ts_stability_trends *trends = &builder->report->trends;
    size_t rows = json_array_size(builder->input->trend);
    trends->file = builder->input->history_file == NULL ? "" : builder->input->history_file;
    trends->items = ts_stability_keep(builder->report, rows < ROWS ? rows : ROWS, sizeof *trends->items);
    for (size_t i = 0; i < rows; i++) {
        trends->total += comparable(builder, json_array_get(builder->input->trend, i));
    }
    for (size_t i = rows, left = trends->total;
         trends->items != NULL && i-- > 0;) { /* the newest are first there */
        const json_t *row = json_array_get(builder->input->trend, i);
        if (!comparable(builder, row) || left-- > ROWS) {
            continue;
        }
        struct ts_stability_trend *trend = &trends->items[trends->count++];
        *trend = (struct ts_stability_trend){
            .run = text_of(row, "id"),
            .started = text_of(row, "started"),
            .commit = text_of(row, "commit"),
            .kind = text_of(row, "kind"),
            .verdict = text_of(row, "verdict"),
            .dirty = json_is_true(json_object_get(row, "dirty")),
            .of_report = of_report(builder, text_of(row, "id")),
            .lives = count_of(row, "lives"),
            .findings = count_of(row, "findings"),
        };
        add_modes(builder, trend);
    }
}
