/*
 * Mutexes of every type, and condition variables. Who holds a mutex is modelled; the real, uncontended call
 * is made as well, for ThreadSanitizer's edges and lock graph. The real condition variable is never waited
 * on.
 *
 * A robust mutex is free when its holder has ended, and the real call says so to who takes it next: the
 * kernel has marked it by then, since nobody goes on before a thread that ends is gone.
 *
 * Not modelled: mutexes that are shared between processes, or of a priority protocol, are treated as
 * ordinary.
 */
#include "explore/wraps/wrap.h"

#include <errno.h>
#include <time.h>

int __real_pthread_mutex_init(pthread_mutex_t *mutex, const pthread_mutexattr_t *attributes);
int __real_pthread_mutex_destroy(pthread_mutex_t *mutex);
int __real_pthread_mutex_lock(pthread_mutex_t *mutex);
int __real_pthread_mutex_trylock(pthread_mutex_t *mutex);
int __real_pthread_mutex_unlock(pthread_mutex_t *mutex);
int __real_pthread_cond_init(pthread_cond_t *condition, const pthread_condattr_t *attributes);
int __real_pthread_cond_destroy(pthread_cond_t *condition);
int __real_pthread_cond_wait(pthread_cond_t *condition, pthread_mutex_t *mutex);
int __real_pthread_cond_timedwait(pthread_cond_t *condition, pthread_mutex_t *mutex,
                                  const struct timespec *until);
int __real_pthread_cond_clockwait(pthread_cond_t *condition, pthread_mutex_t *mutex, clockid_t clock,
                                  const struct timespec *until);
int __real_pthread_cond_signal(pthread_cond_t *condition);
int __real_pthread_cond_broadcast(pthread_cond_t *condition);
int __real_pthread_mutex_timedlock(pthread_mutex_t *mutex, const struct timespec *until);
int __real_pthread_mutex_clocklock(pthread_mutex_t *mutex, clockid_t clock, const struct timespec *until);
TS_WRAP_EXPORT int __wrap_pthread_mutex_init(pthread_mutex_t *mutex, const pthread_mutexattr_t *attributes);
TS_WRAP_EXPORT int __wrap_pthread_mutex_destroy(pthread_mutex_t *mutex);
TS_WRAP_EXPORT int __wrap_pthread_mutex_lock(pthread_mutex_t *mutex);
TS_WRAP_EXPORT int __wrap_pthread_mutex_trylock(pthread_mutex_t *mutex);
TS_WRAP_EXPORT int __wrap_pthread_mutex_unlock(pthread_mutex_t *mutex);
TS_WRAP_EXPORT int __wrap_pthread_mutex_timedlock(pthread_mutex_t *mutex, const struct timespec *until);
TS_WRAP_EXPORT int __wrap_pthread_mutex_clocklock(pthread_mutex_t *mutex, clockid_t clock,
                                                  const struct timespec *until);
TS_WRAP_EXPORT int __wrap_pthread_cond_init(pthread_cond_t *condition, const pthread_condattr_t *attributes);
TS_WRAP_EXPORT int __wrap_pthread_cond_destroy(pthread_cond_t *condition);
TS_WRAP_EXPORT int __wrap_pthread_cond_wait(pthread_cond_t *condition, pthread_mutex_t *mutex);
TS_WRAP_EXPORT int __wrap_pthread_cond_timedwait(pthread_cond_t *condition, pthread_mutex_t *mutex,
                                                 const struct timespec *until);
TS_WRAP_EXPORT int __wrap_pthread_cond_clockwait(pthread_cond_t *condition, pthread_mutex_t *mutex,
                                                 clockid_t clock, const struct timespec *until);
TS_WRAP_EXPORT int __wrap_pthread_cond_signal(pthread_cond_t *condition);
TS_WRAP_EXPORT int __wrap_pthread_cond_broadcast(pthread_cond_t *condition);

/* glibc, sysdeps/nptl/bits/struct_mutex.h: the lowest two bits of the kind are its type. */
static int type_of(const pthread_mutex_t *mutex)
{
    return mutex->__data.__kind & 3;
}

static bool is_robust(const pthread_mutex_t *mutex)
{
    return (mutex->__data.__kind & 16) != 0; /* glibc, nptl/pthreadP.h: PTHREAD_MUTEX_ROBUST_NORMAL_NP */
}

static void take(struct ts_sthread *self, struct ts_object *object, const pthread_mutex_t *mutex)
{
    object->holder = self->index;
    object->depth++;
    object->detail = is_robust(mutex) ? TS_OBJECT_ROBUST : 0;
    self->had_robust = self->had_robust || object->detail == TS_OBJECT_ROBUST;
    ts_sched_changed(object);
}

static void let_go(struct ts_object *object)
{
    if (object->depth > 0 && --object->depth == 0) {
        object->holder = TS_NOBODY;
        ts_sched_changed(object);
    }
}

/* What the real call said: a mutex whose state was lost with its holder cannot be had. */
static int settle(pthread_mutex_t *mutex, int error)
{
    if (ts_self != NULL && error != 0 && error != EOWNERDEAD) {
        let_go(ts_sched_object(mutex));
    }
    return error;
}

/* False: the time came first. */
static bool lock_by(struct ts_sthread *self, pthread_mutex_t *mutex, enum ts_op_kind kind,
                    int64_t deadline_ns, const void *pc)
{
    struct ts_object *object = ts_sched_object(mutex);
    int type = type_of(mutex);
    bool own = object->holder == self->index;
    struct ts_op op = {.kind = (uint8_t)kind,
                       .gate = own && type == PTHREAD_MUTEX_ERRORCHECK_NP ? TS_GATE_OPEN : TS_GATE_EXCLUSIVE,
                       .again = type == PTHREAD_MUTEX_RECURSIVE_NP,
                       .writes = true,
                       .object = mutex,
                       .pc = pc,
                       .deadline_ns = deadline_ns};
    if (!ts_sched_reach(self, &op)) {
        return false;
    }
    if (op.gate != TS_GATE_OPEN) {
        take(self, object, mutex);
    }
    return true;
}

static void unlock_by(struct ts_sthread *self, pthread_mutex_t *mutex, const void *pc)
{
    struct ts_object *object = ts_sched_object(mutex);
    ts_sched_point(self, TS_OP_UNLOCK, mutex, true, pc);
    if (object->holder == self->index || (type_of(mutex) == PTHREAD_MUTEX_TIMED_NP && !is_robust(mutex))) {
        let_go(object);
    }
}

int __wrap_pthread_mutex_init(pthread_mutex_t *mutex, const pthread_mutexattr_t *attributes)
{
    if (ts_self != NULL) {
        ts_object_reset(ts_sched_object(mutex));
    }
    TS_TAIL return __real_pthread_mutex_init(mutex, attributes);
}

int __wrap_pthread_mutex_destroy(pthread_mutex_t *mutex)
{
    if (ts_self != NULL) {
        ts_sched_point(ts_self, TS_OP_WRITE, mutex, true, TS_PC);
    }
    TS_TAIL return __real_pthread_mutex_destroy(mutex);
}

int __wrap_pthread_mutex_lock(pthread_mutex_t *mutex)
{
    if (ts_self != NULL) {
        (void)lock_by(ts_self, mutex, TS_OP_LOCK, TS_NEVER, TS_PC);
    }
    if (is_robust(mutex)) {
        TS_ENTER();
        int error = settle(mutex, __real_pthread_mutex_lock(mutex));
        TS_LEAVE();
        return error;
    }
    TS_TAIL return __real_pthread_mutex_lock(mutex);
}

static void try_by(struct ts_sthread *self, pthread_mutex_t *mutex, const void *pc)
{
    struct ts_object *object = ts_sched_object(mutex);
    struct ts_op op = {.kind = TS_OP_TRYLOCK,
                       .gate = TS_GATE_OPEN,
                       .writes = true,
                       .idle = object->holder != TS_NOBODY,
                       .object = mutex,
                       .pc = pc,
                       .deadline_ns = TS_NEVER};
    (void)ts_sched_reach(self, &op);
    if (object->holder == TS_NOBODY ||
        (object->holder == self->index && type_of(mutex) == PTHREAD_MUTEX_RECURSIVE_NP)) {
        take(self, object, mutex);
    }
}

/* One that is held stays its holder's. */
static int try_robust(pthread_mutex_t *mutex, void *pc)
{
    TS_ENTER_FROM(pc);
    int error = __real_pthread_mutex_trylock(mutex);
    TS_LEAVE();
    return error == EBUSY ? error : settle(mutex, error);
}

int __wrap_pthread_mutex_trylock(pthread_mutex_t *mutex)
{
    if (ts_self != NULL) {
        try_by(ts_self, mutex, TS_PC);
    }
    if (is_robust(mutex)) {
        return try_robust(mutex, TS_PC);
    }
    TS_TAIL return __real_pthread_mutex_trylock(mutex);
}

int ts_wrap_trylock(pthread_mutex_t *mutex, void *pc)
{
    if (ts_self != NULL) {
        try_by(ts_self, mutex, pc);
    }
    TS_ENTER_FROM(pc);
    int error = __real_pthread_mutex_trylock(mutex);
    TS_LEAVE();
    return error;
}

int __wrap_pthread_mutex_unlock(pthread_mutex_t *mutex)
{
    if (ts_self != NULL) {
        unlock_by(ts_self, mutex, TS_PC);
    }
    TS_TAIL return __real_pthread_mutex_unlock(mutex);
}

int __wrap_pthread_mutex_timedlock(pthread_mutex_t *mutex, const struct timespec *until)
{
    if (ts_self != NULL &&
        !lock_by(ts_self, mutex, TS_OP_LOCK, ts_wrap_deadline(CLOCK_REALTIME, until), TS_PC)) {
        return ETIMEDOUT;
    }
    if (is_robust(mutex)) {
        TS_ENTER();
        int error = settle(mutex, __real_pthread_mutex_timedlock(mutex, until));
        TS_LEAVE();
        return error;
    }
    TS_TAIL return __real_pthread_mutex_timedlock(mutex, until);
}

int __wrap_pthread_mutex_clocklock(pthread_mutex_t *mutex, clockid_t clock, const struct timespec *until)
{
    if (is_robust(mutex)) {
        return ts_wrap_clocklock(mutex, clock, until, TS_PC);
    }
    if (ts_self != NULL && !lock_by(ts_self, mutex, TS_OP_LOCK, ts_wrap_deadline(clock, until), TS_PC)) {
        return ETIMEDOUT;
    }
    TS_TAIL return __real_pthread_mutex_clocklock(mutex, clock, until);
}

int ts_wrap_clocklock(pthread_mutex_t *mutex, clockid_t clock, const struct timespec *until, void *pc)
{
    if (ts_self != NULL && !lock_by(ts_self, mutex, TS_OP_LOCK, ts_wrap_deadline(clock, until), pc)) {
        return ETIMEDOUT;
    }
    TS_ENTER_FROM(pc);
    int error = __real_pthread_mutex_clocklock(mutex, clock, until);
    TS_LEAVE();
    return is_robust(mutex) ? settle(mutex, error) : error;
}

int __wrap_pthread_cond_init(pthread_cond_t *condition, const pthread_condattr_t *attributes)
{
    if (ts_self != NULL) {
        clockid_t clock = CLOCK_REALTIME;
        struct ts_object *object = ts_sched_object(condition);
        ts_object_reset(object);
        if (attributes != NULL) {
            pthread_condattr_getclock(attributes, &clock);
        }
        object->detail = (uint32_t)clock;
    }
    TS_TAIL return __real_pthread_cond_init(condition, attributes);
}

int __wrap_pthread_cond_destroy(pthread_cond_t *condition)
{
    if (ts_self != NULL) {
        ts_sched_point(ts_self, TS_OP_WRITE, condition, true, TS_PC);
    }
    TS_TAIL return __real_pthread_cond_destroy(condition);
}

/* Unlocks, waits, locks again. Returns what the wait returns; who is cancelled meanwhile ends with the lock
 * held, as POSIX has it. */
static int wait_by(struct ts_sthread *self, pthread_cond_t *condition, pthread_mutex_t *mutex,
                   int64_t deadline_ns, void *pc)
{
    struct ts_object *object = ts_sched_object(condition);
    if (__tsan_read1_pc != NULL) {
        __tsan_read1_pc(condition, pc);
    }
    unlock_by(self, mutex, pc);
    int error = __real_pthread_mutex_unlock(mutex);
    if (error != 0) {
        return error;
    }
    self->signalled = false;
    struct ts_op op = {.kind = TS_OP_WAIT,
                       .gate = TS_GATE_SIGNAL,
                       .cancels = true,
                       .object = object->address,
                       .pc = pc,
                       .deadline_ns = deadline_ns};
    bool signalled = ts_sched_reach(self, &op);
    bool late = !signalled && deadline_ns != TS_NEVER && ts_sched_now() >= deadline_ns;
    bool cancelled = !self->signalled && ts_sched_must_end(self); /* who was signalled has used the signal */
    (void)lock_by(self, mutex, TS_OP_WAKE, TS_NEVER, pc);
    error = __real_pthread_mutex_lock(mutex);
    if (is_robust(mutex) && settle(mutex, error) != 0) {
        return error;
    }
    if (cancelled) {
        TS_LEAVE();
        ts_wrap_end_cancelled();
    }
    return late ? ETIMEDOUT : 0;
}

int __wrap_pthread_cond_wait(pthread_cond_t *condition, pthread_mutex_t *mutex)
{
    if (ts_self == NULL) {
        return __real_pthread_cond_wait(condition, mutex);
    }
    TS_ENTER();
    int result = wait_by(ts_self, condition, mutex, TS_NEVER, TS_PC);
    TS_LEAVE();
    return result;
}

int ts_wrap_clockwait(pthread_cond_t *condition, pthread_mutex_t *mutex, clockid_t clock,
                      const struct timespec *until, void *pc)
{
    if (ts_self == NULL) {
        return __real_pthread_cond_clockwait(condition, mutex, clock, until);
    }
    TS_ENTER_FROM(pc);
    int result = wait_by(ts_self, condition, mutex, ts_wrap_deadline(clock, until), pc);
    TS_LEAVE();
    return result;
}

int __wrap_pthread_cond_clockwait(pthread_cond_t *condition, pthread_mutex_t *mutex, clockid_t clock,
                                  const struct timespec *until)
{
    return ts_wrap_clockwait(condition, mutex, clock, until, TS_PC);
}

int __wrap_pthread_cond_timedwait(pthread_cond_t *condition, pthread_mutex_t *mutex,
                                  const struct timespec *until)
{
    if (ts_self == NULL) {
        return __real_pthread_cond_timedwait(condition, mutex, until);
    }
    clockid_t clock = (clockid_t)ts_sched_object(condition)->detail;
    TS_ENTER();
    int result = wait_by(ts_self, condition, mutex, ts_wrap_deadline(clock, until), TS_PC);
    TS_LEAVE();
    return result;
}

int __wrap_pthread_cond_signal(pthread_cond_t *condition)
{
    if (ts_self != NULL) {
        ts_sched_point(ts_self, TS_OP_SIGNAL, condition, true, TS_PC);
        struct ts_mask waiters = ts_sched_waiters(ts_sched_object(condition));
        uint32_t count = ts_mask_count(&waiters);
        if (count > 0) {
            ts_sched_signal(ts_mask_nth(&waiters, count > 1 ? ts_sched_choose(count) : 0));
        }
    }
    TS_TAIL return __real_pthread_cond_signal(condition);
}

int __wrap_pthread_cond_broadcast(pthread_cond_t *condition)
{
    if (ts_self != NULL) {
        ts_sched_point(ts_self, TS_OP_BROADCAST, condition, true, TS_PC);
        struct ts_mask waiters = ts_sched_waiters(ts_sched_object(condition));
        TS_MASK_EACH(i, &waiters)
        {
            ts_sched_signal(i);
        }
    }
    TS_TAIL return __real_pthread_cond_broadcast(condition);
}
