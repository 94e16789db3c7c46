#include "reports/gate_record.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static ts_cell_judgement judgement_of(const struct ts_record_cell *cell)
{
    static const struct {
        const char *name;
        ts_cell_judgement judgement;
    } names[] = {{"met", TS_CELL_MET}, {"violated", TS_CELL_VIOLATED}, {"missed", TS_CELL_MISSED}};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(cell->judgement, names[i].name) == 0) {
            return names[i].judgement;
        }
    }
    return TS_CELL_UNEXERCISED; /* also what nobody judged: it must not pass */
}

static ts_cell_role role_of(const struct ts_record_cell *cell)
{
    for (int role = 0; role < TS_CELL_ROLE_COUNT; role++) {
        if (strcmp(cell->role, ts_cell_role_name((ts_cell_role)role)) == 0) {
            return (ts_cell_role)role;
        }
    }
    return TS_CELL_PROTECTED; /* nobody said that it may fail */
}

static const char *first_log(const struct ts_record_cell *cell)
{
    const char *log = "";
    for (size_t i = 0; i < cell->life_line_count && log[0] == '\0'; i++) {
        log = cell->life_lines[i].log;
    }
    return log;
}

static int64_t failing_lives(const struct ts_record_cell *cell)
{
    return cell->lives - ts_record_count_of(&cell->outcomes, "pass") -
           ts_record_count_of(&cell->outcomes, "inconclusive");
}

static struct ts_gate_cell cell_of(const struct ts_record_cell *cell)
{
    return (struct ts_gate_cell){
        .set = cell->set,
        .scenario = cell->scenario,
        .mode = cell->mode,
        .flavour = cell->flavour,
        .role = role_of(cell),
        .outcome = ts_record_outcome_name(cell->outcome),
        .judgement = judgement_of(cell),
        .lives = cell->lives,
        .failing_lives = failing_lives(cell),
        .elapsed_ms = cell->elapsed_ms,
        .hazard_count = cell->hazard_count,
        .detail = cell->detail,
        .command = cell->command,
        .log = first_log(cell),
    };
}

/* A life's outcome, by the kind of a finding in it. */
static const char *outcome_of_kind(const char *kind)
{
    ts_record_outcome outcome;
    if (strcmp(kind, "undefined") == 0) {
        return "memory-error";
    }
    return ts_record_outcome_of(kind, &outcome) ? kind : "race"; /* ThreadSanitizer's remaining types */
}

bool ts_gate_expects(const struct ts_record_cell *cell, const char *kind)
{
    for (size_t i = 0; i < cell->welcome_count; i++) {
        if (strcmp(cell->welcome[i], outcome_of_kind(kind)) == 0) {
            return true;
        }
    }
    return false;
}

static ts_err take_finding(const struct ts_record *record, const struct ts_finding *finding,
                           struct ts_gate_finding *taken)
{
    struct ts_gate_sighting *sightings = calloc(record->cell_count + 1, sizeof *sightings);
    *taken = (struct ts_gate_finding){.finding = finding, .sightings = sightings};
    for (size_t i = 0; sightings != NULL && i < record->cell_count; i++) {
        const struct ts_record_cell *cell = &record->cells[i];
        for (size_t j = 0; j < cell->finding_count; j++) {
            if (strcmp(cell->findings[j].signature, finding->signature) == 0) {
                sightings[taken->sighting_count++] = (struct ts_gate_sighting){
                    .cell = i,
                    .lives = cell->findings[j].lives,
                    .count = cell->findings[j].count,
                    .expected = ts_gate_expects(cell, finding->kind),
                };
                break;
            }
        }
    }
    return sightings == NULL ? TS_NO_MEMORY : TS_OK;
}

static const char *machine_line(const struct ts_record *record)
{
    char *line = NULL;
    const struct ts_record_machine *machine = &record->run.machine;
    return asprintf(&line, "%s, %lld cores, %s, %s", machine->cpu, (long long)machine->cores, machine->os,
                    machine->kernel) < 0
               ? NULL
               : line;
}

/* A canary that was caught without a name on its stacks (no symbolizer that works, no debugger) tells no
 * defect from another: it counts as missed. */
static void doubt_canaries(const struct ts_record *record, struct ts_gate_cell *cells)
{
    for (size_t i = 0; i < record->cell_count; i++) {
        const struct ts_record_cell *cell = &record->cells[i];
        bool named = false;
        for (size_t j = 0; j < cell->finding_count; j++) {
            const struct ts_finding *finding = ts_record_find(record, cell->findings[j].signature);
            named = named || (finding != NULL && ts_finding_named(finding));
        }
        if (cells[i].role == TS_CELL_CANARY && cells[i].judgement == TS_CELL_MET && !named) {
            cells[i].judgement = TS_CELL_MISSED;
            cells[i].detail = "caught, but its stacks name no function: symbolizer or debugger do not work";
        }
    }
}

static bool has_ended(const struct ts_record *record, size_t number)
{
    for (size_t i = 0; i < record->cell_count; i++) {
        if (record->cells[i].cell == (int64_t)number) {
            return true;
        }
    }
    return false;
}

/* The record's cells, then those of the plan that it lacks; planned: NULL, or their names by number. */
static struct ts_gate_cell *take_cells(const struct ts_record *record, const struct ts_gate_cell *planned,
                                       size_t *count)
{
    static const struct ts_gate_cell absent = {"", "", "", "", TS_CELL_PROTECTED, "", TS_CELL_NOT_RUN,
                                               0,  0,  0,  0,  "it did not run",  "", ""};
    size_t of_plan = (size_t)record->run.cells;
    struct ts_gate_cell *cells = calloc(of_plan + record->cell_count + 1, sizeof *cells);
    *count = cells == NULL ? 0 : record->cell_count;
    for (size_t i = 0; i < *count; i++) {
        cells[i] = cell_of(&record->cells[i]);
    }
    for (size_t number = 0; cells != NULL && number < of_plan; number++) {
        if (!has_ended(record, number)) {
            struct ts_gate_cell *cell = &cells[(*count)++];
            *cell = absent;
            if (planned != NULL) {
                cell->set = planned[number].set;
                cell->scenario = planned[number].scenario;
                cell->mode = planned[number].mode;
                cell->flavour = planned[number].flavour;
            }
        }
    }
    if (cells != NULL) {
        doubt_canaries(record, cells);
    }
    return cells;
}

ts_err ts_gate_input_of(const struct ts_record *record, const struct ts_gate_cell *planned,
                        struct ts_gate_input *input, struct ts_diag *diag)
{
    size_t count = 0;
    struct ts_gate_cell *cells = take_cells(record, planned, &count);
    struct ts_gate_finding *findings = calloc(record->finding_count + 1, sizeof *findings);
    *input = (struct ts_gate_input){
        .id = record->run.id,
        .tool = record->run.tool,
        .command = record->run.command,
        .commit = record->run.commit,
        .dirty = record->run.dirty,
        .machine = machine_line(record),
        .seed = record->run.seed,
        .elapsed_ms = record->has_end ? record->end.elapsed_ms : 0,
        .interrupted = record->has_end && record->end.interrupted,
        .cells = cells,
        .cell_count = count,
        .findings = findings,
        .checks = record->run.checks,
        .check_count = record->run.check_count,
    };
    bool complete = input->machine != NULL && input->cells != NULL && findings != NULL;
    for (size_t i = 0; complete && i < record->finding_count; i++) {
        complete = take_finding(record, &record->findings[i], &findings[i]) == TS_OK;
        input->finding_count += complete;
    }
    if (!complete) {
        ts_gate_input_free(input);
        return ts_fail(diag, TS_NO_MEMORY, "judge run", record->run.id, "no memory");
    }
    return TS_OK;
}

void ts_gate_input_free(struct ts_gate_input *input)
{
    for (size_t i = 0; i < input->finding_count; i++) {
        free((void *)(uintptr_t)input->findings[i].sightings);
    }
    free((void *)(uintptr_t)input->findings);
    free((void *)(uintptr_t)input->cells);
    free((void *)(uintptr_t)input->machine);
    *input = (struct ts_gate_input){0};
}
