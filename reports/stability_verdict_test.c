#include "reports/gate_record.h"
#include "reports/stability_build.h"

#include <criterion/criterion.h>
#include <string.h>

/* Gate and report judge the same records alike. */

enum { DIRECT, QUEUED, CANARY, TWIN, CELLS };

static struct ts_record *record;

/* Of the golden record, what passes: a mode that fails as it must, one that must not, a canary and its twin.
 */
static void set_up(void)
{
    static const size_t kept[CELLS] = {[DIRECT] = 0, [QUEUED] = 1, [CANARY] = 4, [TWIN] = 5};
    struct ts_diag diag = {0};
    cr_assert_eq(ts_record_load(TS_GOLDEN_FOLDER "/record.jsonl", &record, &diag), TS_OK, "%s", diag.text);
    for (size_t i = 0; i < CELLS; i++) {
        record->cells[i] = record->cells[kept[i]];
        record->cells[i].cell = (int64_t)i;
        record->cells[i].flavour = "plain";
    }
    record->cell_count = CELLS;
    record->run.cells = CELLS;
    record->end.interrupted = false;
    record->run.check_count = 0;
    record->findings[1] = record->findings[3]; /* the canary's */
    record->finding_count = 2;
    cr_assert_str_eq(record->findings[1].signature, record->cells[CANARY].findings[0].signature);
}

static void tear_down(void)
{
    ts_record_free(record);
}

TestSuite(stability_verdict, .init = set_up, .fini = tear_down);

static ts_gate_verdict of_gate(void)
{
    static const ts_cell_role roles[CELLS] = {TS_CELL_MUST_FAIL, TS_CELL_PROTECTED, TS_CELL_CANARY,
                                              TS_CELL_TWIN};
    char texts[16][TS_BLIND_SPOT_SIZE];
    const char *blind_spots[16];
    struct ts_grounds_cell cells[CELLS];
    struct ts_gate_input input;
    struct ts_gate gate;
    struct ts_diag diag = {0};
    for (size_t i = 0; i < record->cell_count; i++) {
        cells[i] = (struct ts_grounds_cell){roles[record->cells[i].cell], record->cells[i].scenario,
                                            record->cells[i].flavour};
    }
    cr_assert_eq(ts_gate_input_of(record, NULL, &input, &diag), TS_OK, "%s", diag.text);
    input.blind_spot_count = ts_grounds_blind_spots(cells, record->cell_count, record->run.canaries,
                                                    record->run.canary_count, texts, 16);
    for (size_t i = 0; i < input.blind_spot_count; i++) {
        blind_spots[i] = texts[i];
    }
    input.blind_spots = blind_spots;
    cr_assert_eq(ts_gate_judge(&input, NULL, "2031-01-02", &gate, &diag), TS_OK, "%s", diag.text);
    ts_gate_verdict verdict = gate.verdict;
    ts_gate_free(&gate);
    ts_gate_input_free(&input);
    return verdict;
}

/* Both come to this verdict, and the report's sentence has these words. */
static void both(ts_gate_verdict verdict, const char *words)
{
    const struct ts_record *const records[] = {record};
    const struct ts_stability_input input = {.records = records, .record_count = 1};
    struct ts_stability *report = NULL;
    struct ts_diag diag = {0};
    cr_expect_eq(of_gate(), verdict, "the gate, of \"%s\"", words);
    cr_assert_eq(ts_stability_build(&input, &report, &diag), TS_OK, "%s", diag.text);
    cr_expect_str_eq(ts_stability_verdict_name(report->head.verdict), ts_gate_verdict_name(verdict), "%s",
                     report->head.sentence);
    cr_expect_not_null(strstr(report->head.sentence, words), "%s", report->head.sentence);
    ts_stability_free(report);
}

/* The cell as if it had not been planned, with its finding. */
static void drop(size_t cell)
{
    size_t kept = 0;
    for (size_t i = 0; i < record->finding_count; i++) {
        bool its = record->cells[cell].finding_count > 0 &&
                   strcmp(record->cells[cell].findings[0].signature, record->findings[i].signature) == 0;
        record->findings[kept] = record->findings[i];
        kept += !its;
    }
    record->finding_count = kept;
    for (size_t i = cell; i + 1 < record->cell_count; i++) {
        record->cells[i] = record->cells[i + 1];
    }
    record->cell_count--;
    record->run.cells--;
}

Test(stability_verdict, what_passes)
{
    both(TS_GATE_PASS,
         "PASS: 0 new findings in 4 cells, 16 lives, 60.0 s (protected lives: under 95 % fail, at 95 "
         "%); 1 of 1 cell that must fail did; 1 of 1 canary caught");
}

/* Whoever reads no more than the answer must not take it for that of the mode that fails. */
Test(stability_verdict, the_answer_names_modes_and_what_was_found)
{
    const struct ts_record *const records[] = {record};
    const struct ts_stability_input input = {.records = records, .record_count = 1};
    struct ts_stability *report = NULL;
    struct ts_diag diag = {0};
    cr_assert_eq(ts_stability_build(&input, &report, &diag), TS_OK, "%s", diag.text);
    cr_expect_str_eq(report->head.safe,
                     "Yes, with queued delivery, as far as it was tried: nothing failed that may not fail. "
                     "With direct delivery no: it failed, as it must.");
    ts_stability_free(report);
    record->cells[DIRECT].welcome_count = 0;
    record->cells[DIRECT].judgement = "violated";
    record->cells[DIRECT].flavour = "explore";
    record->cells[DIRECT].counters.items[0] = (struct ts_record_count){"schedules", 12};
    cr_assert_eq(ts_stability_build(&input, &report, &diag), TS_OK, "%s", diag.text);
    cr_expect_not_null(strstr(report->head.safe, " Seen most: crash, pure-virtual-call in "), "%s",
                       report->head.safe);
    cr_expect_not_null(strstr(report->head.safe, ", in direct delivery ("), "%s", report->head.safe);
    cr_expect(report->head.lines[0].explored_failed && report->head.lines[0].failures.n == 0);
    cr_expect_not_null(strstr(report->head.lines[0].sentence, "; and 12 explored schedules, in which "), "%s",
                       report->head.lines[0].sentence);
    ts_stability_free(report);
}

Test(stability_verdict, a_machine_that_did_not_pass_its_checks)
{
    struct ts_grounds_check checks[] = {
        {"tsan runtime", true, "", ""}, {"gdb", false, "none", "install it"}, {"processors", false, "1", ""}};
    record->run.checks = checks;
    record->run.check_count = 3;
    both(TS_GATE_INCONCLUSIVE, "INCONCLUSIVE: the machine did not pass the check of gdb and 1 more; ");
    record->run.check_count = 1;
    both(TS_GATE_PASS, "PASS: ");
    record->run.check_count = 0;
    both(TS_GATE_PASS, "PASS: ");
}

Test(stability_verdict, no_canary)
{
    drop(TWIN);
    drop(CANARY);
    both(TS_GATE_INCONCLUSIVE, "INCONCLUSIVE: no canary (a planted defect that must show) ran, so that");
}

Test(stability_verdict, no_twin)
{
    drop(TWIN);
    both(TS_GATE_INCONCLUSIVE,
         "INCONCLUSIVE: the detectors were not tried with the twin of a canary in plain; ");
}

Test(stability_verdict, canaries_of_another_flavour)
{
    record->cells[CANARY].flavour = record->cells[TWIN].flavour = "tsan";
    both(TS_GATE_INCONCLUSIVE, "not tried with a canary in plain and 1 more; ");
}

Test(stability_verdict, a_canary_that_the_tool_knows_and_nobody_ran)
{
    struct ts_grounds_canary known[] = {{record->cells[CANARY].scenario, "plain"}, {"canary-hang", "plain"}};
    record->cells[TWIN].scenario = record->cells[CANARY].scenario;
    record->run.canaries = known;
    record->run.canary_count = 2;
    both(TS_GATE_INCONCLUSIVE, "not tried with canary-hang in plain and 1 more; ");
    record->run.canary_count = 1;
    both(TS_GATE_PASS, "PASS: ");
}

Test(stability_verdict, nothing_unprotected)
{
    drop(DIRECT);
    both(TS_GATE_INCONCLUSIVE, "not tried with an unprotected mode that must fail in any flavour; ");
}

Test(stability_verdict, a_canary_that_was_missed)
{
    record->cells[CANARY].judgement = "missed";
    both(TS_GATE_INCONCLUSIVE, "INCONCLUSIVE: 1 of 1 canary (a planted defect) not caught; 0 new findings");
}

Test(stability_verdict, a_twin_that_was_not_clean)
{
    record->cells[TWIN].judgement = "unexercised";
    both(TS_GATE_INCONCLUSIVE, "INCONCLUSIVE: 1 of 1 canary's twin (without the defect) not clean; ");
}

Test(stability_verdict, what_must_fail_did_not)
{
    record->cells[DIRECT].judgement = "missed";
    both(TS_GATE_INCONCLUSIVE, "INCONCLUSIVE: 1 of 1 cell that must fail did not; ");
}

Test(stability_verdict, a_hazard_that_did_not_occur)
{
    record->cells[QUEUED].judgement = "unexercised";
    both(TS_GATE_INCONCLUSIVE, "1 of 2 cells never met the dangerous situation; ");
}

Test(stability_verdict, a_cell_that_did_not_run)
{
    record->run.cells = CELLS + 2;
    both(TS_GATE_INCONCLUSIVE, "INCONCLUSIVE: 2 planned cells did not run; ");
}

Test(stability_verdict, what_failed_without_a_finding)
{
    record->cells[QUEUED].judgement = "violated";
    record->cells[QUEUED].outcomes.items[0].name = "invariant";
    both(TS_GATE_FAIL, "FAIL: 1 cell failed without a finding that tells why; ");
}

Test(stability_verdict, a_finding_that_nobody_expected)
{
    record->cells[DIRECT].welcome_count = 0;
    both(TS_GATE_FAIL, "FAIL: 1 new finding in 4 cells");
}
