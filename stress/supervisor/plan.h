/*
 * The plan of a run: which cells, in which order, with which seed and how much time.
 *
 * A cell's seed is a function of the run's seed and of the names of its scenario, mode and flavour, so the
 * same cell has the same seed whether it runs alone or in a matrix. A budget is split by the scenarios'
 * weights over what is left: a cell that ends early leaves its time to the later ones.
 *
 * Threads: a plan belongs to its caller. Ownership: create allocates, destroy frees. Units: milliseconds.
 * Errors: TS_NO_MEMORY; TS_INVALID for an empty selection.
 */
#ifndef TS_SUPERVISOR_PLAN_H
#define TS_SUPERVISOR_PLAN_H

#include "base/err.h"
#include "scenario/catalog.h"
#include "supervisor/expectation.h"

#include <stdbool.h>
#include <stdint.h>

struct ts_fault_series;

struct ts_selection {
    const bool *scenarios; /* by index in the catalog, ts_scenario_count of them */
    bool modes[TS_MODE_COUNT];
    bool flavours[TS_FLAVOUR_COUNT];
};

struct ts_cell {
    size_t number;
    const struct ts_scenario_info *scenario;
    enum ts_mode mode;
    enum ts_flavour flavour;
    uint64_t seed;
    struct ts_expectation expectation;
    bool plan_expects;  /* the expectation is the plan file's own, not the catalog's */
    const char *set;    /* the plan file's name for the set it is of; "" */
    double weight;      /* share of what is left of the budget */
    int64_t for_ms;     /* 0: its share of the budget */
    int64_t hang_ms;    /* 0: as the run's */
    uint64_t lives;     /* at most so many; 0: as many as there is time for */
    uint64_t failures;  /* at most so many failing lives; 0: any number */
    uint64_t life_seed; /* of each of its lives; 0: they follow from the cell's */
    int64_t life_ms;    /* at most so long; 0: as long as the cell has time */
    const char *until;  /* ends with the life that shows the finding of this signature; NULL: does not */
    const char *const *settings; /* "key=value", beside the run's */
    size_t setting_count;
    const char *faults; /* a fault spec (faults/spec.h), beside the run's; NULL or "": none */
    const struct ts_fault_series *series; /* more faults, others in each life; NULL: none */
};

/* What the cell is for, as the record names it: "canary", "twin" (a canary without its defect), "must-fail",
 * "may-fail", "protected". A canary that a plan judges by its own lights is none, nor is one in a flavour
 * that cannot see its defect: it may fail. */
const char *ts_cell_role_of(const struct ts_cell *cell);

struct ts_plan {
    struct ts_cell *cells;
    size_t count;
    int64_t budget_ms;  /* of the whole run */
    bool shared_budget; /* false: each cell has the same time, budget_ms / count */
};

uint64_t ts_cell_seed(uint64_t run_seed, const char *scenario, const char *mode, const char *flavour);

/*
 * Scenario by scenario, then mode, then flavour. for_ms is the time of the run when shared, else of each
 * cell. On error *plan is empty.
 */
ts_err ts_plan_create(const struct ts_selection *selection, uint64_t run_seed, int64_t for_ms,
                      bool shared_budget, struct ts_plan *plan, struct ts_diag *diag);
void ts_plan_destroy(struct ts_plan *plan);

/* Draws the order from the seed, canaries first; cells keep their numbers. */
ts_err ts_plan_order(struct ts_plan *plan, uint64_t seed, struct ts_diag *diag);

/* The time for cell number `index`, when elapsed_ms of the run have gone; at least 1. Of a shared budget it
 * is at least half of what it would have had with nothing lost: a run that fell behind overruns its budget,
 * by half at most, before its last cells end without having met their hazard. */
int64_t ts_plan_share_ms(const struct ts_plan *plan, size_t index, int64_t elapsed_ms);

#endif
