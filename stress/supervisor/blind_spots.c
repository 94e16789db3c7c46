#include "supervisor/blind_spots.h"

#include <stdio.h>
#include <string.h>

/* scenario NULL: any. */
static bool has(const struct ts_plan *plan, const char *role, const struct ts_scenario_info *scenario,
                int flavour)
{
    for (size_t i = 0; i < plan->count; i++) {
        const struct ts_cell *cell = &plan->cells[i];
        if (strcmp(ts_cell_role_of(cell), role) == 0 && (scenario == NULL || cell->scenario == scenario) &&
            (flavour < 0 || (int)cell->flavour == flavour)) {
            return true;
        }
    }
    return false;
}

struct list {
    char (*texts)[TS_BLIND_SPOT_SIZE];
    size_t count, max;
};

static void add(struct list *list, const char *what, const char *scenario, const char *flavour)
{
    if (list->count < list->max) {
        snprintf(list->texts[list->count++], TS_BLIND_SPOT_SIZE, "%s%s in %s", what, scenario, flavour);
    }
}

size_t ts_blind_spots(const struct ts_plan *plan, char (*texts)[TS_BLIND_SPOT_SIZE], size_t max)
{
    struct list list = {.texts = texts, .max = max};
    for (int flavour = 0; flavour < TS_FLAVOUR_COUNT; flavour++) {
        bool judged = has(plan, "protected", NULL, flavour);
        for (size_t i = 0; judged && i < ts_scenario_count; i++) {
            const struct ts_scenario_info *scenario = &ts_scenario_catalog[i];
            if (!scenario->canary || scenario->shows[flavour] == NULL) {
                continue;
            }
            if (!has(plan, "canary", scenario, flavour)) {
                add(&list, "", scenario->name, ts_flavour_names[flavour]);
            }
            if (!has(plan, "twin", scenario, flavour)) {
                add(&list, "the twin of ", scenario->name, ts_flavour_names[flavour]);
            }
        }
    }
    if (!has(plan, "must-fail", NULL, -1)) {
        add(&list, "an unprotected mode that must fail", "", "any flavour");
    }
    return list.count;
}
