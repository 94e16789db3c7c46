#include "supervisor/resume.h"

#include "base/random.h"
#include "faults/point.h"
#include "supervisor/plan_hash.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

ts_err ts_resume_load(const char *folder, struct ts_resume *resume, struct ts_diag *diag)
{
    *resume = (struct ts_resume){.writer = {.file = -1}};
    snprintf(resume->folder, sizeof resume->folder, "%s", folder);
    /* Locked and cut before it is read: what is read is what the next line will be appended to. */
    ts_err error = ts_record_writer_resume(&resume->writer, folder, diag);
    if (error == TS_OK) {
        error = ts_record_load(resume->writer.partial_path, &resume->record, diag);
    }
    if (error != TS_OK) {
        return error;
    }
    const struct ts_record *record = resume->record;
    for (size_t i = 0; i < record->life_count; i++) {
        int64_t end_ms = record->lives[i].started_ms + record->lives[i].duration_ms;
        resume->elapsed_ms = end_ms > resume->elapsed_ms ? end_ms : resume->elapsed_ms;
    }
    return TS_OK;
}

void ts_resume_fini(struct ts_resume *resume)
{
    ts_record_writer_abandon(&resume->writer);
    ts_record_free(resume->record);
    resume->record = NULL;
}

const struct ts_record_cell *ts_resume_cell(const struct ts_resume *resume, size_t number)
{
    for (size_t i = 0; i < resume->record->cell_count; i++) {
        if (resume->record->cells[i].cell == (int64_t)number) {
            return &resume->record->cells[i];
        }
    }
    return NULL;
}

static bool same_cells(const struct ts_record *record, const struct ts_plan *plan, uint64_t seed)
{
    bool same = record->run.cells == (int64_t)plan->count && strtoull(record->run.seed, NULL, 0) == seed;
    for (size_t i = 0; same && i < record->cell_count; i++) {
        const struct ts_record_cell *done = &record->cells[i];
        const struct ts_cell *cell = &plan->cells[done->cell];
        same = strcmp(done->scenario, cell->scenario->name) == 0 &&
               strcmp(done->mode, ts_mode_names[cell->mode]) == 0 &&
               strcmp(done->flavour, ts_flavour_names[cell->flavour]) == 0 &&
               strtoull(done->seed, NULL, 0) == cell->seed;
    }
    for (size_t i = 0; same && i < record->life_count; i++) {
        const struct ts_record_life *life = &record->lives[i]; /* of cells that had not ended, too */
        const struct ts_cell *cell = &plan->cells[life->cell];
        uint64_t expected =
            cell->life_seed != 0 ? cell->life_seed : ts_seed_mix(cell->seed, (uint64_t)life->life);
        same = strtoull(life->seed, NULL, 0) == expected;
    }
    return same;
}

ts_err ts_resume_check(const struct ts_record *record, const char *folder,
                       const struct ts_run_request *request, struct ts_diag *diag)
{
    if (!same_cells(record, request->plan, request->seed)) {
        return ts_fail(diag, TS_MISMATCH, "resume run", folder,
                       "its record has other cells than its arguments make now");
    }
    bool same = record->run.plan[0] == '\0' || strtoull(record->run.plan, NULL, 0) == ts_plan_hash(request);
    return same ? TS_OK
                : ts_fail(
                      diag, TS_MISMATCH, "resume run", folder,
                      "its cells are the same, but what they are held to or how they run has changed since "
                      "(expectations, times, settings, tape, library)");
}

static void restore_reports(const struct ts_record_life *life, struct ts_snapshot *board)
{
    for (size_t i = 0; i < life->report_count && i < TS_BOARD_REPORTS; i++) {
        struct ts_snapshot_report *report = &board->reports[board->report_count++];
        snprintf(report->kind, sizeof report->kind, "%s", life->reports[i].kind);
        snprintf(report->title, sizeof report->title, "%s", life->reports[i].title);
        snprintf(report->signature, sizeof report->signature, "%s", life->reports[i].signature);
        report->count = (uint64_t)life->reports[i].count;
    }
    for (size_t i = 0; i < life->violation_count && i < TS_BOARD_VIOLATIONS; i++) {
        struct ts_snapshot_violation *violation = &board->violations[board->violation_count++];
        snprintf(violation->name, sizeof violation->name, "%s", life->violations[i].name);
        snprintf(violation->signature, sizeof violation->signature, "%s", life->violations[i].signature);
    }
}

static void restore_life(const struct ts_record *record, const struct ts_record_life *life,
                         struct ts_snapshot *board, struct ts_cell_tally *tally)
{
    struct ts_verdict verdict = {.outcome = life->outcome, .class = ts_crash_class_find(life->class)};
    const struct ts_finding *ending = ts_record_find(record, life->finding);
    memset(board, 0, sizeof *board);
    board->hazard = (uint64_t)(life->hazard_count > 0 ? life->hazard_count : 0);
    for (int i = 0; i < TS_COUNTER_COUNT; i++) {
        board->counters[i] = (uint64_t)ts_record_count_of(&life->counters, ts_counter_names[i]);
    }
    for (int i = 0; i < TS_PROBE_COUNT; i++) {
        const char *name = ts_fault_points[i].name;
        board->armed[i] = ts_record_count_of(&life->probes.armed, name) > 0;
        board->reached[i] = (uint64_t)ts_record_count_of(&life->probes.reached, name);
        board->fired[i] = (uint64_t)ts_record_count_of(&life->probes.fired, name);
    }
    restore_reports(life, board);
    snprintf(verdict.detail, sizeof verdict.detail, "%s", life->detail);
    snprintf(verdict.ending_title, sizeof verdict.ending_title, "%s", ending == NULL ? "" : ending->title);
    ts_tally_life(tally, board, &verdict, ending == NULL ? "" : life->finding);
}

void ts_resume_tally(const struct ts_resume *resume, size_t number, struct ts_cell_tally *tally,
                     int64_t *begun_ms, int64_t *ended_ms)
{
    static struct ts_snapshot board; /* too large for a stack */
    const struct ts_record *record = resume->record;
    bool died = false;
    memset(tally, 0, sizeof *tally);
    *begun_ms = *ended_ms = resume->elapsed_ms;
    for (size_t i = 0; i < record->life_count; i++) {
        const struct ts_record_life *life = &record->lives[i];
        if (life->cell != (int64_t)number) {
            continue;
        }
        *begun_ms = tally->lives == 0 ? life->started_ms : *begun_ms;
        *ended_ms = life->started_ms + life->duration_ms;
        tally->restarts += died;
        died = life->died;
        restore_life(record, life, &board, tally);
    }
}
