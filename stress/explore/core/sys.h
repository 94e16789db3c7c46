/*
 * System calls made directly, for code that must stay invisible to the sanitizers: libc's functions are
 * intercepted by them, and an intercepted call on the scheduler's state would be reported, or would order
 * what it must not order.
 *
 * Returns what the kernel returns: a negative errno for an error. errno is not touched.
 */
#ifndef TS_EXPLORE_CORE_SYS_H
#define TS_EXPLORE_CORE_SYS_H

#include <linux/futex.h>
#include <stdint.h>
#include <sys/syscall.h>

static inline long ts_sys6(long number, long a, long b, long c, long d, long e, long f)
{
#if defined(__x86_64__)
    long result;
    register long r10 __asm__("r10") = d;
    register long r8 __asm__("r8") = e;
    register long r9 __asm__("r9") = f;
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                     : "rcx", "r11", "memory");
    return result;
#elif defined(__aarch64__)
    register long x8 __asm__("x8") = number;
    register long x0 __asm__("x0") = a;
    register long x1 __asm__("x1") = b;
    register long x2 __asm__("x2") = c;
    register long x3 __asm__("x3") = d;
    register long x4 __asm__("x4") = e;
    register long x5 __asm__("x5") = f;
    __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5) : "memory");
    return x0;
#else
#error "the explorer knows the system calls of x86-64 and of 64-bit ARM"
#endif
}

static inline long ts_sys4(long number, long a, long b, long c, long d)
{
    return ts_sys6(number, a, b, c, d, 0, 0);
}

/* Waits while *word is `value`. May return early. */
static inline void ts_sys_futex_wait(_Atomic uint32_t *word, uint32_t value)
{
    ts_sys4(SYS_futex, (long)(uintptr_t)word, FUTEX_WAIT_PRIVATE, value, 0);
}

static inline void ts_sys_futex_wake(_Atomic uint32_t *word)
{
    ts_sys4(SYS_futex, (long)(uintptr_t)word, FUTEX_WAKE_PRIVATE, 1, 0);
}

static inline int32_t ts_sys_gettid(void)
{
    return (int32_t)ts_sys4(SYS_gettid, 0, 0, 0, 0);
}

static inline int32_t ts_sys_getpid(void)
{
    return (int32_t)ts_sys4(SYS_getpid, 0, 0, 0, 0);
}

#endif
