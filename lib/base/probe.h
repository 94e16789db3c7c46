/*
 * Probes: named points in library and host at which a fault can be injected (probe_points.h lists them).
 *
 *   if (TS_PROBE(QUEUE_PUSH_FULL)) ...       a point that can fail: true when the fault is to happen here;
 * the site then does what its own failure would do TS_PROBE_PAUSE(QUEUE_PUSH_COMMIT);       a point between
 * two steps: a handler may spend time there
 *
 * Without -DTS_PROBES a point compiles to nothing. With it, a point costs one load until a handler has armed
 * it. The handler is the program's: it defines ts_probe_handler and exports it (-rdynamic), and every image
 * of the process, also a library that it loads, finds it by that name. A program without one has idle points.
 *
 * A thread has a lineage: a number that depends only on how it came to be (its creator's lineage, its name,
 * the how manieth child it is), not on when. Decisions that are drawn from it are the same in every
 * interleaving. ts_thread_start passes it on; who starts threads by other means calls ts_probe_child in the
 * creator and ts_probe_begin in the new thread.
 *
 * Threads: points are reached by any thread. A handler must not synchronise: a lock or an acq_rel operation
 * at a probe hides the races that the suite hunts. Progress: wait-free while idle; as the handler is, else.
 * Order: relaxed, all of it. A site's state depends on the handler's rules alone, which do not change while
 * threads run, so it does not matter which thread asks first.
 */
#ifndef TS_BASE_PROBE_H
#define TS_BASE_PROBE_H

#include "base/probe_points.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum ts_probe_kind { TS_PROBE_KIND_FAIL, TS_PROBE_KIND_PAUSE };

enum ts_probe_id {
#define TS_PROBE_ENUM(id, name, kind, meaning) TS_PROBE_##id,
    TS_PROBE_POINTS(TS_PROBE_ENUM)
#undef TS_PROBE_ENUM
        TS_PROBE_COUNT
};

/* A new site is asked about at its first visit. ARMED and above is armed; the handler may keep a number
 * there. */
enum ts_probe_state { TS_PROBE_NEW, TS_PROBE_IDLE, TS_PROBE_ARMED };

/* One for each point and image of the process. */
struct ts_probe_site {
    const char *name;
    _Atomic uint32_t state; /* enum ts_probe_state */
};

/*
 * The program's side, each function found at run time or absent. The handler sets the state of a site that is
 * new, and says whether the fault is to happen now. `place` is the instruction behind the point.
 */
#define TS_PROBE_EXPORT __attribute__((weak, visibility("default")))
TS_PROBE_EXPORT bool ts_probe_handler(struct ts_probe_site *site, const void *place);
/* The same for a call that comes from `caller` (faults/caller.h). */
TS_PROBE_EXPORT bool ts_probe_handler_called(struct ts_probe_site *site, uint64_t caller, const void *place);
/* The lineage of the calling thread's next child. */
TS_PROBE_EXPORT uint64_t ts_probe_handler_child(const char *name);
/* First thing in a new thread. */
TS_PROBE_EXPORT void ts_probe_handler_begin(uint64_t lineage, const char *name);

#ifdef TS_PROBES

extern struct ts_probe_site ts_probe_sites[TS_PROBE_COUNT];

/* This image's sites, TS_PROBE_COUNT of them; found by name in a library that was loaded. For who must tell
 * the accesses of the probes from those of the code around them. */
__attribute__((visibility("default"))) struct ts_probe_site *ts_probe_site_table(void);
bool ts_probe_ask(struct ts_probe_site *site);
uint64_t ts_probe_child(const char *name);
void ts_probe_begin(uint64_t lineage, const char *name);

__attribute__((always_inline)) static inline bool ts_probe_reached(enum ts_probe_id id)
{
    struct ts_probe_site *site = &ts_probe_sites[id];
    uint32_t state = atomic_load_explicit(&site->state, memory_order_relaxed); /* see Order above */
    return __builtin_expect(state != TS_PROBE_IDLE, 0) && ts_probe_ask(site);
}

#define TS_PROBE(id)                  ts_probe_reached(TS_PROBE_##id)
#define TS_PROBE_PAUSE(id)            (void)ts_probe_reached(TS_PROBE_##id)
#define TS_PROBE_CHILD(lineage, name) (void)((lineage) = ts_probe_child(name))
#define TS_PROBE_BEGIN(lineage, name) ts_probe_begin(lineage, name)

#else

#define TS_PROBE(id)                  false
#define TS_PROBE_PAUSE(id)            (void)0
#define TS_PROBE_CHILD(lineage, name) (void)0
#define TS_PROBE_BEGIN(lineage, name) (void)0

#endif

#endif
