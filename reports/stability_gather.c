#include "reports/stability_build_parts.h"

#include "reports/gate.h"
#include "reports/gate_record.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static bool same(const char *a, const char *b)
{
    return strcmp(a, b) == 0;
}

bool ts_stability_counts(const struct ts_stability_cell *cell)
{
    return !cell->tests && !cell->explored;
}

/* A canary that a plan judges by its own lights is a cell like others, as for the gate. */
static bool tests(const struct ts_record_cell *cell)
{
    bool asked = cell->role[0] != '\0' && !same(cell->role, "may-fail");
    return same(cell->role, "canary") || same(cell->role, "twin") || (cell->canary && !asked);
}

static struct ts_stability_cell cell_of(const struct ts_record_cell *cell, size_t run)
{
    int64_t inconclusive = ts_record_count_of(&cell->outcomes, "inconclusive");
    return (struct ts_stability_cell){
        .cell = cell,
        .run = run,
        .tests = tests(cell),
        .canary = same(cell->role, "canary"),
        .twin = same(cell->role, "twin"),
        .must_fail = same(cell->role, "must-fail") || (cell->role[0] == '\0' && same(cell->expect, "fail")),
        .may_fail = same(cell->role, "may-fail"),
        .explored = same(cell->flavour, "explore"),
        .plain = same(cell->flavour, "plain"),
        .failing = cell->lives - inconclusive - ts_record_count_of(&cell->outcomes, "pass"),
        .inconclusive = inconclusive,
    };
}

static void gather_cells(struct ts_stability_builder *builder)
{
    size_t count = 0;
    for (size_t i = 0; i < builder->input->record_count; i++) {
        count += builder->input->records[i]->cell_count;
    }
    builder->cells = ts_stability_keep(builder->report, count, sizeof *builder->cells);
    for (size_t i = 0; builder->cells != NULL && i < builder->input->record_count; i++) {
        const struct ts_record *record = builder->input->records[i];
        for (size_t j = 0; j < record->cell_count; j++) {
            builder->cells[builder->cell_count++] = cell_of(&record->cells[j], i);
        }
        builder->cells_not_run += record->run.cells - (int64_t)record->cell_count;
        builder->whole = builder->whole && record->has_end && !record->end.interrupted;
    }
}

static int by_signature(const void *left, const void *right)
{
    const struct ts_stability_defect *a = left;
    const struct ts_stability_defect *b = right;
    int order = strcasecmp(a->finding->signature, b->finding->signature);
    return order != 0 ? order : (a->run > b->run) - (a->run < b->run);
}

size_t ts_stability_defect_of(const struct ts_stability_builder *builder, const char *signature)
{
    size_t low = 0;
    size_t high = builder->defect_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcasecmp(builder->defects[middle].finding->signature, signature);
        if (order == 0) {
            return middle;
        }
        if (order < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return SIZE_MAX;
}

/* The same finding of several runs is taken as the newest of them describes it; records are oldest first. */
static void gather_defects(struct ts_stability_builder *builder)
{
    size_t count = 0;
    size_t used = 0;
    for (size_t i = 0; i < builder->input->record_count; i++) {
        count += builder->input->records[i]->finding_count;
    }
    struct ts_stability_defect *defects = ts_stability_keep(builder->report, count, sizeof *defects);
    if (defects == NULL) {
        return;
    }
    for (size_t i = 0; i < builder->input->record_count; i++) {
        const struct ts_record *record = builder->input->records[i];
        for (size_t j = 0; j < record->finding_count; j++) {
            defects[used++] = (struct ts_stability_defect){.finding = &record->findings[j], .run = i};
        }
    }
    qsort(defects, used, sizeof *defects, by_signature);
    for (size_t i = 0; i < used; i++) {
        bool again =
            builder->defect_count > 0 && strcasecmp(defects[builder->defect_count - 1].finding->signature,
                                                    defects[i].finding->signature) == 0;
        builder->defect_count += !again;
        defects[builder->defect_count - 1] = defects[i];
    }
    builder->defects = defects;
}

static int by_defect_then_cell(const void *left, const void *right)
{
    const struct ts_stability_sighting *a = left;
    const struct ts_stability_sighting *b = right;
    if (a->defect != b->defect) {
        return a->defect < b->defect ? -1 : 1;
    }
    return (a->cell > b->cell) - (a->cell < b->cell);
}

static void gather_sightings(struct ts_stability_builder *builder)
{
    size_t count = 0;
    size_t used = 0;
    for (size_t i = 0; i < builder->cell_count; i++) {
        count += builder->cells[i].cell->finding_count;
    }
    builder->sightings = ts_stability_keep(builder->report, count, sizeof *builder->sightings);
    for (size_t i = 0; builder->sightings != NULL && i < builder->cell_count; i++) {
        const struct ts_record_cell *cell = builder->cells[i].cell;
        for (size_t j = 0; j < cell->finding_count; j++) {
            size_t defect = ts_stability_defect_of(builder, cell->findings[j].signature);
            if (defect != SIZE_MAX) {
                builder->sightings[used++] = (struct ts_stability_sighting){
                    .sighting = &cell->findings[j],
                    .defect = defect,
                    .cell = i,
                    .expected = ts_gate_expects(cell, builder->defects[defect].finding->kind)};
            }
        }
    }
    builder->sighting_count = used;
    if (used > 0) {
        qsort(builder->sightings, used, sizeof *builder->sightings, by_defect_then_cell);
    }
    for (size_t i = used; i-- > 0;) {
        builder->defects[builder->sightings[i].defect].first = i;
        builder->defects[builder->sightings[i].defect].count++;
    }
}

/* Unexpected in one cell is unexpected; without a sighting nothing excuses it. */
static void judge_defect(struct ts_stability_builder *builder, struct ts_stability_defect *defect)
{
    const struct ts_baseline *baseline = builder->input->baseline;
    bool expected = defect->count > 0;
    for (size_t i = 0; i < defect->count; i++) {
        expected = expected && builder->sightings[defect->first + i].expected;
    }
    defect->standing = expected ? TS_STABILITY_EXPECTED : TS_STABILITY_NEW;
    for (size_t i = 0; !expected && baseline != NULL && i < baseline->known_count; i++) {
        const struct ts_known *known = &baseline->known[i];
        if (strcasecmp(known->signature, defect->finding->signature) == 0 &&
            ts_finding_named(defect->finding)) {
            defect->known = known;
            defect->standing =
                strcmp(builder->today, known->expiry) > 0 ? TS_STABILITY_EXPIRED : TS_STABILITY_KNOWN;
        }
    }
}

/* Older records say what was expected, and not how that came out. */
static const char *judgement_of(const struct ts_stability_cell *item)
{
    if (item->cell->judgement[0] != '\0' || !item->must_fail) {
        return item->cell->judgement;
    }
    return item->failing > 0 ? "met" : "missed";
}

/* In a cell that nobody judged nothing may fail. */
static bool may_not_fail(const struct ts_stability_cell *item)
{
    return same(judgement_of(item), "violated") || judgement_of(item)[0] == '\0';
}

static enum ts_stability_state state_of(const struct ts_stability_cell *item, bool news)
{
    const char *judgement = judgement_of(item);
    if (item->cell->lives <= 0) {
        return TS_STABILITY_NOT_RUN;
    }
    if (same(judgement, "violated") || (judgement[0] == '\0' && item->failing > 0)) {
        return news || item->unexplained > 0 ? TS_STABILITY_FAILED : TS_STABILITY_FAILED_KNOWN;
    }
    if (same(judgement, "missed")) {
        return TS_STABILITY_MISSED;
    }
    if (same(judgement, "unexercised") || (judgement[0] == '\0' && item->cell->hazard_count == 0)) {
        return TS_STABILITY_UNEXERCISED;
    }
    return item->failing > 0 ? TS_STABILITY_FAILED_AS_EXPECTED : TS_STABILITY_CLEAN;
}

/* A canary that was caught without a name on its stacks tells no defect from another: it was missed. */
static bool caught_by_name(const struct ts_stability_builder *builder, const struct ts_stability_cell *item)
{
    for (size_t i = 0; i < item->cell->finding_count; i++) {
        size_t defect = ts_stability_defect_of(builder, item->cell->findings[i].signature);
        if (defect != SIZE_MAX && ts_finding_named(builder->defects[defect].finding)) {
            return true;
        }
    }
    return false;
}

static void judge_cell(struct ts_stability_builder *builder, struct ts_stability_cell *item)
{
    int64_t accounted = 0;
    bool news = false;
    for (size_t i = 0; i < item->cell->finding_count; i++) {
        size_t defect = ts_stability_defect_of(builder, item->cell->findings[i].signature);
        if (defect == SIZE_MAX) {
            continue;
        }
        accounted += item->cell->findings[i].lives;
        news = news || builder->defects[defect].standing == TS_STABILITY_NEW ||
               builder->defects[defect].standing == TS_STABILITY_EXPIRED;
    }
    item->unexplained = may_not_fail(item) && item->failing > accounted ? item->failing - accounted : 0;
    item->state = state_of(item, news);
    if (item->canary && item->state == TS_STABILITY_FAILED_AS_EXPECTED && !caught_by_name(builder, item)) {
        item->state = TS_STABILITY_MISSED;
    }
}

ts_err ts_stability_gather(struct ts_stability_builder *builder, struct ts_diag *diag)
{
    const struct ts_baseline *baseline = builder->input->baseline;
    builder->whole = true;
    gather_cells(builder);
    gather_defects(builder);
    gather_sightings(builder);
    if (ts_stability_lost(builder->report)) {
        return ts_fail(diag, TS_NO_MEMORY, "build report", "", "no memory");
    }
    for (size_t i = 0; i < builder->defect_count; i++) {
        judge_defect(builder, &builder->defects[i]);
    }
    for (size_t i = 0; i < builder->cell_count; i++) {
        judge_cell(builder, &builder->cells[i]);
    }
    for (size_t i = 0; baseline != NULL && i < baseline->known_count; i++) {
        builder->expired_entries += strcmp(builder->today, baseline->known[i].expiry) > 0;
    }
    return TS_OK;
}
