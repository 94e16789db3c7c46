#include "reports/stability_build_parts.h"

#include "reports/input_file.h"
#include "reports/interleaving.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#define INTERLEAVINGS_MAX 20 /* of this report; each may have thousands of steps */
#define STEPS_MAX         2000

static const struct ts_stability_cell *cell_at(const struct ts_stability_builder *builder,
                                               const struct ts_stability_defect *defect, size_t index)
{
    return &builder->cells[builder->sightings[defect->first + index].cell];
}

bool ts_stability_planted(const struct ts_stability_builder *builder,
                          const struct ts_stability_defect *defect)
{
    for (size_t i = 0; i < defect->count; i++) {
        if (!cell_at(builder, defect, i)->tests) {
            return false;
        }
    }
    return defect->count > 0 && defect->standing == TS_STABILITY_EXPECTED;
}

/* The life that showed it first in its run. */
static const struct ts_record_life *first_life(const struct ts_stability_builder *builder,
                                               const struct ts_stability_defect *defect)
{
    const struct ts_record *record = builder->input->records[defect->run];
    for (size_t i = 0; i < record->cell_count; i++) {
        const struct ts_record_cell *cell = &record->cells[i];
        if (cell->cell != defect->finding->cell) {
            continue;
        }
        for (size_t j = 0; j < cell->life_line_count; j++) {
            if (cell->life_lines[j].life == defect->finding->life) {
                return &cell->life_lines[j];
            }
        }
    }
    return NULL;
}

static void add_mode(struct ts_stability_builder *builder, struct ts_stability_finding *item,
                     const char *mode, int64_t lives, int64_t of)
{
    size_t at = 0;
    while (at < item->mode_count && strcmp(item->modes[at].mode, mode) != 0) {
        at++;
    }
    if (item->modes == NULL) {
        item->modes = ts_stability_keep(builder->report, 16, sizeof *item->modes);
    }
    if (item->modes == NULL || at >= 16) {
        return;
    }
    item->mode_count = at == item->mode_count ? at + 1 : item->mode_count;
    item->modes[at].mode = mode;
    item->modes[at].share.k += lives;
    item->modes[at].share.n += of;
}

/* Of the cells that showed it: how often, where, and under which faults. */
static void add_sightings(struct ts_stability_builder *builder, const struct ts_stability_defect *defect,
                          struct ts_stability_finding *item)
{
    size_t first_run = defect->run;
    item->faulted = defect->count > 0;
    for (size_t i = 0; i < defect->count; i++) {
        const struct ts_stability_cell *cell = cell_at(builder, defect, i);
        const struct ts_record_sighting *sighting = builder->sightings[defect->first + i].sighting;
        const char *faults = cell->cell->faults;
        item->hits.k += sighting->lives;
        item->hits.n += cell->cell->lives;
        item->reports += sighting->count;
        item->scenarios = i < TS_STABILITY_ROWS
                              ? ts_stability_join(builder->report, item->scenarios, cell->cell->scenario)
                              : item->scenarios;
        item->flavours = ts_stability_join(builder->report, item->flavours, cell->cell->flavour);
        add_mode(builder, item, cell->cell->mode, sighting->lives, cell->cell->lives);
        item->faulted = item->faulted && faults[0] != '\0';
        bool smaller = i == 0 || strlen(faults) < strlen(item->faults);
        item->faults = smaller ? faults : item->faults;
        first_run = cell->run < first_run ? cell->run : first_run;
    }
    item->hits = ts_stability_share_of(item->hits.k, item->hits.n);
    for (size_t i = 0; i < item->mode_count; i++) {
        struct ts_stability_share *share = &item->modes[i].share;
        *share = ts_stability_share_of(share->k, share->n);
    }
    item->first_run = builder->input->records[first_run]->run.id;
    item->last_run = builder->input->records[defect->run]->run.id;
    item->first_seen = builder->input->records[first_run]->run.started;
    item->last_seen = builder->input->records[defect->run]->run.started;
}

/* A file beside the record, and nowhere else: its name comes from the record. */
static bool path_beside(char *path, size_t size, const char *folder, const char *name)
{
    if (folder[0] == '\0' || name[0] == '\0' || name[0] == '/' || strstr(name, "..") != NULL) {
        return false;
    }
    return snprintf(path, size, "%s/%s", folder, name) < (int)size;
}

static void add_kept_schedule(struct ts_stability_builder *builder, struct ts_stability_finding *item,
                              const char *folder)
{
    char path[PATH_MAX], name[64];
    const char *schedule = NULL, *ordering = NULL;
    json_int_t preemptions = 0;
    snprintf(name, sizeof name, "schedules/%.18s.json", item->finding->signature);
    if (!path_beside(path, sizeof path, folder, name)) {
        return;
    }
    json_t *kept;
    (void)ts_input_json(path, "read schedule", &kept, NULL); /* no run must have shrunk one */
    if (json_unpack(kept, "{s:s, s?s, s?I}", "schedule", &schedule, "ordering", &ordering, "preemptions",
                    &preemptions) == 0) {
        item->schedule = ts_stability_text(builder->report, "%s", schedule);
        item->ordering = ts_stability_text(builder->report, "%s", ordering == NULL ? "" : ordering);
        item->preemptions = preemptions;
    }
    json_decref(kept);
}

/* The steps of its schedule, where they were kept and are few enough for a page. */
static void add_interleaving(struct ts_stability_builder *builder, struct ts_stability_finding *item,
                             const char *folder, const char *name)
{
    char path[PATH_MAX];
    struct ts_interleaving *interleaving = ts_stability_keep(builder->report, 1, sizeof *interleaving);
    if (interleaving == NULL || !path_beside(path, sizeof path, folder, name) ||
        ts_interleaving_load(path, interleaving, NULL) != TS_OK) {
        return;
    }
    if (interleaving->count > STEPS_MAX) {
        ts_interleaving_free(interleaving);
        return;
    }
    item->interleaving = interleaving;
    item->preemptions = item->schedule[0] == '\0' ? interleaving->preemptions : item->preemptions;
    if (item->ordering[0] == '\0') {
        item->ordering = interleaving->ordering;
    }
}

static void add_schedule(struct ts_stability_builder *builder, const struct ts_stability_defect *defect,
                         struct ts_stability_finding *item, size_t *interleavings)
{
    const struct ts_record_life *life = item->card ? first_life(builder, defect) : NULL;
    const char *folder = builder->input->folders[defect->run];
    if (life == NULL) {
        return;
    }
    add_kept_schedule(builder, item, folder);
    item->steps_kept = life->interleaving[0] != '\0';
    if (item->steps_kept && *interleavings < INTERLEAVINGS_MAX) {
        add_interleaving(builder, item, folder, life->interleaving);
        *interleavings += item->interleaving != NULL;
    }
    item->schedule = item->schedule[0] == '\0' ? life->schedule : item->schedule;
    if (life->faults[0] != '\0' && !item->faulted) {
        item->faults = life->faults; /* of this life alone: fail-nth */
        item->faulted = true;
    }
}

static void add_history(const json_t *rows, struct ts_stability_finding *item)
{
    const json_t *row = json_object_get(rows, item->finding->signature);
    const char *first = json_string_value(json_object_get(row, "first_seen"));
    const char *last = json_string_value(json_object_get(row, "last_seen"));
    item->runs = TS_STABILITY_UNKNOWN;
    if (first == NULL || last == NULL) {
        return;
    }
    item->runs = json_integer_value(json_object_get(row, "runs"));
    if (strcmp(first, item->first_seen) < 0) {
        item->first_seen = first;
        item->first_run = "";
    }
    if (strcmp(last, item->last_seen) > 0) {
        item->last_seen = last;
        item->last_run = "";
    }
}

static struct ts_stability_finding item_of(struct ts_stability_builder *builder,
                                           const struct ts_stability_defect *defect)
{
    const struct ts_known *known = defect->known;
    struct ts_stability_finding item = {
        .standing = defect->standing,
        .finding = defect->finding,
        .scenarios = "",
        .flavours = "",
        .faults = "",
        .schedule = "",
        .ordering = "",
        .command = defect->finding->command,
        .owner = known == NULL ? "" : known->owner,
        .issue = known == NULL ? "" : known->issue,
        .reason = known == NULL ? "" : known->reason,
        .expiry = known == NULL ? "" : known->expiry,
    };
    add_sightings(builder, defect, &item);
    return item;
}

static int by_standing_then_hits(const void *left, const void *right)
{
    const struct ts_stability_finding *a = left;
    const struct ts_stability_finding *b = right;
    if (a->standing != b->standing) {
        return a->standing < b->standing ? -1 : 1;
    }
    if (a->hits.k != b->hits.k) {
        return a->hits.k > b->hits.k ? -1 : 1;
    }
    return strcmp(a->finding->signature, b->finding->signature);
}

/* By signature, for a look at each. */
static json_t *history_rows(const json_t *rows)
{
    json_t *index = json_object();
    for (size_t i = 0; i < json_array_size(rows); i++) {
        json_t *row = json_array_get(rows, i);
        const char *signature = json_string_value(json_object_get(row, "signature"));
        if (signature != NULL) {
            json_object_set(index, signature, row);
        }
    }
    return index;
}

static int64_t unmatched_entries(const struct ts_stability_builder *builder)
{
    const struct ts_baseline *baseline = builder->input->baseline;
    int64_t count = 0;
    for (size_t i = 0; baseline != NULL && i < baseline->known_count; i++) {
        count += ts_stability_defect_of(builder, baseline->known[i].signature) == SIZE_MAX;
    }
    return count;
}

void ts_stability_build_findings(struct ts_stability_builder *builder)
{
    struct ts_stability_findings *findings = &builder->report->findings;
    size_t interleavings = 0;
    size_t cards[TS_STABILITY_STANDINGS] = {0};
    json_t *history = history_rows(builder->input->sightings);
    findings->baseline = builder->input->baseline_file == NULL ? "" : builder->input->baseline_file;
    findings->unmatched = unmatched_entries(builder);
    findings->items = ts_stability_keep(builder->report, builder->defect_count, sizeof *findings->items);
    for (size_t i = 0; findings->items != NULL && i < builder->defect_count; i++) {
        if (!ts_stability_planted(builder, &builder->defects[i])) {
            findings->items[findings->total++] = item_of(builder, &builder->defects[i]);
            findings->of_standing[builder->defects[i].standing]++;
        }
    }
    if (findings->total > 0) {
        qsort(findings->items, findings->total, sizeof *findings->items, by_standing_then_hits);
    }
    findings->count = findings->total < TS_STABILITY_FINDINGS ? findings->total : TS_STABILITY_FINDINGS;
    for (size_t i = 0; i < findings->count; i++) {
        struct ts_stability_finding *item = &findings->items[i];
        size_t defect = ts_stability_defect_of(builder, item->finding->signature);
        item->card = cards[item->standing]++ < TS_STABILITY_CARDS;
        add_schedule(builder, &builder->defects[defect], item, &interleavings);
        add_history(history, item);
    }
    json_decref(history);
}
