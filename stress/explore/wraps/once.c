/*
 * pthread_once, and the guards of C++ for local static variables. Who initialises is modelled: it holds the
 * control as if it were a lock, and others wait for it; the real call is made while nobody holds it.
 *
 * The routine runs under the scheduler. A routine that comes to its own control waits for itself, as it would
 * without the scheduler. One that ends its thread leaves the control held (glibc would run it again).
 */
#include "explore/wraps/wrap.h"

TS_WRAPPED(int, pthread_once, pthread_once_t *control, void (*routine)(void));
/* Absent in a program without C++. */
__attribute__((weak)) int __real___cxa_guard_acquire(uint64_t *guard);
__attribute__((weak)) void __real___cxa_guard_release(uint64_t *guard);
__attribute__((weak)) void __real___cxa_guard_abort(uint64_t *guard);
TS_WRAP_EXPORT int __wrap___cxa_guard_acquire(uint64_t *guard);
TS_WRAP_EXPORT void __wrap___cxa_guard_release(uint64_t *guard);
TS_WRAP_EXPORT void __wrap___cxa_guard_abort(uint64_t *guard);

static struct ts_object *begin(struct ts_sthread *self, const void *control, const void *pc)
{
    struct ts_object *object = ts_sched_object(control);
    struct ts_op op = {.kind = TS_OP_ONCE,
                       .gate = TS_GATE_EXCLUSIVE,
                       .writes = true,
                       .object = control,
                       .pc = pc,
                       .deadline_ns = TS_NEVER};
    (void)ts_sched_reach(self, &op);
    return object;
}

static void hold(struct ts_object *object, int32_t holder)
{
    object->holder = holder;
    ts_sched_changed(object);
}

int __wrap_pthread_once(pthread_once_t *control, void (*routine)(void))
{
    if (ts_self == NULL) {
        return __real_pthread_once(control, routine);
    }
    TS_ENTER();
    struct ts_object *object = begin(ts_self, control, TS_PC);
    hold(object, ts_self->index);
    int error = __real_pthread_once(control, routine);
    hold(object, TS_NOBODY);
    TS_LEAVE();
    return error;
}

int __wrap___cxa_guard_acquire(uint64_t *guard)
{
    if (ts_self == NULL) {
        return __real___cxa_guard_acquire(guard);
    }
    TS_ENTER();
    struct ts_object *object = begin(ts_self, guard, TS_PC);
    int mine = __real___cxa_guard_acquire(guard);
    if (mine != 0) {
        hold(object, ts_self->index);
    }
    TS_LEAVE();
    return mine;
}

static void let_go(uint64_t *guard, const void *pc)
{
    ts_sched_point(ts_self, TS_OP_ONCE, guard, true, pc);
    hold(ts_sched_object(guard), TS_NOBODY);
}

void __wrap___cxa_guard_release(uint64_t *guard)
{
    if (ts_self != NULL) {
        let_go(guard, TS_PC);
    }
    __real___cxa_guard_release(guard);
}

void __wrap___cxa_guard_abort(uint64_t *guard)
{
    if (ts_self != NULL) {
        let_go(guard, TS_PC);
    }
    __real___cxa_guard_abort(guard);
}
