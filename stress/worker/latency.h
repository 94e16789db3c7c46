/*
 * A histogram of latencies, log-linear: 32 buckets to an octave, so that a bucket is at most 1/32 of its
 * upper end wide, and one nanosecond wide below 64. Histograms of many lives add up bucket by bucket.
 *
 * Threads: one writer at a time; any reader, also one in another process. Ownership: no memory of its own;
 * all zero is empty. Units: ns; 2^41 and more (36 minutes) count as the highest bucket. Progress: wait-free,
 * and no read-modify-write: on the thread that it is on it orders nothing.
 */
#ifndef TS_WORKER_LATENCY_H
#define TS_WORKER_LATENCY_H

#include <stdatomic.h>
#include <stdint.h>

#define TS_LATENCY_BITS    5 /* a bucket is at most 2^-bits of its upper end wide */
#define TS_LATENCY_OCTAVES 41
#define TS_LATENCY_BUCKETS ((TS_LATENCY_OCTAVES - TS_LATENCY_BITS + 1) << TS_LATENCY_BITS)
#define TS_LATENCY_MAX_NS  ((UINT64_C(1) << TS_LATENCY_OCTAVES) - 1)

struct ts_latencies {
    _Atomic uint64_t max_ns;
    _Atomic uint64_t
        untimed; /* calls whose tick bore no time any more, or one that lies ahead of the clock */
    _Atomic uint64_t buckets[TS_LATENCY_BUCKETS];
};

/* ns: at most TS_LATENCY_MAX_NS. */
static inline uint32_t ts_latency_bucket(uint64_t ns)
{
    uint32_t top = 63 - (uint32_t)__builtin_clzll(ns | 1);
    uint32_t shift = top > TS_LATENCY_BITS ? top - TS_LATENCY_BITS : 0;
    return (shift << TS_LATENCY_BITS) + (uint32_t)(ns >> shift);
}

/* The greatest latency that the bucket holds. */
static inline uint64_t ts_latency_high_ns(uint32_t bucket)
{
    uint32_t octave = bucket >> TS_LATENCY_BITS;
    uint32_t shift = octave > 0 ? octave - 1 : 0;
    return ((bucket - (shift << TS_LATENCY_BITS) + UINT64_C(1)) << shift) - 1;
}

/* Relaxed, a load and a store: the writer's own numbers, which nobody takes for a sign of anything. */
static inline void ts_latency_count(_Atomic uint64_t *count)
{
    atomic_store_explicit(count, atomic_load_explicit(count, memory_order_relaxed) + 1, memory_order_relaxed);
}

static inline void ts_latency_add(struct ts_latencies *latencies, uint64_t ns)
{
    ns = ns < TS_LATENCY_MAX_NS ? ns : TS_LATENCY_MAX_NS;
    ts_latency_count(&latencies->buckets[ts_latency_bucket(ns)]);
    if (ns > atomic_load_explicit(&latencies->max_ns, memory_order_relaxed)) {
        atomic_store_explicit(&latencies->max_ns, ns, memory_order_relaxed);
    }
}

#endif
