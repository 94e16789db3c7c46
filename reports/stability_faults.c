#include "reports/stability_build_parts.h"

#include <stdlib.h>
#include <string.h>

static int by_plan(const void *left, const void *right)
{
    const struct ts_stability_fault *a = left;
    const struct ts_stability_fault *b = right;
    return strcmp(a->plan, b->plan);
}

/* Without faults first; then what made most lives fail. */
static int64_t failures(const struct ts_stability_fault *fault)
{
    return fault->lives - fault->outcomes[TS_RECORD_PASS] - fault->outcomes[TS_RECORD_INCONCLUSIVE];
}

static int by_failures(const void *left, const void *right)
{
    const struct ts_stability_fault *a = left;
    const struct ts_stability_fault *b = right;
    if ((a->plan[0] == '\0') != (b->plan[0] == '\0')) {
        return a->plan[0] == '\0' ? -1 : 1;
    }
    if (failures(a) != failures(b)) {
        return failures(a) > failures(b) ? -1 : 1;
    }
    return strcmp(a->plan, b->plan);
}

static void add(struct ts_stability_fault *sum, const struct ts_stability_fault *fault)
{
    sum->lives += fault->lives;
    sum->fired += fault->fired;
    for (int i = 0; i < TS_RECORD_OUTCOME_COUNT; i++) {
        sum->outcomes[i] += fault->outcomes[i];
    }
}

static struct ts_stability_fault fault_of(const struct ts_record_cell *cell)
{
    struct ts_stability_fault fault = {.plan = cell->faults, .lives = cell->lives};
    for (int i = 0; i < TS_RECORD_OUTCOME_COUNT; i++) {
        fault.outcomes[i] = ts_record_count_of(&cell->outcomes, ts_record_outcome_name((ts_record_outcome)i));
    }
    for (size_t i = 0; i < cell->probes.fired.count; i++) {
        fault.fired += cell->probes.fired.items[i].value;
    }
    return fault;
}

void ts_stability_build_faults(struct ts_stability_builder *builder)
{
    struct ts_stability_faults *faults = &builder->report->faults;
    size_t used = 0;
    faults->items = ts_stability_keep(builder->report, builder->cell_count, sizeof *faults->items);
    for (size_t i = 0; faults->items != NULL && i < builder->cell_count; i++) {
        if (!builder->cells[i].tests) {
            faults->items[used++] = fault_of(builder->cells[i].cell);
        }
    }
    if (used > 0) {
        qsort(faults->items, used, sizeof *faults->items, by_plan);
    }
    for (size_t i = 0; i < used; i++) {
        if (faults->total > 0 && by_plan(&faults->items[faults->total - 1], &faults->items[i]) == 0) {
            add(&faults->items[faults->total - 1], &faults->items[i]);
        } else {
            faults->items[faults->total++] = faults->items[i];
        }
    }
    if (faults->total > 0) {
        qsort(faults->items, faults->total, sizeof *faults->items, by_failures);
    }
    faults->count = faults->total < TS_STABILITY_ROWS ? faults->total : TS_STABILITY_ROWS;
}
