/*
 * From what a life left behind to findings: symbols, titles and signatures, and a `finding` line in the
 * record for each one that the run sees for the first time.
 *
 * Threads: one at a time. Ownership: init allocates, fini frees; the record writer stays the caller's.
 * Errors: those of the record writer; TS_NO_MEMORY. A missing or dying symbolizer is none: frames then have
 * no names, and preflight has told.
 */
#ifndef TS_SUPERVISOR_EVIDENCE_H
#define TS_SUPERVISOR_EVIDENCE_H

#include "finding/symbolizer.h"
#include "hang/hang.h"
#include "supervisor/classify.h"
#include "supervisor/plan.h"
#include "supervisor/record_writer.h"
#include "supervisor/tally.h"

struct ts_evidence_known {
    char signature[24];
    bool named; /* as ts_finding_named says */
};

struct ts_evidence {
    struct ts_symbolizer *symbolizer;
    struct ts_record_writer *record;
    struct ts_evidence_known *known; /* findings that the record has */
    size_t known_count;
    char modules[TS_BOARD_MODULES][256]; /* of the life at hand, bounded and printable */
};

/* What is left of one life. */
struct ts_remains {
    const struct ts_cell *cell;
    uint64_t life;
    const struct ts_board *board;
    const char *log;
    size_t log_size;
    const struct ts_hang *hang; /* NULL: it did not hang */
};

/* resumed: the record so far of a run that goes on, or NULL. */
ts_err ts_evidence_init(struct ts_evidence *evidence, struct ts_record_writer *record,
                        const struct ts_record *resumed, struct ts_diag *diag);
void ts_evidence_fini(struct ts_evidence *evidence);

/* Gives the snapshot's reports and violations their titles and signatures. */
ts_err ts_evidence_reports(struct ts_evidence *evidence, const struct ts_remains *remains,
                           struct ts_snapshot *snapshot, struct ts_diag *diag);

/* The finding in how the life ended, by its verdict: a crash, a hang, a deadlock. signature is "" when there
 * is none; else the verdict's ending_title is set too. */
ts_err ts_evidence_ending(struct ts_evidence *evidence, const struct ts_remains *remains,
                          struct ts_verdict *verdict, char signature[24], struct ts_diag *diag);

/* Whether one of the cell's findings can be told from others. */
bool ts_evidence_names(const struct ts_evidence *evidence, const struct ts_cell_tally *tally);

/* The log with names in its stacks, for the caller to free; NULL when there is no memory. */
char *ts_evidence_log(struct ts_evidence *evidence, const struct ts_board *board, const char *log,
                      size_t *size);

#endif
