/*
 * The gate's judgement: from what a run showed and what the baseline excuses to one verdict.
 *
 * The rule is grounds.h's. Exit codes by reason: harness 4, new-finding 1, unexpected-outcome 1, policy 7,
 * blind 5, unexercised 5; the sentence names all reasons that apply, the verdict's first. A run with a missed
 * canary, a twin that is not clean (whatever the baseline says), a blind spot, without a canary, or without a
 * protected cell never passes.
 *
 * Threads: pure; a judged gate is read-only. Ownership: the gate points into input and baseline, which must
 * outlive it; ts_gate_free frees the rest. Strings of the input are never NULL and may hold any bytes.
 * Units: as the members are named. Errors: TS_INVALID for an impossible date, a sighting in a cell that there
 * is not, or two findings with one signature; TS_NO_MEMORY.
 */
#ifndef TS_REPORTS_GATE_H
#define TS_REPORTS_GATE_H

#include "reports/baseline.h"
#include "reports/finding.h"
#include "reports/grounds.h"

typedef enum ts_cell_judgement {
    TS_CELL_MET,
    TS_CELL_VIOLATED,    /* an outcome that the expectation forbids */
    TS_CELL_MISSED,      /* a required outcome did not occur */
    TS_CELL_UNEXERCISED, /* the hazard did not occur, so nothing was tried */
    TS_CELL_NOT_RUN
} ts_cell_judgement;

struct ts_gate_cell {
    const char *set;
    const char *scenario;
    const char *mode;
    const char *flavour;
    ts_cell_role role;
    const char *outcome;
    ts_cell_judgement judgement;
    int64_t lives;
    int64_t failing_lives;
    int64_t elapsed_ms;
    int64_t hazard_count;
    const char *detail;
    const char *command; /* repeats the cell */
    const char *log;
};

/* Where a finding was seen. One in a cell whose expectation requires or allows it is evidence, not news. */
struct ts_gate_sighting {
    size_t cell; /* index into cells */
    int64_t lives;
    int64_t count;
    bool expected;
};

struct ts_gate_finding {
    const struct ts_finding *finding;
    const struct ts_gate_sighting *sightings;
    size_t sighting_count;
};

struct ts_gate_input {
    const char *id;
    const char *tool; /* name and version: "tickstorm 0.1.0" */
    const char *command;
    const char *repository_url; /* https, of the source's repository; NULL or "" when unknown */
    const char *commit;
    bool dirty;
    const char *machine; /* one line */
    const char *seed;
    int64_t elapsed_ms;
    bool interrupted; /* by a person; cells may be missing */
    const struct ts_gate_cell *cells;
    size_t cell_count;
    const struct ts_gate_finding *findings; /* one a signature */
    size_t finding_count;
    const struct ts_grounds_check *checks;
    size_t check_count;
    const char *const *blind_spots; /* what the plan should try its detectors with, and does not */
    size_t blind_spot_count;
};

typedef enum ts_standing {
    TS_STANDING_NEW,
    TS_STANDING_KNOWN,
    TS_STANDING_EXPIRED,
    TS_STANDING_EXPECTED
} ts_standing;

/* What a cell means for the gate: the worst that applies. */
typedef enum ts_gate_state {
    TS_STATE_NOT_RUN,
    TS_STATE_NEW_FINDING,
    TS_STATE_UNEXPECTED,
    TS_STATE_EXPIRED, /* a finding whose baseline entry is expired */
    TS_STATE_MISSED,
    TS_STATE_UNEXERCISED,
    TS_STATE_KNOWN,
    TS_STATE_MET
} ts_gate_state;

struct ts_gate_judged {
    ts_standing standing;
    const struct ts_known *known; /* of known and expired, else NULL */
    int64_t lives;                /* sums over the sightings that give the standing */
    int64_t count;
};

struct ts_gate_entry {
    bool matched; /* seen in this run, wherever */
    bool expired;
};

/* Cells of one role that ran. */
struct ts_gate_tally {
    int64_t cells;
    int64_t met; /* did as they must */
    int64_t lives;
    int64_t exercised_lives; /* native ones, in cells that met their hazard */
    int64_t explored_lives;  /* each of many schedules: the explorer bounds no share of lives */
};

struct ts_gate {
    const struct ts_gate_input *input;
    const struct ts_baseline *baseline; /* may be NULL */
    ts_gate_verdict verdict;
    ts_gate_reason reason;
    int exit_code;
    char *sentence;                /* one line of well-formed UTF-8 */
    struct ts_gate_judged *judged; /* one a finding of the input */
    ts_gate_state *states;         /* one a cell of the input */
    struct ts_gate_entry *entries; /* one an entry of the baseline */
    size_t entry_count;
    struct ts_gate_tally tallies[TS_CELL_ROLE_COUNT];
    int64_t failed_checks;
    int64_t cells_not_run;
    int64_t standings[4]; /* findings by standing */
    int64_t unexpected_cells;
    int64_t expired_entries;
    int64_t unmatched_entries;
    int64_t missed_cells;
    int64_t unexercised_cells;
    double
        bound; /* share of native protected lives that 0 new findings leave possible at 95 %; 1 when blind */
};

/* Judges input. `today` is YYYY-MM-DD; an entry is expired after its day. On error *gate is all zero. */
ts_err ts_gate_judge(const struct ts_gate_input *input, const struct ts_baseline *baseline, const char *today,
                     struct ts_gate *gate, struct ts_diag *diag);

/* Leaves *gate all zero; accepts one that is. */
void ts_gate_free(struct ts_gate *gate);

const char *ts_gate_verdict_name(ts_gate_verdict verdict);
const char *ts_gate_reason_name(ts_gate_reason reason);
const char *ts_standing_name(ts_standing standing);
const char *ts_gate_state_name(ts_gate_state state);
const char *ts_cell_role_name(ts_cell_role role);

/* The frame that stands for the finding: the first of the program's own code that names a source file, else
 * any with a file; NULL without one. */
const struct ts_frame *ts_finding_frame(const struct ts_finding *finding);

/* Whether the finding can be told from others: it has a function of the program's own with its source file,
 * or is an invariant, which has a name. A baseline excuses no other. */
bool ts_finding_named(const struct ts_finding *finding);

/* The sentence for ts_gate_judge (gate_sentence.c): NULL without memory. The rest of *gate is filled. */
char *ts_gate_sentence(const struct ts_gate *gate);

#endif
