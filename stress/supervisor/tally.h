/*
 * What a cell comes to: the sums over its lives, its outcome, and whether that is what the catalog expects.
 *
 * Threads: a tally belongs to its caller. Ownership: no memory of its own. Errors: none; findings beyond the
 * bound are counted in findings_lost.
 */
#ifndef TS_SUPERVISOR_TALLY_H
#define TS_SUPERVISOR_TALLY_H

#include "scenario/catalog.h"
#include "supervisor/classify.h"
#include "supervisor/expectation.h"

#define TS_TALLY_FINDINGS 128

/* A finding, as often as the cell showed it. */
struct ts_sighting {
    char signature[24];
    char kind[24];
    char title[192];
    uint64_t lives;
    uint64_t count;
};

struct ts_cell_tally {
    uint64_t lives;
    uint64_t restarts;
    uint64_t outcomes[TS_RECORD_OUTCOME_COUNT];
    uint64_t classes[TS_CRASH_COUNT];
    uint64_t hazard;
    uint64_t counters[TS_COUNTER_COUNT];
    uint64_t armed[TS_PROBE_COUNT]; /* lives in which the probe was armed */
    uint64_t reached[TS_PROBE_COUNT], fired[TS_PROBE_COUNT];
    struct ts_site_tally sites; /* of calls; without the lives before the run was resumed */
    struct ts_sighting findings[TS_TALLY_FINDINGS];
    size_t finding_count;
    uint64_t findings_lost;
    bool named; /* one of its findings can be told from others (ts_finding_named); once the cell ended */
    bool interrupted; /* somebody stopped the run in this cell */
    bool refused;
    bool usage;
    char detail[512]; /* of the first of its worst lives */
};

/* ending: the signature of the finding in how the life ended (a crash, a hang, a deadlock); "" for none. */
void ts_tally_life(struct ts_cell_tally *tally, const struct ts_snapshot *board,
                   const struct ts_verdict *verdict, const char *ending);

/* The worst of its lives; inconclusive when nothing failed and the hazard never occurred, or no life was run.
 */
ts_record_outcome ts_tally_outcome(const struct ts_cell_tally *tally);

/* The commonest class of crash; TS_CRASH_NONE without any. */
enum ts_crash_class ts_tally_class(const struct ts_cell_tally *tally);

/* A cell that was interrupted before it failed is neither a defect nor a blind detector: it meets anything.
 */
enum ts_judgement ts_tally_judge(const struct ts_cell_tally *tally, const struct ts_expectation *expectation);

#endif
