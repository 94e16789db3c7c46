/*
 * The words for how a life ended: the record's outcomes by severity, and the classes of a crash.
 *
 * Threads: pure functions. Errors: none.
 */
#ifndef TS_SUPERVISOR_OUTCOME_H
#define TS_SUPERVISOR_OUTCOME_H

#include "reports/record.h"

#include <stdbool.h>

enum ts_crash_class {
    TS_CRASH_NONE,
    TS_CRASH_PURE_VIRTUAL,
    TS_CRASH_RECURSIVE_TERMINATE,
    TS_CRASH_HEAP_CORRUPTION,
    TS_CRASH_BUS_ERROR,
    TS_CRASH_SEGMENTATION_VIOLATION,
    TS_CRASH_ABORT,
    TS_CRASH_COUNT
};

/* "pure-virtual-call"; NULL for TS_CRASH_NONE. */
const char *ts_crash_class_name(enum ts_crash_class class);

/* The class of that name; TS_CRASH_ABORT for a name that nobody knows, TS_CRASH_NONE for "". */
enum ts_crash_class ts_crash_class_find(const char *name);

/* Greater is worse: pass, inconclusive, invariant, crash, leak, deadlock, race, memory-error, hang. */
int ts_outcome_severity(ts_record_outcome outcome);

/* True for what speaks against the system under test: neither pass nor inconclusive. */
bool ts_outcome_failed(ts_record_outcome outcome);

#endif
