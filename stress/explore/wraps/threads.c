/* pthread_create, join of every kind, detach, exit; thread-specific keys, whose destructors run under the
 * scheduler. */
#include "explore/wraps/wrap.h"

#include <errno.h>

#define KEYS_MAX 64u

typedef void *(*routine_fn)(void *);

int __real_pthread_create(pthread_t *id, const pthread_attr_t *attributes, routine_fn routine,
                          void *argument);
int __real_pthread_join(pthread_t id, void **value);
int __real_pthread_detach(pthread_t id);
_Noreturn void __real_pthread_exit(void *value);
int __real_pthread_key_create(pthread_key_t *key, void (*destructor)(void *));
int __real_pthread_key_delete(pthread_key_t key);
TS_WRAPPED(int, pthread_tryjoin_np, pthread_t id, void **value);
TS_WRAPPED(int, pthread_timedjoin_np, pthread_t id, void **value, const struct timespec *until);
TS_WRAPPED(int, pthread_clockjoin_np, pthread_t id, void **value, clockid_t clock,
           const struct timespec *until);
TS_WRAP_EXPORT int __wrap_pthread_create(pthread_t *id, const pthread_attr_t *attributes, routine_fn routine,
                                         void *argument);
TS_WRAP_EXPORT int __wrap_pthread_join(pthread_t id, void **value);
TS_WRAP_EXPORT int __wrap_pthread_detach(pthread_t id);
TS_WRAP_EXPORT _Noreturn void __wrap_pthread_exit(void *value);
TS_WRAP_EXPORT int __wrap_pthread_key_create(pthread_key_t *key, void (*destructor)(void *));
TS_WRAP_EXPORT int __wrap_pthread_key_delete(pthread_key_t key);

static struct {
    pthread_key_t key;
    void (*destructor)(void *);
} keys[KEYS_MAX];
static uint32_t keys_end; /* behind the last that was ever used */

/* As POSIX has it: in rounds, until nothing is left or the limit is reached. */
static void destroy_specific(void)
{
    bool again = true;
    for (int round = 0; again && round < 4; round++) {
        again = false;
        for (uint32_t i = 0; i < keys_end; i++) {
            void *value = keys[i].destructor != NULL ? pthread_getspecific(keys[i].key) : NULL;
            if (value != NULL) {
                pthread_setspecific(keys[i].key, NULL);
                keys[i].destructor(value);
                again = true;
            }
        }
    }
}

int __wrap_pthread_key_create(pthread_key_t *key, void (*destructor)(void *))
{
    uint32_t place = 0;
    while (place < KEYS_MAX && keys[place].destructor != NULL) {
        place++;
    }
    if (ts_self == NULL || destructor == NULL || place == KEYS_MAX) {
        return __real_pthread_key_create(key, destructor);
    }
    int error = __real_pthread_key_create(key, NULL);
    if (error == 0) {
        keys[place].key = *key;
        keys[place].destructor = destructor;
        keys_end = place < keys_end ? keys_end : place + 1;
    }
    return error;
}

int __wrap_pthread_key_delete(pthread_key_t key)
{
    for (uint32_t i = 0; i < KEYS_MAX; i++) {
        if (keys[i].destructor != NULL && keys[i].key == key) {
            keys[i].destructor = NULL;
        }
    }
    return __real_pthread_key_delete(key);
}

/* pthread_exit unwinds the stack, and the program's clean-up handlers have run. */
__attribute__((nothrow)) static void on_unwound(struct ts_sthread *const *unwound)
{
    struct ts_sthread *self = *unwound;
    if (self == NULL) {
        return;
    }
    destroy_specific();
    if (ts_sched_pooled()) {
        ts_happens_before(&self->end_token);
        __real_pthread_detach(self->id);
    }
    ts_sched_finish(self);
}

/* A frame of its own, which the unwinding of a stack that ends comes through. */
__attribute__((noinline)) static void *call_routine(struct ts_sthread *self)
{
    __attribute__((cleanup(on_unwound))) struct ts_sthread *unwound = self;
    void *value = self->routine(self->argument);
    unwound = NULL;
    return value;
}

static void *run(void *argument)
{
    struct ts_sthread *self = argument;
    ts_sched_enter(self);
    for (;;) {
        bool pooled = ts_sched_pooled();
        if (pooled) {
            ts_happens_after(&self->begin_token);
        }
        self->value = call_routine(self);
        destroy_specific();
        if (pooled) {
            ts_happens_before(&self->end_token);
        }
        ts_sched_finish(self);
        if (!pooled) {
            return self->value;
        }
    }
}

static bool starts_detached(const pthread_attr_t *attributes)
{
    int state = PTHREAD_CREATE_JOINABLE;
    return attributes != NULL && pthread_attr_getdetachstate(attributes, &state) == 0 &&
           state == PTHREAD_CREATE_DETACHED;
}

int ts_wrap_create(pthread_t *id, const pthread_attr_t *attributes, routine_fn routine, void *argument,
                   void *pc)
{
    struct ts_sthread *self = ts_self;
    if (self == NULL) {
        return __real_pthread_create(id, attributes, routine, argument);
    }
    ts_sched_point(self, TS_OP_CREATE, NULL, false, pc);
    struct ts_sthread *thread = ts_sched_claim(self);
    if (thread == NULL) {
        ts_sched_fail(TS_RUN_REFUSED, "more threads at a time than the scheduler has room for");
    }
    thread->routine = routine;
    thread->argument = argument;
    thread->detached = starts_detached(attributes);
    if (thread->has_pthread) {
        ts_happens_before(&thread->begin_token);
    } else {
        bool pooled = ts_sched_pooled();
        TS_ENTER_FROM(pc);
        int error = __real_pthread_create(&thread->id, pooled ? NULL : attributes, run, thread);
        TS_LEAVE();
        if (error != 0) {
            ts_sched_unclaim(thread);
            return error;
        }
        ts_sched_await(thread);
        thread->has_pthread = true;
        if (pooled) {
            ts_happens_before(&thread->begin_token);
        }
    }
    *id = thread->id;
    ts_sched_started(thread);
    return 0;
}

int __wrap_pthread_create(pthread_t *id, const pthread_attr_t *attributes, routine_fn routine, void *argument)
{
    return ts_wrap_create(id, attributes, routine, argument, TS_PC);
}

/* The thread that the scheduler knows how to wait for; NULL: the real call has the answer. */
static struct ts_sthread *joinable(pthread_t id)
{
    struct ts_sthread *thread = ts_self != NULL ? ts_sched_thread_of(id) : NULL;
    return thread == NULL || thread->detached || thread == ts_self ? NULL : thread;
}

/* It has ended. */
static int collect(struct ts_sthread *thread, void **value)
{
    thread->joined = true;
    if (!ts_sched_pooled()) {
        return __real_pthread_join(thread->id, value);
    }
    ts_happens_after(&thread->end_token);
    if (value != NULL) {
        *value = thread->value;
    }
    return 0;
}

static int join_by(struct ts_sthread *thread, void **value, int64_t deadline_ns, const void *pc)
{
    struct ts_op op = {.kind = TS_OP_JOIN,
                       .gate = TS_GATE_END,
                       .cancels = true,
                       .target = thread->index,
                       .pc = pc,
                       .deadline_ns = deadline_ns};
    bool ended = ts_sched_reach(ts_self, &op);
    ts_wrap_cancellation(ts_self);
    return ended ? collect(thread, value) : ETIMEDOUT;
}

int ts_wrap_join(pthread_t id, void **value, void *pc)
{
    struct ts_sthread *thread = joinable(id);
    return thread == NULL ? __real_pthread_join(id, value) : join_by(thread, value, TS_NEVER, pc);
}

int __wrap_pthread_join(pthread_t id, void **value)
{
    return ts_wrap_join(id, value, TS_PC);
}

/* In vain, it is a yield: who tries in a loop would keep others from ending. */
int __wrap_pthread_tryjoin_np(pthread_t id, void **value)
{
    struct ts_sthread *thread = joinable(id);
    if (thread == NULL) {
        return __real_pthread_tryjoin_np(id, value);
    }
    ts_sched_point(ts_self, thread->ended ? TS_OP_JOIN : TS_OP_YIELD, NULL, false, TS_PC);
    return thread->ended ? collect(thread, value) : EBUSY;
}

int __wrap_pthread_timedjoin_np(pthread_t id, void **value, const struct timespec *until)
{
    struct ts_sthread *thread = joinable(id);
    if (thread == NULL || !ts_wrap_is_time(until)) {
        return __real_pthread_timedjoin_np(id, value, until);
    }
    return join_by(thread, value, ts_wrap_deadline(CLOCK_REALTIME, until), TS_PC);
}

int __wrap_pthread_clockjoin_np(pthread_t id, void **value, clockid_t clock, const struct timespec *until)
{
    struct ts_sthread *thread = joinable(id);
    bool can = (clock == CLOCK_REALTIME || clock == CLOCK_MONOTONIC) && ts_wrap_is_time(until);
    if (thread == NULL || !can) {
        return __real_pthread_clockjoin_np(id, value, clock, until);
    }
    return join_by(thread, value, ts_wrap_deadline(clock, until), TS_PC);
}

int __wrap_pthread_detach(pthread_t id)
{
    struct ts_sthread *self = ts_self;
    struct ts_sthread *thread = self != NULL ? ts_sched_thread_of(id) : NULL;
    if (thread == NULL) {
        return __real_pthread_detach(id);
    }
    ts_sched_point(self, TS_OP_DETACH, NULL, false, TS_PC);
    if (thread->detached) {
        return EINVAL;
    }
    thread->detached = true;
    return ts_sched_pooled() ? 0 : __real_pthread_detach(id);
}

bool ts_wrap_first_unwinds;

void ts_wrap_leave_first(void)
{
    destroy_specific();
    ts_sched_wait_for_others();
}

_Noreturn void __wrap_pthread_exit(void *value)
{
    struct ts_sthread *self = ts_self;
    if (self != NULL) {
        self->leaves = true;
    }
    if (self != NULL && self->index == 0 && !ts_wrap_first_unwinds) {
        destroy_specific();
        ts_sched_end();
    } else if (self != NULL) {
        self->value = value; /* the rest when its stack is unwound, since its clean-up handlers take locks */
    }
    __real_pthread_exit(value);
}
