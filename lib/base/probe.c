#include "base/probe.h"

#ifdef TS_PROBES

#include <stddef.h>

#define SITE(id, text, kind, meaning) [TS_PROBE_##id] = {.name = text},

struct ts_probe_site ts_probe_sites[TS_PROBE_COUNT] = {TS_PROBE_POINTS(SITE)};

struct ts_probe_site *ts_probe_site_table(void)
{
    return ts_probe_sites;
}

bool ts_probe_ask(struct ts_probe_site *site)
{
    if (ts_probe_handler == NULL) {
        atomic_store_explicit(&site->state, TS_PROBE_IDLE,
                              memory_order_relaxed); /* every thread says the same */
        return false;
    }
    return ts_probe_handler(site, __builtin_return_address(0));
}

uint64_t ts_probe_child(const char *name)
{
    return ts_probe_handler_child != NULL ? ts_probe_handler_child(name) : 0;
}

void ts_probe_begin(uint64_t lineage, const char *name)
{
    if (ts_probe_handler_begin != NULL) {
        ts_probe_handler_begin(lineage, name);
    }
}

#else

typedef int ts_probe_is_off; /* ISO C wants a declaration in every translation unit */

#endif
