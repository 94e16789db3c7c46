/*
 * The catalog of scenarios: what each one is, which hazard it brings about, and what each delivery mode must
 * show. Known to the command (list, expectations) and to the worker (which adds the bodies, scenario.h). Pure
 * data.
 */
#ifndef TS_SCENARIO_CATALOG_H
#define TS_SCENARIO_CATALOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum ts_mode { TS_MODE_DIRECT, TS_MODE_LOCKED, TS_MODE_GUARDED, TS_MODE_QUEUED, TS_MODE_COUNT };
/* explore is tsan under the scheduler of stress/explore: a life of it is many short ones. */
enum ts_flavour { TS_FLAVOUR_PLAIN, TS_FLAVOUR_ASAN, TS_FLAVOUR_TSAN, TS_FLAVOUR_EXPLORE, TS_FLAVOUR_COUNT };

enum ts_expect {
    TS_EXPECT_PASS, /* any failure is a finding against the engine */
    TS_EXPECT_FAIL, /* must fail: a cell that does not is a blind detector */
    TS_EXPECT_ANY,  /* unprotected, but this flavour need not see it */
};

/* A knob of a scenario, set with --set key=value. */
struct ts_scenario_option {
    const char *key;
    const char *values; /* for a person: "1, 2, 4096" */
    const char *text;
};

struct ts_scenario_info {
    const char *name;
    const char *summary; /* one line */
    const char *hazard;  /* what must occur for the cell to count, as a noun phrase */
    double weight;       /* share of a budget, relative to the other scenarios */
    bool contrasts;      /* shows what the modes differ in: `contrast` runs it unless told otherwise */
    bool canary;         /* a planted defect that tries the detectors, and its clean twin; no engine */
    enum ts_expect expect[TS_MODE_COUNT][TS_FLAVOUR_COUNT];
    /* The outcome by which the defect of direct mode must show; NULL where the flavour cannot see it. */
    const char *shows[TS_FLAVOUR_COUNT];
    const struct ts_scenario_option *options;
    size_t option_count;
};

extern const struct ts_scenario_info ts_scenario_catalog[];
extern const size_t ts_scenario_count;

extern const char *const ts_mode_names[TS_MODE_COUNT];
extern const char *const ts_flavour_names[TS_FLAVOUR_COUNT];
const char *ts_expect_name(enum ts_expect expect); /* "pass", "fail", "any" */

/* Index by name, -1 when there is none. */
int ts_scenario_find(const char *name);
int ts_mode_find(const char *name);
int ts_flavour_find(const char *name);

#endif
