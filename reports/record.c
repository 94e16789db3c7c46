#include "reports/record.h"

#include "reports/record_ahead.h"

#include <stdlib.h>
#include <string.h>

static const char *const outcome_names[TS_RECORD_OUTCOME_COUNT] = {
    [TS_RECORD_PASS] = "pass",
    [TS_RECORD_RACE] = "race",
    [TS_RECORD_MEMORY_ERROR] = "memory-error",
    [TS_RECORD_CRASH] = "crash",
    [TS_RECORD_DEADLOCK] = "deadlock",
    [TS_RECORD_HANG] = "hang",
    [TS_RECORD_INVARIANT] = "invariant",
    [TS_RECORD_LEAK] = "leak",
    [TS_RECORD_INCONCLUSIVE] = "inconclusive",
};

const char *ts_record_outcome_name(ts_record_outcome outcome)
{
    return (unsigned)outcome < TS_RECORD_OUTCOME_COUNT ? outcome_names[outcome] : "unknown-outcome";
}

bool ts_record_outcome_of(const char *name, ts_record_outcome *outcome)
{
    for (int i = 0; i < TS_RECORD_OUTCOME_COUNT; i++) {
        if (strcmp(name, outcome_names[i]) == 0) {
            *outcome = (ts_record_outcome)i;
            return true;
        }
    }
    return false;
}

int64_t ts_record_count_of(const struct ts_record_counts *counts, const char *name)
{
    for (size_t i = 0; i < counts->count; i++) {
        if (strcmp(counts->items[i].name, name) == 0) {
            return counts->items[i].value;
        }
    }
    return 0;
}

const struct ts_finding *ts_record_find(const struct ts_record *record, const char *signature)
{
    for (size_t i = 0; i < record->finding_count; i++) {
        if (strcmp(record->findings[i].signature, signature) == 0) {
            return &record->findings[i];
        }
    }
    return NULL;
}

static ts_err refuse(const struct ts_record_place *place, const char *why)
{
    return ts_fail(place->diag, TS_MALFORMED, "read record", place->path, "line %zu: %s", place->line, why);
}

/* Room for one more in an array that doubles at each power of two. */
static void *grown(void *items, size_t count, size_t size)
{
    if ((count & (count - 1)) != 0) {
        return items;
    }
    return reallocarray(items, count == 0 ? 1 : 2 * count, size);
}

/* What is known of the cells while a record is read, so that reading stays linear in its lines. A planned
 * number of cells may be any that somebody wrote: there is room as far as cells are named. */
struct seen_cell {
    int64_t lives;
    bool ended;
};

struct reading {
    struct ts_record *record;
    struct seen_cell *cells;
    size_t room;
};

/* NULL: no memory. */
static struct seen_cell *seen(struct reading *reading, int64_t cell)
{
    if ((size_t)cell >= reading->room) {
        size_t room = 2 * (size_t)cell + 64;
        struct seen_cell *cells = reallocarray(reading->cells, room, sizeof *cells);
        if (cells == NULL) {
            return NULL;
        }
        memset(cells + reading->room, 0, (room - reading->room) * sizeof *cells);
        reading->cells = cells;
        reading->room = room;
    }
    return &reading->cells[cell];
}

static ts_err out_of_memory(const struct ts_record_place *place)
{
    return ts_fail(place->diag, TS_NO_MEMORY, "read record", place->path, "line %zu: out of memory",
                   place->line);
}

static ts_err take_run(struct ts_record *record, const struct ts_record_run *run,
                       const struct ts_record_place *place)
{
    record->run = *run;
    return run->cells > TS_RECORD_CELLS_MAX ? refuse(place, "more cells than can be") : TS_OK;
}

static ts_err take_life(struct reading *reading, const struct ts_record_life *life,
                        const struct ts_record_place *place)
{
    struct ts_record *record = reading->record;
    struct ts_record_life *lives = grown(record->lives, record->life_count, sizeof *lives);
    if (lives == NULL) {
        return out_of_memory(place);
    }
    record->lives = lives;
    lives[record->life_count] = *life;
    struct seen_cell *cell = life->cell < record->run.cells ? seen(reading, life->cell) : NULL;
    if (cell == NULL && life->cell < record->run.cells) {
        return out_of_memory(place);
    }
    if (cell == NULL || cell->ended) {
        return refuse(place, "a life of a cell that has ended or was never planned");
    }
    cell->lives++;
    record->life_count++;
    return TS_OK;
}

static ts_err take_cell(struct reading *reading, const struct ts_record_cell *taken,
                        const struct ts_record_place *place)
{
    struct ts_record *record = reading->record;
    struct ts_record_cell *cells = grown(record->cells, record->cell_count, sizeof *cells);
    if (cells == NULL) {
        return out_of_memory(place);
    }
    record->cells = cells;
    struct ts_record_cell *cell = &cells[record->cell_count];
    *cell = *taken;
    for (size_t i = 0; i < cell->outcomes.count; i++) {
        ts_record_outcome ignored;
        if (!ts_record_outcome_of(cell->outcomes.items[i].name, &ignored)) {
            return refuse(place, "cell.outcomes names an outcome that nobody knows");
        }
    }
    struct seen_cell *known = cell->cell < record->run.cells ? seen(reading, cell->cell) : NULL;
    if (known == NULL && cell->cell < record->run.cells) {
        return out_of_memory(place);
    }
    if (known == NULL || known->ended) {
        return refuse(place, "a cell that has ended already or was never planned");
    }
    if (known->lives != cell->lives) {
        return ts_fail(place->diag, TS_MALFORMED, "read record", place->path,
                       "line %zu: cell %lld counts %lld lives; %lld life lines stand before it", place->line,
                       (long long)cell->cell, (long long)cell->lives, (long long)known->lives);
    }
    known->ended = true;
    if (cell->expect[0] == '\0') {
        cell->as_expected = true;
    }
    record->cell_count++;
    return TS_OK;
}

static ts_err take_finding(struct ts_record *record, const struct ts_finding *finding,
                           const struct ts_record_place *place)
{
    struct ts_finding *findings = grown(record->findings, record->finding_count, sizeof *findings);
    if (findings == NULL) {
        return out_of_memory(place);
    }
    record->findings = findings;
    if (ts_record_find(record, finding->signature) != NULL) {
        return refuse(place, "a finding that the record has already");
    }
    findings[record->finding_count++] = *finding;
    return TS_OK;
}

static bool has_check(const struct ts_record_run *run, const struct ts_grounds_check *check)
{
    for (size_t i = 0; i < run->check_count; i++) {
        const struct ts_grounds_check *other = &run->checks[i];
        if (other->ok == check->ok && strcmp(other->name, check->name) == 0 &&
            strcmp(other->found, check->found) == 0) {
            return true;
        }
    }
    return false;
}

/* It may go on upon another machine: what is new there stands beside what was said before. */
static ts_err take_resume(struct ts_record *record, const struct ts_record_resume *resume,
                          const struct ts_record_place *place)
{
    struct ts_record_run *run = &record->run;
    struct ts_grounds_check *checks =
        ts_record_keep(record, (run->check_count + resume->check_count) * sizeof *checks);
    if (checks == NULL) {
        return out_of_memory(place);
    }
    for (size_t i = 0; i < run->check_count; i++) {
        checks[i] = run->checks[i];
    }
    run->checks = checks;
    for (size_t i = 0; i < resume->check_count; i++) {
        if (!has_check(run, &resume->checks[i])) {
            run->checks[run->check_count++] = resume->checks[i];
        }
    }
    record->resume_count++;
    return TS_OK;
}

static ts_err take_typed(struct reading *reading, const struct ts_record_any_line *line,
                         const struct ts_record_place *place)
{
    struct ts_record *record = reading->record;
    switch (line->type) {
    case TS_RECORD_LINE_RUN:
        return take_run(record, &line->run, place);
    case TS_RECORD_LINE_LIFE:
        return take_life(reading, &line->life, place);
    case TS_RECORD_LINE_CELL:
        return take_cell(reading, &line->cell, place);
    case TS_RECORD_LINE_FINDING:
        return take_finding(record, &line->finding, place);
    case TS_RECORD_LINE_RESUME:
        return take_resume(record, &line->resume, place);
    case TS_RECORD_LINE_END:
        record->has_end = true;
        record->end = line->end;
        return TS_OK;
    case TS_RECORD_LINE_NONE:
    case TS_RECORD_LINE_UNKNOWN:
        break;
    }
    return refuse(place, "a type that is none of run, finding, life, cell, resume, end");
}

static ts_err refuse_bound(const struct ts_record_any_line *line, const struct ts_record_place *place)
{
    *place->diag = line->diag;
    return line->err;
}

static ts_err take_line(struct reading *reading, const struct ts_record_any_line *line,
                        const struct ts_record_place *place)
{
    struct ts_record *record = reading->record;
    bool none = line->type == TS_RECORD_LINE_NONE;
    if (!line->whole && !record->has_end && line->type != TS_RECORD_LINE_END) {
        /* Even where it reads well: who goes on with the record writes it anew. */
        record->cut = true;
        return TS_OK;
    }
    if (none) {
        return line->err != TS_OK ? refuse_bound(line, place) : refuse(place, "no object with a type");
    }
    if (record->has_end) {
        return refuse(place, "a line after the end line");
    }
    if ((line->type == TS_RECORD_LINE_RUN) != (record->line_count == 0)) {
        return refuse(place, "the run line must be the first, and only the first");
    }
    ts_err err = line->err != TS_OK ? refuse_bound(line, place) : take_typed(reading, line, place);
    if (err == TS_OK) {
        record->line_count++;
    }
    return err;
}

static int by_cell_then_life(const void *left, const void *right)
{
    const struct ts_record_life *a = left;
    const struct ts_record_life *b = right;
    if (a->cell != b->cell) {
        return a->cell < b->cell ? -1 : 1;
    }
    return (a->life > b->life) - (a->life < b->life);
}

/* As a rule they come so: a cell's lives one after the other. */
static bool in_order(const struct ts_record *record)
{
    for (size_t i = 1; i < record->life_count; i++) {
        if (by_cell_then_life(&record->lives[i - 1], &record->lives[i]) > 0) {
            return false;
        }
    }
    return true;
}

/* Of the cell, or behind all lives of cells before it; lives are sorted. */
static size_t first_life(const struct ts_record *record, int64_t cell)
{
    size_t low = 0;
    size_t high = record->life_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (record->lives[middle].cell < cell) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static ts_err give_lives_to_cells(struct ts_record *record, const struct ts_record_place *place)
{
    if (record->life_count == 0) {
        return TS_OK;
    }
    if (!in_order(record)) {
        qsort(record->lives, record->life_count, sizeof *record->lives, by_cell_then_life);
    }
    for (size_t i = 1; i < record->life_count; i++) {
        const struct ts_record_life *life = &record->lives[i];
        if (by_cell_then_life(life - 1, life) == 0) {
            return ts_fail(place->diag, TS_MALFORMED, "read record", place->path,
                           "cell %lld has two lives of number %lld", (long long)life->cell,
                           (long long)life->life);
        }
    }
    for (size_t i = 0; i < record->cell_count; i++) {
        struct ts_record_cell *cell = &record->cells[i];
        size_t first = first_life(record, cell->cell);
        while (first + cell->life_line_count < record->life_count &&
               record->lives[first + cell->life_line_count].cell == cell->cell) {
            cell->life_line_count++;
        }
        cell->life_lines = cell->life_line_count > 0 ? &record->lives[first] : NULL;
    }
    return TS_OK;
}

static ts_err take_lines(struct reading *reading, struct ts_record_ahead *ahead,
                         struct ts_record_place *place)
{
    const struct ts_record_any_line *line = NULL;
    ts_err err = TS_OK;
    while (err == TS_OK && (line = ts_record_ahead_next(ahead, &err, place->diag)) != NULL) {
        place->line++;
        err = take_line(reading, line, place);
    }
    if (err == TS_OK && reading->record->line_count == 0) {
        err = ts_fail(place->diag, TS_TRUNCATED, "read record", place->path,
                      "line 1: not even the run line is whole");
    }
    return err == TS_OK ? give_lives_to_cells(reading->record, place) : err;
}

ts_err ts_record_load(const char *path, struct ts_record **record, struct ts_diag *diag)
{
    struct ts_diag own; /* the caller may want none */
    struct ts_record_place place = {.path = path, .line = 0, .diag = diag != NULL ? diag : &own};
    struct reading reading = {.record = calloc(1, sizeof *reading.record)};
    struct ts_record_ahead *ahead = NULL;
    *record = NULL;
    ts_err err = reading.record == NULL ? out_of_memory(&place)
                                        : ts_record_ahead_open(path, reading.record, &ahead, place.diag);
    if (err == TS_OK) {
        err = take_lines(&reading, ahead, &place);
    }
    ts_record_ahead_close(ahead);
    free(reading.cells);
    if (err != TS_OK) {
        ts_record_free(reading.record);
        return err;
    }
    *record = reading.record;
    return TS_OK;
}
