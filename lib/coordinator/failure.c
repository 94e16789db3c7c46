#include "coordinator/failure.h"

enum ts_failure_family ts_failure_family_of(ts_err code)
{
    switch (code) {
    case TS_OK:
        return TS_FAILURE_NONE;
    case TS_INVALID:
    case TS_UNKNOWN:
    case TS_LIMIT:
        return TS_FAILURE_REQUEST;
    case TS_NOT_FOUND:
    case TS_MALFORMED:
        return TS_FAILURE_DATA;
    case TS_FULL:
    case TS_TIMEOUT:
    case TS_NO_MEMORY:
    case TS_NO_SPACE:
        return TS_FAILURE_CAPACITY;
    case TS_CLOSED:
    case TS_END:
    case TS_EMPTY:
    case TS_DEADLOCK:
    case TS_WRONG_THREAD:
        return TS_FAILURE_LIFE;
    default:
        return TS_FAILURE_SYSTEM;
    }
}

const char *ts_failure_family_name(enum ts_failure_family family)
{
    static const char *const names[TS_FAILURE_COUNT] = {"none",     "request", "data",
                                                        "capacity", "life",    "system"};
    return (unsigned)family < TS_FAILURE_COUNT ? names[family] : "unknown";
}
