/* The atomic operations of code compiled with -fsanitize=thread (compiler-rt, tsan_interface_atomic.h). */
#include "explore/wraps/wrap.h"

/* A tail call of a function without a result is not ISO C. */
#pragma clang diagnostic ignored "-Wpedantic"

typedef unsigned char a8;
typedef unsigned short a16;
typedef unsigned a32;
typedef unsigned long a64;
__extension__ typedef unsigned __int128 a128;

#define CONTROLLED(a)                                                                                        \
    __builtin_expect(ts_self != NULL && ts_sched_points >= TS_POINTS_ATOMIC && !ts_sched_is_ignored(a), 1)

#define WRAP_LOAD(bits)                                                                                      \
    a##bits __real___tsan_atomic##bits##_load(const volatile a##bits *a, int order);                         \
    TS_WRAP_EXPORT a##bits __wrap___tsan_atomic##bits##_load(const volatile a##bits *a, int order);          \
    a##bits __wrap___tsan_atomic##bits##_load(const volatile a##bits *a, int order)                          \
    {                                                                                                        \
        if (CONTROLLED(a)) {                                                                                 \
            ts_sched_atomic(ts_self, TS_OP_LOAD, a, false, false, TS_PC);                                    \
        }                                                                                                    \
        TS_TAIL return __real___tsan_atomic##bits##_load(a, order);                                          \
    }

#define WRAP_STORE(bits)                                                                                     \
    void __real___tsan_atomic##bits##_store(volatile a##bits *a, a##bits v, int order);                      \
    TS_WRAP_EXPORT void __wrap___tsan_atomic##bits##_store(volatile a##bits *a, a##bits v, int order);       \
    void __wrap___tsan_atomic##bits##_store(volatile a##bits *a, a##bits v, int order)                       \
    {                                                                                                        \
        if (CONTROLLED(a)) {                                                                                 \
            ts_sched_atomic(ts_self, TS_OP_STORE, a, true, *a == v, TS_PC);                                  \
        }                                                                                                    \
        TS_TAIL return __real___tsan_atomic##bits##_store(a, v, order);                                      \
    }

#define WRAP_RMW(bits, name, changes)                                                                        \
    a##bits __real___tsan_atomic##bits##_##name(volatile a##bits *a, a##bits v, int order);                  \
    TS_WRAP_EXPORT a##bits __wrap___tsan_atomic##bits##_##name(volatile a##bits *a, a##bits v, int order);   \
    a##bits __wrap___tsan_atomic##bits##_##name(volatile a##bits *a, a##bits v, int order)                   \
    {                                                                                                        \
        if (CONTROLLED(a)) {                                                                                 \
            ts_sched_atomic(ts_self, TS_OP_RMW, a, true, !(changes), TS_PC);                                 \
        }                                                                                                    \
        TS_TAIL return __real___tsan_atomic##bits##_##name(a, v, order);                                     \
    }

/* A comparison that fails writes nothing. */
#define WRAP_CAS(bits, name)                                                                                 \
    int __real___tsan_atomic##bits##_compare_exchange_##name(volatile a##bits *a, a##bits *expected,         \
                                                             a##bits v, int order, int failure);             \
    TS_WRAP_EXPORT int __wrap___tsan_atomic##bits##_compare_exchange_##name(                                 \
        volatile a##bits *a, a##bits *expected, a##bits v, int order, int failure);                          \
    int __wrap___tsan_atomic##bits##_compare_exchange_##name(volatile a##bits *a, a##bits *expected,         \
                                                             a##bits v, int order, int failure)              \
    {                                                                                                        \
        if (CONTROLLED(a)) {                                                                                 \
            ts_sched_atomic(ts_self, TS_OP_RMW, a, true, *a != *expected, TS_PC);                            \
        }                                                                                                    \
        TS_TAIL return __real___tsan_atomic##bits##_compare_exchange_##name(a, expected, v, order, failure); \
    }

#define WRAP_CAS_VALUE(bits)                                                                                 \
    a##bits __real___tsan_atomic##bits##_compare_exchange_val(volatile a##bits *a, a##bits expected,         \
                                                              a##bits v, int order, int failure);            \
    TS_WRAP_EXPORT a##bits __wrap___tsan_atomic##bits##_compare_exchange_val(                                \
        volatile a##bits *a, a##bits expected, a##bits v, int order, int failure);                           \
    a##bits __wrap___tsan_atomic##bits##_compare_exchange_val(volatile a##bits *a, a##bits expected,         \
                                                              a##bits v, int order, int failure)             \
    {                                                                                                        \
        if (CONTROLLED(a)) {                                                                                 \
            ts_sched_atomic(ts_self, TS_OP_RMW, a, true, *a != expected, TS_PC);                             \
        }                                                                                                    \
        TS_TAIL return __real___tsan_atomic##bits##_compare_exchange_val(a, expected, v, order, failure);    \
    }

#define WRAP_ALL(bits)                                                                                       \
    WRAP_LOAD(bits)                                                                                          \
    WRAP_STORE(bits)                                                                                         \
    WRAP_RMW(bits, exchange, *a != v)                                                                        \
    WRAP_RMW(bits, fetch_add, v != 0)                                                                        \
    WRAP_RMW(bits, fetch_sub, v != 0)                                                                        \
    WRAP_RMW(bits, fetch_and, (a##bits)(*a & v) != *a)                                                       \
    WRAP_RMW(bits, fetch_or, (a##bits)(*a | v) != *a)                                                        \
    WRAP_RMW(bits, fetch_xor, v != 0)                                                                        \
    WRAP_RMW(bits, fetch_nand, true)                                                                         \
    WRAP_CAS(bits, strong)                                                                                   \
    WRAP_CAS(bits, weak)                                                                                     \
    WRAP_CAS_VALUE(bits)

WRAP_ALL(8)
WRAP_ALL(16)
WRAP_ALL(32)
WRAP_ALL(64)
WRAP_ALL(128)

void __real___tsan_atomic_thread_fence(int order);
TS_WRAP_EXPORT void __wrap___tsan_atomic_thread_fence(int order);

void __wrap___tsan_atomic_thread_fence(int order)
{
    if (CONTROLLED(NULL)) {
        ts_sched_point(ts_self, TS_OP_FENCE, NULL, false, TS_PC);
    }
    TS_TAIL return __real___tsan_atomic_thread_fence(order);
}
