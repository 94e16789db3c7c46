#include "supervisor/blind_spots.h"

#include "reports/gate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

size_t ts_known_canaries(struct ts_grounds_canary known[TS_KNOWN_CANARIES_MAX])
{
    size_t count = 0;
    for (int flavour = 0; flavour < TS_FLAVOUR_COUNT; flavour++) {
        for (size_t i = 0; i < ts_scenario_count; i++) {
            const struct ts_scenario_info *scenario = &ts_scenario_catalog[i];
            if (scenario->canary && scenario->shows[flavour] != NULL) {
                TS_ASSERT(count < TS_KNOWN_CANARIES_MAX);
                known[count++] = (struct ts_grounds_canary){scenario->name, ts_flavour_names[flavour]};
            }
        }
    }
    return count;
}

static ts_cell_role role_of(const struct ts_cell *cell)
{
    for (int role = 0; role < TS_CELL_ROLE_COUNT; role++) {
        if (strcmp(ts_cell_role_of(cell), ts_cell_role_name((ts_cell_role)role)) == 0) {
            return (ts_cell_role)role;
        }
    }
    return TS_CELL_PROTECTED;
}

size_t ts_blind_spots(const struct ts_plan *plan, char (*texts)[TS_BLIND_SPOT_SIZE], size_t max)
{
    struct ts_grounds_canary known[TS_KNOWN_CANARIES_MAX];
    size_t count = 0;
    struct ts_grounds_cell *cells = calloc(plan->count + 1, sizeof *cells);
    if (cells != NULL) {
        for (size_t i = 0; i < plan->count; i++) {
            const struct ts_cell *cell = &plan->cells[i];
            cells[i] = (struct ts_grounds_cell){role_of(cell), cell->scenario->name,
                                                ts_flavour_names[cell->flavour]};
        }
        count = ts_grounds_blind_spots(cells, plan->count, known, ts_known_canaries(known), texts, max);
    } else if (max > 0) {
        snprintf(texts[count++], TS_BLIND_SPOT_SIZE, "the memory to look for what it lacks");
    }
    free(cells);
    return count;
}
