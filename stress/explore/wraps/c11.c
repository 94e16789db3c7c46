/*
 * C11's <threads.h> by pthreads. libc makes and blocks its threads within itself, where neither the scheduler
 * nor ThreadSanitizer sees them; so the program is given the wrapped functions of pthreads in their place,
 * also when it runs by itself. glibc's types are pthreads' by another name (nptl/thrd_priv.h and
 * sysdeps/pthread/threads.h there), and what <threads.h> shares with pthreads without waiting (thrd_current,
 * tss_get) is left as it is.
 *
 * An error that <threads.h> has no name for keeps pthreads' number; it is not thrd_success either.
 */
#include "explore/wraps/wrap.h"

#include <errno.h>
#include <threads.h>

_Static_assert(sizeof(mtx_t) == sizeof(pthread_mutex_t) && sizeof(cnd_t) == sizeof(pthread_cond_t) &&
                   sizeof(once_flag) == sizeof(pthread_once_t) && sizeof(thrd_t) == sizeof(pthread_t) &&
                   sizeof(tss_t) == sizeof(pthread_key_t),
               "they are pthreads' types");

/* Declared with the types of <threads.h>, since a tail call allows no others. */
int __wrap_pthread_mutex_lock(mtx_t *mutex);
int __wrap_pthread_mutex_unlock(mtx_t *mutex);
int __wrap_pthread_mutex_destroy(mtx_t *mutex);
int __wrap_pthread_mutex_init(mtx_t *mutex, const pthread_mutexattr_t *attributes);
int __wrap_pthread_cond_init(cnd_t *condition, const pthread_condattr_t *attributes);
int __wrap_pthread_cond_destroy(cnd_t *condition);
int __wrap_pthread_cond_wait(cnd_t *condition, mtx_t *mutex);
int __wrap_pthread_cond_signal(cnd_t *condition);
int __wrap_pthread_cond_broadcast(cnd_t *condition);
int __wrap_pthread_once(once_flag *flag, void (*routine)(void));
int __wrap_pthread_detach(thrd_t id);
int __wrap_pthread_key_create(tss_t *key, tss_dtor_t destructor);
int __wrap_pthread_key_delete(tss_t key);
int __wrap_sched_yield(void);
_Noreturn void __wrap_pthread_exit(void *value);
int __wrap_clock_nanosleep(clockid_t clock, int flags, const struct timespec *duration,
                           struct timespec *left);

TS_WRAP_EXPORT int __wrap_thrd_create(thrd_t *id, thrd_start_t routine, void *argument);
TS_WRAP_EXPORT int __wrap_thrd_join(thrd_t id, int *result);
TS_WRAP_EXPORT int __wrap_thrd_detach(thrd_t id);
TS_WRAP_EXPORT _Noreturn void __wrap_thrd_exit(int result);
TS_WRAP_EXPORT void __wrap_thrd_yield(void);
TS_WRAP_EXPORT int __wrap_thrd_sleep(const struct timespec *duration, struct timespec *left);
TS_WRAP_EXPORT int __wrap_mtx_init(mtx_t *mutex, int type);
TS_WRAP_EXPORT int __wrap_mtx_lock(mtx_t *mutex);
TS_WRAP_EXPORT int __wrap_mtx_trylock(mtx_t *mutex);
TS_WRAP_EXPORT int __wrap_mtx_timedlock(mtx_t *mutex, const struct timespec *until);
TS_WRAP_EXPORT int __wrap_mtx_unlock(mtx_t *mutex);
TS_WRAP_EXPORT void __wrap_mtx_destroy(mtx_t *mutex);
TS_WRAP_EXPORT int __wrap_cnd_init(cnd_t *condition);
TS_WRAP_EXPORT int __wrap_cnd_signal(cnd_t *condition);
TS_WRAP_EXPORT int __wrap_cnd_broadcast(cnd_t *condition);
TS_WRAP_EXPORT int __wrap_cnd_wait(cnd_t *condition, mtx_t *mutex);
TS_WRAP_EXPORT int __wrap_cnd_timedwait(cnd_t *condition, mtx_t *mutex, const struct timespec *until);
TS_WRAP_EXPORT void __wrap_cnd_destroy(cnd_t *condition);
TS_WRAP_EXPORT int __wrap_tss_create(tss_t *key, tss_dtor_t destructor);
TS_WRAP_EXPORT void __wrap_tss_delete(tss_t key);
TS_WRAP_EXPORT void __wrap_call_once(once_flag *flag, void (*routine)(void));

static int result_of(int error)
{
    switch (error) {
    case EBUSY:
        return thrd_busy;
    case ETIMEDOUT:
        return thrd_timedout;
    case ENOMEM:
        return thrd_nomem;
    default:
        return error == 0 ? thrd_success : thrd_error;
    }
}

/* The routine is called as one of pthreads: its result comes in the same register, of which join takes an
 * int. */
int __wrap_thrd_create(thrd_t *id, thrd_start_t routine, void *argument)
{
    void *(*as_pthread)(void *) = (void *(*)(void *))(void (*)(void))routine;
    return result_of(ts_wrap_create(id, NULL, as_pthread, argument, TS_PC));
}

int __wrap_thrd_join(thrd_t id, int *result)
{
    void *value = NULL;
    int error = ts_wrap_join(id, &value, TS_PC);
    if (error == 0 && result != NULL) {
        *result = (int)(intptr_t)value;
    }
    return result_of(error);
}

int __wrap_thrd_detach(thrd_t id)
{
    TS_TAIL return __wrap_pthread_detach(id);
}

_Noreturn void __wrap_thrd_exit(int result)
{
    __wrap_pthread_exit((void *)(intptr_t)result);
}

void __wrap_thrd_yield(void)
{
    (void)__wrap_sched_yield();
}

/* 0, -1 when a signal came, or another negative number. */
int __wrap_thrd_sleep(const struct timespec *duration, struct timespec *left)
{
    int error = __wrap_clock_nanosleep(CLOCK_REALTIME, 0, duration, left);
    return error == 0 ? 0 : error == EINTR ? -1 : -2;
}

int __wrap_mtx_init(mtx_t *mutex, int type)
{
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_settype(&attributes,
                              (type & mtx_recursive) != 0 ? PTHREAD_MUTEX_RECURSIVE : PTHREAD_MUTEX_TIMED_NP);
    return result_of(__wrap_pthread_mutex_init(mutex, &attributes));
}

int __wrap_mtx_lock(mtx_t *mutex)
{
    TS_TAIL return __wrap_pthread_mutex_lock(mutex);
}

int __wrap_mtx_trylock(mtx_t *mutex)
{
    return result_of(ts_wrap_trylock((pthread_mutex_t *)mutex, TS_PC));
}

int __wrap_mtx_timedlock(mtx_t *mutex, const struct timespec *until)
{
    return result_of(ts_wrap_clocklock((pthread_mutex_t *)mutex, CLOCK_REALTIME, until, TS_PC));
}

int __wrap_mtx_unlock(mtx_t *mutex)
{
    TS_TAIL return __wrap_pthread_mutex_unlock(mutex);
}

void __wrap_mtx_destroy(mtx_t *mutex)
{
    (void)__wrap_pthread_mutex_destroy(mutex);
}

int __wrap_cnd_init(cnd_t *condition)
{
    return result_of(__wrap_pthread_cond_init(condition, NULL));
}

int __wrap_cnd_signal(cnd_t *condition)
{
    TS_TAIL return __wrap_pthread_cond_signal(condition);
}

int __wrap_cnd_broadcast(cnd_t *condition)
{
    TS_TAIL return __wrap_pthread_cond_broadcast(condition);
}

int __wrap_cnd_wait(cnd_t *condition, mtx_t *mutex)
{
    TS_TAIL return __wrap_pthread_cond_wait(condition, mutex);
}

int __wrap_cnd_timedwait(cnd_t *condition, mtx_t *mutex, const struct timespec *until)
{
    return result_of(ts_wrap_clockwait((pthread_cond_t *)condition, (pthread_mutex_t *)mutex, CLOCK_REALTIME,
                                       until, TS_PC));
}

void __wrap_cnd_destroy(cnd_t *condition)
{
    (void)__wrap_pthread_cond_destroy(condition);
}

int __wrap_tss_create(tss_t *key, tss_dtor_t destructor)
{
    return result_of(__wrap_pthread_key_create(key, destructor));
}

void __wrap_tss_delete(tss_t key)
{
    (void)__wrap_pthread_key_delete(key);
}

void __wrap_call_once(once_flag *flag, void (*routine)(void))
{
    (void)__wrap_pthread_once(flag, routine);
}
