#include "reports/contrast.h"

#include "reports/contrast_evidence.h"
#include "reports/contrast_faults.h"
#include "reports/contrast_model.h"
#include "reports/figure.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static void write_title(FILE *out, const struct ts_record *record)
{
    const char *subject =
        strcmp(record->run.kind, "contrast") == 0 ? "Contrast of callback delivery" : "Stress run";
    enum ts_standing standing = ts_contrast_standing(record);
    if (standing == TS_STANDING_WHOLE) {
        fprintf(out, "# %s\n\n", subject);
        return;
    }
    fprintf(out, "# %s: %s, not whole\n\n> **This record is not whole.** ",
            standing == TS_STANDING_PARTIAL ? "PARTIAL RECORD" : "INTERRUPTED RUN", subject);
    ts_contrast_write_standing(out, record);
    fputs(" What follows speaks only for the cells that ended.\n\n", out);
}

static void write_verdict(FILE *out, const struct ts_record *record)
{
    if (!record->has_end) {
        fputs("**No verdict**: the record is partial.\n\n", out);
    } else {
        fputs("**Verdict: ", out);
        ts_write_markdown(out, record->end.verdict);
        fputs(".** ", out);
        ts_write_markdown(out, record->end.sentence);
        fputs("\n\n", out);
    }
    if (ts_contrast_write_contradictions(out, record, "> ") > 0) {
        fputc('\n', out);
    }
}

static void write_entries(FILE *out, const struct ts_contrast *contrast, const char *scenario,
                          const char *mode, const char *flavour)
{
    const struct ts_record_cell *cell = NULL;
    bool first = true;
    while ((cell = ts_contrast_next(contrast, scenario, mode, flavour, cell)) != NULL) {
        struct ts_contrast_entry entry;
        ts_contrast_describe(cell, &entry);
        fputs(first ? "" : "<br>", out);
        fputs(entry.unexpected ? "**! unexpected:** " : "", out);
        ts_write_markdown(out, entry.headline);
        fputs("<br>*", out);
        ts_write_markdown(out, entry.bound);
        fputc('*', out);
        first = false;
    }
    fputs(first ? "did not end" : "", out);
}

static void write_table(FILE *out, const struct ts_contrast *contrast)
{
    fputs("## Contrast\n\n| scenario | mode |", out);
    for (size_t i = 0; i < contrast->flavours.count; i++) {
        fputc(' ', out);
        ts_write_markdown(out, contrast->flavours.names[i]);
        fputs(" |", out);
    }
    fputs("\n|---|---|", out);
    for (size_t i = 0; i < contrast->flavours.count; i++) {
        fputs("---|", out);
    }
    for (size_t i = 0; i < contrast->scenarios.count; i++) {
        for (size_t j = 0; j < contrast->modes.count; j++) {
            const char *scenario = contrast->scenarios.names[i];
            const char *mode = contrast->modes.names[j];
            if (ts_contrast_next(contrast, scenario, mode, NULL, NULL) == NULL) {
                continue;
            }
            fputs("\n| ", out);
            ts_write_markdown(out, scenario);
            fputs(" | ", out);
            ts_write_markdown(out, mode);
            for (size_t k = 0; k < contrast->flavours.count; k++) {
                fputs(" | ", out);
                write_entries(out, contrast, scenario, mode, contrast->flavours.names[k]);
            }
            fputs(" |", out);
        }
    }
    fputs("\n\n\"a to b\" is a two-sided 95 % interval (Garwood for rates, Wilson for shares of lives); "
          "\"<\" is a "
          "one-sided 95 % bound after none was seen. A restart is a process that died and was started again. "
          "\"hazard\" counts how often the dangerous situation occurred; **!** marks what was not "
          "expected.\n\n",
          out);
}

/* A finding pooled over cells; the first cell that showed it gives the command. */
struct pooled {
    const char *kind;
    const char *title;
    int64_t count;
    int64_t lives;
    int64_t life_total; /* of the cells that showed it */
    int64_t cells;
    const struct ts_record_cell *first;
};

static void pool(struct pooled *pooled, size_t *used, const struct ts_record_cell *cell, const char *kind,
                 const char *title, int64_t lives, int64_t count)
{
    size_t at = 0;
    while (at < *used && (strcmp(pooled[at].kind, kind) != 0 || strcmp(pooled[at].title, title) != 0)) {
        at++;
    }
    if (at == *used) {
        pooled[(*used)++] = (struct pooled){.kind = kind, .title = title, .first = cell};
    }
    pooled[at].count += count;
    pooled[at].lives += lives;
    pooled[at].life_total += cell->lives;
    pooled[at].cells++;
}

/* Broken invariants are reported by life, not as findings; one life may break the same one many times. */
static void pool_violations(struct pooled *pooled, size_t *used, const struct ts_record_cell *cell)
{
    struct ts_tally lives = {0};
    struct ts_tally counts = {0};
    for (size_t i = 0; i < cell->finding_count; i++) {
        if (strcmp(cell->findings[i].kind, "invariant") == 0) {
            return;
        }
    }
    for (size_t i = 0; i < cell->life_line_count; i++) {
        const struct ts_record_life *life = &cell->life_lines[i];
        struct ts_tally of_life = {0};
        for (size_t j = 0; j < life->violation_count; j++) {
            const char *name = life->violations[j].name;
            ts_tally_add(&lives, name, ts_tally_of(&of_life, name) == 0);
            ts_tally_add(&of_life, name, 1);
            ts_tally_add(&counts, name, 1);
        }
    }
    for (size_t i = 0; i < lives.count; i++) {
        pool(pooled, used, cell, "invariant", lives.items[i].name, lives.items[i].value,
             counts.items[i].value);
    }
}

static int by_kind_then_lives(const void *left, const void *right)
{
    const struct pooled *a = left;
    const struct pooled *b = right;
    int kinds = strcmp(a->kind, b->kind);
    if (kinds != 0) {
        return kinds;
    }
    return (a->lives < b->lives) - (a->lives > b->lives);
}

static void write_pooled(FILE *out, const struct pooled *found)
{
    struct ts_figure count, lives, total;
    fputs("| ", out);
    ts_write_markdown(out, found->kind);
    fputs(" | ", out);
    ts_write_code(out, found->title);
    fprintf(out, " | %s | %s of %s | %" PRId64 " | ", ts_figure_count(&count, found->count),
            ts_figure_count(&lives, found->lives), ts_figure_count(&total, found->life_total), found->cells);
    ts_write_code(out, found->first->command);
    fputs(" |\n", out);
}

static ts_err write_findings(FILE *out, const struct ts_contrast *contrast)
{
    const struct ts_record *record = contrast->record;
    struct ts_figure lives;
    size_t room = 1;
    size_t used = 0;
    int64_t life_total = 0;
    for (size_t i = 0; i < record->cell_count; i++) {
        room += record->cells[i].finding_count + TS_TALLY_MAX;
        life_total += record->cells[i].lives;
    }
    struct pooled *pooled = calloc(room, sizeof *pooled);
    if (pooled == NULL) {
        return TS_NO_MEMORY;
    }
    for (size_t i = 0; i < record->cell_count; i++) {
        const struct ts_record_cell *cell = &record->cells[i];
        for (size_t j = 0; j < cell->finding_count; j++) {
            const struct ts_record_sighting *finding = &cell->findings[j];
            pool(pooled, &used, cell, finding->kind, finding->title, finding->lives, finding->count);
        }
        pool_violations(pooled, &used, cell);
    }
    qsort(pooled, used, sizeof *pooled, by_kind_then_lives);
    fputs("## What was found\n\n", out);
    if (used == 0) {
        fprintf(out, "No sanitizer report and no broken invariant in %s lives.\n\n",
                ts_figure_count(&lives, life_total));
    } else {
        fputs("| kind | title | reports | in lives | cells | repeats with |\n|---|---|---|---|---|---|\n",
              out);
        for (size_t i = 0; i < used; i++) {
            write_pooled(out, &pooled[i]);
        }
        fputs("\n\"in lives\" counts the lives of those cells only that showed the finding.\n\n", out);
    }
    free(pooled);
    return TS_OK;
}

static void write_unexpected(FILE *out, const struct ts_contrast *contrast)
{
    const struct ts_record *record = contrast->record;
    bool any = false;
    for (size_t i = 0; i < record->cell_count; i++) {
        const struct ts_record_cell *cell = &record->cells[i];
        if (cell->as_expected) {
            continue;
        }
        fputs(any ? "" : "### Not as expected\n\n", out);
        any = true;
        fputs("- ", out);
        ts_write_markdown(out, cell->scenario);
        fputs(", ", out);
        ts_write_markdown(out, cell->mode);
        fputs(", ", out);
        ts_write_markdown(out, cell->flavour);
        fprintf(out, ": expected %s, came out as %s. ",
                strcmp(cell->expect, "fail") == 0 ? "to fail" : "to pass",
                ts_record_outcome_name(cell->outcome));
        ts_write_code(out, cell->command);
        fputc('\n', out);
    }
    fputs(any ? "\n" : "", out);
}

ts_err ts_contrast_markdown(const struct ts_record *record, FILE *out)
{
    struct ts_contrast contrast;
    ts_err err = ts_contrast_init(&contrast, record);
    if (err != TS_OK) {
        return err;
    }
    write_title(out, record);
    write_verdict(out, record);
    write_table(out, &contrast);
    err = write_findings(out, &contrast);
    if (err == TS_OK) {
        err = ts_contrast_faults_markdown(out, record);
    }
    if (err == TS_OK) {
        write_unexpected(out, &contrast);
        ts_evidence_crash_classes(out, &contrast);
        ts_evidence_hazards(out, &contrast);
        ts_evidence_bounds(out, &contrast);
        ts_evidence_how_it_was_run(out, record);
        ts_evidence_not_checked(out, &contrast);
        err = ts_contrast_close_stream(out);
    }
    ts_contrast_fini(&contrast);
    return err;
}
