#include "cli/nth_options.h"

#include "base/random.h"
#include "cli/command.h"
#include "cli/option_values.h"
#include "faults/point.h"
#include "supervisor/fail_nth.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CELL_MAX_MS INT64_C(86400000) /* no loop takes a day */

int ts_nth_option(struct ts_nth_options *options, int letter, const char *value)
{
    switch (letter) {
    case 'C':
        options->calls = value;
        return TS_EXIT_OK;
    case 'a':
        return ts_option_count(TS_NTH_COMMAND, "--from", value, &options->from);
    case 'z':
        return ts_option_count(TS_NTH_COMMAND, "--to", value, &options->to);
    case 'd':
        if (strcmp(value, "all") == 0) {
            options->dense = TS_FAIL_NTH_ALL;
            return TS_EXIT_OK;
        }
        return ts_option_count(TS_NTH_COMMAND, "--dense", value, &options->dense);
    default:
        options->by_site = true;
        return TS_EXIT_OK;
    }
}

int ts_nth_options_check(const struct ts_nth_options *options)
{
    return options->by_site && options->from + options->to + options->dense > 0
               ? ts_usage(TS_NTH_COMMAND, "--by-site fails one call of each site: no --from, --to or --dense")
               : TS_EXIT_OK;
}

/* All calls, but those that call.memory takes together. */
static bool is_default(int point)
{
    bool member = point >= TS_PROBE_CALL_MALLOC && point <= TS_PROBE_CALL_STRDUP;
    return ts_fault_is_call(point) && !member;
}

static int unknown_call(const char *name)
{
    const char *names[TS_PROBE_COUNT];
    size_t count = 0;
    for (int i = 0; i < TS_PROBE_COUNT; i++) {
        const char *known = ts_fault_points[i].name;
        if (ts_fault_points[i].kind == TS_PROBE_KIND_FAIL) {
            names[count++] = known + (ts_fault_is_call(i) ? strlen("call.") : 0);
        }
    }
    return ts_unknown(TS_NTH_COMMAND, "call", name, names, count);
}

/* The points to fail at, by their numbers. */
static int choose_calls(const struct ts_nth_options *options, bool chosen[TS_PROBE_COUNT])
{
    for (int i = 0; options->calls == NULL && i < TS_PROBE_COUNT; i++) {
        chosen[i] = is_default(i);
    }
    for (const char *word = options->calls; word != NULL && *word != '\0';) {
        char name[64], call[72];
        size_t length = strcspn(word, ",");
        snprintf(name, sizeof name, "%.*s", (int)(length < 63 ? length : 63), word);
        snprintf(call, sizeof call, "call.%s", name);
        int point = ts_fault_point_find(call) >= 0 ? ts_fault_point_find(call) : ts_fault_point_find(name);
        if (point < 0 || ts_fault_points[point].kind != TS_PROBE_KIND_FAIL) {
            return unknown_call(name);
        }
        if (options->by_site && !ts_fault_is_call(point)) {
            return ts_usage(TS_NTH_COMMAND, "--by-site: %s is no call, and has one site", name);
        }
        chosen[point] = true;
        word += length + (word[length] == ',');
    }
    return TS_EXIT_OK;
}

int ts_nth_plan(const struct ts_nth_options *options, int64_t life_ms, struct ts_plan *plan)
{
    bool chosen[TS_PROBE_COUNT] = {false};
    size_t count = 0;
    int code = choose_calls(options, chosen);
    if (code != TS_EXIT_OK) {
        return code;
    }
    struct ts_cell *cells = calloc(plan->count * TS_PROBE_COUNT, sizeof *cells);
    if (cells == NULL) {
        return ts_usage(TS_NTH_COMMAND, "no memory");
    }
    for (size_t i = 0; i < plan->count; i++) {
        for (int point = 0; point < TS_PROBE_COUNT; point++) {
            if (!chosen[point]) {
                continue;
            }
            struct ts_cell *cell = &cells[count];
            *cell = plan->cells[i];
            cell->number = count++;
            cell->set = ts_fault_points[point].name;
            cell->for_ms = CELL_MAX_MS;
            cell->life_ms = life_ms;
            cell->life_seed = ts_seed_mix(cell->seed, 0); /* as of the first life of a run */
        }
    }
    free(plan->cells);
    plan->cells = cells;
    plan->count = count;
    plan->budget_ms = CELL_MAX_MS * (int64_t)count;
    plan->shared_budget = false;
    return TS_EXIT_OK;
}
