#include "explore/core/handoff.h"

#include "explore/core/sys.h"

#include <signal.h>
#include <stddef.h>

#define ESRCH_RESULT (-3)

/* The context that left last: its kernel thread is to end before anybody goes on. */
static struct ts_context *leaving;

static void await_end(void)
{
    struct ts_context *gone = leaving;
    leaving = NULL;
    atomic_store_explicit(&gone->resume, 1, memory_order_release); /* HANDOFF release */
    ts_sys_futex_wake(&gone->resume);
    int32_t process = ts_sys_getpid();
    while (ts_sys4(SYS_tgkill, process, gone->tid, 0, 0) != ESRCH_RESULT) {
        ts_sys4(SYS_sched_yield, 0, 0, 0, 0);
    }
}

const struct ts_handoff *ts_handoff_choose(enum ts_handoff_kind kind)
{
    if (kind == TS_HANDOFF_FUTEX) {
        return &ts_handoff_futex;
    }
    if (kind != TS_HANDOFF_FSCALL && ts_handoff_fsbase.usable()) {
        return &ts_handoff_fsbase;
    }
    if (ts_handoff_fscall.usable()) {
        return &ts_handoff_fscall;
    }
    return kind == TS_HANDOFF_AUTO ? &ts_handoff_futex : NULL;
}

void ts_handoff_adopt(struct ts_context *self)
{
#if defined(__x86_64__)
    /* Through the thread's own pointer to itself, which works without the instruction, too. */
    __asm__("mov %%fs:0, %0" : "=r"(self->fs_base));
#endif
}

void ts_handoff_prepare(struct ts_context *context)
{
    /* Relaxed: making the thread publishes them. */
    atomic_store_explicit(&context->resume, 0, memory_order_relaxed);
    atomic_store_explicit(&context->parked, 0, memory_order_relaxed);
}

void ts_handoff_park(const struct ts_handoff *handoff, struct ts_context *self)
{
    /* A signal on the parked kernel thread would run on a stack that the carrier uses. */
    uint64_t every = UINT64_MAX, mask;
    ts_handoff_adopt(self);
    self->tid = ts_sys_gettid();
    ts_sys4(SYS_rt_sigprocmask, SIG_SETMASK, (long)(uintptr_t)&every, (long)(uintptr_t)&mask, sizeof mask);
    handoff->park(self);
    if (handoff == &ts_handoff_futex) {
        ts_sys4(SYS_rt_sigprocmask, SIG_SETMASK, (long)(uintptr_t)&mask, 0, sizeof mask);
    }
    if (leaving != NULL) {
        await_end();
    }
}

void ts_handoff_await(struct ts_context *context)
{
    while (atomic_load_explicit(&context->parked, memory_order_acquire) == 0) { /* HANDOFF acquire */
        ts_sys_futex_wait(&context->parked, 0);
    }
}

void ts_handoff_swap(const struct ts_handoff *handoff, struct ts_context *from, struct ts_context *to)
{
    handoff->swap(from, to);
    if (leaving != NULL) {
        await_end();
    }
}

void ts_handoff_leave(const struct ts_handoff *handoff, struct ts_context *from, struct ts_context *to)
{
    leaving = from;
    handoff->leave(from, to);
}
