/*
 * Barriers, in the model alone: the real one is initialised and destroyed, and never waited at. Each round
 * has a token of its own at one of two addresses within the barrier, so that ThreadSanitizer sees each
 * arrival before each leaving of its round, and no order between rounds that only the scheduler made.
 *
 * The thread that comes last is the serial one, as with glibc. Barriers shared between processes are treated
 * as ordinary.
 */
#include "explore/wraps/wrap.h"

TS_WRAPPED(int, pthread_barrier_init, pthread_barrier_t *barrier, const pthread_barrierattr_t *attributes,
           unsigned count);
TS_WRAPPED(int, pthread_barrier_destroy, pthread_barrier_t *barrier);
TS_WRAPPED(int, pthread_barrier_wait, pthread_barrier_t *barrier);

#define COUNT_WORD 2 /* glibc, sysdeps/nptl/internaltypes.h: in, current_round, count */

int __wrap_pthread_barrier_init(pthread_barrier_t *barrier, const pthread_barrierattr_t *attributes,
                                unsigned count)
{
    if (ts_self != NULL) {
        ts_object_reset(ts_sched_object(barrier));
    }
    TS_TAIL return __real_pthread_barrier_init(barrier, attributes, count);
}

int __wrap_pthread_barrier_destroy(pthread_barrier_t *barrier)
{
    if (ts_self != NULL) {
        ts_sched_point(ts_self, TS_OP_WRITE, barrier, true, TS_PC);
    }
    TS_TAIL return __real_pthread_barrier_destroy(barrier);
}

static int wait_by(struct ts_sthread *self, pthread_barrier_t *barrier, void *pc)
{
    struct ts_object *object = ts_sched_object(barrier);
    ts_sched_point(self, TS_OP_BARRIER, barrier, true, pc);
    if (__tsan_read1_pc != NULL) {
        __tsan_read1_pc(barrier, pc);
    }
    const uint32_t *words = (const void *)barrier;
    char *token = (char *)barrier + 8 * (object->detail % 2);
    ts_happens_before(token);
    if (++object->count >= words[COUNT_WORD]) {
        object->count = 0;
        object->detail++;
        struct ts_mask waiters = ts_sched_waiters(object);
        TS_MASK_EACH(i, &waiters)
        {
            ts_sched_signal(i);
        }
        ts_happens_after(token);
        return PTHREAD_BARRIER_SERIAL_THREAD;
    }
    self->signalled = false;
    struct ts_op op = {.kind = TS_OP_BARRIER,
                       .gate = TS_GATE_SIGNAL,
                       .wanted = words[COUNT_WORD],
                       .object = barrier,
                       .pc = pc,
                       .deadline_ns = TS_NEVER};
    uint32_t generation = object->detail;
    while (!ts_sched_reach(self, &op) && object->detail == generation) { /* a handler does not end it */
    }
    ts_happens_after(token);
    return 0;
}

int __wrap_pthread_barrier_wait(pthread_barrier_t *barrier)
{
    if (ts_self == NULL) {
        return __real_pthread_barrier_wait(barrier);
    }
    TS_ENTER();
    int result = wait_by(ts_self, barrier, TS_PC);
    TS_LEAVE();
    return result;
}
