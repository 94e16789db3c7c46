#include "supervisor/plan.h"
#include "supervisor/supervisor.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct ts_plan make_plan(bool everything, bool shared, int64_t for_ms)
{
    bool scenarios[64] = {true, true, true};
    struct ts_selection selection = {.scenarios = scenarios};
    struct ts_plan plan;
    cr_assert_leq(ts_scenario_count, sizeof scenarios / sizeof *scenarios);
    if (!everything) {
        scenarios[1] = scenarios[2] = false;
    }
    for (int i = 0; i < TS_MODE_COUNT; i++) {
        selection.modes[i] = everything || i == TS_MODE_QUEUED;
    }
    for (int i = 0; i < TS_FLAVOUR_COUNT; i++) {
        selection.flavours[i] = everything || i == TS_FLAVOUR_TSAN;
    }
    cr_assert_eq(ts_plan_create(&selection, 42, for_ms, shared, &plan, NULL), TS_OK);
    return plan;
}

Test(plan, gives_a_cell_one_seed_alone_and_in_a_matrix)
{
    struct ts_plan all = make_plan(true, true, 1000), one = make_plan(false, false, 1000);
    size_t found = 0;
    cr_assert_eq(one.count, 1);
    cr_assert_eq(all.count, (size_t)3 * TS_MODE_COUNT * TS_FLAVOUR_COUNT);
    for (size_t i = 0; i < all.count; i++) {
        const struct ts_cell *cell = &all.cells[i];
        cr_assert_eq(cell->number, i);
        found += cell->seed == one.cells[0].seed;
        if (cell->scenario == one.cells[0].scenario && cell->mode == TS_MODE_QUEUED &&
            cell->flavour == TS_FLAVOUR_TSAN) {
            cr_assert_eq(cell->seed, one.cells[0].seed);
        }
    }
    cr_assert_eq(found, 1, "no other cell has it");
    cr_assert_neq(one.cells[0].seed, ts_cell_seed(43, one.cells[0].scenario->name, "queued", "tsan"));
    ts_plan_destroy(&all);
    ts_plan_destroy(&one);
}

Test(plan, splits_a_budget_by_weight_over_what_is_left)
{
    struct ts_plan plan = make_plan(true, true, 64000);
    int64_t elapsed_ms = 0;
    /* Weights 2, 1, 1 over 16 cells each: 2 s and 1 s. */
    for (size_t i = 0; i < plan.count; i++) {
        int64_t share_ms = ts_plan_share_ms(&plan, i, elapsed_ms);
        cr_assert_float_eq((double)share_ms, 1000.0 * plan.cells[i].scenario->weight, 2.0);
        elapsed_ms += share_ms;
    }
    cr_assert_eq(ts_plan_share_ms(&plan, plan.count - 1, 56000), 8000, "the last one gets all that is left");
    for (size_t i = 0; i < plan.count; i++) {
        double half_ms = 500.0 * plan.cells[i].scenario->weight;
        cr_assert_float_eq((double)ts_plan_share_ms(&plan, i, 99000), half_ms, 2.0,
                           "a late run gives each cell half its part");
    }
    ts_plan_destroy(&plan);
}

Test(plan, gives_each_cell_of_a_plain_run_the_same)
{
    struct ts_plan plan = make_plan(true, false, 700);
    cr_assert_eq(ts_plan_share_ms(&plan, 0, 0), 700);
    cr_assert_eq(ts_plan_share_ms(&plan, 20, 123456), 700);
    cr_assert_eq(plan.budget_ms, 700 * (int64_t)plan.count);
    ts_plan_destroy(&plan);
}

Test(plan, refuses_an_empty_selection)
{
    bool none[16] = {false};
    struct ts_selection selection = {.scenarios = none};
    struct ts_plan plan;
    struct ts_diag diag;
    cr_assert_eq(ts_plan_create(&selection, 1, 1, true, &plan, &diag), TS_INVALID);
}

Test(setting, belongs_to_the_scenario_that_knows_its_whole_key)
{
    const struct ts_scenario_info *destroy = &ts_scenario_catalog[ts_scenario_find("destroy-mid-callback")];
    cr_assert(ts_scenario_knows(destroy, "order=both"));
    cr_assert_not(ts_scenario_knows(destroy, "orde=both"));
    cr_assert_not(ts_scenario_knows(destroy, "ordering=both"));
    cr_assert_not(ts_scenario_knows(destroy, "capacity=1"));
}

Test(shell_word, is_quoted_only_where_it_must)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    ts_shell_word(out, "key=value");
    ts_shell_word(out, " it's");
    ts_shell_word(out, "");
    fclose(out);
    cr_assert_str_eq(text, "key=value' it'\\''s'''");
    free(text);
}
