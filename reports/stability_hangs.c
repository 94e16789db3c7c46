#include "reports/stability_build_parts.h"

#include <string.h>

/* Whether text has name as whole words. */
static bool names(const char *text, const char *name)
{
    size_t length = strlen(name);
    for (const char *at = strstr(text, name); length > 0 && at != NULL; at = strstr(at + 1, name)) {
        bool starts = at == text || at[-1] == ' ';
        bool ends = at[length] == '\0' || strchr(" ,;.", at[length]) != NULL;
        /* "'a' (thread 2)" is another thread than "'a'". */
        if (starts && ends && strncmp(at + length, " (thread", strlen(" (thread")) != 0) {
            return true;
        }
    }
    return false;
}

/* Behind "waits for ", up to who has it or where that is. */
static const char *what_of(struct ts_stability *report, const char *sentence)
{
    static const char words[] = " waits for ";
    static const char *const ends[] = {" held by ", " in ", " at ", ";"};
    const char *start = strstr(sentence, words);
    if (start == NULL) {
        return "";
    }
    start += strlen(words);
    size_t length = strlen(start);
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        const char *end = strstr(start, ends[i]);
        length = end != NULL && (size_t)(end - start) < length ? (size_t)(end - start) : length;
    }
    return ts_stability_text(report, "%.*s", (int)length, start);
}

static const char *holder_words(const char *sentence)
{
    const char *held = strstr(sentence, " held by ");
    const char *end_of = strstr(sentence, " waits for the end of ");
    return held != NULL     ? held + strlen(" held by")
           : end_of != NULL ? end_of + strlen(" waits for the end of")
                            : "";
}

static void add_waits(struct ts_stability *report, const struct ts_finding *finding,
                      struct ts_stability_hang *hang)
{
    hang->waits = ts_stability_keep(report, finding->stack_count, sizeof *hang->waits);
    for (size_t i = 0; hang->waits != NULL && i < finding->stack_count; i++) {
        const struct ts_stack *stack = &finding->stacks[i];
        if (strcmp(stack->role, "waiting") == 0) {
            hang->waits[hang->wait_count++] = (struct ts_stability_wait){.thread = stack->thread,
                                                                         .sentence = stack->text,
                                                                         .what = what_of(report, stack->text),
                                                                         .holder = SIZE_MAX};
        }
    }
    for (size_t i = 0; i < hang->wait_count; i++) {
        for (size_t j = 0; j < hang->wait_count; j++) {
            if (i != j && names(holder_words(hang->waits[i].sentence), hang->waits[j].thread)) {
                hang->waits[i].holder = j;
            }
        }
    }
}

/* Of a life that hung so; the record's words for it. */
static const char *detail_of(const struct ts_stability_builder *builder,
                             const struct ts_stability_defect *defect)
{
    for (size_t i = 0; i < defect->count; i++) {
        const struct ts_record_cell *cell = builder->cells[builder->sightings[defect->first + i].cell].cell;
        for (size_t j = 0; j < cell->life_line_count; j++) {
            if (strcmp(cell->life_lines[j].finding, defect->finding->signature) == 0) {
                return cell->life_lines[j].detail;
            }
        }
    }
    return defect->finding->description;
}

static bool stuck(const struct ts_finding *finding)
{
    return strcmp(finding->kind, "hang") == 0 || strcmp(finding->kind, "deadlock") == 0;
}

static void add_hang(struct ts_stability_builder *builder, const struct ts_stability_defect *defect,
                     bool planted)
{
    struct ts_stability_hangs *hangs = &builder->report->hangs;
    const struct ts_finding *finding = defect->finding;
    const struct ts_record_cell *cell =
        defect->count == 0 ? NULL : builder->cells[builder->sightings[defect->first].cell].cell;
    if (hangs->total++ >= TS_STABILITY_CARDS) {
        return;
    }
    struct ts_stability_hang hang = {
        .signature = finding->signature,
        .kind = finding->kind,
        .scenario = cell == NULL ? "" : cell->scenario,
        .mode = cell == NULL ? "" : cell->mode,
        .flavour = cell == NULL ? "" : cell->flavour,
        .planted = planted,
        .detail = detail_of(builder, defect),
        .command = finding->command,
    };
    for (size_t i = 0; i < defect->count; i++) {
        hang.lives += builder->sightings[defect->first + i].sighting->lives;
    }
    add_waits(builder->report, finding, &hang);
    hangs->items[hangs->count++] = hang;
}

/* Those of the code in the order of the findings, then those that canaries were caught by: they hung, too. */
void ts_stability_build_hangs(struct ts_stability_builder *builder)
{
    const struct ts_stability_findings *findings = &builder->report->findings;
    builder->report->hangs.items =
        ts_stability_keep(builder->report, TS_STABILITY_CARDS, sizeof *builder->report->hangs.items);
    if (builder->report->hangs.items == NULL) {
        return;
    }
    for (size_t i = 0; i < findings->count; i++) {
        const struct ts_finding *finding = findings->items[i].finding;
        size_t index = stuck(finding) ? ts_stability_defect_of(builder, finding->signature) : SIZE_MAX;
        if (index != SIZE_MAX) {
            add_hang(builder, &builder->defects[index], false);
        }
    }
    for (size_t i = 0; i < builder->defect_count; i++) {
        const struct ts_stability_defect *defect = &builder->defects[i];
        if (stuck(defect->finding) && ts_stability_planted(builder, defect)) {
            add_hang(builder, defect, true);
        }
    }
}
