/*
 * What a verdict must rest on, and the verdict that it gives: one rule for the gate and for the stability
 * report.
 *
 * Reasons in order of precedence; the first that applies is the verdict's:
 *   harness             a preflight check failed, a planned cell did not run, or a record is not whole
 *   new-finding         a finding where no expectation has it and no baseline entry excuses it
 *   unexpected-outcome  a violated cell whose failing lives its findings do not account for
 *   policy              an expired baseline entry, matched or not
 *   blind               a canary or another required outcome was missed, a twin was not clean, no canary ran,
 *                       or there is a blind spot (below)
 *   unexercised         a cell never met its hazard, or no protected cell ran
 * The verdict is FAIL when there is a new finding, an unexpected outcome or an expired entry, whatever else
 * is wrong: a defect that was shown stays shown. Else it is INCONCLUSIVE for any other reason, and PASS for
 * none.
 *
 * Blind spots are what the detectors should be tried with, and are not. For each flavour in which a protected
 * cell is judged: each known canary whose defect the flavour can see, and its clean twin. And one unprotected
 * mode, whatever its flavour: the shipped defect itself.
 *
 * Threads: pure. Ownership: texts are the caller's. Errors: none.
 */
#ifndef TS_REPORTS_GROUNDS_H
#define TS_REPORTS_GROUNDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum ts_cell_role {
    TS_CELL_PROTECTED, /* the code under test; must stay clean */
    TS_CELL_CANARY,    /* a planted defect that must be caught */
    TS_CELL_TWIN,      /* a canary without its defect; must stay clean */
    TS_CELL_MUST_FAIL, /* an unprotected mode of a scenario; must fail */
    TS_CELL_MAY_FAIL,  /* may */
    TS_CELL_ROLE_COUNT
} ts_cell_role;

typedef enum ts_gate_verdict { TS_GATE_PASS, TS_GATE_FAIL, TS_GATE_INCONCLUSIVE } ts_gate_verdict;

/* In order of precedence. */
typedef enum ts_gate_reason {
    TS_GATE_HARNESS,
    TS_GATE_NEW_FINDING,
    TS_GATE_UNEXPECTED,
    TS_GATE_POLICY,
    TS_GATE_BLIND,
    TS_GATE_UNEXERCISED,
    TS_GATE_NONE
} ts_gate_reason;

struct ts_grounds {
    int64_t failed_checks;
    int64_t cells_not_run;
    bool partial; /* a record without its end, or one that was interrupted */
    int64_t new_findings;
    int64_t unexpected_cells;
    int64_t expired_entries;
    int64_t missed_cells;     /* what they must show did not occur; canaries too */
    int64_t canaries, caught; /* that ran; that were caught */
    int64_t twins, clean;     /* that ran; that were clean */
    int64_t blind_spots;
    int64_t unexercised_cells;
    int64_t protected_cells; /* that ran */
};

struct ts_grounds_verdict {
    ts_gate_verdict verdict;
    ts_gate_reason reason;
    bool applies[TS_GATE_NONE + 1]; /* by reason */
};

struct ts_grounds_verdict ts_grounds_judge(const struct ts_grounds *grounds);

/* A cell, as far as it makes or fills a blind spot. */
struct ts_grounds_cell {
    ts_cell_role role;
    const char *scenario;
    const char *flavour;
};

/* A planted defect that the flavour can see. */
struct ts_grounds_canary {
    const char *scenario;
    const char *flavour;
};

/* What the machine was tried for before a run. */
struct ts_grounds_check {
    const char *name;
    bool ok;
    const char *found; /* what was there */
    const char *mend;  /* what to do; "" when ok */
};

#define TS_BLIND_SPOT_SIZE 96

/* Writes one text for each ("canary-leak in asan", "the twin of canary-leak in asan"), and returns how many;
 * what exceeds max is left out. Without known canaries any canary and any twin of a flavour will do. */
size_t ts_grounds_blind_spots(const struct ts_grounds_cell *cells, size_t cell_count,
                              const struct ts_grounds_canary *known, size_t known_count,
                              char (*texts)[TS_BLIND_SPOT_SIZE], size_t max);

#endif
