#include "base/probe.h"

#ifdef TS_PROBES

#include <stddef.h>

static ts_probe_handler active_handler;

void ts_probe_install(ts_probe_handler handler)
{
    active_handler = handler;
}

bool ts_probe_reached(const char *name)
{
    return active_handler != NULL && active_handler(name);
}

#else

typedef int ts_probe_is_off; /* ISO C wants a declaration in every translation unit */

#endif
