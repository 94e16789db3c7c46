/*
 * C11's threads under the scheduler: a kept lock, waits with and without time, once, specific values,
 * results.
 *
 * Prints a line for each check; exits with 1 when one failed.
 */
#include "explore/wraps/testing.h"

#include <threads.h>
#include <time.h>

static mtx_t mutex;
static cnd_t condition;
static once_flag once;
static tss_t key;
static int value, made, dropped;

static void make(void)
{
    made++;
    mtx_init(&mutex, mtx_plain);
    cnd_init(&condition);
}

static void drop(void *specific)
{
    (void)specific;
    mtx_lock(&mutex);
    dropped++;
    mtx_unlock(&mutex);
}

static void begin(void)
{
    once = (once_flag)ONCE_FLAG_INIT;
    value = made = dropped = 0;
    call_once(&once, make);
    must(tss_create(&key, drop) == thrd_success);
}

static int add(void *argument)
{
    call_once(&once, make);
    must(tss_set(key, argument) == thrd_success);
    must(mtx_lock(&mutex) == thrd_success);
    int before = value;
    thrd_yield();
    value = before + 1;
    cnd_broadcast(&condition);
    must(mtx_unlock(&mutex) == thrd_success);
    if (before == 0) {
        thrd_exit(40);
    }
    return 41;
}

static void add_up(void)
{
    thrd_t threads[3];
    int results[3], sum = 0;
    begin();
    for (int i = 0; i < 3; i++) {
        must(thrd_create(&threads[i], add, &results[i]) == thrd_success);
    }
    mtx_lock(&mutex);
    while (value < 3) {
        cnd_wait(&condition, &mutex);
    }
    mtx_unlock(&mutex);
    for (int i = 0; i < 3; i++) {
        must(thrd_join(threads[i], &results[i]) == thrd_success);
        sum += results[i];
    }
    must(sum == 40 + 41 + 41 && made == 1 && dropped == 3);
    tss_delete(key);
    cnd_destroy(&condition);
    mtx_destroy(&mutex);
}

static int hold(void *argument)
{
    struct timespec pause = {0, 1000000};
    mtx_lock(&mutex);
    must(thrd_sleep(&pause, NULL) == 0);
    mtx_unlock(&mutex);
    return argument != NULL;
}

/* 0, 1: a lock that was tried is free, or not; 2, 3: a timed one; 4: a wait that nobody ends. */
static void tried(void)
{
    thrd_t thread;
    struct timespec until = in_ms(CLOCK_REALTIME, 1);
    begin();
    thrd_create(&thread, hold, NULL);
    int result = mtx_trylock(&mutex);
    must(result == thrd_success || result == thrd_busy);
    see(result == thrd_success ? 0 : 1);
    if (result == thrd_success) {
        mtx_unlock(&mutex);
    }
    result = mtx_timedlock(&mutex, &until);
    must(result == thrd_success || result == thrd_timedout);
    see(result == thrd_success ? 2 : 3);
    if (result == thrd_success) {
        must(cnd_timedwait(&condition, &mutex, &until) == thrd_timedout);
        see(4);
        mtx_unlock(&mutex);
    }
    thrd_join(thread, NULL);
}

static int one_way(void *argument)
{
    mtx_t *locks = argument;
    mtx_lock(&locks[0]);
    mtx_lock(&locks[1]);
    mtx_unlock(&locks[1]);
    mtx_unlock(&locks[0]);
    return 0;
}

static void crossed(void)
{
    static mtx_t locks[2];
    thrd_t thread;
    mtx_init(&locks[0], mtx_plain | mtx_recursive);
    mtx_init(&locks[1], mtx_timed);
    thrd_create(&thread, one_way, locks);
    mtx_lock(&locks[1]);
    mtx_lock(&locks[0]);
    must(mtx_lock(&locks[0]) == thrd_success); /* recursive */
    mtx_unlock(&locks[0]);
    mtx_unlock(&locks[0]);
    mtx_unlock(&locks[1]);
    thrd_join(thread, NULL);
}

static int add_bare(void *argument)
{
    ++*(int *)argument;
    return 0;
}

static void unlocked(void)
{
    static int shared;
    thrd_t threads[2];
    thrd_create(&threads[0], add_bare, &shared);
    thrd_create(&threads[1], add_bare, &shared);
    thrd_join(threads[0], NULL);
    thrd_join(threads[1], NULL);
}

int main(void)
{
    check(holds(add_up), "locks, waits, once, specific values and results of C11's threads");
    check(holds(tried) && saw(0) > 0 && saw(1) > 0 && saw(2) > 0 && saw(3) > 0 && saw(4) > 0,
          "locks that are tried or timed, and timed waits");
    check(ends(crossed, TS_RUN_DEADLOCK), "locks crossed are a deadlock");
    check(races(unlocked), "ThreadSanitizer sees a race between C11's threads");
    return failures == 0 ? 0 : 1;
}
