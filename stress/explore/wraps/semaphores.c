/*
 * Semaphores. The model's count is the semaphore's own: it is read where glibc keeps it before each
 * operation, so that one that the scheduler has not seen before (made earlier, or named) is known as well.
 * The real call is made when it can be done at once.
 *
 * What another process does to a shared semaphore is seen only when a thread under the scheduler comes to it.
 */
#include "explore/wraps/wrap.h"

#include <errno.h>
#include <limits.h>
#include <semaphore.h>

TS_WRAPPED(int, sem_init, sem_t *semaphore, int shared, unsigned value);
TS_WRAPPED(int, sem_destroy, sem_t *semaphore);
TS_WRAPPED(int, sem_wait, sem_t *semaphore);
TS_WRAPPED(int, sem_trywait, sem_t *semaphore);
TS_WRAPPED(int, sem_timedwait, sem_t *semaphore, const struct timespec *until);
TS_WRAPPED(int, sem_clockwait, sem_t *semaphore, clockid_t clock, const struct timespec *until);
TS_WRAPPED(int, sem_post, sem_t *semaphore);
TS_WRAPPED(int, sem_getvalue, sem_t *semaphore, int *value);

_Static_assert(sizeof(long) == 8, "where glibc keeps the value is known for 64-bit machines");

static void set_count(struct ts_object *object, uint32_t count)
{
    if (object->count != count) {
        object->count = count;
        ts_sched_changed(object);
    }
}

/* glibc, sysdeps/nptl/internaltypes.h: the value is the lower half of the first 64 bits. */
static struct ts_object *counted(const sem_t *semaphore)
{
    struct ts_object *object = ts_sched_object(semaphore);
    const uint64_t *word = (const void *)semaphore;
    set_count(object, (uint32_t)__atomic_load_n(word, __ATOMIC_RELAXED)); /* nobody else runs */
    return object;
}

/* Returns an error's number: ETIMEDOUT, EINTR. */
static int wait_by(struct ts_sthread *self, sem_t *semaphore, int64_t deadline_ns, const void *pc)
{
    struct ts_object *object = counted(semaphore);
    struct ts_op op = {.kind = TS_OP_SEM_WAIT,
                       .gate = TS_GATE_COUNT,
                       .writes = true,
                       .cancels = true,
                       .interrupts = deadline_ns == TS_NEVER ? TS_INTERRUPTS_ASKED : TS_INTERRUPTS_ALWAYS,
                       .object = semaphore,
                       .pc = pc,
                       .deadline_ns = deadline_ns};
    bool counted_down = ts_sched_reach(self, &op);
    ts_wrap_cancellation(self);
    if (counted_down) {
        set_count(object, object->count - 1);
    }
    return counted_down ? 0 : self->interrupted ? EINTR : ETIMEDOUT;
}

int __wrap_sem_init(sem_t *semaphore, int shared, unsigned value)
{
    if (ts_self != NULL) {
        ts_object_reset(ts_sched_object(semaphore));
    }
    TS_TAIL return __real_sem_init(semaphore, shared, value);
}

int __wrap_sem_destroy(sem_t *semaphore)
{
    if (ts_self != NULL) {
        ts_sched_point(ts_self, TS_OP_WRITE, semaphore, true, TS_PC);
    }
    TS_TAIL return __real_sem_destroy(semaphore);
}

int __wrap_sem_wait(sem_t *semaphore)
{
    if (ts_self != NULL && wait_by(ts_self, semaphore, TS_NEVER, TS_PC) != 0) {
        return ts_wrap_interrupted();
    }
    TS_TAIL return __real_sem_wait(semaphore);
}

int __wrap_sem_trywait(sem_t *semaphore)
{
    if (ts_self != NULL) {
        struct ts_object *object = counted(semaphore);
        struct ts_op op = {.kind = TS_OP_SEM_WAIT,
                           .gate = TS_GATE_OPEN,
                           .writes = true,
                           .idle = object->count == 0,
                           .object = semaphore,
                           .pc = TS_PC,
                           .deadline_ns = TS_NEVER};
        (void)ts_sched_reach(ts_self, &op);
        if (object->count > 0) {
            set_count(object, object->count - 1);
        }
    }
    TS_TAIL return __real_sem_trywait(semaphore);
}

/* Times that are none are refused by the real call, whatever the count. */
int __wrap_sem_timedwait(sem_t *semaphore, const struct timespec *until)
{
    int error = ts_self != NULL && ts_wrap_is_time(until)
                    ? wait_by(ts_self, semaphore, ts_wrap_deadline(CLOCK_REALTIME, until), TS_PC)
                    : 0;
    if (error != 0) {
        errno = error;
        return -1;
    }
    TS_TAIL return __real_sem_timedwait(semaphore, until);
}

/* ThreadSanitizer does not know this call: it would see no edge. */
int __wrap_sem_clockwait(sem_t *semaphore, clockid_t clock, const struct timespec *until)
{
    bool can = (clock == CLOCK_REALTIME || clock == CLOCK_MONOTONIC) && ts_wrap_is_time(until);
    if (ts_self == NULL || !can) {
        return __real_sem_clockwait(semaphore, clock, until);
    }
    int error = wait_by(ts_self, semaphore, ts_wrap_deadline(clock, until), TS_PC);
    if (error != 0) {
        errno = error;
        return -1;
    }
    TS_ENTER();
    int result = __real_sem_wait(semaphore);
    TS_LEAVE();
    return result;
}

int __wrap_sem_post(sem_t *semaphore)
{
    if (ts_self != NULL) {
        ts_sched_point(ts_self, TS_OP_SEM_POST, semaphore, true, TS_PC);
        struct ts_object *object = counted(semaphore);
        set_count(object, object->count + (object->count < INT_MAX));
    }
    TS_TAIL return __real_sem_post(semaphore);
}

int __wrap_sem_getvalue(sem_t *semaphore, int *value)
{
    if (ts_self != NULL) {
        ts_sched_point(ts_self, TS_OP_LOAD, semaphore, false, TS_PC);
    }
    TS_TAIL return __real_sem_getvalue(semaphore, value);
}
