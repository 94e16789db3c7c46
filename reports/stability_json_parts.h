/*
 * Sections of the stability report in JSON, and what they are made of.
 *
 * Private to stability_json*.c. Threads: pure. Ownership: values are the caller's. Errors: NULL without
 * memory.
 */
#ifndef TS_REPORTS_STABILITY_JSON_PARTS_H
#define TS_REPORTS_STABILITY_JSON_PARTS_H

#include "reports/stability.h"

#include <jansson.h>

json_t *ts_stability_json_text(const char *text);
json_t *ts_stability_json_count(int64_t count); /* null when unknown */
json_t *ts_stability_json_real(double value);   /* null unless finite */
json_t *ts_stability_json_share(const struct ts_stability_share *share);
json_t *ts_stability_json_estimate(const struct ts_stability_estimate *estimate);
json_t *ts_stability_json_series(const struct ts_stability_series *series); /* [[x, y], ...] */

json_t *ts_stability_json_contrast(const struct ts_stability *report);
json_t *ts_stability_json_findings(const struct ts_stability *report);
json_t *ts_stability_json_tests(const struct ts_stability *report);
json_t *ts_stability_json_faults(const struct ts_stability *report);
json_t *ts_stability_json_resources(const struct ts_stability *report);
json_t *ts_stability_json_hangs(const struct ts_stability *report);
json_t *ts_stability_json_trends(const struct ts_stability *report);

#endif
