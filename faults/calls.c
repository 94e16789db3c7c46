#include "faults/calls.h"

static bool begun; /* before other threads start */

extern const char __ehdr_start[] __attribute__((visibility("hidden"))); /* the linker's */

const void *ts_calls_program(void)
{
    return __ehdr_start;
}

bool ts_calls_can_fail(void)
{
    return begun;
}

void ts_calls_begin(int64_t (*monotonic)(void), int64_t (*wall)(void))
{
    ts_call_wraps_learn(monotonic);
    ts_call_wraps_learn(wall);
    begun = true;
}
