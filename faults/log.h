/*
 * What the armed probes of a process did: how often each was reached and fired, and for the first threads
 * also what was decided at their first visits.
 *
 * Lies in memory that outlives the process (the worker's board). Each of the first threads has a row of its
 * own, so that counting takes no read-modify-write that others could see; the later ones share the rest. A
 * row belongs to one lineage, so two lives with one seed can be compared: decisions of equal lineages at
 * equal points are equal, as far as both got.
 *
 * Threads: a row is written by its thread, relaxed, and the rest by every thread, relaxed; read by anybody,
 * as numbers that order nothing.
 */
#ifndef TS_FAULTS_LOG_H
#define TS_FAULTS_LOG_H

#include "base/probe.h"

#include <stdatomic.h>
#include <stdint.h>
#include <string.h>

#define TS_FAULT_LOG_THREADS 64
#define TS_FAULT_LOG_VISITS  64
#define TS_FAULT_LOG_CALLS   128

struct ts_fault_decisions {
    _Atomic uint32_t visits, firings;
    _Atomic uint32_t failures; /* the firings that made the operation fail (action return) */
    _Atomic uint64_t fired;    /* bit n: at visit n, for the first 64 */
};

/* How often one caller (caller.h) came to one point. */
struct ts_fault_call {
    _Atomic uint64_t key; /* ts_fault_call_key; 0: free, and so are those after it */
    _Atomic uint32_t visits, firings;
};

struct ts_fault_thread {
    _Atomic uint32_t used; /* stored with release after lineage and name */
    uint64_t lineage;
    char name[16];
    struct ts_fault_decisions points[TS_PROBE_COUNT];
    struct ts_fault_call calls[TS_FAULT_LOG_CALLS]; /* in the order of their first visits */
    _Atomic uint32_t calls_lost;                    /* visits of callers for whom there was no room */
};

struct ts_fault_log {
    uint32_t armed[TS_PROBE_COUNT]; /* written before threads start: 1 where the spec has a rule */
    _Atomic uint32_t killed_at;     /* point plus 1, of the rule that ended the process; 0: none did */
    _Atomic uint64_t rest_reached[TS_PROBE_COUNT], rest_fired[TS_PROBE_COUNT];
    _Atomic uint64_t rest_failed[TS_PROBE_COUNT];
    _Atomic uint32_t threads_claimed; /* may exceed TS_FAULT_LOG_THREADS */
    struct ts_fault_thread threads[TS_FAULT_LOG_THREADS];
};

/* A caller is an offset of less than 2^48 and its highest bit; between them is room for the point. */
static inline uint64_t ts_fault_call_key(int point, uint64_t caller)
{
    return caller | (uint64_t)(point + 1) << 48;
}

static inline int ts_fault_call_point(uint64_t key)
{
    return (int)((key >> 48) & 0x7fff) - 1;
}

static inline uint64_t ts_fault_call_caller(uint64_t key)
{
    return key & ~(UINT64_C(0x7fff) << 48);
}

/* Over all threads. A moment's view while they run. */
static inline uint64_t ts_fault_log_reached(const struct ts_fault_log *log, int point)
{
    uint64_t sum = atomic_load_explicit(&log->rest_reached[point], memory_order_relaxed);
    for (int i = 0; i < TS_FAULT_LOG_THREADS; i++) {
        sum += atomic_load_explicit(&log->threads[i].points[point].visits, memory_order_relaxed);
    }
    return sum;
}

static inline uint64_t ts_fault_log_fired(const struct ts_fault_log *log, int point)
{
    uint64_t sum = atomic_load_explicit(&log->rest_fired[point], memory_order_relaxed);
    for (int i = 0; i < TS_FAULT_LOG_THREADS; i++) {
        sum += atomic_load_explicit(&log->threads[i].points[point].firings, memory_order_relaxed);
    }
    return sum;
}

/* How often the operation failed there: other than firings, delays do not count. */
static inline uint64_t ts_fault_log_failed(const struct ts_fault_log *log, int point)
{
    uint64_t sum = atomic_load_explicit(&log->rest_failed[point], memory_order_relaxed);
    for (int i = 0; i < TS_FAULT_LOG_THREADS; i++) {
        sum += atomic_load_explicit(&log->threads[i].points[point].failures, memory_order_relaxed);
    }
    return sum;
}

/* The same on the threads of this name that have a row. */
static inline uint64_t ts_fault_log_failed_on(const struct ts_fault_log *log, const char *thread, int point)
{
    uint64_t sum = 0;
    for (int i = 0; i < TS_FAULT_LOG_THREADS; i++) {
        const struct ts_fault_thread *row = &log->threads[i];
        if (atomic_load_explicit(&row->used, memory_order_acquire) ==
                1 && /* pairs with the handler's claim */
            strncmp(row->name, thread, sizeof row->name) == 0) {
            sum += atomic_load_explicit(&row->points[point].failures, memory_order_relaxed);
        }
    }
    return sum;
}

#endif
