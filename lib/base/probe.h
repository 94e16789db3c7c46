/*
 * Probes: named points in the library at which a fault can be injected.
 *
 * TS_PROBE(name) evaluates to false and compiles to nothing unless the library is built with -DTS_PROBES.
 * With probes, it asks the handler of the process; the handler answers true when the fault is to happen here.
 * The site then does what its own failure would do (report a full queue, give up a wait).
 *
 * Threads: points are reached by any thread. The handler must not synchronise: a lock or an acq_rel operation
 * at a probe hides the races that the suite hunts. ts_probe_install only while no other thread of the process
 * runs. Progress: wait-free when off; as the handler is when on.
 */
#ifndef TS_BASE_PROBE_H
#define TS_BASE_PROBE_H

#include <stdbool.h>

#ifdef TS_PROBES

typedef bool (*ts_probe_handler)(const char *name);

/* NULL removes the handler. */
void ts_probe_install(ts_probe_handler handler);
bool ts_probe_reached(const char *name);

#define TS_PROBE(name) ts_probe_reached(name)

#else

#define TS_PROBE(name) false

#endif

#endif
