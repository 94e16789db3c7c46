#include "reports/gate_fixture.h"
#include "reports/utf8.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static struct gate_fixture f;

static void setup(void)
{
    gate_fixture_init(&f);
}

TestSuite(gate, .init = setup);

static struct ts_gate judge(void)
{
    struct ts_gate gate;
    struct ts_diag diag = {0};
    cr_assert_eq(ts_gate_judge(&f.input, &f.baseline, "2030-01-01", &gate, &diag), TS_OK, "%s", diag.text);
    return gate;
}

static void expect(ts_gate_verdict verdict, ts_gate_reason reason, int exit_code, const char *words)
{
    struct ts_gate gate = judge();
    cr_expect_eq(gate.verdict, verdict, "%s", gate.sentence);
    cr_expect_eq(gate.reason, reason, "%s: %s", ts_gate_reason_name(gate.reason), gate.sentence);
    cr_expect_eq(gate.exit_code, exit_code);
    cr_expect_not_null(strstr(gate.sentence, words), "no \"%s\" in: %s", words, gate.sentence);
    ts_gate_free(&gate);
}

Test(gate, a_clean_run_passes_with_its_bound)
{
    struct ts_gate gate = judge();
    cr_expect_str_eq(gate.sentence,
                     "PASS: 0 new findings in 2 cells, 400 lives, 2.7 min (under 0.747 % a life at 95 %); "
                     "1 of 1 canaries caught, 1 of 1 twins clean; direct failed in 1 of 1 cells that must.");
    cr_expect_eq(gate.verdict, TS_GATE_PASS);
    cr_expect_eq(gate.exit_code, 0);
    ts_gate_free(&gate);
}

Test(gate, a_new_finding_fails)
{
    gate_fixture_race(&f);
    expect(TS_GATE_FAIL, TS_GATE_NEW_FINDING, 1, "1 new finding in 2 cells");
    expect(TS_GATE_FAIL, TS_GATE_NEW_FINDING, 1, "race book_apply / book_best 0x0123456789abcdef");
}

Test(gate, a_new_finding_stays_a_failure_when_blind)
{
    gate_fixture_race(&f);
    f.cells[FIXTURE_CANARY].judgement = TS_CELL_MISSED;
    expect(TS_GATE_FAIL, TS_GATE_NEW_FINDING, 1,
           "blind: 1 required outcome missed (canary-order/broken/tsan");
}

Test(gate, a_known_finding_passes_through_its_last_day_only)
{
    gate_fixture_race(&f);
    gate_fixture_known(&f, "0x0123456789ABCDEF", "2030-01-01");
    expect(TS_GATE_PASS, TS_GATE_NONE, 0, "1 known finding");
    f.baseline.known_count = 0;
    gate_fixture_known(&f, "0x0123456789abcdef", "2029-12-31");
    expect(TS_GATE_FAIL, TS_GATE_POLICY, 7,
           "1 baseline entry expired (0x0123456789abcdef on 2029-12-31, owner jo)");
}

Test(gate, a_finding_without_names_is_not_excused)
{
    gate_fixture_race(&f);
    gate_fixture_known(&f, "0x0123456789abcdef", "2030-01-01");
    for (int i = 0; i < 2; i++) {
        f.frames[i][1].function = "";
    }
    expect(TS_GATE_FAIL, TS_GATE_NEW_FINDING, 1, "1 new finding");
}

Test(gate, a_twin_that_is_not_clean_blinds_whatever_the_baseline_says)
{
    gate_fixture_race(&f);
    f.cells[FIXTURE_PROTECTED].judgement = TS_CELL_MET;
    f.cells[FIXTURE_PROTECTED].failing_lives = 0;
    f.cells[FIXTURE_TWIN].judgement = TS_CELL_VIOLATED;
    f.cells[FIXTURE_TWIN].failing_lives = 3;
    f.sightings[0].cell = FIXTURE_TWIN;
    gate_fixture_known(&f, "0x0123456789abcdef", "2030-01-01");
    expect(TS_GATE_INCONCLUSIVE, TS_GATE_BLIND, 5, "blind: a canary's twin was not clean");
}

Test(gate, a_blind_spot_of_the_plan_never_passes)
{
    static const char *const spots[] = {"canary-leak in asan", "the twin of canary-leak in asan"};
    f.input.blind_spots = spots;
    f.input.blind_spot_count = 2;
    expect(TS_GATE_INCONCLUSIVE, TS_GATE_BLIND, 5, "blind: the plan lacks canary-leak in asan and 1 more");
}

Test(gate, what_may_fail_is_not_said_to_have_failed)
{
    f.cells[FIXTURE_MUST_FAIL].role = TS_CELL_MAY_FAIL;
    struct ts_gate gate = judge();
    cr_expect_eq(gate.verdict, TS_GATE_PASS, "%s", gate.sentence);
    cr_expect_null(strstr(gate.sentence, "that must"), "%s", gate.sentence);
    ts_gate_free(&gate);
}

Test(gate, lives_that_met_no_hazard_do_not_tighten_the_bound)
{
    f.cells[FIXTURE_PROTECTED].judgement = TS_CELL_UNEXERCISED;
    struct ts_gate gate = judge();
    cr_expect_float_eq(gate.bound, 0.0149, 0.0001, "3 / 200 lives, not 3 / 400: %f", gate.bound);
    ts_gate_free(&gate);
}

Test(gate, explored_lives_do_not_tighten_the_bound)
{
    f.cells[FIXTURE_PROTECTED].flavour = "explore";
    struct ts_gate gate = judge();
    cr_expect_float_eq(gate.bound, 0.0149, 0.0001, "of the 200 native ones: %f", gate.bound);
    cr_expect_not_null(strstr(gate.sentence, "400 lives, 2.7 min (under 1.49 % a native life at 95 %)"), "%s",
                       gate.sentence);
    ts_gate_free(&gate);
}

Test(gate, an_unmatched_entry_is_named_and_fails_only_when_expired)
{
    gate_fixture_known(&f, "0x00000000000000aa", "2031-01-01");
    expect(TS_GATE_PASS, TS_GATE_NONE, 0, "1 baseline entry never matched");
    gate_fixture_known(&f, "0x00000000000000bb", "2001-01-01");
    expect(TS_GATE_FAIL, TS_GATE_POLICY, 7, "0x00000000000000bb");
}

Test(gate, an_expected_finding_is_no_news_unless_seen_elsewhere)
{
    gate_fixture_race(&f);
    f.cells[FIXTURE_PROTECTED].judgement = TS_CELL_MET;
    f.sightings[0] = (struct ts_gate_sighting){FIXTURE_CANARY, 200, 200, true};
    expect(TS_GATE_PASS, TS_GATE_NONE, 0, "0 new findings");
    f.sightings[1].cell = FIXTURE_TWIN;
    f.seen[0].sighting_count = 2;
    expect(TS_GATE_FAIL, TS_GATE_NEW_FINDING, 1, "1 new finding");
}

Test(gate, a_violation_that_no_finding_explains_fails)
{
    f.cells[FIXTURE_PROTECTED].judgement = TS_CELL_VIOLATED;
    f.cells[FIXTURE_PROTECTED].failing_lives = 1;
    expect(TS_GATE_FAIL, TS_GATE_UNEXPECTED, 1, "1 cell with an outcome that no finding explains");
    /* A known race in 3 lives does not excuse the fourth that failed. */
    gate_fixture_race(&f);
    gate_fixture_known(&f, "0x0123456789abcdef", "2031-01-01");
    f.cells[FIXTURE_PROTECTED].failing_lives = 4;
    expect(TS_GATE_FAIL, TS_GATE_UNEXPECTED, 1, "unregister/guarded/tsan");
}

Test(gate, without_sight_there_is_no_pass)
{
    f.cells[FIXTURE_CANARY].judgement = TS_CELL_MISSED;
    expect(TS_GATE_INCONCLUSIVE, TS_GATE_BLIND, 5, "0 of 1 canaries caught");
    struct ts_gate gate = judge();
    cr_expect_null(strstr(gate.sentence, "under"), "a blind run has no bound: %s", gate.sentence);
    ts_gate_free(&gate);
    f.cells[FIXTURE_CANARY].judgement = TS_CELL_UNEXERCISED;
    expect(TS_GATE_INCONCLUSIVE, TS_GATE_BLIND, 5, "blind");
    f.cells[FIXTURE_CANARY].role = TS_CELL_TWIN;
    f.cells[FIXTURE_CANARY].judgement = TS_CELL_MET;
    expect(TS_GATE_INCONCLUSIVE, TS_GATE_BLIND, 5, "no canary ran");
}

Test(gate, without_protected_cells_there_is_no_pass)
{
    f.cells[FIXTURE_PROTECTED].role = f.cells[FIXTURE_PROTECTED_2].role = TS_CELL_TWIN;
    expect(TS_GATE_INCONCLUSIVE, TS_GATE_UNEXERCISED, 5, "no protected cell ran");
    f.input.cell_count = 0;
    expect(TS_GATE_INCONCLUSIVE, TS_GATE_BLIND, 5, "no canary ran");
}

Test(gate, an_idle_cell_is_inconclusive)
{
    f.cells[FIXTURE_PROTECTED].judgement = TS_CELL_UNEXERCISED;
    expect(TS_GATE_INCONCLUSIVE, TS_GATE_UNEXERCISED, 5,
           "1 cell never met the hazard (unregister/guarded/tsan");
}

Test(gate, the_harness_goes_first)
{
    gate_fixture_race(&f);
    f.checks[0].ok = false;
    expect(TS_GATE_FAIL, TS_GATE_HARNESS, 4, "preflight compiler failed: clang-19; 1 new finding");
    gate_fixture_init(&f);
    f.cells[FIXTURE_TWIN].judgement = TS_CELL_NOT_RUN;
    expect(TS_GATE_INCONCLUSIVE, TS_GATE_HARNESS, 4, "1 cell did not run");
    f.cells[FIXTURE_TWIN].judgement = TS_CELL_MET;
    f.cells[FIXTURE_TWIN].lives = 0;
    expect(TS_GATE_INCONCLUSIVE, TS_GATE_HARNESS, 4, "1 cell did not run");
}

Test(gate, contradicting_input_is_refused)
{
    struct ts_gate gate;
    struct ts_diag diag;
    cr_expect_eq(ts_gate_judge(&f.input, NULL, "2030-02-30", &gate, &diag), TS_INVALID);
    gate_fixture_race(&f);
    f.sightings[0].cell = FIXTURE_CELLS;
    cr_expect_eq(ts_gate_judge(&f.input, NULL, "2030-01-01", &gate, &diag), TS_INVALID);
    f.sightings[0].cell = 0;
    f.seen[1] = f.seen[0];
    f.input.finding_count = 2;
    cr_expect_eq(ts_gate_judge(&f.input, NULL, "2030-01-01", &gate, &diag), TS_INVALID);
}

Test(gate, harmful_bytes_are_replaced_and_good_ones_kept)
{
    char *clean = ts_utf8_clean("a\x01\xff\xc0\xaf\xed\xa0\x80\xef\xbf\xbf\tz\xe2\x82\xac\xf0\x9f\x90\x9b");
    cr_expect_null(strpbrk(clean, "\x01\xff\xc0\xed"));
    cr_expect_not_null(strstr(clean, "\tz\xe2\x82\xac\xf0\x9f\x90\x9b"));
    free(clean);
}
