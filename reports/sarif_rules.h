/*
 * The rules of the SARIF log: one a kind of finding.
 *
 * Threads: pure. Ownership: as in json_text.h. Errors: NULL without memory.
 */
#ifndef TS_REPORTS_SARIF_RULES_H
#define TS_REPORTS_SARIF_RULES_H

#include <jansson.h>

/* The reportingDescriptor objects, in the order of the indices below. */
json_t *ts_sarif_rules(void);

/* Those of the invocation's notifications: preflight, cell, baseline. */
json_t *ts_sarif_notices(void);

/* The index of kind's rule; a kind without one has the last, "other". */
int ts_sarif_rule_of(const char *kind);
const char *ts_sarif_rule_id(int index);

#endif
