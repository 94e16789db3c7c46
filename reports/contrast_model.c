#include "reports/contrast_model.h"

#include "reports/figure.h"
#include "reports/statistics.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define MS_PER_MINUTE 60000.0

static void axis_add(struct ts_axis *axis, const char *name)
{
    for (size_t i = 0; i < axis->count; i++) {
        if (strcmp(axis->names[i], name) == 0) {
            return;
        }
    }
    axis->names[axis->count++] = name;
}

ts_err ts_contrast_init(struct ts_contrast *contrast, const struct ts_record *record)
{
    size_t room = record->cell_count + 1;
    *contrast = (struct ts_contrast){.record = record};
    contrast->scenarios.names = calloc(room, sizeof(char *));
    contrast->modes.names = calloc(room, sizeof(char *));
    contrast->flavours.names = calloc(room, sizeof(char *));
    if (contrast->scenarios.names == NULL || contrast->modes.names == NULL ||
        contrast->flavours.names == NULL) {
        ts_contrast_fini(contrast);
        return TS_NO_MEMORY;
    }
    for (size_t i = 0; i < record->cell_count; i++) {
        axis_add(&contrast->scenarios, record->cells[i].scenario);
        axis_add(&contrast->modes, record->cells[i].mode);
        axis_add(&contrast->flavours, record->cells[i].flavour);
    }
    return TS_OK;
}

void ts_contrast_fini(struct ts_contrast *contrast)
{
    free(contrast->scenarios.names);
    free(contrast->modes.names);
    free(contrast->flavours.names);
    *contrast = (struct ts_contrast){0};
}

static bool matches(const char *wanted, const char *name)
{
    return wanted == NULL || strcmp(wanted, name) == 0;
}

const struct ts_record_cell *ts_contrast_next(const struct ts_contrast *contrast, const char *scenario,
                                              const char *mode, const char *flavour,
                                              const struct ts_record_cell *after)
{
    const struct ts_record_cell *cells = contrast->record->cells;
    for (size_t i = after == NULL ? 0 : (size_t)(after - cells) + 1; i < contrast->record->cell_count; i++) {
        if (matches(scenario, cells[i].scenario) && matches(mode, cells[i].mode) &&
            matches(flavour, cells[i].flavour)) {
            return &cells[i];
        }
    }
    return NULL;
}

void ts_tally_add(struct ts_tally *tally, const char *name, int64_t value)
{
    for (size_t i = 0; i < tally->count; i++) {
        if (strcmp(tally->items[i].name, name) == 0) {
            tally->items[i].value += value;
            return;
        }
    }
    if (tally->count < TS_TALLY_MAX) {
        tally->items[tally->count++] = (struct ts_record_count){name, value};
    } else {
        tally->other += value;
    }
}

int64_t ts_tally_of(const struct ts_tally *tally, const char *name)
{
    struct ts_record_counts counts = {(struct ts_record_count *)tally->items, tally->count};
    return ts_record_count_of(&counts, name);
}

int64_t ts_contrast_exposure_ms(const struct ts_record_cell *cell)
{
    int64_t alive_ms = 0;
    for (size_t i = 0; i < cell->life_line_count; i++) {
        alive_ms += cell->life_lines[i].duration_ms;
    }
    return alive_ms > 0 && alive_ms < cell->elapsed_ms ? alive_ms : cell->elapsed_ms;
}

static void append(char *text, size_t size, const char *format, ...) __attribute__((format(printf, 3, 4)));

static void append(char *text, size_t size, const char *format, ...)
{
    size_t used = strlen(text);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text + used, size - used, format, arguments);
    va_end(arguments);
}

static bool life_has_report(const struct ts_record_life *life, const char *kind)
{
    for (size_t i = 0; i < life->report_count; i++) {
        if (strcmp(life->reports[i].kind, kind) == 0) {
            return true;
        }
    }
    return false;
}

/*
 * Lives that showed this, not only those it was the worst of: a life that raced and then crashed counts as a
 * crash in `outcomes`, and would hide its race.
 */
static int64_t lives_showing(const struct ts_record_cell *cell, ts_record_outcome outcome)
{
    const char *name = ts_record_outcome_name(outcome);
    int64_t worst = ts_record_count_of(&cell->outcomes, name);
    int64_t seen = 0;
    for (size_t i = 0; i < cell->life_line_count; i++) {
        const struct ts_record_life *life = &cell->life_lines[i];
        seen += life->outcome == outcome || life_has_report(life, name);
    }
    return seen > worst ? seen : worst;
}

/* "heap-use-after-free" rather than "memory-error", where the lives say which; by the lives that showed each.
 */
static void append_memory_errors(const struct ts_record_cell *cell, int64_t lives, char *text, size_t size)
{
    struct ts_tally kinds = {0};
    for (size_t i = 0; i < cell->life_line_count; i++) {
        const struct ts_record_life *life = &cell->life_lines[i];
        struct ts_tally of_life = {0};
        for (size_t j = 0; j < life->report_count; j++) {
            const struct ts_record_report *report = &life->reports[j];
            if (strcmp(report->kind, "memory-error") == 0 && report->description[0] != '\0' &&
                ts_tally_of(&of_life, report->description) == 0) {
                ts_tally_add(&of_life, report->description, 1);
                ts_tally_add(&kinds, report->description, 1);
            }
        }
    }
    if (kinds.count == 0) {
        ts_tally_add(&kinds, "memory-error", lives);
    }
    for (size_t i = 0; i < kinds.count; i++) {
        append(text, size, "%s%s in %" PRId64 " of %" PRId64 " lives", i == 0 ? "" : "; ",
               kinds.items[i].name, kinds.items[i].value, cell->lives);
    }
}

static void append_crashes(const struct ts_record_cell *cell, int64_t crashes, char *text, size_t size)
{
    struct ts_figure figure;
    if (cell->restarts > 0 && cell->elapsed_ms > 0) {
        double rate = (double)cell->restarts * MS_PER_MINUTE / (double)cell->elapsed_ms;
        append(text, size, "%s restarts/min", ts_figure_rate(&figure, rate));
    } else {
        append(text, size, "crash in %" PRId64 " of %" PRId64 " lives", crashes, cell->lives);
    }
    for (size_t i = 0; i < cell->classes.count; i++) {
        append(text, size, "%s %s %" PRId64, i == 0 ? ":" : ",", cell->classes.items[i].name,
               cell->classes.items[i].value);
    }
}

static void describe_failure(const struct ts_record_cell *cell, struct ts_contrast_entry *entry)
{
    struct ts_figure low, high, span;
    int64_t widest = 0;
    bool by_rate = false;
    for (int i = 0; i < TS_RECORD_OUTCOME_COUNT; i++) {
        ts_record_outcome outcome = (ts_record_outcome)i;
        int64_t lives = lives_showing(cell, outcome);
        if (lives == 0 || outcome == TS_RECORD_PASS) {
            continue;
        }
        append(entry->headline, sizeof entry->headline, "%s", entry->headline[0] == '\0' ? "" : "; ");
        if (outcome == TS_RECORD_CRASH) {
            append_crashes(cell, lives, entry->headline, sizeof entry->headline);
            by_rate = cell->restarts > 0 && cell->elapsed_ms > 0;
        } else if (outcome == TS_RECORD_MEMORY_ERROR) {
            append_memory_errors(cell, lives, entry->headline, sizeof entry->headline);
        } else {
            append(entry->headline, sizeof entry->headline, "%s in %" PRId64 " of %" PRId64 " lives",
                   ts_record_outcome_name(outcome), lives, cell->lives);
        }
        widest = outcome != TS_RECORD_INCONCLUSIVE && lives > widest ? lives : widest;
    }
    if (entry->headline[0] == '\0') {
        append(entry->headline, sizeof entry->headline, "%s", ts_record_outcome_name(cell->outcome));
    }
    if (by_rate) {
        struct ts_interval rate = ts_rate_interval(cell->restarts, (double)cell->elapsed_ms / MS_PER_MINUTE);
        append(entry->bound, sizeof entry->bound, "%" PRId64 " in %s; 95 %%: %s to %s/min", cell->restarts,
               ts_figure_duration(&span, cell->elapsed_ms), ts_figure_rate(&low, rate.low),
               ts_figure_rate_above(&high, rate.high));
    } else {
        struct ts_interval share =
            ts_share_interval(widest < cell->lives ? widest : cell->lives, cell->lives);
        append(entry->bound, sizeof entry->bound, "95 %%: %s to %s %% of lives",
               ts_figure_percent(&low, share.low), ts_figure_percent_above(&high, share.high));
    }
}

static void describe_pass(const struct ts_record_cell *cell, struct ts_contrast_entry *entry)
{
    struct ts_figure lives, hazard, span, rate, share;
    int64_t exposure_ms = ts_contrast_exposure_ms(cell);
    append(entry->headline, sizeof entry->headline, "pass (%s %s, hazard %s)",
           ts_figure_count(&lives, cell->lives), cell->lives == 1 ? "life" : "lives",
           ts_figure_count(&hazard, cell->hazard_count));
    append(entry->bound, sizeof entry->bound, "0 in %s; 95 %%: <%s/min, <%s %% of lives",
           ts_figure_duration(&span, exposure_ms),
           ts_figure_rate_above(&rate, ts_rate_bound_none((double)exposure_ms / MS_PER_MINUTE)),
           ts_figure_percent_above(&share, ts_share_bound_none(cell->lives)));
}

void ts_contrast_describe(const struct ts_record_cell *cell, struct ts_contrast_entry *entry)
{
    struct ts_figure lives, hazard;
    *entry = (struct ts_contrast_entry){.unexpected = !cell->as_expected};
    switch (cell->outcome) {
    case TS_RECORD_PASS:
        entry->tone = TS_TONE_PASS;
        describe_pass(cell, entry);
        return;
    case TS_RECORD_INCONCLUSIVE:
        entry->tone = TS_TONE_INCONCLUSIVE;
        append(entry->headline, sizeof entry->headline, "inconclusive (%s %s, hazard %s)",
               ts_figure_count(&lives, cell->lives), cell->lives == 1 ? "life" : "lives",
               ts_figure_count(&hazard, cell->hazard_count));
        append(entry->bound, sizeof entry->bound, "no bound");
        return;
    default:
        entry->tone = TS_TONE_FAILING;
        describe_failure(cell, entry);
    }
}

enum ts_standing ts_contrast_standing(const struct ts_record *record)
{
    if (!record->has_end) {
        return TS_STANDING_PARTIAL;
    }
    bool short_of_cells = (int64_t)record->cell_count < record->run.cells;
    return record->end.interrupted || strcmp(record->end.verdict, "interrupted") == 0 || short_of_cells
               ? TS_STANDING_INTERRUPTED
               : TS_STANDING_WHOLE;
}

void ts_contrast_write_standing(FILE *out, const struct ts_record *record)
{
    switch (ts_contrast_standing(record)) {
    case TS_STANDING_WHOLE:
        return;
    case TS_STANDING_INTERRUPTED:
        fprintf(out, "The run ended early: %zu of %" PRId64 " cells ended.", record->cell_count,
                record->run.cells);
        return;
    case TS_STANDING_PARTIAL:
        fprintf(out, "The record has no end line: %zu of %" PRId64 " cells ended, %zu whole lines%s.",
                record->cell_count, record->run.cells, record->line_count,
                record->cut ? ", the last line cut in the middle and left out" : "");
        return;
    }
}

size_t ts_contrast_write_contradictions(FILE *out, const struct ts_record *record, const char *prefix)
{
    size_t found = 0;
    size_t unexpected = 0;
    for (size_t i = 0; i < record->cell_count; i++) {
        const struct ts_record_cell *cell = &record->cells[i];
        int64_t outcomes = 0;
        for (size_t j = 0; j < cell->outcomes.count; j++) {
            outcomes += cell->outcomes.items[j].value;
        }
        unexpected += !cell->as_expected;
        if (outcomes != cell->lives) {
            fprintf(out,
                    "%sThe record contradicts itself: cell %" PRId64 " counts %" PRId64
                    " lives, its outcomes add up to %" PRId64 ".\n",
                    prefix, cell->cell, cell->lives, outcomes);
            found++;
        }
    }
    if (unexpected > 0 && record->has_end && strcmp(record->end.verdict, "as-expected") == 0) {
        fprintf(out,
                "%sThe record contradicts itself: its verdict is as-expected, %zu of its cells are not.\n",
                prefix, unexpected);
        found++;
    }
    return found;
}

ts_err ts_contrast_close_stream(FILE *out)
{
    errno = 0;
    if (fflush(out) == 0 && !ferror(out)) {
        return TS_OK;
    }
    return ts_fail_errno(NULL, errno != 0 ? errno : EIO, "write report", NULL);
}
