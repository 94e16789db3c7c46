/*
 * Cancellation, deferred as it is by default: a thread that is cancelled ends where it comes to a
 * cancellation point, or waits at one, as by pthread_exit with PTHREAD_CANCELED: its clean-up handlers run,
 * and the destructors of its keys. Cancellation points are the modelled calls that POSIX requires to be, and
 * pthread_testcancel.
 *
 * Nobody is sent a signal: in the model to be cancelled is a state. A thread may ask for asynchronous
 * cancellation, and ends at once when it has been cancelled already, or cancels itself; to cancel another one
 * that has asked for it is refused, since it could end between any two instructions.
 *
 * Not modelled: cancellation points that are not (open, printf, waitpid and other calls that pass through).
 */
#include "explore/wraps/wrap.h"

#include <errno.h>

TS_WRAPPED(int, pthread_cancel, pthread_t id);
TS_WRAPPED(void, pthread_testcancel, void);
TS_WRAPPED(int, pthread_setcancelstate, int state, int *before);
TS_WRAPPED(int, pthread_setcanceltype, int type, int *before);
_Noreturn void __wrap_pthread_exit(void *value);

_Noreturn void ts_wrap_end_cancelled(void)
{
    __wrap_pthread_exit(PTHREAD_CANCELED);
}

/* Where it need not come to a cancellation point. */
static void end_at_once(struct ts_sthread *self)
{
    if (self->asynchronous) {
        ts_wrap_cancellation(self);
    }
}

int __wrap_pthread_cancel(pthread_t id)
{
    struct ts_sthread *self = ts_self;
    struct ts_sthread *thread = self != NULL ? ts_sched_thread_of(id) : NULL;
    if (thread == NULL) {
        return __real_pthread_cancel(id);
    }
    ts_sched_point(self, TS_OP_CANCEL, &thread->cancelled, true, TS_PC);
    if (thread->ended || thread->leaves) {
        return 0;
    }
    if (thread != self && thread->asynchronous && !thread->uncancellable) {
        ts_sched_fail(TS_RUN_REFUSED,
                      "pthread_cancel of a thread with PTHREAD_CANCEL_ASYNCHRONOUS is not modelled");
    }
    ts_sched_cancel(thread);
    end_at_once(self);
    return 0;
}

void __wrap_pthread_testcancel(void)
{
    struct ts_sthread *self = ts_self;
    if (self == NULL) {
        __real_pthread_testcancel();
        return;
    }
    struct ts_op op = {.kind = TS_OP_TESTCANCEL,
                       .gate = TS_GATE_OPEN,
                       .idle = true,
                       .object = &self->cancelled,
                       .pc = TS_PC,
                       .deadline_ns = TS_NEVER};
    (void)ts_sched_reach(self, &op);
    ts_wrap_cancellation(self);
}

/* What a thread says of itself concerns nobody else: it is no point. */
int __wrap_pthread_setcancelstate(int state, int *before)
{
    struct ts_sthread *self = ts_self;
    if (self == NULL) {
        return __real_pthread_setcancelstate(state, before);
    }
    if (state != PTHREAD_CANCEL_ENABLE && state != PTHREAD_CANCEL_DISABLE) {
        return EINVAL;
    }
    if (before != NULL) {
        *before = self->uncancellable ? PTHREAD_CANCEL_DISABLE : PTHREAD_CANCEL_ENABLE;
    }
    self->uncancellable = state == PTHREAD_CANCEL_DISABLE;
    end_at_once(self);
    return 0;
}

int __wrap_pthread_setcanceltype(int type, int *before)
{
    struct ts_sthread *self = ts_self;
    if (self == NULL) {
        return __real_pthread_setcanceltype(type, before);
    }
    if (type != PTHREAD_CANCEL_DEFERRED && type != PTHREAD_CANCEL_ASYNCHRONOUS) {
        return EINVAL;
    }
    if (before != NULL) {
        *before = self->asynchronous ? PTHREAD_CANCEL_ASYNCHRONOUS : PTHREAD_CANCEL_DEFERRED;
    }
    self->asynchronous = type == PTHREAD_CANCEL_ASYNCHRONOUS;
    end_at_once(self);
    return 0;
}
