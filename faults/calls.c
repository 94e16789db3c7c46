#include "faults/calls.h"

static bool begun; /* before other threads start */

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
