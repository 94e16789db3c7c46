#include "supervisor/tally.h"

#include <stdio.h>
#include <string.h>

static void add_finding(struct ts_cell_tally *tally, const char *signature, const char *kind,
                        const char *title, uint64_t count)
{
    struct ts_sighting *finding = tally->findings;
    struct ts_sighting *end = tally->findings + tally->finding_count;
    while (finding < end && (strcmp(finding->signature, signature) != 0 || strcmp(finding->kind, kind) != 0 ||
                             strcmp(finding->title, title) != 0)) {
        finding++;
    }
    if (finding == end) {
        if (tally->finding_count == TS_TALLY_FINDINGS) {
            tally->findings_lost++;
            return;
        }
        tally->finding_count++;
        snprintf(finding->signature, sizeof finding->signature, "%s", signature);
        snprintf(finding->kind, sizeof finding->kind, "%s", kind);
        snprintf(finding->title, sizeof finding->title, "%s", title);
    }
    finding->lives++;
    finding->count += count;
}

/* Reports of one life that differ only in their description are one finding in one life. */
static uint64_t merged_count(const struct ts_snapshot *board, size_t index)
{
    const struct ts_snapshot_report *report = &board->reports[index];
    uint64_t count = 0;
    for (size_t i = 0; i < board->report_count; i++) {
        const struct ts_snapshot_report *other = &board->reports[i];
        if (strcmp(other->signature, report->signature) == 0 && strcmp(other->kind, report->kind) == 0 &&
            strcmp(other->title, report->title) == 0) {
            if (i < index) {
                return 0;
            }
            count += other->count;
        }
    }
    return count;
}

static uint64_t merged_violations(const struct ts_snapshot *board, size_t index)
{
    uint64_t count = 0;
    for (size_t i = 0; i < board->violation_count; i++) {
        if (strcmp(board->violations[i].name, board->violations[index].name) == 0) {
            if (i < index) {
                return 0;
            }
            count++;
        }
    }
    return count;
}

static void add_findings(struct ts_cell_tally *tally, const struct ts_snapshot *board)
{
    for (size_t i = 0; i < board->report_count; i++) {
        uint64_t count = merged_count(board, i);
        if (count > 0) {
            add_finding(tally, board->reports[i].signature, board->reports[i].kind, board->reports[i].title,
                        count);
        }
    }
    for (size_t i = 0; i < board->violation_count; i++) {
        uint64_t count = merged_violations(board, i);
        if (count > 0) {
            add_finding(tally, board->violations[i].signature, "invariant", board->violations[i].name, count);
        }
    }
    tally->findings_lost += board->reports_lost;
}

void ts_tally_life(struct ts_cell_tally *tally, const struct ts_snapshot *board,
                   const struct ts_verdict *verdict, const char *ending)
{
    bool worse = true;
    for (int i = 0; i < TS_RECORD_OUTCOME_COUNT; i++) {
        worse = worse && (tally->outcomes[i] == 0 ||
                          ts_outcome_severity((ts_record_outcome)i) < ts_outcome_severity(verdict->outcome));
    }
    if (worse) {
        snprintf(tally->detail, sizeof tally->detail, "%s", verdict->detail);
    }
    tally->lives++;
    tally->outcomes[verdict->outcome]++;
    tally->classes[verdict->class] += verdict->class != TS_CRASH_NONE;
    tally->hazard += board->hazard;
    for (int i = 0; i < TS_COUNTER_COUNT; i++) {
        tally->counters[i] += board->counters[i];
    }
    for (int i = 0; i < TS_PROBE_COUNT; i++) {
        tally->armed[i] += board->armed[i];
        tally->reached[i] += board->reached[i];
        tally->fired[i] += board->fired[i];
    }
    ts_site_tally_add(&tally->sites, &board->sites);
    tally->refused = tally->refused || verdict->refused;
    tally->usage = tally->usage || verdict->usage;
    add_findings(tally, board);
    if (ending[0] != '\0') {
        bool ended = verdict->outcome == TS_RECORD_HANG || verdict->outcome == TS_RECORD_DEADLOCK;
        add_finding(tally, ending, ended ? ts_record_outcome_name(verdict->outcome) : "crash",
                    verdict->ending_title, 1);
    }
}

ts_record_outcome ts_tally_outcome(const struct ts_cell_tally *tally)
{
    ts_record_outcome worst = TS_RECORD_PASS;
    for (int i = 0; i < TS_RECORD_OUTCOME_COUNT; i++) {
        ts_record_outcome outcome = (ts_record_outcome)i;
        if (tally->outcomes[i] > 0 && ts_outcome_severity(outcome) > ts_outcome_severity(worst)) {
            worst = outcome;
        }
    }
    return worst == TS_RECORD_PASS && tally->hazard == 0 ? TS_RECORD_INCONCLUSIVE : worst;
}

enum ts_crash_class ts_tally_class(const struct ts_cell_tally *tally)
{
    int commonest = TS_CRASH_NONE;
    for (int i = TS_CRASH_NONE + 1; i < TS_CRASH_COUNT; i++) {
        if (tally->classes[i] > tally->classes[commonest]) {
            commonest = i;
        }
    }
    return (enum ts_crash_class)commonest;
}

enum ts_judgement ts_tally_judge(const struct ts_cell_tally *tally, const struct ts_expectation *expectation)
{
    return ts_expectation_judge(expectation, tally->outcomes, tally->hazard, tally->interrupted);
}
