#include "reports/grounds.h"

#include <criterion/criterion.h>
#include <string.h>

/* A run that may pass. */
static struct ts_grounds good(void)
{
    return (struct ts_grounds){.canaries = 3, .caught = 3, .twins = 3, .clean = 3, .protected_cells = 4};
}

static void is(const struct ts_grounds *grounds, ts_gate_verdict verdict, ts_gate_reason reason)
{
    struct ts_grounds_verdict judged = ts_grounds_judge(grounds);
    cr_expect_eq(judged.verdict, verdict, "verdict %d of reason %d", (int)judged.verdict, (int)reason);
    cr_expect_eq(judged.reason, reason, "reason %d, not %d", (int)judged.reason, (int)reason);
    cr_expect(judged.applies[reason]);
}

Test(grounds, each_lack_alone_keeps_a_run_from_passing)
{
    const struct {
        size_t offset;
        int64_t value;
        ts_gate_verdict verdict;
        ts_gate_reason reason;
    } lacks[] = {
        {offsetof(struct ts_grounds, failed_checks), 1, TS_GATE_INCONCLUSIVE, TS_GATE_HARNESS},
        {offsetof(struct ts_grounds, cells_not_run), 1, TS_GATE_INCONCLUSIVE, TS_GATE_HARNESS},
        {offsetof(struct ts_grounds, new_findings), 1, TS_GATE_FAIL, TS_GATE_NEW_FINDING},
        {offsetof(struct ts_grounds, unexpected_cells), 1, TS_GATE_FAIL, TS_GATE_UNEXPECTED},
        {offsetof(struct ts_grounds, expired_entries), 1, TS_GATE_FAIL, TS_GATE_POLICY},
        {offsetof(struct ts_grounds, missed_cells), 1, TS_GATE_INCONCLUSIVE, TS_GATE_BLIND},
        {offsetof(struct ts_grounds, caught), 2, TS_GATE_INCONCLUSIVE, TS_GATE_BLIND},
        {offsetof(struct ts_grounds, clean), 2, TS_GATE_INCONCLUSIVE, TS_GATE_BLIND},
        {offsetof(struct ts_grounds, blind_spots), 1, TS_GATE_INCONCLUSIVE, TS_GATE_BLIND},
        {offsetof(struct ts_grounds, unexercised_cells), 1, TS_GATE_INCONCLUSIVE, TS_GATE_UNEXERCISED},
        {offsetof(struct ts_grounds, protected_cells), 0, TS_GATE_INCONCLUSIVE, TS_GATE_UNEXERCISED},
    };
    struct ts_grounds grounds = good();
    is(&grounds, TS_GATE_PASS, TS_GATE_NONE);
    for (size_t i = 0; i < sizeof lacks / sizeof *lacks; i++) {
        grounds = good();
        memcpy((char *)&grounds + lacks[i].offset, &lacks[i].value, sizeof lacks[i].value);
        is(&grounds, lacks[i].verdict, lacks[i].reason);
    }
    grounds = good();
    grounds.partial = true;
    is(&grounds, TS_GATE_INCONCLUSIVE, TS_GATE_HARNESS);
    grounds = good();
    grounds.canaries = grounds.caught = grounds.twins = grounds.clean = 0;
    is(&grounds, TS_GATE_INCONCLUSIVE, TS_GATE_BLIND);
}

Test(grounds, what_was_shown_stays_shown)
{
    struct ts_grounds grounds = {.failed_checks = 1, .new_findings = 1};
    is(&grounds, TS_GATE_FAIL, TS_GATE_HARNESS);
    cr_expect(ts_grounds_judge(&grounds).applies[TS_GATE_BLIND]);
}

static char texts[8][TS_BLIND_SPOT_SIZE];

Test(grounds, blind_spots_by_what_is_known_of_canaries)
{
    const struct ts_grounds_canary known[] = {{"canary-race", "tsan"}, {"canary-leak", "asan"}};
    const struct ts_grounds_cell cells[] = {{TS_CELL_PROTECTED, "flood", "tsan"},
                                            {TS_CELL_CANARY, "canary-race", "tsan"},
                                            {TS_CELL_TWIN, "canary-race", "tsan"},
                                            {TS_CELL_MUST_FAIL, "flood", "plain"},
                                            {TS_CELL_PROTECTED, "flood", "asan"}};
    cr_expect_eq(ts_grounds_blind_spots(cells, 4, known, 2, texts, 8), 0, "asan is not judged");
    cr_assert_eq(ts_grounds_blind_spots(cells, 5, known, 2, texts, 8), 2);
    cr_expect_str_eq(texts[0], "canary-leak in asan");
    cr_expect_str_eq(texts[1], "the twin of canary-leak in asan");
    cr_expect_eq(ts_grounds_blind_spots(cells, 5, known, 2, texts, 1), 1, "no more than there is room for");
    cr_assert_eq(ts_grounds_blind_spots(cells, 3, known, 2, texts, 8), 1);
    cr_expect_str_eq(texts[0], "an unprotected mode that must fail in any flavour");
}

Test(grounds, blind_spots_where_no_canary_is_known)
{
    const struct ts_grounds_cell cells[] = {
        {TS_CELL_PROTECTED, "flood", "tsan"},    {TS_CELL_MUST_FAIL, "flood", "plain"},
        {TS_CELL_PROTECTED, "overflow", "tsan"}, {TS_CELL_CANARY, "canary-race", "tsan"},
        {TS_CELL_TWIN, "canary-race", "tsan"},
    };
    cr_assert_eq(ts_grounds_blind_spots(cells, 3, NULL, 0, texts, 8), 2);
    cr_expect_str_eq(texts[0], "a canary in tsan");
    cr_expect_str_eq(texts[1], "the twin of a canary in tsan");
    cr_expect_eq(ts_grounds_blind_spots(cells, 5, NULL, 0, texts, 8), 0);
}
