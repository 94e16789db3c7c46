/*
 * Builds the stability report's model from run records.
 *
 * Threads: one report at a time for each caller. Ownership: all of the input must outlive the report, which
 * ts_stability_free releases. Errors: TS_INVALID for no record, one run twice, or an impossible date;
 * TS_NO_MEMORY.
 */
#ifndef TS_REPORTS_STABILITY_BUILD_H
#define TS_REPORTS_STABILITY_BUILD_H

#include "reports/baseline.h"
#include "reports/stability.h"

#include <jansson.h>

struct ts_stability_input {
    const struct ts_record *const *records;
    const char *const *folders; /* of each, for what lies beside it; "" when there is none */
    size_t record_count;
    const struct ts_baseline *baseline; /* NULL: none */
    const char *baseline_file;          /* its name; "" */
    const char
        *today; /* YYYY-MM-DD, by which entries of the baseline expire; NULL: the day the newest run began */
    const json_t *score; /* of tickstorm score; NULL */
    const char *score_file;
    const char *history_file;  /* "" without a history */
    const json_t *trend;       /* rows of ts_history_runs, newest first; NULL */
    const json_t *trend_modes; /* rows of ts_history_run_modes; NULL */
    const json_t *sightings;   /* rows of ts_history_findings; NULL */
};

/*
 * The verdict:
 *   FAIL: a finding that nobody owns, or an outcome that no finding accounts for, in a cell that may not have
 * it; an entry of the baseline that is past its day. INCONCLUSIVE: else, when a record is not whole or a
 * planned cell did not end; when a canary or another cell that must fail did not, or a twin was not clean;
 * when a protected cell never met its hazard, or no protected life came to an end; when a flavour that was
 * judged has neither a canary nor a cell that must fail in it, so that nothing shows that failures would have
 * been seen there. PASS: else. A cell without a role (of a plain run) may not fail.
 */
ts_err ts_stability_build(const struct ts_stability_input *input, struct ts_stability **report,
                          struct ts_diag *diag);

#endif
