#include "supervisor/plan_file.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char path[] = "/tmp/ts_plan_XXXXXX";
static struct ts_diag diag;

static void write_plan(const char *text)
{
    snprintf(path, sizeof path, "/tmp/ts_plan_XXXXXX");
    int file = mkstemp(path);
    cr_assert_geq(file, 0);
    cr_assert_eq(write(file, text, strlen(text)), (ssize_t)strlen(text));
    close(file);
}

static ts_err load(const char *text, uint64_t seed, struct ts_shard shard, struct ts_plan_file *file)
{
    write_plan(text);
    struct ts_plan_file_options options = {.seed = &seed, .shard = shard};
    ts_err error = ts_plan_file_load(path, &options, file, &diag);
    unlink(path);
    return error;
}

#define HEAD      "name: t\nbudget: 60s\nsets:\n"
#define SET(rest) "  - name: s\n    scenarios: [all]\n    modes: [queued]\n    flavours: [plain, tsan]\n" rest

static const struct ts_shard whole = {1, 1};

Test(plan_file, gives_cells_expectations_and_shares)
{
    struct ts_plan_file file;
    cr_assert_eq(
        load(HEAD SET("    lives: 3\n    required: [race]\n    forbidden: [hang]\n"), 5, whole, &file), TS_OK,
        "%s", diag.text);
    size_t scenarios = 0;
    for (size_t i = 0; i < ts_scenario_count; i++) {
        scenarios += !ts_scenario_catalog[i].canary;
    }
    cr_assert_eq(file.plan.count, 2 * scenarios, "all scenarios but the canaries, two flavours");
    int64_t elapsed_ms = 0;
    for (size_t i = 0; i < file.plan.count; i++) {
        const struct ts_cell *cell = &file.plan.cells[i];
        cr_assert_eq(cell->number, i);
        cr_assert_eq(cell->lives, 3);
        cr_assert_not(cell->scenario->canary);
        cr_assert_eq(cell->expectation.required, TS_OUTCOME_BIT(TS_RECORD_RACE));
        cr_assert_eq(cell->expectation.forbidden, TS_OUTCOME_BIT(TS_RECORD_HANG));
        elapsed_ms += ts_plan_share_ms(&file.plan, i, elapsed_ms);
    }
    cr_assert(elapsed_ms > 59900 && elapsed_ms <= 60000, "the budget is used up: %lld",
              (long long)elapsed_ms);
    ts_plan_file_free(&file);
}

Test(plan_file, order_is_random_but_seeded_and_canaries_come_first)
{
    struct ts_plan_file a, b, c;
    static const char text[] = HEAD "  - name: s\n    scenarios: [all, canaries]\n    modes: [all]\n"
                                    "    flavours: [all]\n";
    cr_assert_eq(load(text, 5, whole, &a), TS_OK);
    cr_assert_eq(load(text, 5, whole, &b), TS_OK);
    cr_assert_eq(load(text, 6, whole, &c), TS_OK);
    bool differ = false, past_canaries = false;
    for (size_t i = 0; i < a.plan.count; i++) {
        cr_assert_eq(a.plan.cells[i].seed, b.plan.cells[i].seed);
        differ = differ || a.plan.cells[i].scenario != c.plan.cells[i].scenario ||
                 a.plan.cells[i].flavour != c.plan.cells[i].flavour;
        past_canaries = past_canaries || !a.plan.cells[i].scenario->canary;
        cr_assert(!past_canaries || !a.plan.cells[i].scenario->canary);
        cr_assert(!a.plan.cells[i].scenario->canary ||
                      a.plan.cells[i].scenario->shows[a.plan.cells[i].flavour] != NULL,
                  "a canary that nothing watches");
    }
    cr_assert(differ);
    ts_plan_file_free(&a);
    ts_plan_file_free(&b);
    ts_plan_file_free(&c);
}

Test(plan_file, shards_part_the_cells)
{
    struct ts_plan_file all, part;
    size_t cells = 0;
    int64_t budget_ms = 0;
    static const char text[] =
        HEAD SET("") "  - name: t\n    scenarios: [queue-overflow]\n    modes: [locked]\n"
                     "    flavours: [all]\n    for: 2s\n";
    cr_assert_eq(load(text, 5, whole, &all), TS_OK);
    for (unsigned i = 1; i <= 4; i++) {
        cr_assert_eq(load(text, 5, (struct ts_shard){i, 4}, &part), TS_OK);
        for (size_t j = 0; j < part.plan.count; j++) {
            cr_assert_eq(part.plan.cells[j].seed, all.plan.cells[4 * j + i - 1].seed);
        }
        cells += part.plan.count;
        budget_ms += part.plan.budget_ms;
        ts_plan_file_free(&part);
    }
    cr_assert_eq(cells, all.plan.count);
    cr_assert(budget_ms > 59990 && budget_ms <= 60000);
    const unsigned beyond = (unsigned)all.plan.count + 1;
    const struct ts_shard one_too_many = {beyond, beyond};
    cr_assert_eq(load(text, 5, one_too_many, &part), TS_INVALID);
    ts_plan_file_free(&all);
}

Test(plan_file, a_budget_must_do_for_its_cells)
{
    struct ts_plan_file file;
    static const char text[] =
        "name: t\nbudget: 4s\nsets:\n" SET("") "  - name: t\n"
                                               "    scenarios: [queue-overflow]\n    modes: [locked]\n"
                                               "    flavours: [all]\n    for: 2s\n";
    write_plan(text);
    struct ts_plan_file_options options = {.shard = whole};
    cr_assert_eq(ts_plan_file_load(path, &options, &file, &diag), TS_INVALID);
    cr_assert(strstr(diag.text, "4 cells have times of their own, 8.0 s in all") != NULL, "%s", diag.text);
    options.budget_ms = 8000;
    cr_assert_eq(ts_plan_file_load(path, &options, &file, &diag), TS_INVALID, "nothing left to share");
    options.budget_ms = 60000;
    cr_assert_eq(ts_plan_file_load(path, &options, &file, &diag), TS_OK, "%s", diag.text);
    cr_assert_eq(file.plan.budget_ms, 60000);
    ts_plan_file_free(&file);
    unlink(path);
}

Test(plan_file, names_what_it_refuses)
{
    static const struct {
        const char *text, *named;
    } rows[] = {
        {HEAD "  - name: s\n    scenarios: [depth-flod]\n    modes: [all]\n    flavours: [all]\n",
         "'depth-flod' is no scenario; did you mean 'depth-flood'?"},
        {HEAD "  - name: s\n    scenarios: [all]\n    modes: [quiet]\n    flavours: [all]\n", "quiet"},
        {HEAD "  - name: s\n    scenarios: [all]\n    modes: [all]\n    flavours: [msan]\n",
         "'msan' is not known; did you mean 'asan'?"},
        {HEAD SET("    required: [explosion]\n"), "explosion"},
        {HEAD SET("    allowed: [race]\n    forbidden: [race]\n"), "race"},
        {HEAD SET("    for: 10\n"), "10"},
        {HEAD SET("    settings: [capacity=1]\n"), "capacity=1"},
        {HEAD SET("    colour: red\n"), "colour"},
        {HEAD SET("    weight: -2.5\n"), "weight: '-2.5' is not above 0 and below 1e6"},
        {HEAD SET("    weight: 1e30\n"), "weight: '1e+30' is not"},
        {HEAD SET("") "  - name: none\n    scenarios: []\n    modes: [all]\n    flavours: [all]\n",
         "set none makes no cell: it names no scenarios"},
        {HEAD SET(
             "") "  - name: deaf\n    scenarios: [canary-race]\n    modes: [all]\n    flavours: [asan]\n",
         "set deaf makes no cell: none of its flavours can see what its canaries plant"},
        {"name: t\nbudget: soon\nsets:\n" SET(""), "soon"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct ts_plan_file file;
        cr_expect_eq(load(rows[i].text, 5, whole, &file), TS_MALFORMED, "row %zu", i);
        cr_expect(strstr(diag.text, rows[i].named) != NULL, "row %zu: '%s' lacks %s", i, diag.text,
                  rows[i].named);
    }
}

Test(shard, comes_from_text_or_the_schedulers_environment)
{
    struct ts_shard shard;
    cr_assert_eq(ts_shard_parse("2/8", &shard, &diag), TS_OK);
    cr_assert(shard.index == 2 && shard.count == 8);
    static const char *const bad[] = {"0/8", "9/8", "x/8", "2", "2/", "/8", "-1/8", "auto/8"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        cr_expect_eq(ts_shard_parse(bad[i], &shard, &diag), TS_INVALID, "%s", bad[i]);
    }
    setenv("PARALLEL_SEQ", "3", 1);
    cr_assert_eq(ts_shard_parse("auto/8", &shard, &diag), TS_OK);
    cr_assert_eq(shard.index, 3);
    setenv("JOB_COMPLETION_INDEX", "0", 1);
    cr_assert_eq(ts_shard_parse("auto/8", &shard, &diag), TS_OK);
    cr_assert_eq(shard.index, 1, "it counts from 0");
    setenv("SLURM_ARRAY_TASK_ID", "7", 1);
    setenv("SLURM_ARRAY_TASK_MIN", "5", 1);
    setenv("SLURM_ARRAY_TASK_MAX", "10", 1);
    cr_assert_eq(ts_shard_parse("auto", &shard, &diag), TS_OK);
    cr_assert(shard.index == 3 && shard.count == 6);
}

Test(plan_file, a_set_has_faults_of_its_own)
{
    struct ts_plan_file file;
    cr_assert_eq(load(HEAD SET("    faults: 'queue.push.full: 5%return'\n"), 5, whole, &file), TS_OK, "%s",
                 diag.text);
    for (size_t i = 0; i < file.plan.count; i++) {
        cr_assert_str_eq(file.plan.cells[i].faults, "queue.push.full: 5%return");
    }
    ts_plan_file_free(&file);
    cr_assert_eq(load(HEAD SET("    faults: 'queue.push.ful: return'\n"), 5, whole, &file), TS_UNKNOWN);
    cr_assert_str_eq(diag.subject, "queue.push.ful");
    cr_assert_not_null(strstr(diag.text, "set s: faults"), "%s", diag.text);
    cr_assert_eq(load(HEAD SET("    faults: 'queue.push.full: often'\n"), 5, whole, &file), TS_MALFORMED);
}
