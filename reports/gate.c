#include "reports/gate.h"

#include "reports/statistics.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char operation[] = "judge";

const char *ts_gate_verdict_name(ts_gate_verdict verdict)
{
    static const char *const names[] = {"PASS", "FAIL", "INCONCLUSIVE"};
    return names[verdict];
}

const char *ts_gate_reason_name(ts_gate_reason reason)
{
    static const char *const names[] = {"harness",     "new-finding", "unexpected-outcome", "policy", "blind",
                                        "unexercised", "none"};
    return names[reason];
}

const char *ts_standing_name(ts_standing standing)
{
    static const char *const names[] = {"new", "known", "expired", "expected"};
    return names[standing];
}

const char *ts_gate_state_name(ts_gate_state state)
{
    static const char *const names[] = {"not run", "new finding", "unexpected outcome", "expired finding",
                                        "missed",  "unexercised", "known finding",      "met"};
    return names[state];
}

const char *ts_cell_role_name(ts_cell_role role)
{
    static const char *const names[] = {"protected", "canary", "twin", "must-fail", "may-fail"};
    return names[role];
}

const struct ts_frame *ts_finding_frame(const struct ts_finding *finding)
{
    const struct ts_frame *any = NULL;
    for (size_t i = 0; i < finding->stack_count; i++) {
        const struct ts_stack *stack = &finding->stacks[i];
        for (size_t j = 0; j < stack->frame_count; j++) {
            const struct ts_frame *frame = &stack->frames[j];
            if (frame->file[0] == '\0') {
                continue;
            }
            if (frame->own) {
                return frame;
            }
            any = any != NULL ? any : frame;
        }
    }
    return any;
}

bool ts_finding_named(const struct ts_finding *finding)
{
    const struct ts_frame *frame = ts_finding_frame(finding);
    return strcmp(finding->kind, "invariant") == 0 ||
           (frame != NULL && frame->own && frame->function[0] != '\0');
}

static ts_err check_input(const struct ts_gate_input *input, const char *today, struct ts_diag *diag)
{
    if (!ts_date_valid(today)) {
        return ts_fail(diag, TS_INVALID, operation, today, "is not a day as YYYY-MM-DD");
    }
    for (size_t i = 0; i < input->finding_count; i++) {
        const struct ts_gate_finding *finding = &input->findings[i];
        const char *signature = finding->finding->signature;
        for (size_t j = 0; j < finding->sighting_count; j++) {
            if (finding->sightings[j].cell >= input->cell_count) {
                return ts_fail(diag, TS_INVALID, operation, signature, "was seen in cell %zu of %zu",
                               finding->sightings[j].cell, input->cell_count);
            }
        }
        for (size_t j = 0; j < i; j++) {
            if (strcasecmp(input->findings[j].finding->signature, signature) == 0) {
                return ts_fail(diag, TS_INVALID, operation, signature, "stands for two findings");
            }
        }
    }
    return TS_OK;
}

static void judge_entries(struct ts_gate *gate, const char *today)
{
    for (size_t i = 0; i < gate->entry_count; i++) {
        gate->entries[i].expired = strcmp(today, gate->baseline->known[i].expiry) > 0;
        gate->expired_entries += gate->entries[i].expired;
    }
}

/* Unexpected in one cell is unexpected. A finding without a sighting has nothing to excuse it. */
static bool is_expected(const struct ts_gate_finding *finding)
{
    for (size_t i = 0; i < finding->sighting_count; i++) {
        if (!finding->sightings[i].expected) {
            return false;
        }
    }
    return finding->sighting_count > 0;
}

static void judge_finding(struct ts_gate *gate, const struct ts_gate_finding *finding,
                          struct ts_gate_judged *judged)
{
    bool expected = is_expected(finding);
    for (size_t i = 0; i < finding->sighting_count; i++) {
        if (expected || !finding->sightings[i].expected) {
            judged->lives += finding->sightings[i].lives;
            judged->count += finding->sightings[i].count;
        }
    }
    judged->standing = expected ? TS_STANDING_EXPECTED : TS_STANDING_NEW;
    for (size_t i = 0; i < gate->entry_count; i++) {
        const struct ts_known *known = &gate->baseline->known[i];
        if (strcasecmp(known->signature, finding->finding->signature) != 0) {
            continue;
        }
        gate->entries[i].matched = true;
        if (!expected && ts_finding_named(finding->finding)) {
            judged->known = known;
            judged->standing = gate->entries[i].expired ? TS_STANDING_EXPIRED : TS_STANDING_KNOWN;
        }
    }
    gate->standings[judged->standing]++;
}

static ts_gate_state state_of(const struct ts_gate *gate, size_t index, bool *unexplained)
{
    const struct ts_gate_cell *cell = &gate->input->cells[index];
    bool standings[4] = {false};
    int64_t accounted_lives = 0;
    for (size_t i = 0; i < gate->input->finding_count; i++) {
        const struct ts_gate_finding *finding = &gate->input->findings[i];
        for (size_t j = 0; j < finding->sighting_count; j++) {
            const struct ts_gate_sighting *sighting = &finding->sightings[j];
            if (sighting->cell == index) {
                accounted_lives += sighting->lives;
                standings[sighting->expected ? TS_STANDING_EXPECTED : gate->judged[i].standing] = true;
            }
        }
    }
    bool news = standings[TS_STANDING_NEW] || standings[TS_STANDING_KNOWN] || standings[TS_STANDING_EXPIRED];
    /* A known finding excuses the lives that showed it, not a crash beside it that left no finding. */
    *unexplained = cell->judgement == TS_CELL_VIOLATED && (!news || accounted_lives < cell->failing_lives);
    /* A cell that claims to have run without a life has shown nothing. */
    if (cell->judgement == TS_CELL_NOT_RUN || cell->lives <= 0) {
        *unexplained = false;
        return TS_STATE_NOT_RUN;
    }
    if (standings[TS_STANDING_NEW]) {
        return TS_STATE_NEW_FINDING;
    }
    if (*unexplained) {
        return TS_STATE_UNEXPECTED;
    }
    if (standings[TS_STANDING_EXPIRED]) {
        return TS_STATE_EXPIRED;
    }
    switch (cell->judgement) {
    case TS_CELL_MISSED:
        return TS_STATE_MISSED;
    case TS_CELL_UNEXERCISED:
        return cell->role == TS_CELL_CANARY ? TS_STATE_MISSED : TS_STATE_UNEXERCISED;
    default:
        return standings[TS_STANDING_KNOWN] ? TS_STATE_KNOWN : TS_STATE_MET;
    }
}

static void judge_cell(struct ts_gate *gate, size_t index)
{
    const struct ts_gate_cell *cell = &gate->input->cells[index];
    bool unexplained = false;
    gate->states[index] = state_of(gate, index, &unexplained);
    gate->unexpected_cells += unexplained;
    if (gate->states[index] == TS_STATE_NOT_RUN) {
        gate->cells_not_run++;
        return;
    }
    struct ts_gate_tally *tally = &gate->tallies[cell->role];
    tally->cells++;
    tally->met += cell->judgement == TS_CELL_MET;
    tally->lives += cell->lives;
    bool explored = strcmp(cell->flavour, "explore") == 0;
    tally->exercised_lives += cell->judgement == TS_CELL_UNEXERCISED || explored ? 0 : cell->lives;
    tally->explored_lives += explored ? cell->lives : 0;
    /* Counted by judgement: a cell with a new finding may be blind as well. */
    bool canary_idle = cell->role == TS_CELL_CANARY && cell->judgement == TS_CELL_UNEXERCISED;
    gate->missed_cells += cell->judgement == TS_CELL_MISSED || canary_idle;
    gate->unexercised_cells += cell->judgement == TS_CELL_UNEXERCISED && !canary_idle;
}

static void decide(struct ts_gate *gate)
{
    static const int exit_codes[] = {
        [TS_GATE_HARNESS] = 4, [TS_GATE_NEW_FINDING] = 1, [TS_GATE_UNEXPECTED] = 1, [TS_GATE_POLICY] = 7,
        [TS_GATE_BLIND] = 5,   [TS_GATE_UNEXERCISED] = 5, [TS_GATE_NONE] = 0};
    const struct ts_gate_tally *tallies = gate->tallies;
    const struct ts_grounds grounds = {
        .failed_checks = gate->failed_checks,
        .cells_not_run = gate->cells_not_run,
        .new_findings = gate->standings[TS_STANDING_NEW],
        .unexpected_cells = gate->unexpected_cells,
        .expired_entries = gate->expired_entries,
        .missed_cells = gate->missed_cells,
        .canaries = tallies[TS_CELL_CANARY].cells,
        .caught = tallies[TS_CELL_CANARY].met,
        .twins = tallies[TS_CELL_TWIN].cells,
        .clean = tallies[TS_CELL_TWIN].met,
        .blind_spots = (int64_t)gate->input->blind_spot_count,
        .unexercised_cells = gate->unexercised_cells,
        .protected_cells = tallies[TS_CELL_PROTECTED].cells,
    };
    struct ts_grounds_verdict judged = ts_grounds_judge(&grounds);
    gate->verdict = judged.verdict;
    gate->reason = judged.reason;
    gate->exit_code = exit_codes[judged.reason];
    gate->bound =
        judged.applies[TS_GATE_BLIND] ? 1 : ts_share_bound_none(tallies[TS_CELL_PROTECTED].exercised_lives);
}

ts_err ts_gate_judge(const struct ts_gate_input *input, const struct ts_baseline *baseline, const char *today,
                     struct ts_gate *gate, struct ts_diag *diag)
{
    *gate = (struct ts_gate){0};
    ts_err err = check_input(input, today, diag);
    if (err != TS_OK) {
        return err;
    }
    gate->input = input;
    gate->baseline = baseline;
    gate->entry_count = baseline != NULL ? baseline->known_count : 0;
    gate->judged = calloc(input->finding_count + 1, sizeof *gate->judged);
    gate->states = calloc(input->cell_count + 1, sizeof *gate->states);
    gate->entries = calloc(gate->entry_count + 1, sizeof *gate->entries);
    if (gate->judged == NULL || gate->states == NULL || gate->entries == NULL) {
        goto no_memory;
    }
    judge_entries(gate, today);
    for (size_t i = 0; i < input->finding_count; i++) {
        judge_finding(gate, &input->findings[i], &gate->judged[i]);
    }
    for (size_t i = 0; i < input->cell_count; i++) {
        judge_cell(gate, i);
    }
    for (size_t i = 0; i < input->check_count; i++) {
        gate->failed_checks += !input->checks[i].ok;
    }
    for (size_t i = 0; i < gate->entry_count; i++) {
        gate->unmatched_entries += !gate->entries[i].matched;
    }
    decide(gate);
    gate->sentence = ts_gate_sentence(gate);
    if (gate->sentence != NULL) {
        return TS_OK;
    }
no_memory:
    ts_gate_free(gate);
    return ts_fail(diag, TS_NO_MEMORY, operation, input->id, "no memory");
}

void ts_gate_free(struct ts_gate *gate)
{
    free(gate->sentence);
    free(gate->judged);
    free(gate->states);
    free(gate->entries);
    *gate = (struct ts_gate){0};
}
