/* No libc: the handler calls these, too (handler.c). */
#include "faults/point.h"

#include "base/random.h"

#define POINT(id, text, which, what)                                                                         \
    [TS_PROBE_##id] = {.name = text, .kind = TS_PROBE_KIND_##which, .meaning = what},

const struct ts_fault_point ts_fault_points[TS_PROBE_COUNT] = {TS_PROBE_POINTS(POINT)};

uint64_t ts_fault_key(const char *name)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325); /* FNV-1a, mixed */
    for (; *name != '\0'; name++) {
        hash = (hash ^ (unsigned char)*name) * UINT64_C(0x100000001b3);
    }
    return ts_hash64(hash);
}

bool ts_fault_is_call(int point)
{
    return point >= TS_PROBE_CALL_MEMORY && point <= TS_PROBE_CALL_CLOCK_FROZEN;
}

bool ts_fault_may_refuse(int point)
{
    return (point >= TS_PROBE_CALL_MEMORY && point <= TS_PROBE_CALL_EVENTFD) ||
           point == TS_PROBE_CALL_WRITE_ENOSPC || point == TS_PROBE_SIGNAL_CREATE_MEMORY ||
           point == TS_PROBE_THREAD_START_FAIL || point == TS_PROBE_PLUGIN_LOAD_FAIL;
}

bool ts_fault_glob(const char *pattern, const char *text)
{
    const char *star = NULL, *retry = NULL;
    while (*text != '\0') {
        if (*pattern == '*') {
            star = pattern++;
            retry = text;
        } else if (*pattern == *text) {
            pattern++;
            text++;
        } else if (star != NULL) {
            pattern = star + 1;
            text = ++retry;
        } else {
            return false;
        }
    }
    while (*pattern == '*') {
        pattern++;
    }
    return *pattern == '\0';
}

int ts_fault_point_find(const char *name)
{
    for (int i = 0; i < TS_PROBE_COUNT; i++) {
        const char *a = ts_fault_points[i].name, *b = name;
        while (*a != '\0' && *a == *b) {
            a++;
            b++;
        }
        if (*a == *b) {
            return i;
        }
    }
    return -1;
}
