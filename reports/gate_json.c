#include "reports/gate_text.h"
#include "reports/json_text.h"

static json_t *cells_of(const struct ts_gate *gate)
{
    json_t *list = json_array();
    for (size_t i = 0; i < gate->input->cell_count; i++) {
        const struct ts_gate_cell *cell = &gate->input->cells[i];
        json_array_append_new(
            list,
            json_pack("{s:o, s:o, s:o, s:o, s:s, s:s, s:o, s:I, s:I, s:I, s:I, s:o, s:o, s:o}", "set",
                      ts_json_text("%s", cell->set), "scenario", ts_json_text("%s", cell->scenario), "mode",
                      ts_json_text("%s", cell->mode), "flavour", ts_json_text("%s", cell->flavour), "role",
                      ts_cell_role_name(cell->role), "state", ts_gate_state_name(gate->states[i]), "outcome",
                      ts_json_text("%s", cell->outcome), "lives", (json_int_t)cell->lives, "failing_lives",
                      (json_int_t)cell->failing_lives, "elapsed_ms", (json_int_t)cell->elapsed_ms,
                      "hazard_count", (json_int_t)cell->hazard_count, "detail",
                      ts_json_text("%s", cell->detail), "command", ts_json_text("%s", cell->command), "log",
                      ts_json_text("%s", cell->log)));
    }
    return list;
}

static json_t *findings_of(const struct ts_gate *gate)
{
    json_t *list = json_array();
    for (size_t i = 0; i < gate->input->finding_count; i++) {
        const struct ts_finding *finding = gate->input->findings[i].finding;
        const struct ts_gate_judged *judged = &gate->judged[i];
        json_array_append_new(
            list, json_pack("{s:o, s:o, s:o, s:o, s:s, s:I, s:I, s:o, s:o}", "signature",
                            ts_json_text("%s", finding->signature), "kind", ts_json_text("%s", finding->kind),
                            "title", ts_json_text("%s", finding->title), "description",
                            ts_json_text("%s", finding->description), "standing",
                            ts_standing_name(judged->standing), "lives", (json_int_t)judged->lives, "count",
                            (json_int_t)judged->count, "owner",
                            judged->known != NULL ? ts_json_text("%s", judged->known->owner) : json_null(),
                            "command", ts_json_text("%s", finding->command)));
    }
    return list;
}

static json_t *entries_of(const struct ts_gate *gate)
{
    json_t *list = json_array();
    for (size_t i = 0; i < gate->entry_count; i++) {
        const struct ts_known *known = &gate->baseline->known[i];
        json_array_append_new(list, json_pack("{s:o, s:o, s:o, s:b, s:b}", "signature",
                                              ts_json_text("%s", known->signature), "owner",
                                              ts_json_text("%s", known->owner), "expiry",
                                              ts_json_text("%s", known->expiry), "matched",
                                              gate->entries[i].matched, "expired", gate->entries[i].expired));
    }
    return list;
}

static json_t *checks_of(const struct ts_gate_input *input)
{
    json_t *list = json_array();
    for (size_t i = 0; i < input->check_count; i++) {
        const struct ts_grounds_check *check = &input->checks[i];
        json_array_append_new(list, json_pack("{s:o, s:b, s:o, s:o}", "name", ts_json_text("%s", check->name),
                                              "ok", check->ok, "found", ts_json_text("%s", check->found),
                                              "mend", ts_json_text("%s", check->mend)));
    }
    return list;
}

static json_t *counts_of(const struct ts_gate *gate)
{
    json_t *counts = json_object();
    for (int i = 0; i < 4; i++) {
        json_object_set_new(counts, ts_standing_name((ts_standing)i), json_integer(gate->standings[i]));
    }
    json_t *roles = json_object();
    for (int role = 0; role < TS_CELL_ROLE_COUNT; role++) {
        const struct ts_gate_tally *tally = &gate->tallies[role];
        json_object_set_new(roles, ts_cell_role_name((ts_cell_role)role),
                            json_pack("{s:I, s:I, s:I}", "cells", (json_int_t)tally->cells, "met",
                                      (json_int_t)tally->met, "lives", (json_int_t)tally->lives));
    }
    return json_pack("{s:o, s:o, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "findings", counts, "roles", roles,
                     "failed_checks", (json_int_t)gate->failed_checks, "cells_not_run",
                     (json_int_t)gate->cells_not_run, "unexpected_cells", (json_int_t)gate->unexpected_cells,
                     "expired_entries", (json_int_t)gate->expired_entries, "unmatched_entries",
                     (json_int_t)gate->unmatched_entries, "missed_cells", (json_int_t)gate->missed_cells,
                     "unexercised_cells", (json_int_t)gate->unexercised_cells);
}

ts_err ts_gate_json_write(const struct ts_gate *gate, FILE *out, struct ts_diag *diag)
{
    const struct ts_gate_input *input = gate->input;
    json_t *run = json_pack("{s:o, s:o, s:o, s:o, s:b, s:o, s:o, s:I}", "id", ts_json_text("%s", input->id),
                            "tool", ts_json_text("%s", input->tool), "command",
                            ts_json_text("%s", input->command), "commit", ts_json_text("%s", input->commit),
                            "dirty", input->dirty, "machine", ts_json_text("%s", input->machine), "seed",
                            ts_json_text("%s", input->seed), "elapsed_ms", (json_int_t)input->elapsed_ms);
    json_t *blind_spots = json_array();
    for (size_t i = 0; i < input->blind_spot_count; i++) {
        json_array_append_new(blind_spots, ts_json_text("%s", input->blind_spots[i]));
    }
    json_t *root = json_pack(
        "{s:i, s:s, s:s, s:i, s:o, s:f, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "format", 1, "verdict",
        ts_gate_verdict_name(gate->verdict), "reason", ts_gate_reason_name(gate->reason), "exit_code",
        gate->exit_code, "sentence", ts_json_text("%s", gate->sentence), "bound_share", gate->bound, "counts",
        counts_of(gate), "run", run, "findings", findings_of(gate), "cells", cells_of(gate), "baseline",
        entries_of(gate), "preflight", checks_of(input), "blind_spots", blind_spots);
    return ts_json_write(root, "write gate JSON", out, diag);
}
