/* Plain reads and writes of code compiled with -fsanitize=thread (compiler-rt, tsan_interface.h). */
#include "explore/wraps/wrap.h"

/* A tail call of a function without a result is not ISO C. */
#pragma clang diagnostic ignored "-Wpedantic"

#define CONTROLLED() __builtin_expect(ts_self != NULL && ts_sched_points == TS_POINTS_ALL, 0)

#define WRAP_ACCESS(name, kind, writes)                                                                      \
    void __real___tsan_##name(void *address);                                                                \
    TS_WRAP_EXPORT void __wrap___tsan_##name(void *address);                                                 \
    void __wrap___tsan_##name(void *address)                                                                 \
    {                                                                                                        \
        if (CONTROLLED()) {                                                                                  \
            ts_sched_access(ts_self, kind, address, writes, TS_PC);                                          \
        }                                                                                                    \
        TS_TAIL return __real___tsan_##name(address);                                                        \
    }

#define WRAP_SIZES(prefix, kind, writes)                                                                     \
    WRAP_ACCESS(prefix##1, kind, writes)                                                                     \
    WRAP_ACCESS(prefix##2, kind, writes)                                                                     \
    WRAP_ACCESS(prefix##4, kind, writes)                                                                     \
    WRAP_ACCESS(prefix##8, kind, writes)                                                                     \
    WRAP_ACCESS(prefix##16, kind, writes)

WRAP_SIZES(read, TS_OP_READ, false)
WRAP_SIZES(write, TS_OP_WRITE, true)
WRAP_ACCESS(unaligned_read2, TS_OP_READ, false)
WRAP_ACCESS(unaligned_read4, TS_OP_READ, false)
WRAP_ACCESS(unaligned_read8, TS_OP_READ, false)
WRAP_ACCESS(unaligned_read16, TS_OP_READ, false)
WRAP_ACCESS(unaligned_write2, TS_OP_WRITE, true)
WRAP_ACCESS(unaligned_write4, TS_OP_WRITE, true)
WRAP_ACCESS(unaligned_write8, TS_OP_WRITE, true)
WRAP_ACCESS(unaligned_write16, TS_OP_WRITE, true)

/* A point for each eight bytes of a range, up to RANGE_POINTS: others work on its members, not on its
 * beginning. */
#define RANGE_POINTS 8u

static void reach_range(enum ts_op_kind kind, const void *address, unsigned long size, const void *pc)
{
    uintptr_t first = (uintptr_t)address & ~(uintptr_t)7;
    for (uint32_t i = 0; i < RANGE_POINTS && first + 8 * i < (uintptr_t)address + size; i++) {
        ts_sched_access(ts_self, kind, (const void *)(first + 8 * i), kind == TS_OP_WRITE, pc);
    }
}

#define WRAP_RANGE(name, kind)                                                                               \
    void __real___tsan_##name(void *address, unsigned long size);                                            \
    TS_WRAP_EXPORT void __wrap___tsan_##name(void *address, unsigned long size);                             \
    void __wrap___tsan_##name(void *address, unsigned long size)                                             \
    {                                                                                                        \
        if (CONTROLLED()) {                                                                                  \
            reach_range(kind, address, size, TS_PC);                                                         \
        }                                                                                                    \
        TS_TAIL return __real___tsan_##name(address, size);                                                  \
    }

WRAP_RANGE(read_range, TS_OP_READ)
WRAP_RANGE(write_range, TS_OP_WRITE)

/* What a compiler makes of copied structures, and of the calls that it knows. (What it does not know is the
 * sanitizer's interceptor, and no point.) */
#define WRAP_COPY(name)                                                                                      \
    void *__real___tsan_##name(void *target, const void *source, unsigned long size);                        \
    TS_WRAP_EXPORT void *__wrap___tsan_##name(void *target, const void *source, unsigned long size);         \
    void *__wrap___tsan_##name(void *target, const void *source, unsigned long size)                         \
    {                                                                                                        \
        if (CONTROLLED()) {                                                                                  \
            reach_range(TS_OP_READ, source, size, TS_PC);                                                    \
            reach_range(TS_OP_WRITE, target, size, TS_PC);                                                   \
        }                                                                                                    \
        TS_TAIL return __real___tsan_##name(target, source, size);                                           \
    }

WRAP_COPY(memcpy)
WRAP_COPY(memmove)

void *__real___tsan_memset(void *target, int byte, unsigned long size);
TS_WRAP_EXPORT void *__wrap___tsan_memset(void *target, int byte, unsigned long size);

void *__wrap___tsan_memset(void *target, int byte, unsigned long size)
{
    if (CONTROLLED()) {
        reach_range(TS_OP_WRITE, target, size, TS_PC);
    }
    TS_TAIL return __real___tsan_memset(target, byte, size);
}

void __real___tsan_vptr_update(void **address, void *value);
TS_WRAP_EXPORT void __wrap___tsan_vptr_update(void **address, void *value);

void __wrap___tsan_vptr_update(void **address, void *value)
{
    if (CONTROLLED()) {
        ts_sched_access(ts_self, TS_OP_WRITE, address, true, TS_PC);
    }
    TS_TAIL return __real___tsan_vptr_update(address, value);
}

WRAP_ACCESS(vptr_read, TS_OP_READ, false)
