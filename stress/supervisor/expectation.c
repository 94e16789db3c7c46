#include "supervisor/expectation.h"

#include "supervisor/outcome.h"

#define BIT            TS_OUTCOME_BIT
#define EVERY_OUTCOME  (BIT(TS_RECORD_OUTCOME_COUNT) - 1)
#define NEUTRAL        (BIT(TS_RECORD_PASS) | BIT(TS_RECORD_INCONCLUSIVE))
#define DETECTED       (BIT(TS_RECORD_CRASH) | BIT(TS_RECORD_RACE) | BIT(TS_RECORD_MEMORY_ERROR))
#define NEVER_HARMLESS (BIT(TS_RECORD_HANG) | BIT(TS_RECORD_INVARIANT))

const char *ts_judgement_name(enum ts_judgement judgement)
{
    static const char *const names[] = {"met", "violated", "missed", "unexercised"};
    return names[judgement];
}

struct ts_expectation ts_expectation_of(const struct ts_scenario_info *scenario, enum ts_mode mode,
                                        enum ts_flavour flavour)
{
    ts_record_outcome shown = TS_RECORD_OUTCOME_COUNT;
    switch (scenario->expect[mode][flavour]) {
    case TS_EXPECT_PASS:
        return (struct ts_expectation){.allowed = NEUTRAL};
    case TS_EXPECT_ANY:
        /* What a canary's planted defect does where no detector watches is nobody's news. */
        return (struct ts_expectation){.allowed = EVERY_OUTCOME & ~(scenario->canary ? 0 : NEVER_HARMLESS)};
    case TS_EXPECT_FAIL:
        break;
    }
    TS_ASSERT(scenario->shows[flavour] != NULL && ts_record_outcome_of(scenario->shows[flavour], &shown));
    /* What is unprotected may break its invariants before a detector sees why; a canary breaks nothing else.
     */
    uint32_t beside = scenario->canary ? 0 : BIT(TS_RECORD_INVARIANT);
    return (struct ts_expectation){.required = BIT(shown), .allowed = NEUTRAL | DETECTED | beside};
}

enum ts_expect ts_expectation_word(const struct ts_expectation *expectation)
{
    if (expectation->required != 0) {
        return TS_EXPECT_FAIL;
    }
    return (expectation->allowed & ~NEUTRAL) == 0 ? TS_EXPECT_PASS : TS_EXPECT_ANY;
}

uint32_t ts_expectation_welcome(const struct ts_expectation *expectation,
                                const uint64_t outcomes[TS_RECORD_OUTCOME_COUNT])
{
    uint32_t welcome = expectation->required | expectation->allowed;
    int worst_required = -1;
    for (int i = 0; i < TS_RECORD_OUTCOME_COUNT; i++) {
        int severity = ts_outcome_severity((ts_record_outcome)i);
        bool shown = outcomes[i] > 0 && (expectation->required & BIT(i)) != 0;
        worst_required = shown && severity > worst_required ? severity : worst_required;
    }
    for (int i = 0; i < TS_RECORD_OUTCOME_COUNT; i++) {
        welcome |= ts_outcome_severity((ts_record_outcome)i) < worst_required ? BIT(i) : 0;
    }
    return welcome & ~expectation->forbidden;
}

enum ts_judgement ts_expectation_judge(const struct ts_expectation *expectation,
                                       const uint64_t outcomes[TS_RECORD_OUTCOME_COUNT], uint64_t hazard,
                                       bool interrupted)
{
    uint32_t welcome = ts_expectation_welcome(expectation, outcomes), seen = 0;
    bool failed = false;
    for (int i = 0; i < TS_RECORD_OUTCOME_COUNT; i++) {
        bool failure = ts_outcome_failed((ts_record_outcome)i);
        if (outcomes[i] == 0) {
            continue;
        }
        seen |= BIT(i);
        failed = failed || failure;
        if ((expectation->forbidden & BIT(i)) != 0 || (failure && (welcome & BIT(i)) == 0)) {
            return TS_JUDGED_VIOLATED;
        }
    }
    if (interrupted && !failed) {
        return TS_JUDGED_MET;
    }
    if ((expectation->required & ~seen) != 0) {
        return TS_JUDGED_MISSED;
    }
    bool inconclusive = !failed && (hazard == 0 || (seen & BIT(TS_RECORD_INCONCLUSIVE)) != 0 || seen == 0);
    return inconclusive ? TS_JUDGED_UNEXERCISED : TS_JUDGED_MET;
}
