#include "supervisor/summary.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A cell of one life with this outcome, 1 s long. */
static void add_of(struct ts_run_summary *summary, const char *scenario, const char *mode,
                   ts_record_outcome outcome, uint64_t hazard, bool interrupted, bool named)
{
    struct ts_cell cell = {.scenario = &ts_scenario_catalog[ts_scenario_find(scenario)],
                           .mode = (enum ts_mode)ts_mode_find(mode)};
    cell.expectation = ts_expectation_of(cell.scenario, cell.mode, cell.flavour);
    static struct ts_cell_tally tally;
    memset(&tally, 0, sizeof tally);
    tally.lives = 1;
    tally.outcomes[outcome] = 1;
    tally.hazard = hazard;
    tally.interrupted = interrupted;
    tally.named = named;
    ts_summary_cell(summary, &cell, &tally, 1000);
}

static void add(struct ts_run_summary *summary, const char *mode, ts_record_outcome outcome, uint64_t hazard,
                bool interrupted)
{
    add_of(summary, "destroy-mid-callback", mode, outcome, hazard, interrupted, true);
}

static struct ts_run_summary contrast(ts_record_outcome direct, ts_record_outcome queued, uint64_t hazard)
{
    struct ts_run_summary summary;
    ts_summary_init(&summary, 2, true);
    add(&summary, "direct", direct, hazard, false);
    add(&summary, "queued", queued, hazard, false);
    return summary;
}

Test(summary, of_a_contrast_judges_by_the_catalog)
{
    static const struct {
        ts_record_outcome direct, queued;
        uint64_t hazard;
        enum ts_run_verdict verdict;
    } rows[] = {
        {TS_RECORD_CRASH, TS_RECORD_PASS, 1, TS_RUN_AS_EXPECTED},
        {TS_RECORD_LEAK, TS_RECORD_PASS, 1, TS_RUN_UNEXPECTED},
        {TS_RECORD_PASS, TS_RECORD_PASS, 1, TS_RUN_INCONCLUSIVE},
        {TS_RECORD_CRASH, TS_RECORD_PASS, 0, TS_RUN_INCONCLUSIVE},
        {TS_RECORD_CRASH, TS_RECORD_INCONCLUSIVE, 1, TS_RUN_INCONCLUSIVE},
        {TS_RECORD_CRASH, TS_RECORD_RACE, 1, TS_RUN_UNEXPECTED},
        {TS_RECORD_PASS, TS_RECORD_CRASH, 1, TS_RUN_UNEXPECTED},
        {TS_RECORD_HANG, TS_RECORD_PASS, 1, TS_RUN_UNEXPECTED},
        {TS_RECORD_INVARIANT, TS_RECORD_PASS, 1, TS_RUN_INCONCLUSIVE}, /* no news, but not the crash either */
        {TS_RECORD_CRASH, TS_RECORD_INVARIANT, 1, TS_RUN_UNEXPECTED},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct ts_run_summary summary = contrast(rows[i].direct, rows[i].queued, rows[i].hazard);
        cr_expect_eq(ts_summary_verdict(&summary), rows[i].verdict, "row %zu: %s", i,
                     ts_run_verdict_name(ts_summary_verdict(&summary)));
    }
}

Test(summary, says_its_numbers)
{
    char sentence[1024];
    struct ts_run_summary summary = contrast(TS_RECORD_CRASH, TS_RECORD_PASS, 4);
    ts_summary_sentence(&summary, sentence, sizeof sentence);
    cr_assert_str_eq(sentence,
                     "As expected: direct failed in 1 of 1 cell that must fail (0 restarts, 0.0/min); "
                     "queued showed nothing in 1 cell, 1 life, 1 s.");
    summary = contrast(TS_RECORD_PASS, TS_RECORD_PASS, 4);
    ts_summary_sentence(&summary, sentence, sizeof sentence);
    cr_assert_not_null(strstr(sentence, "first destroy-mid-callback direct plain: pass (it must fail"), "%s",
                       sentence);
}

/* What must fail and what is planted are counted as the gate counts them: apart, and when met. */
Test(summary, of_a_contrast_counts_canaries_apart)
{
    char sentence[1024];
    struct ts_run_summary summary = contrast(TS_RECORD_CRASH, TS_RECORD_PASS, 4);
    add(&summary, "direct", TS_RECORD_INVARIANT, 4, false);
    add_of(&summary, "canary-hang", "direct", TS_RECORD_HANG, 1, false, true);
    add_of(&summary, "canary-hang", "direct", TS_RECORD_HANG, 1, false, false); /* names no function */
    ts_summary_sentence(&summary, sentence, sizeof sentence);
    cr_expect_not_null(strstr(sentence, "Inconclusive in 2 of 5 cells, "), "%s", sentence);
    cr_expect_not_null(strstr(sentence,
                              "; direct failed in 1 of 2 cells that must fail (0 restarts, 0.0/min); "
                              "queued showed nothing in 1 cell, 1 life, 1 s; "
                              "1 of 2 planted defects caught."),
                       "%s", sentence);
}

Test(summary, of_a_plain_run_expects_nothing_to_fail)
{
    struct ts_run_summary summary;
    ts_summary_init(&summary, 1, false);
    add(&summary, "direct", TS_RECORD_CRASH, 1, false);
    cr_assert_eq(ts_summary_verdict(&summary), TS_RUN_FINDINGS);
    ts_summary_init(&summary, 1, false);
    add(&summary, "direct", TS_RECORD_PASS, 1, false);
    cr_assert_eq(ts_summary_verdict(&summary), TS_RUN_CLEAN);
    ts_summary_init(&summary, 1, false);
    add(&summary, "direct", TS_RECORD_PASS, 0, false);
    cr_assert_eq(ts_summary_verdict(&summary), TS_RUN_INCONCLUSIVE);
}

/* It tells what it saw; that a planted defect showed nothing is no "clean". */
Test(summary, of_a_plain_run_misses_a_canary_that_shows_nothing)
{
    static const struct {
        const char *scenario, *mode;
        ts_record_outcome outcome;
        enum ts_run_verdict verdict;
        const char *says;
    } rows[] = {
        {"canary-hang", "direct", TS_RECORD_HANG, TS_RUN_FINDINGS, "; 1 of 1 planted defect caught."},
        {"canary-hang", "direct", TS_RECORD_PASS, TS_RUN_INCONCLUSIVE, "; 0 of 1 planted defect caught."},
        {"canary-hang", "direct", TS_RECORD_RACE, TS_RUN_FINDINGS, "; 0 of 1 planted defect caught."},
        {"canary-hang", "queued", TS_RECORD_PASS, TS_RUN_CLEAN, "hazard 1."},
        {"canary-hang", "queued", TS_RECORD_HANG, TS_RUN_FINDINGS, "hazard 1."},
        {"canary-race", "direct", TS_RECORD_PASS, TS_RUN_CLEAN, "hazard 1."}, /* plain does not see it */
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char sentence[1024];
        struct ts_run_summary summary;
        ts_summary_init(&summary, 1, false);
        add_of(&summary, rows[i].scenario, rows[i].mode, rows[i].outcome, 1, false, true);
        cr_expect_eq(ts_summary_verdict(&summary), rows[i].verdict, "row %zu", i);
        ts_summary_sentence(&summary, sentence, sizeof sentence);
        cr_expect_not_null(strstr(sentence, rows[i].says), "row %zu: %s", i, sentence);
    }
}

/* As for the gate, which could tell no defect from another by it. */
Test(summary, a_catch_that_names_no_function_is_none)
{
    char sentence[1024];
    struct ts_run_summary summary;
    ts_summary_init(&summary, 1, false);
    add_of(&summary, "canary-hang", "direct", TS_RECORD_HANG, 1, false, false);
    ts_summary_sentence(&summary, sentence, sizeof sentence);
    cr_expect_eq(ts_summary_verdict(&summary), TS_RUN_FINDINGS);
    cr_expect_not_null(strstr(sentence, "; 0 of 1 planted defect caught."), "%s", sentence);
    ts_summary_init(&summary, 1, true);
    add_of(&summary, "canary-hang", "direct", TS_RECORD_HANG, 1, false, false);
    ts_summary_sentence(&summary, sentence, sizeof sentence);
    cr_expect_eq(ts_summary_verdict(&summary), TS_RUN_INCONCLUSIVE);
    cr_expect_not_null(strstr(sentence, "hang (caught, but its stacks name no function"), "%s", sentence);
}

Test(summary, of_an_interrupted_run_says_so_above_all)
{
    struct ts_run_summary summary;
    ts_summary_init(&summary, 5, true);
    add(&summary, "direct", TS_RECORD_PASS, 1, true);
    cr_assert_eq(ts_summary_verdict(&summary), TS_RUN_INTERRUPTED);
    cr_assert_eq(summary.inconclusive, 0, "cut short is not blind");
}

Test(tally, takes_the_worst_life_and_the_commonest_class)
{
    static struct ts_cell_tally tally;
    static struct ts_snapshot board;
    static const struct {
        ts_record_outcome outcome;
        enum ts_crash_class class;
        const char *detail;
    } lives[] = {
        {TS_RECORD_PASS, TS_CRASH_NONE, ""},
        {TS_RECORD_CRASH, TS_CRASH_ABORT, "died"},
        {TS_RECORD_RACE, TS_CRASH_BUS_ERROR, "raced first"},
        {TS_RECORD_RACE, TS_CRASH_BUS_ERROR, "raced again"},
        {TS_RECORD_INVARIANT, TS_CRASH_NONE, "broke"},
    };
    board.hazard = 2;
    board.counters[TS_COUNTER_checks] = 5;
    board.report_count = 2;
    for (size_t i = 0; i < 2; i++) {
        board.reports[i] = (struct ts_snapshot_report){.kind = "race", .title = "a / b", .count = 3};
        snprintf(board.reports[i].description, sizeof board.reports[i].description, "variant %zu", i);
    }
    for (size_t i = 0; i < sizeof lives / sizeof *lives; i++) {
        struct ts_verdict verdict = {.outcome = lives[i].outcome, .class = lives[i].class};
        snprintf(verdict.detail, sizeof verdict.detail, "%s", lives[i].detail);
        ts_tally_life(&tally, &board, &verdict, "");
    }
    cr_assert_eq(ts_tally_outcome(&tally), TS_RECORD_RACE);
    cr_assert_eq(ts_tally_class(&tally), TS_CRASH_BUS_ERROR);
    cr_assert_str_eq(tally.detail, "raced first");
    cr_assert_eq(tally.hazard, 10);
    cr_assert_eq(tally.counters[TS_COUNTER_checks], 25);
    cr_assert_eq(tally.finding_count, 1);
    cr_assert_eq(tally.findings[0].lives, 5);
    cr_assert_eq(tally.findings[0].count, 30);
}

/* A crash alone does not show that a sanitizer sees anything. */
Test(tally, must_fail_by_what_the_flavour_detects)
{
    static const ts_record_outcome wanted[] = {
        [TS_FLAVOUR_PLAIN] = TS_RECORD_CRASH,
        [TS_FLAVOUR_ASAN] = TS_RECORD_MEMORY_ERROR,
        [TS_FLAVOUR_TSAN] = TS_RECORD_RACE,
        [TS_FLAVOUR_EXPLORE] = TS_RECORD_RACE,
    };
    for (int flavour = 0; flavour < TS_FLAVOUR_COUNT; flavour++) {
        for (int outcome = 0; outcome < TS_RECORD_OUTCOME_COUNT; outcome++) {
            static struct ts_cell_tally tally;
            memset(&tally, 0, sizeof tally);
            tally.hazard = tally.lives = tally.outcomes[outcome] = 1;
            struct ts_expectation must =
                ts_expectation_of(&ts_scenario_catalog[0], TS_MODE_DIRECT, (enum ts_flavour)flavour);
            cr_assert_eq(ts_tally_judge(&tally, &must) == TS_JUDGED_MET, outcome == (int)wanted[flavour],
                         "flavour %d, outcome %d", flavour, outcome);
        }
    }
}

Test(tally, free_to_fail_may_not_hang)
{
    static struct ts_cell_tally tally;
    tally.hazard = tally.lives = tally.outcomes[TS_RECORD_CRASH] = 1;
    struct ts_expectation any = ts_expectation_of(&ts_scenario_catalog[ts_scenario_find("depth-flood")],
                                                  TS_MODE_DIRECT, TS_FLAVOUR_PLAIN);
    struct ts_expectation pass = ts_expectation_of(&ts_scenario_catalog[0], TS_MODE_QUEUED, TS_FLAVOUR_PLAIN);
    struct ts_expectation fail = ts_expectation_of(&ts_scenario_catalog[0], TS_MODE_DIRECT, TS_FLAVOUR_PLAIN);
    cr_assert_eq(ts_tally_judge(&tally, &any), TS_JUDGED_MET);
    cr_assert_eq(ts_tally_judge(&tally, &pass), TS_JUDGED_VIOLATED);
    cr_assert_eq(ts_tally_judge(&tally, &fail), TS_JUDGED_MET);
    tally.outcomes[TS_RECORD_HANG] = 1;
    cr_assert_eq(ts_tally_judge(&tally, &any), TS_JUDGED_VIOLATED);
    cr_assert_eq(ts_tally_judge(&tally, &fail), TS_JUDGED_VIOLATED);
}

Test(tally, forbidden_is_never_outranked)
{
    static struct ts_cell_tally tally;
    struct ts_expectation must = {.required = TS_OUTCOME_BIT(TS_RECORD_RACE)};
    tally.hazard = tally.lives = tally.outcomes[TS_RECORD_RACE] = tally.outcomes[TS_RECORD_CRASH] = 1;
    cr_assert_eq(ts_tally_judge(&tally, &must), TS_JUDGED_MET, "a race outranks the crash beside it");
    must.forbidden = TS_OUTCOME_BIT(TS_RECORD_CRASH);
    cr_assert_eq(ts_tally_judge(&tally, &must), TS_JUDGED_VIOLATED);
    tally.outcomes[TS_RECORD_RACE] = tally.outcomes[TS_RECORD_CRASH] = 0;
    tally.outcomes[TS_RECORD_PASS] = 1;
    cr_assert_eq(ts_tally_judge(&tally, &must), TS_JUDGED_MISSED);
}
