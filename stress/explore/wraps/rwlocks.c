/*
 * Read-write locks. Who writes and how many read is modelled; the real, uncontended call is made as well, for
 * ThreadSanitizer's edges and lock graph.
 *
 * Of the kinds, the one that lets waiting writers go before new readers is modelled
 * (PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP: a reader that reads again can wait for ever); glibc treats
 * the other two alike. Locks shared between processes are treated as ordinary. Who reads is not known by
 * name: a deadlock's report says only that nobody holds the lock alone.
 */
#include "explore/wraps/wrap.h"

#include <errno.h>

TS_WRAPPED(int, pthread_rwlock_init, pthread_rwlock_t *lock, const pthread_rwlockattr_t *attributes);
TS_WRAPPED(int, pthread_rwlock_destroy, pthread_rwlock_t *lock);
TS_WRAPPED(int, pthread_rwlock_rdlock, pthread_rwlock_t *lock);
TS_WRAPPED(int, pthread_rwlock_tryrdlock, pthread_rwlock_t *lock);
TS_WRAPPED(int, pthread_rwlock_timedrdlock, pthread_rwlock_t *lock, const struct timespec *until);
TS_WRAPPED(int, pthread_rwlock_clockrdlock, pthread_rwlock_t *lock, clockid_t clock,
           const struct timespec *until);
TS_WRAPPED(int, pthread_rwlock_wrlock, pthread_rwlock_t *lock);
TS_WRAPPED(int, pthread_rwlock_trywrlock, pthread_rwlock_t *lock);
TS_WRAPPED(int, pthread_rwlock_timedwrlock, pthread_rwlock_t *lock, const struct timespec *until);
TS_WRAPPED(int, pthread_rwlock_clockwrlock, pthread_rwlock_t *lock, clockid_t clock,
           const struct timespec *until);
TS_WRAPPED(int, pthread_rwlock_unlock, pthread_rwlock_t *lock);

static bool is_free(const struct ts_object *object)
{
    return object->holder == TS_NOBODY && object->readers == 0;
}

/* object->count is how many writers wait that go before readers; as TS_GATE_SHARED has it. */
static bool may_read(const struct ts_object *object)
{
    return object->holder == TS_NOBODY && object->count == 0;
}

/* glibc, sysdeps/nptl/bits/struct_rwlock.h: the flags are the kind. */
static bool prefers_writers(const pthread_rwlock_t *lock)
{
    return lock->__data.__flags == PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP;
}

static void take_shared(struct ts_object *object)
{
    object->readers++;
    ts_sched_changed(object);
}

static void take_alone(struct ts_sthread *self, struct ts_object *object)
{
    object->holder = self->index;
    ts_sched_changed(object);
}

/* False: the time came first. Who writes is refused by the real call, in both. */
static bool read_by(struct ts_sthread *self, pthread_rwlock_t *lock, int64_t deadline_ns, const void *pc)
{
    struct ts_object *object = ts_sched_object(lock);
    bool own = object->holder == self->index;
    struct ts_op op = {.kind = TS_OP_RDLOCK,
                       .gate = own ? TS_GATE_OPEN : TS_GATE_SHARED,
                       .object = lock,
                       .pc = pc,
                       .deadline_ns = deadline_ns};
    if (!ts_sched_reach(self, &op)) {
        return false;
    }
    if (!own) {
        take_shared(object);
    }
    return true;
}

/* Coming and waiting are two steps where it matters to readers that somebody waits. */
static bool wait_before_readers(struct ts_sthread *self, struct ts_object *object, const struct ts_op *op)
{
    ts_sched_point(self, TS_OP_WRLOCK, op->object, true, op->pc);
    if (is_free(object)) {
        return true;
    }
    object->count++;
    ts_sched_changed(object);
    bool open = ts_sched_reach(self, op);
    object->count--;
    ts_sched_changed(object);
    return open;
}

static bool write_by(struct ts_sthread *self, pthread_rwlock_t *lock, int64_t deadline_ns, const void *pc)
{
    struct ts_object *object = ts_sched_object(lock);
    bool own = object->holder == self->index;
    struct ts_op op = {.kind = TS_OP_WRLOCK,
                       .gate = own ? TS_GATE_OPEN : TS_GATE_EXCLUSIVE,
                       .writes = true,
                       .object = lock,
                       .pc = pc,
                       .deadline_ns = deadline_ns};
    bool first = !own && prefers_writers(lock);
    if (!(first ? wait_before_readers(self, object, &op) : ts_sched_reach(self, &op))) {
        return false;
    }
    if (!own) {
        take_alone(self, object);
    }
    return true;
}

static struct ts_object *try_by(struct ts_sthread *self, pthread_rwlock_t *lock, bool alone, const void *pc)
{
    struct ts_object *object = ts_sched_object(lock);
    struct ts_op op = {.kind = TS_OP_TRYLOCK,
                       .gate = TS_GATE_OPEN,
                       .writes = true,
                       .idle = !(alone ? is_free(object) : may_read(object)),
                       .object = lock,
                       .pc = pc,
                       .deadline_ns = TS_NEVER};
    (void)ts_sched_reach(self, &op);
    return object;
}

int __wrap_pthread_rwlock_init(pthread_rwlock_t *lock, const pthread_rwlockattr_t *attributes)
{
    if (ts_self != NULL) {
        ts_object_reset(ts_sched_object(lock));
    }
    TS_TAIL return __real_pthread_rwlock_init(lock, attributes);
}

int __wrap_pthread_rwlock_destroy(pthread_rwlock_t *lock)
{
    if (ts_self != NULL) {
        ts_sched_point(ts_self, TS_OP_WRITE, lock, true, TS_PC);
    }
    TS_TAIL return __real_pthread_rwlock_destroy(lock);
}

int __wrap_pthread_rwlock_rdlock(pthread_rwlock_t *lock)
{
    if (ts_self != NULL) {
        (void)read_by(ts_self, lock, TS_NEVER, TS_PC);
    }
    TS_TAIL return __real_pthread_rwlock_rdlock(lock);
}

int __wrap_pthread_rwlock_tryrdlock(pthread_rwlock_t *lock)
{
    if (ts_self != NULL) {
        struct ts_object *object = try_by(ts_self, lock, false, TS_PC);
        if (!may_read(object)) {
            return EBUSY; /* the real lock knows of no writers that wait */
        }
        take_shared(object);
    }
    TS_TAIL return __real_pthread_rwlock_tryrdlock(lock);
}

int __wrap_pthread_rwlock_timedrdlock(pthread_rwlock_t *lock, const struct timespec *until)
{
    if (ts_self != NULL && ts_wrap_is_time(until) &&
        !read_by(ts_self, lock, ts_wrap_deadline(CLOCK_REALTIME, until), TS_PC)) {
        return ETIMEDOUT;
    }
    TS_TAIL return __real_pthread_rwlock_timedrdlock(lock, until);
}

/* Clocks that a lock cannot wait by, and times that are none, are refused by the real call. */
static bool can_wait(clockid_t clock, const struct timespec *until)
{
    return (clock == CLOCK_REALTIME || clock == CLOCK_MONOTONIC) && ts_wrap_is_time(until);
}

/* ThreadSanitizer does not know the calls with a clock: it would see no lock taken. */
int __wrap_pthread_rwlock_clockrdlock(pthread_rwlock_t *lock, clockid_t clock, const struct timespec *until)
{
    if (ts_self == NULL || !can_wait(clock, until)) {
        return __real_pthread_rwlock_clockrdlock(lock, clock, until);
    }
    if (!read_by(ts_self, lock, ts_wrap_deadline(clock, until), TS_PC)) {
        return ETIMEDOUT;
    }
    TS_ENTER();
    int error = __real_pthread_rwlock_rdlock(lock);
    TS_LEAVE();
    return error;
}

int __wrap_pthread_rwlock_wrlock(pthread_rwlock_t *lock)
{
    if (ts_self != NULL) {
        (void)write_by(ts_self, lock, TS_NEVER, TS_PC);
    }
    TS_TAIL return __real_pthread_rwlock_wrlock(lock);
}

int __wrap_pthread_rwlock_trywrlock(pthread_rwlock_t *lock)
{
    if (ts_self != NULL) {
        struct ts_object *object = try_by(ts_self, lock, true, TS_PC);
        if (is_free(object)) {
            take_alone(ts_self, object);
        }
    }
    TS_TAIL return __real_pthread_rwlock_trywrlock(lock);
}

int __wrap_pthread_rwlock_timedwrlock(pthread_rwlock_t *lock, const struct timespec *until)
{
    if (ts_self != NULL && ts_wrap_is_time(until) &&
        !write_by(ts_self, lock, ts_wrap_deadline(CLOCK_REALTIME, until), TS_PC)) {
        return ETIMEDOUT;
    }
    TS_TAIL return __real_pthread_rwlock_timedwrlock(lock, until);
}

int __wrap_pthread_rwlock_clockwrlock(pthread_rwlock_t *lock, clockid_t clock, const struct timespec *until)
{
    if (ts_self == NULL || !can_wait(clock, until)) {
        return __real_pthread_rwlock_clockwrlock(lock, clock, until);
    }
    if (!write_by(ts_self, lock, ts_wrap_deadline(clock, until), TS_PC)) {
        return ETIMEDOUT;
    }
    TS_ENTER();
    int error = __real_pthread_rwlock_wrlock(lock);
    TS_LEAVE();
    return error;
}

int __wrap_pthread_rwlock_unlock(pthread_rwlock_t *lock)
{
    struct ts_sthread *self = ts_self;
    if (self != NULL) {
        struct ts_object *object = ts_sched_object(lock);
        ts_sched_point(self, TS_OP_UNLOCK, lock, true, TS_PC);
        if (object->holder == self->index) {
            object->holder = TS_NOBODY;
        } else if (object->readers > 0) {
            object->readers--;
        }
        ts_sched_changed(object);
    }
    TS_TAIL return __real_pthread_rwlock_unlock(lock);
}
