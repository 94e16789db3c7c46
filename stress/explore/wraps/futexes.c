/*
 * Futexes by syscall(): waits and wakes, as own locks are made of. The word is compared and the thread put to
 * sleep in one step; a wake-up lets as many go on as it says, and which is a choice. Other operations of a
 * futex are refused, other system calls pass through.
 *
 * The wrapper takes six arguments of any call, as the kernel does: what a caller did not pass is passed on
 * unread.
 */
#include "explore/wraps/descriptors.h"

#include <errno.h>
#include <linux/futex.h>
#include <sys/syscall.h>

TS_WRAPPED(long, syscall, long number, long a, long b, long c, long d, long e, long f);

/* A wait's time is how long (FUTEX_WAIT) or until when (FUTEX_WAIT_BITSET). */
static int64_t deadline_of(int operation, const struct timespec *time)
{
    if (time == NULL) {
        return TS_NEVER;
    }
    if ((operation & FUTEX_CMD_MASK) == FUTEX_WAIT) {
        return ts_wrap_later(ts_wrap_ns(time->tv_sec, time->tv_nsec));
    }
    return ts_wrap_deadline((operation & FUTEX_CLOCK_REALTIME) != 0 ? CLOCK_REALTIME : CLOCK_MONOTONIC, time);
}

static long fail(int error)
{
    errno = error;
    return -1;
}

static long wait_by(struct ts_sthread *self, const uint32_t *word, uint32_t value, int64_t deadline_ns,
                    const void *pc)
{
    ts_sched_point(self, TS_OP_LOAD, word, false, pc);
    if (__atomic_load_n(word, __ATOMIC_RELAXED) != value) { /* nobody else runs */
        return fail(EAGAIN);
    }
    self->signalled = false;
    struct ts_op op = {
        .kind = TS_OP_WAIT, .gate = TS_GATE_SIGNAL, .object = word, .pc = pc, .deadline_ns = deadline_ns};
    bool woken = ts_sched_reach(self, &op);
    return woken || deadline_ns == TS_NEVER || ts_sched_now() < deadline_ns ? 0 : fail(ETIMEDOUT);
}

static long wake_by(struct ts_sthread *self, const uint32_t *word, uint32_t most, const void *pc)
{
    ts_sched_point(self, TS_OP_SIGNAL, word, true, pc);
    struct ts_mask waiters = ts_sched_waiters(ts_sched_object(word));
    uint32_t count = ts_mask_count(&waiters);
    uint32_t woken = most < count ? most : count;
    uint32_t first = woken > 0 && woken < count ? ts_sched_choose(count) : 0;
    for (uint32_t i = 0; i < woken; i++) {
        ts_sched_signal(ts_mask_nth(&waiters, (first + i) % count));
    }
    return woken;
}

long __wrap_syscall(long number, long a, long b, long c, long d, long e, long f)
{
    if (ts_self != NULL && number == SYS_getrandom) {
        ts_wrap_random((void *)(uintptr_t)a, (size_t)b, TS_PC);
        return b;
    }
    if (ts_self != NULL && number == SYS_futex) {
        const uint32_t *word = (const void *)(uintptr_t)a;
        switch ((int)b & FUTEX_CMD_MASK) {
        case FUTEX_WAIT:
        case FUTEX_WAIT_BITSET:
            return wait_by(ts_self, word, (uint32_t)c, deadline_of((int)b, (const void *)(uintptr_t)d),
                           TS_PC);
        case FUTEX_WAKE:
        case FUTEX_WAKE_BITSET:
            return wake_by(ts_self, word, (uint32_t)c, TS_PC);
        default:
            ts_sched_fail(TS_RUN_REFUSED, "an operation of a futex other than wait and wake is not modelled");
        }
    }
    TS_TAIL return __real_syscall(number, a, b, c, d, e, f);
}
