#include "scenario/life.h"

#include <criterion/criterion.h>

Test(catalog, every_entry_has_a_body_a_hazard_and_a_weight)
{
    for (size_t i = 0; i < ts_scenario_count; i++) {
        const struct ts_scenario_info *info = &ts_scenario_catalog[i];
        cr_assert(ts_scenario_body_of(info->name) != NULL, "%s has no body", info->name);
        cr_assert(info->hazard[0] != '\0' && info->summary[0] != '\0', "%s", info->name);
        cr_assert_gt(info->weight, 0.0, "%s", info->name);
        cr_assert_eq((size_t)ts_scenario_find(info->name), i, "%s is there twice", info->name);
    }
    cr_assert(ts_scenario_body_of("no-such-scenario") == NULL);
}

/* What must fail must say by what it shows. */
Test(catalog, what_must_fail_names_an_outcome)
{
    for (size_t i = 0; i < ts_scenario_count; i++) {
        const struct ts_scenario_info *info = &ts_scenario_catalog[i];
        for (int mode = 0; mode < TS_MODE_COUNT; mode++) {
            for (int flavour = 0; flavour < TS_FLAVOUR_COUNT; flavour++) {
                cr_assert(info->expect[mode][flavour] != TS_EXPECT_FAIL || info->shows[flavour] != NULL,
                          "%s %s", info->name, ts_flavour_names[flavour]);
            }
        }
    }
}
