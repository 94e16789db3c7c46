#include "reports/grounds.h"

#include <stdio.h>
#include <string.h>

struct ts_grounds_verdict ts_grounds_judge(const struct ts_grounds *grounds)
{
    struct ts_grounds_verdict judged = {
        .reason = TS_GATE_HARNESS,
        .applies = {
            [TS_GATE_HARNESS] = grounds->failed_checks > 0 || grounds->cells_not_run > 0 || grounds->partial,
            [TS_GATE_NEW_FINDING] = grounds->new_findings > 0,
            [TS_GATE_UNEXPECTED] = grounds->unexpected_cells > 0,
            [TS_GATE_POLICY] = grounds->expired_entries > 0,
            [TS_GATE_BLIND] = grounds->missed_cells > 0 || grounds->canaries == 0 ||
                              grounds->caught < grounds->canaries || grounds->clean < grounds->twins ||
                              grounds->blind_spots > 0,
            [TS_GATE_UNEXERCISED] = grounds->unexercised_cells > 0 || grounds->protected_cells == 0,
            [TS_GATE_NONE] = true,
        }};
    while (!judged.applies[judged.reason]) {
        judged.reason++;
    }
    bool failed = judged.applies[TS_GATE_NEW_FINDING] || judged.applies[TS_GATE_UNEXPECTED] ||
                  judged.applies[TS_GATE_POLICY];
    judged.verdict = failed                          ? TS_GATE_FAIL
                     : judged.reason == TS_GATE_NONE ? TS_GATE_PASS
                                                     : TS_GATE_INCONCLUSIVE;
    return judged;
}

struct cells {
    const struct ts_grounds_cell *items;
    size_t count;
};

/* A NULL name matches any. */
static bool has(const struct cells *cells, ts_cell_role role, const char *scenario, const char *flavour)
{
    for (size_t i = 0; i < cells->count; i++) {
        const struct ts_grounds_cell *cell = &cells->items[i];
        if (cell->role == role && (flavour == NULL || strcmp(cell->flavour, flavour) == 0) &&
            (scenario == NULL || strcmp(cell->scenario, scenario) == 0)) {
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

/* Any canary of each judged flavour: which there are is not known. */
static void try_flavours(const struct cells *cells, struct list *list)
{
    for (size_t i = 0; i < cells->count && list->count < list->max; i++) {
        const struct ts_grounds_cell *cell = &cells->items[i];
        const struct cells before = {cells->items, i};
        if (cell->role != TS_CELL_PROTECTED || has(&before, TS_CELL_PROTECTED, NULL, cell->flavour)) {
            continue;
        }
        if (!has(cells, TS_CELL_CANARY, NULL, cell->flavour)) {
            add(list, "a canary", "", cell->flavour);
        }
        if (!has(cells, TS_CELL_TWIN, NULL, cell->flavour)) {
            add(list, "the twin of a canary", "", cell->flavour);
        }
    }
}

size_t ts_grounds_blind_spots(const struct ts_grounds_cell *items, size_t cell_count,
                              const struct ts_grounds_canary *known, size_t known_count,
                              char (*texts)[TS_BLIND_SPOT_SIZE], size_t max)
{
    const struct cells cells = {items, cell_count};
    struct list list = {.texts = texts, .max = max};
    for (size_t i = 0; i < known_count; i++) {
        const struct ts_grounds_canary *canary = &known[i];
        if (!has(&cells, TS_CELL_PROTECTED, NULL, canary->flavour)) {
            continue;
        }
        if (!has(&cells, TS_CELL_CANARY, canary->scenario, canary->flavour)) {
            add(&list, "", canary->scenario, canary->flavour);
        }
        if (!has(&cells, TS_CELL_TWIN, canary->scenario, canary->flavour)) {
            add(&list, "the twin of ", canary->scenario, canary->flavour);
        }
    }
    if (known_count == 0) {
        try_flavours(&cells, &list);
    }
    if (!has(&cells, TS_CELL_MUST_FAIL, NULL, NULL)) {
        add(&list, "an unprotected mode that must fail", "", "any flavour");
    }
    return list.count;
}
