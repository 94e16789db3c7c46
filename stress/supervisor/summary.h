/*
 * The verdict of a run over its cells, and the sentence that says it with numbers.
 *
 * A contrast is as expected, unexpected (something failed that must not, or in a way it must not) or
 * inconclusive (a cell that must fail did not, or a hazard never occurred: the detector may be blind). A
 * plain run is clean, or has findings (also those of a canary: it tells what it saw), or is inconclusive, as
 * with a canary that showed nothing.
 *
 * Threads: a summary belongs to its caller. Ownership: no memory of its own. Errors: none.
 */
#ifndef TS_SUPERVISOR_SUMMARY_H
#define TS_SUPERVISOR_SUMMARY_H

#include "supervisor/plan.h"
#include "supervisor/tally.h"

enum ts_run_verdict {
    TS_RUN_AS_EXPECTED,
    TS_RUN_CLEAN,
    TS_RUN_UNEXPECTED,
    TS_RUN_FINDINGS,
    TS_RUN_INCONCLUSIVE,
    TS_RUN_INTERRUPTED,
};

const char *ts_run_verdict_name(enum ts_run_verdict verdict);

/* Cells of one kind, summed. */
struct ts_cell_sum {
    size_t cells;
    size_t failed;
    uint64_t lives;
    uint64_t restarts;
    int64_t elapsed_ms;
    bool modes[TS_MODE_COUNT];
};

struct ts_run_summary {
    bool expects;
    size_t planned;
    bool interrupted;
    /* Canaries are in none but planted, where also the gate counts them; a plain run has all its cells in
     * must_pass. What must fail has failed only when it did so as it must. */
    struct ts_cell_sum must_fail, must_pass, either, planted;
    size_t unexpected, inconclusive;
    size_t canaries, caught; /* cells with a planted defect that must show, and that did, by a name */
    uint64_t hazard;
    bool refused, usage; /* some worker would not run its cell, or not take its arguments */
    char first_unexpected[384];
    char first_inconclusive[384];
};

void ts_summary_init(struct ts_run_summary *summary, size_t planned, bool expects);
void ts_summary_cell(struct ts_run_summary *summary, const struct ts_cell *cell,
                     const struct ts_cell_tally *tally, int64_t elapsed_ms);
enum ts_run_verdict ts_summary_verdict(const struct ts_run_summary *summary);
void ts_summary_sentence(const struct ts_run_summary *summary, char *text, size_t size);

#endif
