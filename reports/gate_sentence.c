#include "reports/figure.h"
#include "reports/gate.h"
#include "reports/utf8.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static void write_number(FILE *out, int64_t count, const char *one, const char *many)
{
    struct ts_figure figure;
    fprintf(out, "%s %s", ts_figure_count(&figure, count), count == 1 ? one : many);
}

/* "`first` and 2 more" of the cells that answer yes. */
static void write_cells(FILE *out, const struct ts_gate *gate,
                        bool (*applies)(const struct ts_gate *, size_t))
{
    int64_t more = -1;
    for (size_t i = 0; i < gate->input->cell_count; i++) {
        if (!applies(gate, i)) {
            continue;
        }
        if (more++ < 0) {
            const struct ts_gate_cell *cell = &gate->input->cells[i];
            fprintf(out, " (%s/%s/%s%s%s", cell->scenario, cell->mode, cell->flavour,
                    cell->outcome[0] == '\0' ? "" : ", ", cell->outcome);
        }
    }
    if (more > 0) {
        fprintf(out, ", and %" PRId64 " more", more);
    }
    fputs(more >= 0 ? ")" : "", out);
}

static bool not_run(const struct ts_gate *gate, size_t index)
{
    return gate->states[index] == TS_STATE_NOT_RUN;
}

static bool unexpected(const struct ts_gate *gate, size_t index)
{
    return gate->states[index] == TS_STATE_UNEXPECTED;
}

static bool missed(const struct ts_gate *gate, size_t index)
{
    const struct ts_gate_cell *cell = &gate->input->cells[index];
    return gate->states[index] != TS_STATE_NOT_RUN &&
           (cell->judgement == TS_CELL_MISSED ||
            (cell->role == TS_CELL_CANARY && cell->judgement == TS_CELL_UNEXERCISED));
}

static bool idle(const struct ts_gate *gate, size_t index)
{
    const struct ts_gate_cell *cell = &gate->input->cells[index];
    return gate->states[index] != TS_STATE_NOT_RUN && cell->judgement == TS_CELL_UNEXERCISED &&
           cell->role != TS_CELL_CANARY;
}

static void write_harness(FILE *out, const struct ts_gate *gate)
{
    fputs(gate->input->interrupted && gate->cells_not_run > 0 ? "interrupted: " : "", out);
    for (size_t i = 0; i < gate->input->check_count; i++) {
        const struct ts_grounds_check *check = &gate->input->checks[i];
        if (!check->ok) {
            fprintf(out, "preflight %s failed: %s", check->name, check->found);
            break;
        }
    }
    if (gate->failed_checks > 1) {
        fprintf(out, " (and %" PRId64 " more)", gate->failed_checks - 1);
    }
    if (gate->cells_not_run > 0) {
        fputs(gate->failed_checks > 0 ? "; " : "", out);
        write_number(out, gate->cells_not_run, "cell did not run", "cells did not run");
        write_cells(out, gate, not_run);
    }
}

static void write_findings(FILE *out, const struct ts_gate *gate)
{
    struct ts_figure figure;
    const struct ts_gate_tally *protected = &gate->tallies[TS_CELL_PROTECTED];
    int64_t news = gate->standings[TS_STANDING_NEW];
    write_number(out, news, "new finding", "new findings");
    fputs(" in ", out);
    write_number(out, protected->cells, "cell, ", "cells, ");
    write_number(out, protected->lives, "life, ", "lives, ");
    fputs(ts_figure_duration(&figure, gate->input->elapsed_ms), out);
    if (news == 0 && gate->bound < 1) {
        fprintf(out, " (under %s %% a %slife at 95 %%)", ts_figure_percent_above(&figure, gate->bound),
                protected->explored_lives > 0 ? "native " : "");
    }
    for (size_t i = 0; i < gate->input->finding_count; i++) {
        if (gate->judged[i].standing == TS_STANDING_NEW) {
            const struct ts_finding *finding = gate->input->findings[i].finding;
            fprintf(out, ": %s %s %s", finding->kind, finding->title, finding->signature);
            break;
        }
    }
    if (news > 1) {
        fprintf(out, " and %" PRId64 " more", news - 1);
    }
}

static void write_unexpected(FILE *out, const struct ts_gate *gate)
{
    if (gate->unexpected_cells > 0) {
        write_number(out, gate->unexpected_cells, "cell", "cells");
        fputs(" with an outcome that no finding explains", out);
        write_cells(out, gate, unexpected);
    }
}

static void write_policy(FILE *out, const struct ts_gate *gate)
{
    for (size_t i = 0; i < gate->entry_count; i++) {
        if (gate->entries[i].expired) {
            const struct ts_known *known = &gate->baseline->known[i];
            write_number(out, gate->expired_entries, "baseline entry", "baseline entries");
            fprintf(out, " expired (%s on %s, owner %s", known->signature, known->expiry, known->owner);
            if (gate->expired_entries > 1) {
                fprintf(out, ", and %" PRId64 " more", gate->expired_entries - 1);
            }
            fputc(')', out);
            return;
        }
    }
}

static void write_blind(FILE *out, const struct ts_gate *gate)
{
    if (gate->missed_cells > 0) {
        fputs("blind: ", out);
        write_number(out, gate->missed_cells, "required outcome missed", "required outcomes missed");
        write_cells(out, gate, missed);
    } else if (gate->tallies[TS_CELL_CANARY].cells == 0) {
        fputs("blind: no canary ran", out);
    } else if (gate->tallies[TS_CELL_CANARY].met < gate->tallies[TS_CELL_CANARY].cells) {
        fputs("blind: not every canary failed as it must", out);
    } else if (gate->tallies[TS_CELL_TWIN].met < gate->tallies[TS_CELL_TWIN].cells) {
        fputs("blind: a canary's twin was not clean", out);
    } else if (gate->input->blind_spot_count > 0) {
        fprintf(out, "blind: the plan lacks %s", gate->input->blind_spots[0]);
        if (gate->input->blind_spot_count > 1) {
            fprintf(out, " and %zu more", gate->input->blind_spot_count - 1);
        }
    }
}

static void write_unexercised(FILE *out, const struct ts_gate *gate)
{
    if (gate->unexercised_cells > 0) {
        write_number(out, gate->unexercised_cells, "cell", "cells");
        fputs(" never met the hazard", out);
        write_cells(out, gate, idle);
    } else if (gate->tallies[TS_CELL_PROTECTED].cells == 0) {
        fputs("no protected cell ran", out);
    }
}

static void write_baseline(FILE *out, const struct ts_gate *gate)
{
    if (gate->standings[TS_STANDING_KNOWN] > 0) {
        write_number(out, gate->standings[TS_STANDING_KNOWN], "known finding", "known findings");
    }
    if (gate->unmatched_entries > 0) {
        fputs(gate->standings[TS_STANDING_KNOWN] > 0 ? "; " : "", out);
        write_number(out, gate->unmatched_entries, "baseline entry", "baseline entries");
        fputs(" never matched", out);
    }
}

/* The mode that all cells that must fail share, else NULL. */
static const char *shared_mode(const struct ts_gate_input *input)
{
    const char *mode = NULL;
    for (size_t i = 0; i < input->cell_count; i++) {
        if (input->cells[i].role != TS_CELL_MUST_FAIL) {
            continue;
        }
        if (mode != NULL && strcmp(mode, input->cells[i].mode) != 0) {
            return NULL;
        }
        mode = input->cells[i].mode;
    }
    return mode;
}

static void write_tallies(FILE *out, const struct ts_gate *gate)
{
    const struct ts_gate_tally *canaries = &gate->tallies[TS_CELL_CANARY];
    const struct ts_gate_tally *twins = &gate->tallies[TS_CELL_TWIN];
    const struct ts_gate_tally *must_fail = &gate->tallies[TS_CELL_MUST_FAIL];
    fprintf(out, "%" PRId64 " of %" PRId64 " canaries caught", canaries->met, canaries->cells);
    if (twins->cells > 0) {
        fprintf(out, ", %" PRId64 " of %" PRId64 " twins clean", twins->met, twins->cells);
    }
    if (must_fail->cells > 0) {
        const char *mode = shared_mode(gate->input);
        fprintf(out, "; %s failed in %" PRId64 " of %" PRId64 " cells that must",
                mode != NULL ? mode : "unprotected modes", must_fail->met, must_fail->cells);
    }
}

char *ts_gate_sentence(const struct ts_gate *gate)
{
    static void (*const clauses[])(FILE *, const struct ts_gate *) = {
        [TS_GATE_HARNESS] = write_harness,       [TS_GATE_NEW_FINDING] = write_findings,
        [TS_GATE_UNEXPECTED] = write_unexpected, [TS_GATE_POLICY] = write_policy,
        [TS_GATE_BLIND] = write_blind,           [TS_GATE_UNEXERCISED] = write_unexercised,
        [TS_GATE_NONE] = write_baseline,         [TS_GATE_NONE + 1] = write_tallies};
    char *raw = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&raw, &size);
    if (out == NULL) {
        return NULL;
    }
    fprintf(out, "%s: ", ts_gate_verdict_name(gate->verdict));
    ts_gate_reason first = gate->reason == TS_GATE_NONE ? TS_GATE_NEW_FINDING : gate->reason;
    clauses[first](out, gate);
    fputs("; ", out);
    for (size_t i = 0; i < sizeof clauses / sizeof clauses[0]; i++) {
        if (i == first) {
            continue;
        }
        long start = ftell(out);
        clauses[i](out, gate);
        fputs(ftell(out) != start ? "; " : "", out);
    }
    bool failed = ferror(out) != 0;
    failed = fclose(out) != 0 || failed;
    if (!failed) {
        memcpy(raw + size - 2, ".", 2);
        for (char *at = raw; *at != '\0'; at++) {
            *at = *at == '\n' || *at == '\t' ? ' ' : *at;
        }
    }
    char *sentence = failed ? NULL : ts_utf8_clean(raw);
    free(raw);
    return sentence;
}
