/*
 * A runtime in place of ThreadSanitizer's that detects nothing: what code compiled with -fsanitize=thread
 * calls (compiler-rt, tsan_interface.h and tsan_interface_atomic.h), done plainly. For search without race
 * detection, at many times the speed, from the same objects.
 *
 * Atomics are sequentially consistent whatever order is asked for: one thread runs at a time. 16 bytes are
 * not atomic to anybody outside of the program.
 */
#include <stddef.h>
#include <string.h>

#define EXPORT __attribute__((visibility("default")))
#define UNUSED __attribute__((unused))

/* Nobody but the compiler's own calls needs declarations. */
#pragma clang diagnostic ignored "-Wmissing-prototypes"

typedef unsigned char a8;
typedef unsigned short a16;
typedef unsigned a32;
typedef unsigned long a64;
__extension__ typedef unsigned __int128 a128;

#define NOTHING(name, ...)                                                                                   \
    EXPORT void __tsan_##name(__VA_ARGS__);                                                                  \
    EXPORT void __tsan_##name(__VA_ARGS__)                                                                   \
    {                                                                                                        \
    }

#define ACCESS(name)                                                                                         \
    NOTHING(name, void *address UNUSED)                                                                      \
    NOTHING(name##_pc, void *address UNUSED, void *pc UNUSED)

#define SIZES(prefix)                                                                                        \
    ACCESS(prefix##1) ACCESS(prefix##2) ACCESS(prefix##4) ACCESS(prefix##8) ACCESS(prefix##16)
#define UNALIGNED(prefix)                                                                                    \
    NOTHING(prefix##2, void *address UNUSED)                                                                 \
    NOTHING(prefix##4, void *address UNUSED)                                                                 \
    NOTHING(prefix##8, void *address UNUSED)                                                                 \
    NOTHING(prefix##16, void *address UNUSED)
#define SIZES_ONLY(prefix) NOTHING(prefix##1, void *address UNUSED) UNALIGNED(prefix)

SIZES(read)
SIZES(write)
SIZES_ONLY(read_write)
SIZES_ONLY(volatile_read)
SIZES_ONLY(volatile_write)
UNALIGNED(unaligned_read)
UNALIGNED(unaligned_write)
UNALIGNED(unaligned_read_write)
UNALIGNED(unaligned_volatile_read)
UNALIGNED(unaligned_volatile_write)

NOTHING(init, void)
NOTHING(func_entry, void *pc UNUSED)
NOTHING(func_exit, void)
NOTHING(vptr_read, void **address UNUSED)
NOTHING(vptr_update, void **address UNUSED, void *value UNUSED)
NOTHING(read_range, void *address UNUSED, unsigned long size UNUSED)
NOTHING(write_range, void *address UNUSED, unsigned long size UNUSED)
NOTHING(ignore_thread_begin, void)
NOTHING(ignore_thread_end, void)
NOTHING(acquire, void *address UNUSED)
NOTHING(release, void *address UNUSED)
NOTHING(mutex_create, void *mutex UNUSED, unsigned flags UNUSED)
NOTHING(mutex_destroy, void *mutex UNUSED, unsigned flags UNUSED)
NOTHING(mutex_pre_lock, void *mutex UNUSED, unsigned flags UNUSED)
NOTHING(mutex_post_lock, void *mutex UNUSED, unsigned flags UNUSED, int recursion UNUSED)
NOTHING(mutex_post_unlock, void *mutex UNUSED, unsigned flags UNUSED)
NOTHING(mutex_pre_signal, void *mutex UNUSED, unsigned flags UNUSED)
NOTHING(mutex_post_signal, void *mutex UNUSED, unsigned flags UNUSED)
NOTHING(mutex_pre_divert, void *mutex UNUSED, unsigned flags UNUSED)
NOTHING(mutex_post_divert, void *mutex UNUSED, unsigned flags UNUSED)

EXPORT int __tsan_mutex_pre_unlock(void *mutex, unsigned flags)
{
    (void)mutex;
    (void)flags;
    return 0;
}

EXPORT void *__tsan_memcpy(void *to, const void *from, size_t size)
{
    return memcpy(to, from, size);
}

EXPORT void *__tsan_memmove(void *to, const void *from, size_t size)
{
    return memmove(to, from, size);
}

EXPORT void *__tsan_memset(void *to, int byte, size_t size)
{
    return memset(to, byte, size);
}

#define ATOMIC_RMW(bits, name, builtin)                                                                      \
    EXPORT a##bits __tsan_atomic##bits##_##name(volatile a##bits *a, a##bits v, int order UNUSED)            \
    {                                                                                                        \
        return builtin(a, v, __ATOMIC_SEQ_CST);                                                              \
    }

#define ATOMIC_CAS(bits, name, weak)                                                                         \
    EXPORT int __tsan_atomic##bits##_compare_exchange_##name(                                                \
        volatile a##bits *a, a##bits *expected, a##bits v, int order UNUSED, int failure UNUSED)             \
    {                                                                                                        \
        return __atomic_compare_exchange_n(a, expected, v, weak, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);        \
    }

#define ATOMIC(bits)                                                                                         \
    EXPORT a##bits __tsan_atomic##bits##_load(const volatile a##bits *a, int order UNUSED)                   \
    {                                                                                                        \
        return __atomic_load_n(a, __ATOMIC_SEQ_CST);                                                         \
    }                                                                                                        \
    EXPORT void __tsan_atomic##bits##_store(volatile a##bits *a, a##bits v, int order UNUSED)                \
    {                                                                                                        \
        __atomic_store_n(a, v, __ATOMIC_SEQ_CST);                                                            \
    }                                                                                                        \
    ATOMIC_RMW(bits, exchange, __atomic_exchange_n)                                                          \
    ATOMIC_RMW(bits, fetch_add, __atomic_fetch_add)                                                          \
    ATOMIC_RMW(bits, fetch_sub, __atomic_fetch_sub)                                                          \
    ATOMIC_RMW(bits, fetch_and, __atomic_fetch_and)                                                          \
    ATOMIC_RMW(bits, fetch_or, __atomic_fetch_or)                                                            \
    ATOMIC_RMW(bits, fetch_xor, __atomic_fetch_xor)                                                          \
    ATOMIC_RMW(bits, fetch_nand, __atomic_fetch_nand)                                                        \
    ATOMIC_CAS(bits, strong, 0)                                                                              \
    ATOMIC_CAS(bits, weak, 0)                                                                                \
    EXPORT a##bits __tsan_atomic##bits##_compare_exchange_val(                                               \
        volatile a##bits *a, a##bits expected, a##bits v, int order UNUSED, int failure UNUSED)              \
    {                                                                                                        \
        __atomic_compare_exchange_n(a, &expected, v, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);                 \
        return expected;                                                                                     \
    }

ATOMIC(8)
ATOMIC(16)
ATOMIC(32)
ATOMIC(64)

/* Without the processor's own 16 bytes, which not every one has. */
#define WIDE_RMW(name, expression)                                                                           \
    EXPORT a128 __tsan_atomic128_##name(volatile a128 *a, a128 v, int order UNUSED)                          \
    {                                                                                                        \
        a128 old = *a;                                                                                       \
        *a = (expression);                                                                                   \
        return old;                                                                                          \
    }

EXPORT a128 __tsan_atomic128_load(const volatile a128 *a, int order UNUSED)
{
    return *a;
}

EXPORT void __tsan_atomic128_store(volatile a128 *a, a128 v, int order UNUSED)
{
    *a = v;
}

WIDE_RMW(exchange, v)
WIDE_RMW(fetch_add, old + v)
WIDE_RMW(fetch_sub, old - v)
WIDE_RMW(fetch_and, old &v)
WIDE_RMW(fetch_or, old | v)
WIDE_RMW(fetch_xor, old ^ v)
WIDE_RMW(fetch_nand, ~(old &v))

EXPORT a128 __tsan_atomic128_compare_exchange_val(volatile a128 *a, a128 expected, a128 v, int order UNUSED,
                                                  int failure UNUSED)
{
    a128 old = *a;
    if (old == expected) {
        *a = v;
    }
    return old;
}

EXPORT int __tsan_atomic128_compare_exchange_strong(volatile a128 *a, a128 *expected, a128 v, int order,
                                                    int failure)
{
    a128 wanted = *expected;
    *expected = __tsan_atomic128_compare_exchange_val(a, wanted, v, order, failure);
    return *expected == wanted;
}

EXPORT int __tsan_atomic128_compare_exchange_weak(volatile a128 *a, a128 *expected, a128 v, int order,
                                                  int failure)
{
    return __tsan_atomic128_compare_exchange_strong(a, expected, v, order, failure);
}

EXPORT void __tsan_atomic_thread_fence(int order UNUSED)
{
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
}

EXPORT void __tsan_atomic_signal_fence(int order UNUSED)
{
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
}
