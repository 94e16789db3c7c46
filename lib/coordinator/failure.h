/*
 * The families of the coordinator's errors: what kind of thing went wrong, and so whose turn it is.
 *
 * - request: it is wrong, and will be again (invalid, unknown, limit)
 * - data: the prices do not allow it (not-found, malformed)
 * - capacity: there was no room or time; try again (full, timeout, no-memory, no-space)
 * - life: the object or task has ended, or the call is not allowed here (closed, end, empty, deadlock,
 *   wrong-thread)
 * - system: anything else
 *
 * Each error is a code of base/err.h with operation, subject and detail in its ts_diag; callers that only
 * need to know whether to mend, to wait or to stop look at the family.
 */
#ifndef TS_COORDINATOR_FAILURE_H
#define TS_COORDINATOR_FAILURE_H

#include "base/err.h"

enum ts_failure_family {
    TS_FAILURE_NONE,
    TS_FAILURE_REQUEST,
    TS_FAILURE_DATA,
    TS_FAILURE_CAPACITY,
    TS_FAILURE_LIFE,
    TS_FAILURE_SYSTEM,
    TS_FAILURE_COUNT
};

enum ts_failure_family ts_failure_family_of(ts_err code);
const char *ts_failure_family_name(enum ts_failure_family family);

#endif
