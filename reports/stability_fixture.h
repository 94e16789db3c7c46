/*
 * Models of a stability report for the tests of its renderers, filled by hand.
 *
 * Threads: a test's own. Ownership: ts_stability_free. Errors: NULL without memory.
 */
#ifndef TS_REPORTS_STABILITY_FIXTURE_H
#define TS_REPORTS_STABILITY_FIXTURE_H

#include "reports/stability.h"

/* Every section has something in it; figures are of one piece. */
struct ts_stability *ts_stability_fixture(void);

/* Nothing was run, nothing recorded: each section empty. */
struct ts_stability *ts_stability_fixture_empty(void);

/* The first, with every foreign text hostile: tags, quotes, pipes, back quotes, line feeds, control
 * characters, bytes that are no UTF-8, characters that turn the direction of text. */
struct ts_stability *ts_stability_fixture_hostile(void);

/* As large as a model can be: cards, findings, rows, curves. */
struct ts_stability *ts_stability_fixture_large(void);

#endif
