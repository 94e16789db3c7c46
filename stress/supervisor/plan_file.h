/*
 * A plan file (YAML): sets of cells, a budget, and what each set must, may and must not show.
 *
 *   name: gate
 *   budget: 3m             # shared out among the cells that have no time of their own
 *   seed: 0x5              # optional; --seed goes before it
 *   hang: 15s              # optional
 *   baseline: known.yaml   # optional, beside the plan
 *   sets:
 *     - name: protected
 *       scenarios: [destroy-mid-callback, queue-overflow]
 *       modes: [queued]
 *       flavours: [plain, asan, tsan]
 *       weight: 2          # share of the budget, times the scenario's own (default 1)
 *       for: 10s           # or a time of its own for each cell
 *       lives: 1           # at most so many lives
 *       hang: 2s
 *       settings: [policy=block]
 *       faults: "queue.push.full: 5%return"   # a fault spec (faults/spec.h)
 *       required: [race]   # outcomes; without any of the three the catalog's expectation holds
 *       allowed: [crash]
 *       forbidden: [hang]
 *
 * Scenarios may say `all` (no canaries) or `canaries`; modes and flavours may say `all`. A canary makes cells
 * only where a flavour can see its defect. Canaries run first, and within that cells run in an order drawn
 * from the seed.
 *
 * Threads: one at a time. Ownership: load allocates, the plan is freed by ts_plan_file_free, not by
 * ts_plan_destroy. Errors: those of ts_yaml_load; TS_MALFORMED names the file, the set and what nobody knows.
 */
#ifndef TS_SUPERVISOR_PLAN_FILE_H
#define TS_SUPERVISOR_PLAN_FILE_H

#include "supervisor/plan.h"
#include "supervisor/shard.h"

#include <limits.h>

struct ts_plan_file {
    struct ts_plan plan;
    char name[64];
    char baseline[PATH_MAX]; /* "" for none */
    uint64_t seed;
    int64_t hang_ms; /* 0: not given */
    void *loaded;    /* the YAML, whose strings the cells use */
};

struct ts_plan_file_options {
    const uint64_t *seed; /* NULL: the plan's own, or else drawn_seed */
    uint64_t drawn_seed;
    int64_t budget_ms; /* of the whole plan; 0: the plan's own */
    struct ts_shard shard;
};

/* A shard's cells have the seeds, and together the time, that they have in the whole plan; they are numbered
 * anew. TS_INVALID also: the budget is too small for its cells. */
ts_err ts_plan_file_load(const char *path, const struct ts_plan_file_options *options,
                         struct ts_plan_file *file, struct ts_diag *diag);
void ts_plan_file_free(struct ts_plan_file *file);

#endif
