#include "reports/stability_build_parts.h"

#include <stdlib.h>
#include <string.h>

static const char *found_in(const struct ts_record_cell *cell)
{
    return cell->finding_count > 0 ? cell->findings[0].title : cell->detail;
}

static void add_canaries(struct ts_stability_builder *builder, struct ts_stability_tests *tests)
{
    tests->canaries = ts_stability_keep(builder->report, TS_STABILITY_ROWS, sizeof *tests->canaries);
    for (size_t i = 0; tests->canaries != NULL && i < builder->cell_count; i++) {
        const struct ts_stability_cell *item = &builder->cells[i];
        if (!item->tests) {
            continue;
        }
        bool met = item->state == (item->twin ? TS_STABILITY_CLEAN : TS_STABILITY_FAILED_AS_EXPECTED);
        tests->canaries_run += item->canary;
        tests->canaries_caught += item->canary && met;
        tests->twins_run += item->twin;
        tests->twins_clean += item->twin && met;
        if (tests->canary_total++ < TS_STABILITY_ROWS) {
            tests->canaries[tests->canary_count++] = (struct ts_stability_canary){
                .scenario = item->cell->scenario,
                .mode = item->cell->mode,
                .flavour = item->cell->flavour,
                .twin = item->twin,
                .judged = item->canary || item->twin,
                .met = met,
                .caught = ts_stability_share_of(item->failing, item->cell->lives - item->inconclusive),
                .found = found_in(item->cell),
            };
        }
    }
}

static int by_scenario(const void *left, const void *right)
{
    const struct ts_stability_hazard *a = left;
    const struct ts_stability_hazard *b = right;
    return strcmp(a->scenario, b->scenario);
}

static void add_hazards(struct ts_stability_builder *builder, struct ts_stability_tests *tests)
{
    size_t used = 0;
    struct ts_stability_hazard *all = ts_stability_keep(builder->report, builder->cell_count, sizeof *all);
    for (size_t i = 0; all != NULL && i < builder->cell_count; i++) {
        const struct ts_record_cell *cell = builder->cells[i].cell;
        if (!builder->cells[i].tests) {
            all[used++] = (struct ts_stability_hazard){cell->scenario, cell->hazard, 1,
                                                       cell->hazard_count > 0, cell->hazard_count};
        }
    }
    if (used > 0) {
        qsort(all, used, sizeof *all, by_scenario);
    }
    for (size_t i = 0; i < used; i++) {
        struct ts_stability_hazard *last = &all[tests->hazard_total > 0 ? tests->hazard_total - 1 : 0];
        if (tests->hazard_total > 0 && by_scenario(last, &all[i]) == 0) {
            last->cells++;
            last->exercised += all[i].exercised;
            last->occurred += all[i].occurred;
        } else {
            all[tests->hazard_total++] = all[i];
        }
    }
    tests->hazards = all;
    tests->hazard_count = tests->hazard_total < TS_STABILITY_ROWS ? tests->hazard_total : TS_STABILITY_ROWS;
}

static int by_probe(const void *left, const void *right)
{
    const struct ts_stability_probe *a = left;
    const struct ts_stability_probe *b = right;
    return strcmp(a->name, b->name);
}

static void add_probes(struct ts_stability_builder *builder, struct ts_stability_tests *tests)
{
    size_t room = 0;
    size_t used = 0;
    for (size_t i = 0; i < builder->cell_count; i++) {
        room += builder->cells[i].cell->probes.armed.count;
    }
    struct ts_stability_probe *all = ts_stability_keep(builder->report, room, sizeof *all);
    for (size_t i = 0; all != NULL && i < builder->cell_count; i++) {
        const struct ts_record_probes *probes = &builder->cells[i].cell->probes;
        for (size_t j = 0; j < probes->armed.count; j++) {
            const char *name = probes->armed.items[j].name;
            all[used++] = (struct ts_stability_probe){name, probes->armed.items[j].value,
                                                      ts_record_count_of(&probes->reached, name),
                                                      ts_record_count_of(&probes->fired, name)};
        }
    }
    if (used > 0) {
        qsort(all, used, sizeof *all, by_probe);
    }
    for (size_t i = 0; i < used; i++) {
        struct ts_stability_probe *last = &all[tests->probe_total > 0 ? tests->probe_total - 1 : 0];
        if (tests->probe_total > 0 && by_probe(last, &all[i]) == 0) {
            last->armed += all[i].armed;
            last->reached += all[i].reached;
            last->fired += all[i].fired;
        } else {
            all[tests->probe_total++] = all[i];
        }
    }
    tests->probes = all;
    tests->probe_count = tests->probe_total < TS_STABILITY_ROWS ? tests->probe_total : TS_STABILITY_ROWS;
}

static int64_t total_of(const json_t *totals, const char *name)
{
    const json_t *value = json_object_get(totals, name);
    return json_is_integer(value) ? json_integer_value(value) : TS_STABILITY_UNKNOWN;
}

static const char *detector_name(const char *letter)
{
    static const struct {
        const char *letter, *name;
    } names[] = {{"T", "ThreadSanitizer"}, {"A", "AddressSanitizer"}, {"L", "LeakSanitizer"}, {"U", "UBSan"},
                 {"I", "invariant"},       {"K", "deadlock"},         {"W", "watchdog"},      {"C", "crash"}};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(names[i].letter, letter) == 0) {
            return names[i].name;
        }
    }
    return letter;
}

static void add_detectors(struct ts_stability *report, const json_t *totals, struct ts_stability_score *score)
{
    json_t *by_detector = json_object_get(totals, "by_detector");
    const char *letter;
    json_t *count;
    score->detectors = ts_stability_keep(report, json_object_size(by_detector), sizeof *score->detectors);
    json_object_foreach(by_detector, letter, count)
    {
        if (score->detectors != NULL && json_integer_value(count) > 0) {
            score->detectors[score->detector_count++] =
                (struct ts_stability_count){detector_name(letter), json_integer_value(count)};
        }
    }
}

/* The file is somebody's input: what it lacks is unknown. */
static void add_score(struct ts_stability_builder *builder, struct ts_stability_score *score)
{
    const json_t *bugs = json_object_get(builder->input->score, "bugs");
    const json_t *totals = json_object_get(builder->input->score, "totals");
    score->file = builder->input->score == NULL ? "" : builder->input->score_file;
    score->bugs = total_of(totals, "bugs");
    score->caught = total_of(totals, "caught");
    score->by_expected = total_of(totals, "by_expected_detector");
    score->explained = total_of(totals, "missed_and_explained");
    score->native = total_of(totals, "caught_by_native_stress");
    score->tsan = total_of(totals, "caught_by_tsan_stress");
    score->only_suite = total_of(totals, "caught_by_suite_only");
    score->clean_failures = total_of(totals, "clean_failed");
    add_detectors(builder->report, totals, score);
    score->missed = ts_stability_keep(builder->report, json_array_size(bugs), sizeof *score->missed);
    for (size_t i = 0; score->missed != NULL && i < json_array_size(bugs); i++) {
        const json_t *bug = json_array_get(bugs, i);
        const char *name = json_string_value(json_object_get(bug, "name"));
        if (name != NULL && json_is_true(json_object_get(bug, "done")) &&
            json_is_false(json_object_get(bug, "caught"))) {
            score->missed[score->missed_count++] = name;
        }
    }
}

void ts_stability_build_tests(struct ts_stability_builder *builder)
{
    struct ts_stability_tests *tests = &builder->report->tests;
    add_canaries(builder, tests);
    add_hazards(builder, tests);
    add_probes(builder, tests);
    add_score(builder, &tests->score);
}
