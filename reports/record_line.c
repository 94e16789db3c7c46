#include "reports/record_line.h"

#include "reports/record_shape.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const struct member machine_members[] = {
    OPTIONAL(TEXT, ts_record_machine, cpu),
    NEEDED(COUNT, ts_record_machine, cores),
    OPTIONAL(COUNT, ts_record_machine, memory_bytes),
    OPTIONAL(TEXT, ts_record_machine, kernel),
    OPTIONAL(TEXT, ts_record_machine, os),
};
static const struct ts_record_shape machine_shape = SHAPE("machine", ts_record_machine, machine_members);

static const struct member canary_members[] = {
    NEEDED(TEXT, ts_grounds_canary, scenario),
    NEEDED(TEXT, ts_grounds_canary, flavour),
};
static const struct ts_record_shape canary_shape = SHAPE("canary", ts_grounds_canary, canary_members);

static const struct member check_members[] = {
    NEEDED(TEXT, ts_grounds_check, name),
    NEEDED(FLAG, ts_grounds_check, ok),
    OPTIONAL(TEXT, ts_grounds_check, found),
    OPTIONAL(TEXT, ts_grounds_check, mend),
};
static const struct ts_record_shape check_shape = SHAPE("check", ts_grounds_check, check_members);

static const struct member run_members[] = {
    NEEDED(COUNT, ts_record_run, format),
    NEEDED(TEXT, ts_record_run, id),
    NEEDED(TEXT, ts_record_run, tool),
    NEEDED(TEXT, ts_record_run, kind),
    NEEDED(TEXT, ts_record_run, command),
    NEEDED(TEXT, ts_record_run, started),
    NEEDED(TEXT, ts_record_run, seed),
    NEEDED(TEXT, ts_record_run, commit),
    OPTIONAL(FLAG, ts_record_run, dirty),
    OPTIONAL(TEXT, ts_record_run, diff),
    {"machine", OBJECT, false, offsetof(struct ts_record_run, machine), 0, &machine_shape, 0},
    NEEDED(TEXT, ts_record_run, toolchain),
    NEEDED(TEXT, ts_record_run, source),
    OPTIONAL(COUNT, ts_record_run, budget_ms),
    NEEDED(COUNT, ts_record_run, cells),
    OPTIONAL(TEXT, ts_record_run, plan),
    {"arguments", TEXTS, true, offsetof(struct ts_record_run, arguments),
     offsetof(struct ts_record_run, argument_count), NULL, 0},
    LISTED(ts_record_run, canaries, canary_count, &canary_shape),
    LISTED(ts_record_run, checks, check_count, &check_shape),
};
const struct ts_record_shape ts_record_run_shape = SHAPE("run", ts_record_run, run_members);

static const struct member resume_members[] = {
    LISTED(ts_record_resume, checks, check_count, &check_shape),
};
const struct ts_record_shape ts_record_resume_shape = SHAPE("resume", ts_record_resume, resume_members);

static const struct member frame_members[] = {
    OPTIONAL(TEXT, ts_frame, function), OPTIONAL(TEXT, ts_frame, file),   OPTIONAL(COUNT, ts_frame, line),
    OPTIONAL(TEXT, ts_frame, module),   OPTIONAL(TEXT, ts_frame, offset), OPTIONAL(FLAG, ts_frame, own),
};
static const struct ts_record_shape frame_shape = SHAPE("frame", ts_frame, frame_members);

static const struct member stack_members[] = {
    NEEDED(TEXT, ts_stack, role),
    OPTIONAL(TEXT, ts_stack, text),
    OPTIONAL(TEXT, ts_stack, thread),
    LISTED(ts_stack, frames, frame_count, &frame_shape),
};
static const struct ts_record_shape stack_shape = SHAPE("stack", ts_stack, stack_members);

static const struct member finding_members[] = {
    NEEDED(TEXT, ts_finding, signature),
    NEEDED(TEXT, ts_finding, kind),
    NEEDED(TEXT, ts_finding, title),
    OPTIONAL(TEXT, ts_finding, description),
    OPTIONAL(TEXT, ts_finding, location),
    OPTIONAL(FLAG, ts_finding, lifetime),
    LISTED(ts_finding, stacks, stack_count, &stack_shape),
    NEEDED(COUNT, ts_finding, cell),
    NEEDED(COUNT, ts_finding, life),
    OPTIONAL(TEXT, ts_finding, command),
};
const struct ts_record_shape ts_record_finding_shape = SHAPE("finding", ts_finding, finding_members);

static const struct member report_members[] = {
    OPTIONAL(TEXT, ts_record_report, signature), NEEDED(TEXT, ts_record_report, kind),
    NEEDED(TEXT, ts_record_report, title),       OPTIONAL(TEXT, ts_record_report, description),
    NEEDED(COUNT, ts_record_report, count),
};
static const struct ts_record_shape report_shape = SHAPE("report", ts_record_report, report_members);

static const struct member violation_members[] = {
    NEEDED(TEXT, ts_record_violation, name),
    OPTIONAL(TEXT, ts_record_violation, detail),
    OPTIONAL(TEXT, ts_record_violation, signature),
};
static const struct ts_record_shape violation_shape =
    SHAPE("violation", ts_record_violation, violation_members);

static const struct member probes_members[] = {
    NEEDED(COUNTS, ts_record_probes, armed),
    NEEDED(COUNTS, ts_record_probes, reached),
    NEEDED(COUNTS, ts_record_probes, fired),
};
static const struct ts_record_shape probes_shape = SHAPE("probes", ts_record_probes, probes_members);

static const struct member latency_members[] = {
    NEEDED(COUNT, ts_record_latency, max_ns),
    NEEDED(COUNT, ts_record_latency, bits),
    OPTIONAL(COUNT, ts_record_latency, untimed),
    TABLED(ts_record_latency, buckets, bucket_count, ts_record_bucket),
};
static const struct ts_record_shape latency_shape = SHAPE("latency", ts_record_latency, latency_members);

static const struct member beats_members[] = {
    NEEDED(REAL, ts_record_beats, period_ms),    NEEDED(COUNT, ts_record_beats, beats),
    NEEDED(COUNT, ts_record_beats, missed),      NEEDED(REAL, ts_record_beats, gap_mean_ms),
    OPTIONAL(REAL, ts_record_beats, gap_p99_ms), NEEDED(REAL, ts_record_beats, gap_most_ms),
};
static const struct ts_record_shape beats_shape = SHAPE("beats", ts_record_beats, beats_members);

static const struct member soak_members[] = {
    NEEDED(REAL, ts_record_soak, stretch_ms),
    OPTIONAL(REAL, ts_record_soak, slope_kib_per_h),
    OPTIONAL(REAL, ts_record_soak, slope_low),
    OPTIONAL(REAL, ts_record_soak, slope_high),
    {"heart", OBJECT, false, offsetof(struct ts_record_soak, heart), 0, &beats_shape, 0},
    {"witness", OBJECT, false, offsetof(struct ts_record_soak, witness), 0, &beats_shape, 0},
};
static const struct ts_record_shape soak_shape = SHAPE("soak", ts_record_soak, soak_members);

static const struct member life_members[] = {
    NEEDED(COUNT, ts_record_life, cell),
    NEEDED(COUNT, ts_record_life, life),
    NEEDED(TEXT, ts_record_life, seed),
    NEEDED(COUNT, ts_record_life, started_ms),
    NEEDED(COUNT, ts_record_life, duration_ms),
    OPTIONAL(COUNT, ts_record_life, exit_code),
    OPTIONAL(COUNT, ts_record_life, signal),
    NEEDED(OUTCOME, ts_record_life, outcome),
    OPTIONAL(TEXT, ts_record_life, class),
    OPTIONAL(TEXT, ts_record_life, detail),
    OPTIONAL(TEXT, ts_record_life, finding),
    LISTED(ts_record_life, reports, report_count, &report_shape),
    LISTED(ts_record_life, violations, violation_count, &violation_shape),
    OPTIONAL(COUNTS, ts_record_life, counters),
    {"probes", OBJECT, true, offsetof(struct ts_record_life, probes), 0, &probes_shape, 0},
    OPTIONAL(TEXT, ts_record_life, faults),
    OPTIONAL(TEXT, ts_record_life, schedule),
    OPTIONAL(TEXT, ts_record_life, interleaving),
    OPTIONAL(COUNT, ts_record_life, hazard_count),
    OPTIONAL(FLAG, ts_record_life, died),
    OPTIONAL(TEXT, ts_record_life, log),
    OPTIONAL(COUNT, ts_record_life, cpu_ms),
    OPTIONAL(COUNT, ts_record_life, peak_rss_bytes),
    TABLED(ts_record_life, samples, sample_count, ts_record_sample),
    {"latency", OBJECT, true, offsetof(struct ts_record_life, latency), 0, &latency_shape, 0},
    {"soak", OBJECT, true, offsetof(struct ts_record_life, soak), 0, &soak_shape, 0},
};
const struct ts_record_shape ts_record_life_shape = SHAPE("life", ts_record_life, life_members);

static const struct member sighting_members[] = {
    OPTIONAL(TEXT, ts_record_sighting, signature), NEEDED(TEXT, ts_record_sighting, kind),
    NEEDED(TEXT, ts_record_sighting, title),       NEEDED(COUNT, ts_record_sighting, lives),
    NEEDED(COUNT, ts_record_sighting, count),
};
static const struct ts_record_shape sighting_shape = SHAPE("finding", ts_record_sighting, sighting_members);

static const struct member cell_members[] = {
    NEEDED(COUNT, ts_record_cell, cell),
    NEEDED(TEXT, ts_record_cell, scenario),
    NEEDED(TEXT, ts_record_cell, mode),
    NEEDED(TEXT, ts_record_cell, flavour),
    NEEDED(TEXT, ts_record_cell, seed),
    NEEDED(COUNT, ts_record_cell, lives),
    NEEDED(COUNT, ts_record_cell, restarts),
    NEEDED(COUNT, ts_record_cell, elapsed_ms),
    OPTIONAL(REAL, ts_record_cell, restarts_per_minute),
    NEEDED(OUTCOME, ts_record_cell, outcome),
    OPTIONAL(TEXT, ts_record_cell, class),
    NEEDED(COUNTS, ts_record_cell, outcomes),
    OPTIONAL(COUNTS, ts_record_cell, classes),
    OPTIONAL(TEXT, ts_record_cell, expect),
    OPTIONAL(TEXT, ts_record_cell, judgement),
    OPTIONAL(TEXT, ts_record_cell, role),
    {"welcome", TEXTS, true, offsetof(struct ts_record_cell, welcome),
     offsetof(struct ts_record_cell, welcome_count), NULL, 0},
    OPTIONAL(TEXT, ts_record_cell, set),
    OPTIONAL(TEXT, ts_record_cell, detail),
    OPTIONAL(FLAG, ts_record_cell, canary),
    OPTIONAL(FLAG, ts_record_cell, as_expected),
    OPTIONAL(TEXT, ts_record_cell, hazard),
    NEEDED(COUNT, ts_record_cell, hazard_count),
    OPTIONAL(COUNTS, ts_record_cell, counters),
    OPTIONAL(TEXT, ts_record_cell, faults),
    {"probes", OBJECT, true, offsetof(struct ts_record_cell, probes), 0, &probes_shape, 0},
    LISTED(ts_record_cell, findings, finding_count, &sighting_shape),
    NEEDED(TEXT, ts_record_cell, command),
};
const struct ts_record_shape ts_record_cell_shape = SHAPE("cell", ts_record_cell, cell_members);

static const struct member end_members[] = {
    NEEDED(TEXT, ts_record_end, verdict),
    NEEDED(TEXT, ts_record_end, sentence),
    NEEDED(FLAG, ts_record_end, interrupted),
    NEEDED(COUNT, ts_record_end, elapsed_ms),
};
const struct ts_record_shape ts_record_end_shape = SHAPE("end", ts_record_end, end_members);

static ts_err out_of_memory(const struct ts_record_place *place)
{
    return ts_fail(place->diag, TS_NO_MEMORY, "read record", place->path, "line %zu: out of memory",
                   place->line);
}

static ts_err wrong(const struct ts_record_place *place, const struct ts_record_shape *shape,
                    const char *member, const char *what)
{
    return ts_fail(place->diag, TS_MALFORMED, "read record", place->path, "line %zu: %s.%s %s", place->line,
                   shape->name, member, what);
}

static const char *keep_text(struct ts_record *record, const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy = ts_record_keep(record, size);
    return copy != NULL ? memcpy(copy, text, size) : NULL;
}

/* Names of counters come again with every line. */
static const char *keep_name(struct ts_record *record, const char *name)
{
    size_t hash = 5381;
    for (const char *at = name; *at != '\0'; at++) {
        hash = hash * 33 + (unsigned char)*at;
    }
    const char **slot = &record->names[hash % TS_RECORD_NAMES];
    if (*slot == NULL || strcmp(*slot, name) != 0) {
        *slot = keep_text(record, name);
    }
    return *slot;
}

static ts_err bind_text(struct ts_record *record, const json_t *value, const char **text,
                        const struct ts_record_place *place)
{
    *text = keep_text(record, json_string_value(value));
    return *text != NULL ? TS_OK : out_of_memory(place);
}

static ts_err bind_counts(struct ts_record *record, json_t *object, const struct ts_record_shape *shape,
                          const char *member, struct ts_record_counts *counts,
                          const struct ts_record_place *place)
{
    const char *name;
    json_t *value;
    counts->items = ts_record_keep(record, json_object_size(object) * sizeof *counts->items);
    if (counts->items == NULL) {
        return out_of_memory(place);
    }
    json_object_foreach(object, name, value)
    {
        struct ts_record_count *item = &counts->items[counts->count];
        if (!json_is_integer(value)) {
            return wrong(place, shape, member, "holds a value that is no integer");
        }
        item->name = keep_name(record, name);
        if (item->name == NULL) {
            return out_of_memory(place);
        }
        item->value = json_integer_value(value);
        if (item->value > TS_RECORD_COUNT_MAX || item->value < -TS_RECORD_COUNT_MAX) {
            return wrong(place, shape, member, "holds a value that is too large");
        }
        counts->count++;
    }
    return TS_OK;
}

static ts_err bind_list(struct ts_record *record, const json_t *array, const struct member *member,
                        char *target, const struct ts_record_place *place)
{
    size_t count = json_array_size(array);
    char *items = ts_record_keep(record, count * member->shape->size);
    if (items == NULL) {
        return out_of_memory(place);
    }
    for (size_t i = 0; i < count; i++) {
        ts_err err = ts_record_bind(record, json_array_get(array, i), member->shape,
                                    items + i * member->shape->size, place);
        if (err != TS_OK) {
            return err;
        }
    }
    memcpy(target + member->offset, &items, sizeof items);
    memcpy(target + member->count_offset, &count, sizeof count);
    return TS_OK;
}

static ts_err bind_texts(struct ts_record *record, const json_t *array, const struct ts_record_shape *shape,
                         const struct member *member, char *target, const struct ts_record_place *place)
{
    size_t count = json_array_size(array);
    const char **texts = ts_record_keep(record, count * sizeof *texts);
    if (texts == NULL) {
        return out_of_memory(place);
    }
    for (size_t i = 0; i < count; i++) {
        const json_t *value = json_array_get(array, i);
        ts_err err = json_is_string(value) ? bind_text(record, value, &texts[i], place)
                                           : wrong(place, shape, member->name, "holds what is no string");
        if (err != TS_OK) {
            return err;
        }
    }
    memcpy(target + member->offset, &texts, sizeof texts);
    memcpy(target + member->count_offset, &count, sizeof count);
    return TS_OK;
}

static ts_err bind_table(struct ts_record *record, const json_t *array, const struct ts_record_shape *shape,
                         const struct member *member, char *target, const struct ts_record_place *place)
{
    size_t count = json_array_size(array);
    int64_t *rows = ts_record_keep(record, count * member->columns * sizeof *rows);
    if (rows == NULL) {
        return out_of_memory(place);
    }
    for (size_t i = 0; i < count; i++) {
        const json_t *row = json_array_get(array, i);
        if (json_array_size(row) != member->columns) {
            return wrong(place, shape, member->name, "holds a row of another length");
        }
        for (size_t j = 0; j < member->columns; j++) {
            const json_t *value = json_array_get(row, j);
            rows[i * member->columns + j] = json_integer_value(value);
            if (!json_is_integer(value) || json_integer_value(value) < TS_RECORD_NONE ||
                json_integer_value(value) > TS_RECORD_COUNT_MAX) {
                return wrong(place, shape, member->name, "holds what is no count");
            }
        }
        if (i > 0 && rows[i * member->columns] < rows[(i - 1) * member->columns]) {
            return wrong(place, shape, member->name, "is out of order");
        }
    }
    memcpy(target + member->offset, &rows, sizeof rows);
    memcpy(target + member->count_offset, &count, sizeof count);
    return TS_OK;
}

/* What an optional member is when the file does not say. */
static void bind_nothing(const struct member *member, char *target)
{
    if (member->kind == TEXT) {
        *(const char **)(target + member->offset) = "";
    } else if (member->kind == COUNT) {
        *(int64_t *)(target + member->offset) = TS_RECORD_NONE;
    } else if (member->kind == REAL) {
        *(double *)(target + member->offset) = NAN;
    }
}

static ts_err bind_member(struct ts_record *record, json_t *value, const struct ts_record_shape *shape,
                          const struct member *member, char *target, const struct ts_record_place *place)
{
    void *field = target + member->offset;
    switch (member->kind) {
    case TEXT:
        return json_is_string(value) ? bind_text(record, value, field, place)
                                     : wrong(place, shape, member->name, "is no string");
    case COUNT:
        *(int64_t *)field = json_integer_value(value);
        return json_is_integer(value) && json_integer_value(value) >= 0 &&
                       json_integer_value(value) <= TS_RECORD_COUNT_MAX
                   ? TS_OK
                   : wrong(place, shape, member->name, "is no count");
    case REAL:
        *(double *)field = json_number_value(value);
        return json_is_number(value) ? TS_OK : wrong(place, shape, member->name, "is no number");
    case FLAG:
        *(bool *)field = json_is_true(value);
        return json_is_boolean(value) ? TS_OK
                                      : wrong(place, shape, member->name, "is neither true nor false");
    case OUTCOME:
        return json_is_string(value) && ts_record_outcome_of(json_string_value(value), field)
                   ? TS_OK
                   : wrong(place, shape, member->name, "is no known outcome");
    case COUNTS:
        return json_is_object(value) ? bind_counts(record, value, shape, member->name, field, place)
                                     : wrong(place, shape, member->name, "is no object");
    case OBJECT:
        return ts_record_bind(record, value, member->shape, field, place);
    case TEXTS:
        return json_is_array(value) ? bind_texts(record, value, shape, member, target, place)
                                    : wrong(place, shape, member->name, "is no array");
    case LIST:
        return json_is_array(value) ? bind_list(record, value, member, target, place)
                                    : wrong(place, shape, member->name, "is no array");
    case TABLE:
        return json_is_array(value) ? bind_table(record, value, shape, member, target, place)
                                    : wrong(place, shape, member->name, "is no array");
    }
    return TS_OK;
}

ts_err ts_record_bind(struct ts_record *record, const json_t *object, const struct ts_record_shape *shape,
                      void *target, const struct ts_record_place *place)
{
    if (!json_is_object(object)) {
        return ts_fail(place->diag, TS_MALFORMED, "read record", place->path, "line %zu: %s is no object",
                       place->line, shape->name);
    }
    for (size_t i = 0; i < shape->member_count; i++) {
        const struct member *member = &shape->members[i];
        json_t *value = json_object_get(object, member->name);
        if (value == NULL || json_is_null(value)) {
            if (!member->optional) {
                return wrong(place, shape, member->name, "is missing");
            }
            bind_nothing(member, target);
            continue;
        }
        ts_err err = bind_member(record, value, shape, member, target, place);
        if (err != TS_OK) {
            return err;
        }
    }
    return TS_OK;
}
