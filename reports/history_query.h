/*
 * Questions to the history. Answers are JSON values, so that a command prints them as they are or as a table.
 *
 * A life fails when its outcome is neither "pass" nor "inconclusive". Shares count the lives that are not
 * inconclusive, of cells that ended: what a killed run's last cell was is not in its record.
 *
 * Threads, Errors: as in history.h. Ownership: the caller drops the answer with json_decref; on error it is
 * NULL. Units: as members are named; shares and p are in 0..1.
 */
#ifndef TS_REPORTS_HISTORY_QUERY_H
#define TS_REPORTS_HISTORY_QUERY_H

#include "reports/history.h"

#include <jansson.h>

/* Two cells differ when Fisher's p, times the number of cells that could differ at all, is at most this. */
#define TS_HISTORY_LEVEL 0.05

/* The newest `limit` runs, newest first: id, started, kind, commit, dirty, cells, lives, findings
 * (signatures, without what was planted and caught), plans (of faults, distinct ones), faults (the first of
 * them, or null), whole, verdict, command, folder. */
ts_err ts_history_runs(struct ts_history *history, int64_t limit, json_t **rows, struct ts_diag *diag);

/* Of the same runs, by mode: run, mode, lives, failed. Without canaries and what was explored. */
ts_err ts_history_run_modes(struct ts_history *history, int64_t limit, json_t **rows, struct ts_diag *diag);

/* The findings seen last first: signature, kind, title, lives, runs, first_seen, last_seen, planted: seen
 * nowhere but in canaries' cells that came out as expected. */
ts_err ts_history_findings(struct ts_history *history, int64_t limit, json_t **rows, struct ts_diag *diag);

/* The same members but planted, of those whose signature starts so; "0x" may be left out. */
ts_err ts_history_signatures(struct ts_history *history, const char *prefix, json_t **rows,
                             struct ts_diag *diag);

/*
 * All that is known of one finding: first_run, first_seen, last_run, last_seen, finding (the record's line)
 * and cells, each with scenario, mode, flavour, faults ("" for none), lives that showed it of how many, and
 * the share's interval low and high. TS_UNKNOWN for another signature.
 */
ts_err ts_history_finding(struct ts_history *history, const char *signature, json_t **finding,
                          struct ts_diag *diag);

/* The runs that saw it, newest first: id, kind, folder. */
ts_err ts_history_finding_runs(struct ts_history *history, const char *signature, json_t **rows,
                               struct ts_diag *diag);

/* The one run with this id: id, folder. No row for an unknown id. */
ts_err ts_history_run_folder(struct ts_history *history, const char *id, json_t **rows, struct ts_diag *diag);

/* The runs whose id starts with prefix, an exact id alone: id, started, kind, whole. */
ts_err ts_history_match_runs(struct ts_history *history, const char *prefix, json_t **rows,
                             struct ts_diag *diag);

/*
 * a and b (as from match_runs); cells, by scenario, mode, flavour and faults, each with failed and lives in
 * both, intervals, p and differ; findings_a, findings_b and findings_both with signature, kind, title,
 * lives_a, lives_b.
 */
ts_err ts_history_compare(struct ts_history *history, const char *run_a, const char *run_b,
                          json_t **comparison, struct ts_diag *diag);

/* Distinct signatures seen in the history. */
ts_err ts_history_signature_count(struct ts_history *history, int64_t *count, struct ts_diag *diag);

#endif
