/*
 * Mutexes and condition variables at their edges: results of each type, waits with a lock held twice, locks
 * of one's own, and time-outs with and without haste.
 *
 * Prints a line for each check; exits with 1 when one failed.
 */
#include "explore/wraps/testing.h"

#include <errno.h>
#include <time.h>

static pthread_mutex_t mutex;
static pthread_cond_t condition;
static int value;

static void make(int type)
{
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_settype(&attributes, type);
    pthread_mutex_init(&mutex, &attributes);
    pthread_cond_init(&condition, NULL);
    value = 0;
}

static void *change(void *argument)
{
    pthread_mutex_lock(&mutex);
    value++;
    pthread_cond_signal(&condition);
    pthread_mutex_unlock(&mutex);
    return argument;
}

static void *wait_for_change(void *argument)
{
    pthread_mutex_lock(&mutex);
    while (value == 0) {
        pthread_cond_wait(&condition, &mutex);
    }
    pthread_mutex_unlock(&mutex);
    return argument;
}

static void *wait_locked_twice(void *argument)
{
    pthread_mutex_lock(&mutex);
    pthread_mutex_lock(&mutex);
    while (value == 0) {
        pthread_cond_wait(&condition, &mutex);
    }
    pthread_mutex_unlock(&mutex);
    pthread_mutex_unlock(&mutex);
    return argument;
}

static void wait_once(void)
{
    make(PTHREAD_MUTEX_RECURSIVE);
    TOGETHER(wait_for_change, change);
}

/* A wait gives one of the two locks back, so nobody can change anything. */
static void wait_twice(void)
{
    make(PTHREAD_MUTEX_RECURSIVE);
    TOGETHER(wait_locked_twice, change);
}

static void wait_for_nobody(void)
{
    make(PTHREAD_MUTEX_NORMAL);
    TOGETHER(wait_for_change, wait_for_change);
}

static void lock_own(void)
{
    make(PTHREAD_MUTEX_NORMAL);
    pthread_mutex_lock(&mutex);
    pthread_mutex_lock(&mutex);
}

static _Atomic bool over;

/* Somebody who goes on, whatever becomes of the others. */
static void *watch(void *argument)
{
    while (!over) {
        usleep(1000);
    }
    return argument;
}

static void *lock_own_apart(void *argument)
{
    lock_own();
    return argument;
}

static void lock_own_watched(void)
{
    TOGETHER(watch, lock_own_apart);
}

static pthread_mutex_t other = PTHREAD_MUTEX_INITIALIZER;

static void *hold_and_lock(void *argument)
{
    struct timespec until = in_ms(CLOCK_REALTIME, 10);
    pthread_mutex_lock(&mutex);
    usleep(1000);
    if (argument == NULL) {
        pthread_mutex_lock(&other);
        pthread_mutex_unlock(&other);
    } else if (pthread_mutex_timedlock(&other, &until) == 0) {
        pthread_mutex_unlock(&other);
    }
    pthread_mutex_unlock(&mutex);
    return NULL;
}

static void *lock_across(void *argument)
{
    pthread_mutex_lock(&other);
    usleep(1000);
    pthread_mutex_lock(&mutex);
    pthread_mutex_unlock(&mutex);
    pthread_mutex_unlock(&other);
    return argument;
}

static void cross(void *impatient)
{
    pthread_t threads[2];
    make(PTHREAD_MUTEX_NORMAL);
    must(pthread_create(&threads[0], NULL, hold_and_lock, impatient) == 0);
    must(pthread_create(&threads[1], NULL, lock_across, NULL) == 0);
    pthread_join(threads[0], NULL);
    pthread_join(threads[1], NULL);
}

static void cross_watched(void)
{
    pthread_t watcher;
    over = false;
    must(pthread_create(&watcher, NULL, watch, NULL) == 0);
    cross(NULL);
    over = true;
    pthread_join(watcher, NULL);
}

static void cross_impatiently(void)
{
    cross(&other);
}

static void *try_foreign(void *argument)
{
    int type = mutex.__data.__kind & 3;
    must(pthread_mutex_trylock(&mutex) == EBUSY);
    if (type != PTHREAD_MUTEX_NORMAL) {
        must(pthread_mutex_unlock(&mutex) == EPERM);
        must(pthread_mutex_trylock(&mutex) == EBUSY);
    }
    return argument;
}

static void results(void)
{
    make(PTHREAD_MUTEX_ERRORCHECK);
    must(pthread_mutex_unlock(&mutex) == EPERM);
    must(pthread_mutex_lock(&mutex) == 0);
    must(pthread_mutex_lock(&mutex) == EDEADLK);
    must(pthread_mutex_trylock(&mutex) == EBUSY);
    TOGETHER(try_foreign);
    must(pthread_mutex_unlock(&mutex) == 0);
    must(pthread_mutex_unlock(&mutex) == EPERM);

    make(PTHREAD_MUTEX_RECURSIVE);
    must(pthread_mutex_lock(&mutex) == 0);
    must(pthread_mutex_trylock(&mutex) == 0);
    must(pthread_mutex_unlock(&mutex) == 0);
    TOGETHER(try_foreign); /* still held once */
    must(pthread_mutex_unlock(&mutex) == 0);
    must(pthread_mutex_unlock(&mutex) == EPERM);

    make(PTHREAD_MUTEX_NORMAL);
    must(pthread_mutex_lock(&mutex) == 0);
    TOGETHER(try_foreign);
    must(pthread_mutex_unlock(&mutex) == 0);
    must(pthread_mutex_destroy(&mutex) == 0);
}

/* Attributes that are not modelled change nothing while nobody ends with a lock held. */
static void *count(void *argument)
{
    for (int i = 0; i < 2; i++) {
        must(pthread_mutex_lock(&mutex) == 0);
        value++;
        must(pthread_mutex_unlock(&mutex) == 0);
    }
    return argument;
}

static void attributes(void)
{
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
    pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
    pthread_mutexattr_setprotocol(&attributes, PTHREAD_PRIO_INHERIT);
    value = 0;
    must(pthread_mutex_init(&mutex, &attributes) == 0);
    TOGETHER(count, count);
    must(value == 4);
}

static void *die_holding(void *argument)
{
    int error = pthread_mutex_lock(&mutex);
    must(error == 0 || error == EOWNERDEAD);
    return argument; /* with what it protects half done */
}

static void *take_over(void *argument)
{
    int error = pthread_mutex_lock(&mutex);
    if (error == EOWNERDEAD) {
        see(0);
        must(pthread_mutex_consistent(&mutex) == 0);
    } else {
        must(error == 0);
    }
    value++;
    must(pthread_mutex_unlock(&mutex) == 0);
    return argument;
}

/* Who waits for a mutex whose holder ends is told of it; nobody waits for ever. */
static void robust(void)
{
    pthread_mutexattr_t robustness;
    pthread_mutexattr_init(&robustness);
    pthread_mutexattr_setrobust(&robustness, PTHREAD_MUTEX_ROBUST);
    must(pthread_mutex_init(&mutex, &robustness) == 0);
    value = 0;
    TOGETHER(die_holding, take_over, take_over);
    int error = pthread_mutex_trylock(&mutex);
    must(value == 2 && (error == 0 || error == EOWNERDEAD));
    must(pthread_mutex_unlock(&mutex) == 0);
    must(error == 0 || pthread_mutex_lock(&mutex) == ENOTRECOVERABLE);
    must(error == 0 || pthread_mutex_trylock(&mutex) == ENOTRECOVERABLE);
}

static void destroy_locked(void)
{
    make(PTHREAD_MUTEX_NORMAL);
    pthread_mutex_lock(&mutex);
    must(pthread_mutex_destroy(&mutex) == EBUSY);
    must(pthread_mutex_trylock(&mutex) == EBUSY);
    pthread_mutex_unlock(&mutex);
}

static void *unlock(void *argument)
{
    must(pthread_mutex_unlock(&mutex) == 0);
    return argument;
}

static void unlock_foreign(void)
{
    make(PTHREAD_MUTEX_NORMAL);
    pthread_mutex_lock(&mutex);
    TOGETHER(unlock);
    must(pthread_mutex_trylock(&mutex) == 0);
    pthread_mutex_unlock(&mutex);
    pthread_mutex_destroy(&mutex); /* ThreadSanitizer speaks once of each */
}

static void *wait_timed(void *argument)
{
    struct timespec until = in_ms(CLOCK_MONOTONIC, 10);
    int error = 0;
    pthread_mutex_lock(&mutex);
    while (value == 0 && error == 0) {
        error = pthread_cond_clockwait(&condition, &mutex, CLOCK_MONOTONIC, &until);
    }
    must(error == 0 || error == ETIMEDOUT);
    see(error != 0);
    pthread_mutex_unlock(&mutex);
    return argument;
}

static void *lock_timed(void *argument)
{
    struct timespec until = in_ms(CLOCK_REALTIME, 10);
    int error = pthread_mutex_timedlock(&mutex, &until);
    must(error == 0 || error == ETIMEDOUT);
    see(2 + (error != 0));
    if (error == 0) {
        pthread_mutex_unlock(&mutex);
    }
    return argument;
}

static void timed(void)
{
    make(PTHREAD_MUTEX_NORMAL);
    TOGETHER(wait_timed, change, lock_timed);
}

static void *never_signalled(void *argument)
{
    struct timespec until = in_ms(CLOCK_REALTIME, 60000);
    pthread_mutex_lock(&mutex);
    must(pthread_cond_timedwait(&condition, &mutex, &until) == ETIMEDOUT);
    struct timespec now = in_ms(CLOCK_REALTIME, 0);
    must(now.tv_sec > until.tv_sec || (now.tv_sec == until.tv_sec && now.tv_nsec >= until.tv_nsec));
    pthread_mutex_unlock(&mutex);
    return argument;
}

static void certain(void)
{
    make(PTHREAD_MUTEX_NORMAL);
    TOGETHER(never_signalled, never_signalled);
}

static void unlock_it(void *argument)
{
    (void)argument;
    pthread_mutex_unlock(&mutex);
}

static void *leave_locked(void *argument)
{
    pthread_mutex_lock(&mutex);
    pthread_cleanup_push(unlock_it, NULL);
    value++;
    pthread_exit(argument);
    pthread_cleanup_pop(0);
    return NULL;
}

static void leave(void)
{
    make(PTHREAD_MUTEX_NORMAL);
    TOGETHER(leave_locked, leave_locked);
    must(value == 2);
}

int main(void)
{
    check(holds(wait_once), "a wait with a recursive mutex held once");
    check(ends(wait_twice, TS_RUN_DEADLOCK), "a wait with it held twice is a deadlock, not a lost wake-up");
    check(ends(wait_for_nobody, TS_RUN_LOST_WAKEUP), "waits that nobody ends are lost wake-ups");
    check(ends(lock_own, TS_RUN_DEADLOCK), "a normal mutex locked twice is a deadlock of one");
    check(ends(lock_own_watched, TS_RUN_DEADLOCK), "... while another thread goes on, too");
    check(ends(cross_watched, TS_RUN_DEADLOCK), "locks crossed are a deadlock while a third thread goes on");
    check(holds(cross_impatiently), "... and none where one of them does not wait for ever");
    (void)run((struct trial){.body = results, .schedules = 20});
    check(seen->done == 20 && seen->wrong == 0, "results of errorcheck, recursive and normal mutexes");
    check(holds(leave), "clean-up handlers of a thread that exits let go of what it holds");
    check(holds(attributes), "robust, shared and priority mutexes are as ordinary ones");
    unsigned told = 0;
    bool held = true;
    for (unsigned i = 0; i < 12; i++) { /* threads end, so each needs a process */
        held = holds_in((struct trial){.body = robust,
                                       .schedules = 1,
                                       .strategy = i % 2 == 0 ? TS_STRATEGY_RANDOM : TS_STRATEGY_PCT,
                                       .handoff = i % 4 < 2 ? TS_HANDOFF_AUTO : TS_HANDOFF_FUTEX,
                                       .first = i,
                                       .threads_end = true}) &&
               held;
        told += saw(0);
    }
    check(held && told > 0, "a robust mutex of a thread that has ended is had with EOWNERDEAD");
    (void)run((struct trial){.body = destroy_locked, .schedules = 20});
    check(seen->done == 20 && seen->wrong == 0 && seen->reports == 20,
          "a locked mutex is not destroyed, and ThreadSanitizer says so");
    (void)run((struct trial){.body = unlock_foreign, .schedules = 20});
    check(seen->done == 20 && seen->wrong == 0 && seen->reports == 20,
          "a mutex unlocked by another thread is free, and ThreadSanitizer says so");
    check(holds(timed) && saw(0) > 0 && saw(1) > 0 && saw(2) > 0 && saw(3) > 0,
          "timed waits and locks time out, or not");
    check(holds_lazily(timed) && saw(0) > 0 && saw(1) == 0 && saw(2) > 0 && saw(3) == 0,
          "... and never while others can go on, when time is lazy");
    check(holds(certain) && holds_lazily(certain), "a wait that only time can end ends when it has come");
    return failures == 0 ? 0 : 1;
}
