/*
 * What a cell must, may and must not show, and how a tally compares with it.
 *
 * Outcomes are those of a life. A cell that must fail has required outcomes: one that none of its lives had
 * means that the detector may be blind. What is forbidden violates the expectation wherever it occurs; what
 * is neither required, allowed nor forbidden does unless a worse outcome that is required occurred beside it
 * (a cell that is there to race may also break an invariant).
 *
 * Threads: pure functions. Ownership: no memory of its own. Errors: none.
 */
#ifndef TS_SUPERVISOR_EXPECTATION_H
#define TS_SUPERVISOR_EXPECTATION_H

#include "reports/record.h"
#include "scenario/catalog.h"

#include <stdbool.h>
#include <stdint.h>

#define TS_OUTCOME_BIT(outcome) (UINT32_C(1) << (outcome))

/* Sets of TS_OUTCOME_BITs. */
struct ts_expectation {
    uint32_t required;
    uint32_t allowed;
    uint32_t forbidden;
};

enum ts_judgement {
    TS_JUDGED_MET,
    TS_JUDGED_VIOLATED,    /* something occurred that must not */
    TS_JUDGED_MISSED,      /* what must occur did not */
    TS_JUDGED_UNEXERCISED, /* the hazard did not occur, or no life came to its end */
};

/* "met", "violated", "missed", "unexercised" */
const char *ts_judgement_name(enum ts_judgement judgement);

/* What the catalog says of a cell. */
struct ts_expectation ts_expectation_of(const struct ts_scenario_info *scenario, enum ts_mode mode,
                                        enum ts_flavour flavour);

/* The catalog's word for it: fail (something is required), pass (nothing but pass is allowed), any. */
enum ts_expect ts_expectation_word(const struct ts_expectation *expectation);

/* The outcomes that are no news in a cell whose lives ended so. outcomes: lives by outcome. */
uint32_t ts_expectation_welcome(const struct ts_expectation *expectation,
                                const uint64_t outcomes[TS_RECORD_OUTCOME_COUNT]);

/* outcomes: lives by outcome. */
enum ts_judgement ts_expectation_judge(const struct ts_expectation *expectation,
                                       const uint64_t outcomes[TS_RECORD_OUTCOME_COUNT], uint64_t hazard,
                                       bool interrupted);

#endif
