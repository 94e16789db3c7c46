/*
 * What the files that build a stability report share: its memory, and small sums.
 *
 * Private to stability_*.c.
 *
 * Threads, Ownership: as stability.h. Errors: without memory the ts_keep functions return NULL, or the empty
 * text, and mark the report's memory as lost; the builder asks once, at its end.
 */
#ifndef TS_REPORTS_STABILITY_PARTS_H
#define TS_REPORTS_STABILITY_PARTS_H

#include "reports/stability.h"

#include <stdarg.h>

/* Zeroed memory that lives as long as the report. */
void *ts_stability_keep(struct ts_stability *report, size_t count, size_t size);

/* A text of the report's own, as printf makes it. */
const char *ts_stability_text(struct ts_stability *report, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Whether a list of names, separated by ", ", has this one. */
bool ts_stability_names(const char *names, const char *name);

/* Appends ", " and the name to a list of names, where it is not in it already. */
const char *ts_stability_join(struct ts_stability *report, const char *names, const char *name);

/* An empty report; NULL without memory. */
struct ts_stability *ts_stability_new(void);

/* Whether memory ever ran out. */
bool ts_stability_lost(const struct ts_stability *report);

struct ts_stability_share ts_stability_share_of(int64_t k, int64_t n);
struct ts_stability_rate ts_stability_rate_of(int64_t events, int64_t elapsed_ms);

#endif
