/*
 * What the files of the stability report's fixture share.
 *
 * Private to stability_fixture*.c. Threads, Ownership: as stability_fixture.h.
 */
#ifndef TS_REPORTS_STABILITY_FIXTURE_PARTS_H
#define TS_REPORTS_STABILITY_FIXTURE_PARTS_H

#include "reports/stability_fixture.h"
#include "reports/stability_parts.h"

#define COUNT(items) (sizeof(items) / sizeof *(items))

struct maker {
    struct ts_stability *report;
    bool hostile;
    bool large;
};

/* A text that came from a record. */
const char *maker_foreign(const struct maker *maker, const char *text);

void *maker_copy(const struct maker *maker, const void *items, size_t count, size_t size);

/* Keeps an array that is on the stack. */
#define KEEP(maker, target, count_target, items)                                                             \
    do {                                                                                                     \
        (target) = maker_copy(maker, items, COUNT(items), sizeof *(items));                                  \
        (count_target) = COUNT(items);                                                                       \
    } while (0)

size_t maker_many(const struct maker *maker, size_t few, size_t lots);

/* Points at 0, step, 2 step...: a line with a saw on it. */
struct ts_stability_series maker_series(const struct maker *maker, const char *name, size_t count,
                                        double step, double base, double slope, double wave);

void maker_findings(const struct maker *maker);
void maker_rest(const struct maker *maker);

#endif
