#include "supervisor/plan.h"

#include "base/random.h"

#include <stdlib.h>

/* FNV-1a: only tells names apart; ts_seed_mix does the mixing. */
static uint64_t hash_name(const char *name)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (; *name != '\0'; name++) {
        hash = (hash ^ (unsigned char)*name) * UINT64_C(0x100000001b3);
    }
    return hash;
}

uint64_t ts_cell_seed(uint64_t run_seed, const char *scenario, const char *mode, const char *flavour)
{
    uint64_t seed = ts_seed_mix(run_seed, hash_name(scenario));
    return ts_seed_mix(ts_seed_mix(seed, hash_name(mode)), hash_name(flavour));
}

const char *ts_cell_role_of(const struct ts_cell *cell)
{
    enum ts_expect expect = ts_expectation_word(&cell->expectation);
    if (cell->scenario->canary && !cell->plan_expects) {
        return expect == TS_EXPECT_PASS ? "twin" : expect == TS_EXPECT_FAIL ? "canary" : "may-fail";
    }
    return expect == TS_EXPECT_PASS ? "protected" : expect == TS_EXPECT_FAIL ? "must-fail" : "may-fail";
}

static size_t count_chosen(const bool *chosen, size_t size)
{
    size_t count = 0;
    for (size_t i = 0; i < size; i++) {
        count += chosen[i];
    }
    return count;
}

static void add_cell(struct ts_plan *plan, uint64_t run_seed, size_t scenario, int mode, int flavour)
{
    const struct ts_scenario_info *info = &ts_scenario_catalog[scenario];
    plan->cells[plan->count] = (struct ts_cell){
        .number = plan->count,
        .scenario = info,
        .mode = (enum ts_mode)mode,
        .flavour = (enum ts_flavour)flavour,
        .expectation = ts_expectation_of(info, (enum ts_mode)mode, (enum ts_flavour)flavour),
        .set = "",
        .weight = info->weight,
        .seed = ts_cell_seed(run_seed, info->name, ts_mode_names[mode], ts_flavour_names[flavour]),
    };
    plan->count++;
}

ts_err ts_plan_create(const struct ts_selection *selection, uint64_t run_seed, int64_t for_ms,
                      bool shared_budget, struct ts_plan *plan, struct ts_diag *diag)
{
    size_t count = count_chosen(selection->scenarios, ts_scenario_count) *
                   count_chosen(selection->modes, TS_MODE_COUNT) *
                   count_chosen(selection->flavours, TS_FLAVOUR_COUNT);
    *plan = (struct ts_plan){.shared_budget = shared_budget};
    if (count == 0) {
        return ts_fail(diag, TS_INVALID, "plan run", "", "no cell is selected");
    }
    plan->cells = calloc(count, sizeof *plan->cells);
    if (plan->cells == NULL) {
        return ts_fail(diag, TS_NO_MEMORY, "plan run", "", "no memory for %zu cells", count);
    }
    plan->budget_ms = shared_budget ? for_ms : for_ms * (int64_t)count;
    for (size_t scenario = 0; scenario < ts_scenario_count; scenario++) {
        for (int mode = 0; mode < TS_MODE_COUNT; mode++) {
            for (int flavour = 0; flavour < TS_FLAVOUR_COUNT; flavour++) {
                if (selection->scenarios[scenario] && selection->modes[mode] &&
                    selection->flavours[flavour]) {
                    add_cell(plan, run_seed, scenario, mode, flavour);
                }
            }
        }
    }
    return TS_OK;
}

void ts_plan_destroy(struct ts_plan *plan)
{
    free(plan->cells);
    *plan = (struct ts_plan){0};
}

/* A cell's part, by weight, of the time that the cells from `first` on have. */
static double share_of(const struct ts_plan *plan, size_t index, size_t first, int64_t time_ms)
{
    double weights = 0.0, left_ms = (double)time_ms;
    for (size_t i = first; i < plan->count; i++) {
        weights += plan->cells[i].for_ms > 0 ? 0.0 : plan->cells[i].weight;
        left_ms -= (double)plan->cells[i].for_ms;
    }
    return left_ms * plan->cells[index].weight / weights;
}

int64_t ts_plan_share_ms(const struct ts_plan *plan, size_t index, int64_t elapsed_ms)
{
    double share_ms = (double)plan->budget_ms / (double)plan->count;
    if (plan->cells[index].for_ms > 0) {
        return plan->cells[index].for_ms;
    }
    if (plan->shared_budget) {
        double planned_ms = share_of(plan, index, 0, plan->budget_ms);
        share_ms = share_of(plan, index, index, plan->budget_ms - elapsed_ms);
        share_ms = share_ms < planned_ms / 2 ? planned_ms / 2 : share_ms;
    }
    return share_ms < 1.0 ? 1 : (int64_t)share_ms;
}

/* Fisher and Yates, from the seed: a bug that hides behind an order shows itself under another seed. */
static void shuffle(struct ts_plan *plan, uint64_t seed)
{
    struct ts_random random = {.state = ts_seed_mix(seed, plan->count)};
    for (size_t i = plan->count; i > 1; i--) {
        size_t j = (size_t)ts_random_below(&random, i);
        struct ts_cell cell = plan->cells[i - 1];
        plan->cells[i - 1] = plan->cells[j];
        plan->cells[j] = cell;
    }
}

/* A blind gate is told at once, and what the canaries leave of their time is shared evenly. */
static ts_err put_canaries_first(struct ts_plan *plan, struct ts_diag *diag)
{
    struct ts_cell *ordered = calloc(plan->count, sizeof *ordered);
    size_t used = 0;
    if (ordered == NULL) {
        return ts_fail(diag, TS_NO_MEMORY, "plan run", "", "no memory for %zu cells", plan->count);
    }
    for (int canary = 1; canary >= 0; canary--) {
        for (size_t i = 0; i < plan->count; i++) {
            if (plan->cells[i].scenario->canary == (canary == 1)) {
                ordered[used++] = plan->cells[i];
            }
        }
    }
    free(plan->cells);
    plan->cells = ordered;
    return TS_OK;
}

ts_err ts_plan_order(struct ts_plan *plan, uint64_t seed, struct ts_diag *diag)
{
    shuffle(plan, seed);
    return put_canaries_first(plan, diag);
}
