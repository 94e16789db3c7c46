#include "supervisor/blind_spots.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static struct ts_cell cells[128];
static struct ts_plan plan;
static char texts[64][TS_BLIND_SPOT_SIZE];

static void add(const char *scenario, enum ts_mode mode, enum ts_flavour flavour)
{
    const struct ts_scenario_info *info = &ts_scenario_catalog[ts_scenario_find(scenario)];
    cells[plan.count++] = (struct ts_cell){.scenario = info,
                                           .mode = mode,
                                           .flavour = flavour,
                                           .expectation = ts_expectation_of(info, mode, flavour)};
}

static void canaries(enum ts_flavour flavour)
{
    for (size_t i = 0; i < ts_scenario_count; i++) {
        if (ts_scenario_catalog[i].canary && ts_scenario_catalog[i].shows[flavour] != NULL) {
            add(ts_scenario_catalog[i].name, TS_MODE_DIRECT, flavour);
            add(ts_scenario_catalog[i].name, TS_MODE_QUEUED, flavour);
        }
    }
}

static bool lacks(const char *text)
{
    size_t count = ts_blind_spots(&plan, texts, 64);
    for (size_t i = 0; i < count; i++) {
        if (strcmp(texts[i], text) == 0) {
            return true;
        }
    }
    return false;
}

static void set_up(void)
{
    plan = (struct ts_plan){.cells = cells};
    add("depth-flood", TS_MODE_QUEUED, TS_FLAVOUR_TSAN);
    add("destroy-mid-callback", TS_MODE_DIRECT, TS_FLAVOUR_PLAIN);
    canaries(TS_FLAVOUR_TSAN);
}

TestSuite(blind_spots, .init = set_up);

Test(blind_spots, none_where_each_judged_flavour_has_its_canaries_and_twins)
{
    cr_assert_eq(ts_blind_spots(&plan, texts, 64), 0, "%s", texts[0]);
    add("depth-flood", TS_MODE_QUEUED, TS_FLAVOUR_ASAN);
    cr_assert(lacks("canary-leak in asan") && lacks("the twin of canary-leak in asan"));
    cr_assert(!lacks("canary-race in asan"), "asan could not see it");
    canaries(TS_FLAVOUR_ASAN);
    cr_assert_eq(ts_blind_spots(&plan, texts, 64), 0, "%s", texts[0]);
}

Test(blind_spots, a_canary_without_its_twin_and_the_other_way_round)
{
    cells[2].mode = TS_MODE_QUEUED;
    cells[2].expectation = ts_expectation_of(cells[2].scenario, TS_MODE_QUEUED, TS_FLAVOUR_TSAN);
    char text[TS_BLIND_SPOT_SIZE];
    snprintf(text, sizeof text, "%s in tsan", cells[2].scenario->name);
    cr_assert(lacks(text));
    set_up();
    plan.count = 3; /* the first canary, planted, is the last cell */
    snprintf(text, sizeof text, "the twin of %s in tsan", cells[2].scenario->name);
    cr_assert(lacks(text));
}

Test(blind_spots, a_canary_that_a_plan_judges_by_its_own_lights_is_none)
{
    char text[TS_BLIND_SPOT_SIZE];
    snprintf(text, sizeof text, "%s in tsan", cells[2].scenario->name);
    cr_assert(!lacks(text));
    cells[2].plan_expects = true;
    cr_assert(lacks(text));
    cr_assert_str_neq(ts_cell_role_of(&cells[2]), "canary");
}

Test(blind_spots, without_an_unprotected_mode)
{
    cells[1].plan_expects = true;
    cells[1].expectation = (struct ts_expectation){.allowed = TS_OUTCOME_BIT(TS_RECORD_CRASH)};
    cr_assert_str_eq(ts_cell_role_of(&cells[1]), "may-fail");
    cr_assert(lacks("an unprotected mode that must fail in any flavour"));
}
