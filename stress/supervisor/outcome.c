#include "supervisor/outcome.h"

#include <string.h>

static const char *const class_names[TS_CRASH_COUNT] = {
    [TS_CRASH_PURE_VIRTUAL] = "pure-virtual-call",
    [TS_CRASH_RECURSIVE_TERMINATE] = "recursive-terminate",
    [TS_CRASH_HEAP_CORRUPTION] = "heap-corruption",
    [TS_CRASH_BUS_ERROR] = "bus-error",
    [TS_CRASH_SEGMENTATION_VIOLATION] = "segmentation-violation",
    [TS_CRASH_ABORT] = "abort",
};

static const int severities[TS_RECORD_OUTCOME_COUNT] = {
    [TS_RECORD_PASS] = 0,  [TS_RECORD_INCONCLUSIVE] = 1, [TS_RECORD_INVARIANT] = 2,
    [TS_RECORD_CRASH] = 3, [TS_RECORD_LEAK] = 4,         [TS_RECORD_DEADLOCK] = 5,
    [TS_RECORD_RACE] = 6,  [TS_RECORD_MEMORY_ERROR] = 7, [TS_RECORD_HANG] = 8,
};

const char *ts_crash_class_name(enum ts_crash_class class)
{
    return class_names[class];
}

enum ts_crash_class ts_crash_class_find(const char *name)
{
    if (name[0] == '\0') {
        return TS_CRASH_NONE;
    }
    for (int i = TS_CRASH_NONE + 1; i < TS_CRASH_COUNT; i++) {
        if (strcmp(class_names[i], name) == 0) {
            return (enum ts_crash_class)i;
        }
    }
    return TS_CRASH_ABORT;
}

int ts_outcome_severity(ts_record_outcome outcome)
{
    return severities[outcome];
}

bool ts_outcome_failed(ts_record_outcome outcome)
{
    return outcome != TS_RECORD_PASS && outcome != TS_RECORD_INCONCLUSIVE;
}
