#include "supervisor/record_lines.h"

#include "faults/point.h"
#include "supervisor/blind_spots.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Paths and commands may hold any bytes; what is no UTF-8 is written as printable ASCII. */
static json_t *text_of(const char *text)
{
    json_t *value = json_string(text);
    if (value != NULL) {
        return value;
    }
    size_t size = strlen(text) + 1;
    char *plain = malloc(size);
    if (plain == NULL) {
        return NULL;
    }
    ts_snapshot_text(plain, size, text, size);
    value = json_string(plain);
    free(plain);
    return value;
}

static json_t *seed_of(uint64_t seed)
{
    char text[32];
    snprintf(text, sizeof text, "0x%" PRIx64, seed);
    return json_string(text);
}

static json_t *count_of(uint64_t count)
{
    return json_integer(count > INT64_MAX ? INT64_MAX : (json_int_t)count);
}

static json_t *class_of(enum ts_crash_class class)
{
    const char *name = ts_crash_class_name(class);
    return name == NULL ? json_null() : json_string(name);
}

/* Most counters are 0, and are left out. */
static json_t *counters_of(const uint64_t *counters)
{
    json_t *object = json_object();
    for (int i = 0; i < TS_COUNTER_COUNT; i++) {
        if (counters[i] > 0) {
            json_object_set_new(object, ts_counter_names[i], count_of(counters[i]));
        }
    }
    return object;
}

/* The probes that were armed, and what became of them; null without any. */
static json_t *probes_of(const uint64_t armed[TS_PROBE_COUNT], const uint64_t reached[TS_PROBE_COUNT],
                         const uint64_t fired[TS_PROBE_COUNT])
{
    json_t *lives = json_object(), *visits = json_object(), *firings = json_object();
    for (int i = 0; i < TS_PROBE_COUNT; i++) {
        if (armed[i] > 0) {
            json_object_set_new(lives, ts_fault_points[i].name, count_of(armed[i]));
            json_object_set_new(visits, ts_fault_points[i].name, count_of(reached[i]));
            json_object_set_new(firings, ts_fault_points[i].name, count_of(fired[i]));
        }
    }
    if (json_object_size(lives) == 0) {
        json_decref(lives);
        json_decref(visits);
        json_decref(firings);
        return json_null();
    }
    return json_pack("{so so so}", "armed", lives, "reached", visits, "fired", firings);
}

static json_t *arguments_of(const struct ts_run_line *line)
{
    json_t *array = json_array();
    for (size_t i = 0; i < line->argument_count; i++) {
        json_array_append_new(array, text_of(line->arguments[i]));
    }
    return array;
}

/* What a verdict on the run must have been tried with. */
static json_t *canaries_of(void)
{
    json_t *array = json_array();
    struct ts_grounds_canary known[TS_KNOWN_CANARIES_MAX];
    size_t count = ts_known_canaries(known);
    for (size_t i = 0; i < count; i++) {
        json_array_append_new(
            array, json_pack("{ss ss}", "scenario", known[i].scenario, "flavour", known[i].flavour));
    }
    return array;
}

static json_t *checks_of(const struct ts_run_line *line)
{
    json_t *array = json_array();
    for (size_t i = 0; i < line->check_count; i++) {
        const struct ts_environment_check *check = &line->checks[i];
        json_array_append_new(array, json_pack("{ss sb so so}", "name", check->name, "ok", (int)check->ok,
                                               "found", text_of(check->found), "mend", text_of(check->mend)));
    }
    return array;
}

json_t *ts_record_resume_line(const struct ts_run_line *line, int64_t at_ms)
{
    return json_pack("{ss ss sI so}", "type", "resume", "started", line->started, "at_ms", (json_int_t)at_ms,
                     "checks", checks_of(line));
}

json_t *ts_record_run_line(const struct ts_run_line *line)
{
    const struct ts_machine *machine = line->machine;
    const struct ts_source_state *built_of = ts_build_source();
    json_t *object = json_pack(
        "{ss si so ss ss so ss so so sb s{so sI sI so so} so so sI so}", "type", "run", "format",
        TS_RECORD_FORMAT, "id", text_of(line->id), "tool", "tickstorm " TICKSTORM_VERSION, "kind", line->kind,
        "command", text_of(line->command), "started", line->started, "seed", seed_of(line->seed), "commit",
        text_of(built_of->commit), "dirty", (int)built_of->dirty, "machine", "cpu", text_of(machine->cpu),
        "cores", (json_int_t)machine->cores, "memory_bytes", (json_int_t)machine->memory_bytes, "kernel",
        text_of(machine->kernel), "os", text_of(machine->os), "toolchain", text_of(ts_build_toolchain()),
        "source", text_of(line->source), "budget_ms", (json_int_t)line->budget_ms, "cells",
        count_of(line->cells));
    if (built_of->diff[0] != '\0') {
        json_object_set_new(object, "diff", text_of(built_of->diff));
    }
    json_object_set_new(object, "plan", seed_of(line->plan));
    json_object_set_new(object, "arguments", arguments_of(line));
    json_object_set_new(object, "canaries", canaries_of());
    json_object_set_new(object, "checks", checks_of(line));
    return object;
}

static json_t *reports_of(const struct ts_snapshot *board)
{
    json_t *array = json_array();
    for (size_t i = 0; i < board->report_count; i++) {
        const struct ts_snapshot_report *report = &board->reports[i];
        json_array_append_new(array, json_pack("{ss ss ss ss so}", "signature", report->signature, "kind",
                                               report->kind, "title", report->title, "description",
                                               report->description, "count", count_of(report->count)));
    }
    return array;
}

static json_t *finite_of(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

static json_t *ms_of(int64_t ns)
{
    return json_real((double)ns / 1e6);
}

static json_t *beats_of(const struct ts_board_beats *beats)
{
    return json_pack("{so so so so so so so so}", "period_ms", ms_of(beats->period_ns), "beats",
                     count_of(beats->beats), "missed", count_of(beats->missed), "gap_mean_ms",
                     ms_of(beats->gap_mean_ns), "gap_deviation_ms", ms_of(beats->gap_deviation_ns),
                     "gap_p50_ms", ms_of(beats->gap_p50_ns), "gap_p99_ms", ms_of(beats->gap_p99_ns),
                     "gap_most_ms", ms_of(beats->gap_most_ns));
}

static json_t *soak_of(const struct ts_board_soak *soak)
{
    json_t *troughs = json_array();
    for (uint32_t i = 0; i < soak->trough_count; i++) {
        json_array_append_new(troughs, json_integer(soak->troughs_kib[i]));
    }
    return json_pack("{so so si so so so so so}", "resident_kib", troughs, "stretch_ms",
                     ms_of(soak->trough_ns), "settled", (int)soak->settled, "slope_kib_per_h",
                     finite_of(soak->slope), "slope_low", finite_of(soak->slope_low), "slope_high",
                     finite_of(soak->slope_high), "heart", beats_of(&soak->heart), "witness",
                     beats_of(&soak->witness));
}

static json_t *latency_of(const struct ts_snapshot_latency *latency)
{
    json_t *buckets = json_array();
    for (uint32_t i = 0; i < TS_LATENCY_BUCKETS; i++) {
        if (latency->buckets[i] > 0) {
            json_array_append_new(
                buckets, json_pack("[oo]", count_of(ts_latency_high_ns(i)), count_of(latency->buckets[i])));
        }
    }
    json_t *object = json_pack("{so si so}", "max_ns", count_of(latency->max_ns), "bits", TS_LATENCY_BITS,
                               "buckets", buckets);
    if (latency->untimed > 0) {
        json_object_set_new(object, "untimed", count_of(latency->untimed));
    }
    return object;
}

static json_t *violations_of(const struct ts_snapshot *board)
{
    json_t *array = json_array();
    for (size_t i = 0; i < board->violation_count; i++) {
        json_array_append_new(array, json_pack("{ss ss ss}", "name", board->violations[i].name, "detail",
                                               board->violations[i].detail, "signature",
                                               board->violations[i].signature));
    }
    return array;
}

static void add_usage(json_t *object, const struct ts_usage *usage)
{
    json_t *samples = json_array();
    if (usage->cpu_ms >= 0) {
        json_object_set_new(object, "cpu_ms", json_integer(usage->cpu_ms));
    }
    if (usage->peak_rss_bytes >= 0) {
        json_object_set_new(object, "peak_rss_bytes", json_integer(usage->peak_rss_bytes));
    }
    for (size_t i = 0; i < usage->sample_count; i++) {
        const struct ts_record_sample *sample = &usage->samples[i];
        json_array_append_new(samples,
                              json_pack("[IIIII]", (json_int_t)sample->at_ms, (json_int_t)sample->rss_bytes,
                                        (json_int_t)sample->fds, (json_int_t)sample->threads,
                                        (json_int_t)sample->on_the_way));
    }
    if (usage->sample_count > 1) {
        json_object_set(object, "samples", samples);
    }
    json_decref(samples);
}

json_t *ts_record_life_line(const struct ts_life_line *line)
{
    json_t *exit_code = line->signal == 0 ? json_integer(line->exit_code) : json_null();
    json_t *signal_number = line->signal == 0 ? json_null() : json_integer(line->signal);
    json_t *object = json_pack("{ss so so so sI sI so so ss so so}", "type", "life", "cell",
                               count_of(line->cell), "life", count_of(line->life), "seed",
                               seed_of(line->seed), "started_ms", (json_int_t)line->started_ms, "duration_ms",
                               (json_int_t)line->duration_ms, "exit_code", exit_code, "signal", signal_number,
                               "outcome", ts_record_outcome_name(line->verdict->outcome), "class",
                               class_of(line->verdict->class), "detail", text_of(line->verdict->detail));
    json_object_set_new(object, "finding",
                        line->finding[0] == '\0' ? json_null() : json_string(line->finding));
    json_object_set_new(object, "reports", reports_of(line->board));
    json_object_set_new(object, "violations", violations_of(line->board));
    json_object_set_new(object, "counters", counters_of(line->board->counters));
    uint64_t armed[TS_PROBE_COUNT];
    for (int i = 0; i < TS_PROBE_COUNT; i++) {
        armed[i] = line->board->armed[i];
    }
    json_object_set_new(object, "probes", probes_of(armed, line->board->reached, line->board->fired));
    const struct ts_torment_counts *t = line->torment;
    if (t != NULL && t->stops + t->signals + t->moves + t->hogs > 0) {
        json_object_set_new(object, "process",
                            json_pack("{so so so so}", "stops", count_of(t->stops), "signals",
                                      count_of(t->signals), "moves", count_of(t->moves), "hogs",
                                      count_of(t->hogs)));
    }
    if (line->usage != NULL) {
        add_usage(object, line->usage);
    }
    if (line->board->latency.samples + line->board->latency.untimed > 0) {
        json_object_set_new(object, "latency", latency_of(&line->board->latency));
    }
    if (line->board->soak.trough_count > 0) {
        json_object_set_new(object, "soak", soak_of(&line->board->soak));
    }
    if (line->faults != NULL && line->faults[0] != '\0') {
        json_object_set_new(object, "faults", text_of(line->faults));
    }
    if (line->schedule != NULL && line->schedule[0] != '\0') {
        json_object_set_new(object, "schedule", text_of(line->schedule));
    }
    if (line->interleaving != NULL && line->interleaving[0] != '\0') {
        json_object_set_new(object, "interleaving", json_string(line->interleaving));
    }
    json_object_set_new(object, "hazard_count", count_of(line->board->hazard));
    json_object_set_new(object, "died", json_boolean(line->verdict->died));
    json_object_set_new(object, "log", line->log[0] == '\0' ? json_null() : json_string(line->log));
    return object;
}

static json_t *outcomes_of(const struct ts_cell_tally *tally)
{
    json_t *object = json_object();
    for (int i = 0; i < TS_RECORD_OUTCOME_COUNT; i++) {
        if (tally->outcomes[i] > 0) {
            json_object_set_new(object, ts_record_outcome_name((ts_record_outcome)i),
                                count_of(tally->outcomes[i]));
        }
    }
    return object;
}

static json_t *classes_of(const struct ts_cell_tally *tally)
{
    json_t *object = json_object();
    for (int i = TS_CRASH_NONE + 1; i < TS_CRASH_COUNT; i++) {
        if (tally->classes[i] > 0) {
            json_object_set_new(object, ts_crash_class_name((enum ts_crash_class)i),
                                count_of(tally->classes[i]));
        }
    }
    return object;
}

static json_t *findings_of(const struct ts_cell_tally *tally)
{
    json_t *array = json_array();
    for (size_t i = 0; i < tally->finding_count; i++) {
        const struct ts_sighting *finding = &tally->findings[i];
        json_array_append_new(array, json_pack("{ss ss ss so so}", "signature", finding->signature, "kind",
                                               finding->kind, "title", finding->title, "lives",
                                               count_of(finding->lives), "count", count_of(finding->count)));
    }
    return array;
}

static json_t *outcome_names(uint32_t outcomes)
{
    json_t *array = json_array();
    for (int i = 0; i < TS_RECORD_OUTCOME_COUNT; i++) {
        if ((outcomes & TS_OUTCOME_BIT(i)) != 0) {
            json_array_append_new(array, json_string(ts_record_outcome_name((ts_record_outcome)i)));
        }
    }
    return array;
}

static json_t *stack_of(const struct ts_stack *stack)
{
    json_t *frames = json_array();
    for (size_t i = 0; i < stack->frame_count; i++) {
        const struct ts_frame *frame = &stack->frames[i];
        json_array_append_new(frames, json_pack("{so so sI so so sb}", "function", text_of(frame->function),
                                                "file", text_of(frame->file), "line", (json_int_t)frame->line,
                                                "module", text_of(frame->module), "offset",
                                                text_of(frame->offset), "own", (int)frame->own));
    }
    return json_pack("{ss so so so}", "role", stack->role, "text", text_of(stack->text), "thread",
                     text_of(stack->thread), "frames", frames);
}

json_t *ts_record_finding_line(const struct ts_finding *finding, const char *schedule)
{
    json_t *stacks = json_array();
    for (size_t i = 0; i < finding->stack_count; i++) {
        json_array_append_new(stacks, stack_of(&finding->stacks[i]));
    }
    json_t *object =
        json_pack("{ss ss so so so so sb so sI sI so}", "type", "finding", "signature", finding->signature,
                  "kind", text_of(finding->kind), "title", text_of(finding->title), "description",
                  text_of(finding->description), "location", text_of(finding->location), "lifetime",
                  (int)finding->lifetime, "stacks", stacks, "cell", (json_int_t)finding->cell, "life",
                  (json_int_t)finding->life, "command", text_of(finding->command));
    if (schedule[0] != '\0') {
        json_object_set_new(object, "schedule", text_of(schedule));
    }
    return object;
}

json_t *ts_record_cell_line(const struct ts_cell_line *line)
{
    const struct ts_cell *cell = line->cell;
    const struct ts_cell_tally *tally = line->tally;
    enum ts_expect expect = ts_expectation_word(&cell->expectation);
    enum ts_judgement judgement = ts_tally_judge(tally, &cell->expectation);
    /* What a canary must show does not depend on who runs it. */
    bool expects = line->expects || cell->scenario->canary;
    double minutes = (double)line->elapsed_ms / 60000.0;
    double rate = minutes > 0.0 ? (double)tally->restarts / minutes : 0.0;
    json_t *object = json_pack(
        "{ss so ss ss ss so so so sI sf ss so}", "type", "cell", "cell", count_of(cell->number), "scenario",
        cell->scenario->name, "mode", ts_mode_names[cell->mode], "flavour", ts_flavour_names[cell->flavour],
        "seed", seed_of(cell->seed), "lives", count_of(tally->lives), "restarts", count_of(tally->restarts),
        "elapsed_ms", (json_int_t)line->elapsed_ms, "restarts_per_minute", rate, "outcome",
        ts_record_outcome_name(ts_tally_outcome(tally)), "class", class_of(ts_tally_class(tally)));
    json_object_set_new(object, "outcomes", outcomes_of(tally));
    json_object_set_new(object, "classes", classes_of(tally));
    json_object_set_new(object, "expect", expects ? json_string(ts_expect_name(expect)) : json_null());
    json_object_set_new(object, "role", expects ? json_string(ts_cell_role_of(cell)) : json_null());
    json_object_set_new(object, "welcome",
                        expects ? outcome_names(ts_expectation_welcome(&cell->expectation, tally->outcomes))
                                : json_null());
    json_object_set_new(object, "judgement",
                        expects ? json_string(ts_judgement_name(judgement)) : json_null());
    json_object_set_new(object, "set", text_of(cell->set));
    json_object_set_new(object, "canary", json_boolean(cell->scenario->canary));
    json_object_set_new(object, "as_expected", json_boolean(!expects || judgement == TS_JUDGED_MET));
    json_object_set_new(object, "interrupted", json_boolean(tally->interrupted));
    json_object_set_new(object, "detail", text_of(tally->detail));
    json_object_set_new(object, "hazard", json_string(cell->scenario->hazard));
    json_object_set_new(object, "hazard_count", count_of(tally->hazard));
    json_object_set_new(object, "counters", counters_of(tally->counters));
    json_object_set_new(object, "faults", text_of(line->faults));
    json_object_set_new(object, "probes", probes_of(tally->armed, tally->reached, tally->fired));
    json_object_set_new(object, "sites",
                        ts_site_tally_json(&tally->sites, line->callers)); /* none: no member */
    json_object_set_new(object, "findings", findings_of(tally));
    json_object_set_new(object, "findings_lost", count_of(tally->findings_lost));
    json_object_set_new(object, "command", text_of(line->command));
    return object;
}

json_t *ts_record_end_line(const char *verdict, const char *sentence, bool interrupted, int64_t elapsed_ms)
{
    return json_pack("{ss ss so sb sI}", "type", "end", "verdict", verdict, "sentence", text_of(sentence),
                     "interrupted", (int)interrupted, "elapsed_ms", (json_int_t)elapsed_ms);
}
