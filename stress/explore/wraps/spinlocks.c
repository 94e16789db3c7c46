/* Spin locks. Who holds one is modelled, and who waits for it is not run; the real, uncontended call is made
 * as well. */
#include "explore/wraps/wrap.h"

TS_WRAPPED(int, pthread_spin_init, pthread_spinlock_t *lock, int shared);
TS_WRAPPED(int, pthread_spin_destroy, pthread_spinlock_t *lock);
TS_WRAPPED(int, pthread_spin_lock, pthread_spinlock_t *lock);
TS_WRAPPED(int, pthread_spin_trylock, pthread_spinlock_t *lock);
TS_WRAPPED(int, pthread_spin_unlock, pthread_spinlock_t *lock);

/* The type is volatile; what is an object here is its address. */
static const void *place_of(pthread_spinlock_t *lock)
{
    return (const void *)(uintptr_t)lock;
}

static void take(struct ts_sthread *self, struct ts_object *object)
{
    object->holder = self->index;
    ts_sched_changed(object);
}

int __wrap_pthread_spin_init(pthread_spinlock_t *lock, int shared)
{
    if (ts_self != NULL) {
        ts_object_reset(ts_sched_object(place_of(lock)));
    }
    TS_TAIL return __real_pthread_spin_init(lock, shared);
}

int __wrap_pthread_spin_destroy(pthread_spinlock_t *lock)
{
    if (ts_self != NULL) {
        ts_sched_point(ts_self, TS_OP_WRITE, place_of(lock), true, TS_PC);
    }
    TS_TAIL return __real_pthread_spin_destroy(lock);
}

int __wrap_pthread_spin_lock(pthread_spinlock_t *lock)
{
    struct ts_sthread *self = ts_self;
    if (self != NULL) {
        struct ts_op op = {.kind = TS_OP_SPIN_LOCK,
                           .gate = TS_GATE_EXCLUSIVE,
                           .writes = true,
                           .object = place_of(lock),
                           .pc = TS_PC,
                           .deadline_ns = TS_NEVER};
        (void)ts_sched_reach(self, &op);
        take(self, ts_sched_object(op.object));
    }
    TS_TAIL return __real_pthread_spin_lock(lock);
}

int __wrap_pthread_spin_trylock(pthread_spinlock_t *lock)
{
    struct ts_sthread *self = ts_self;
    if (self != NULL) {
        struct ts_object *object = ts_sched_object(place_of(lock));
        struct ts_op op = {.kind = TS_OP_TRYLOCK,
                           .gate = TS_GATE_OPEN,
                           .writes = true,
                           .idle = object->holder != TS_NOBODY,
                           .object = object->address,
                           .pc = TS_PC,
                           .deadline_ns = TS_NEVER};
        (void)ts_sched_reach(self, &op);
        if (object->holder == TS_NOBODY) {
            take(self, object);
        }
    }
    TS_TAIL return __real_pthread_spin_trylock(lock);
}

int __wrap_pthread_spin_unlock(pthread_spinlock_t *lock)
{
    if (ts_self != NULL) {
        struct ts_object *object = ts_sched_object(place_of(lock));
        ts_sched_point(ts_self, TS_OP_UNLOCK, object->address, true, TS_PC);
        object->holder = TS_NOBODY;
        ts_sched_changed(object);
    }
    TS_TAIL return __real_pthread_spin_unlock(lock);
}
