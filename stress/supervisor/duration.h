/*
 * Durations and seeds as people type them.
 *
 * Threads: pure. Errors: false for anything else; *value is untouched then.
 */
#ifndef TS_SUPERVISOR_DURATION_H
#define TS_SUPERVISOR_DURATION_H

#include <stdbool.h>
#include <stdint.h>

/* "500ms", "10s", "2m", "1h", "1.5s"; above 0, at most 30 days. A bare number is refused: its unit is a
 * guess. */
bool ts_parse_duration(const char *text, int64_t *value_ms);

/* "0x1f" or "31". */
bool ts_parse_seed(const char *text, uint64_t *value);

#endif
