/*
 * Cancellation: a thread ends at each of the cancellation points, wherever it is cancelled, and nowhere else;
 * its clean-up handlers run, with the mutex of a wait held; what it was signalled is not lost.
 *
 * Prints a line for each check; exits with 1 when one failed.
 */
#include "explore/wraps/testing.h"

#include <fcntl.h>
#include <poll.h>
#include <semaphore.h>
#include <sys/eventfd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
static sem_t semaphore;
static int readable, cleaned, passed;
static pthread_key_t key;

static void clean(void *argument)
{
    (void)argument;
    cleaned++; /* one thread at a time has it, and join orders it */
}

/* The ways to wait for what never comes. */
static void wait_in(int way)
{
    struct pollfd fd = {.fd = readable, .events = POLLIN};
    struct timespec day = {86400, 0};
    uint64_t value;
    switch (way) {
    case 0:
        sem_wait(&semaphore);
        break;
    case 1:
        pthread_join(*(pthread_t *)pthread_getspecific(key), NULL);
        break;
    case 2:
        for (;;) {
            nanosleep(&day, NULL);
        }
    case 3:
        must(read(readable, &value, sizeof value) != sizeof value);
        break;
    case 4:
        poll(&fd, 1, -1);
        break;
    case 5:
        for (;;) {
            pthread_testcancel();
        }
    case 6:
        for (;;) {
            usleep(10);
        }
    default:
        for (;;) {
            sched_yield(); /* no cancellation point, */
            sleep(0);      /* and one */
        }
    }
}
#define WAYS 8

struct waiting {
    int way;
    pthread_t creator;
};

static void *wait_without_end(void *argument)
{
    struct waiting *waiting = argument;
    pthread_cleanup_push(clean, NULL);
    pthread_setspecific(key, &waiting->creator);
    wait_in(waiting->way);
    passed++;
    pthread_cleanup_pop(0);
    return NULL;
}

static void destroy(void *value)
{
    (void)value;
    cleaned += 10;
}

static void each_way_ends(void)
{
    cleaned = 0;
    passed = 0;
    sem_init(&semaphore, 0, 0);
    readable = eventfd(0, EFD_CLOEXEC);
    pthread_key_create(&key, destroy);
    for (int way = 0; way < WAYS; way++) {
        struct waiting waiting = {way, pthread_self()};
        pthread_t thread;
        void *value = NULL;
        pthread_create(&thread, NULL, wait_without_end, &waiting);
        must(pthread_cancel(thread) == 0);
        must(pthread_join(thread, &value) == 0 && value == PTHREAD_CANCELED);
    }
    must(passed == 0 && cleaned == WAYS * 11);
    pthread_key_delete(key);
    close(readable);
}

static void unlock(void *argument)
{
    must(pthread_mutex_trylock(&lock) != 0);
    pthread_mutex_unlock(argument);
}

static bool given;

static void *wait_for_given(void *argument)
{
    pthread_mutex_lock(&lock);
    pthread_cleanup_push(unlock, &lock);
    while (!given) {
        pthread_cond_wait(&condition, &lock);
    }
    given = false;
    pthread_cleanup_pop(1);
    return argument;
}

/* Of two who wait one is cancelled, and one thing is given: the other has it, or who was cancelled too late.
 */
static void signal_is_not_lost(void)
{
    pthread_t threads[2];
    void *values[2];
    given = false;
    for (int i = 0; i < 2; i++) {
        pthread_create(&threads[i], NULL, wait_for_given, NULL);
    }
    pthread_mutex_lock(&lock);
    given = true;
    pthread_cond_signal(&condition);
    pthread_mutex_unlock(&lock);
    pthread_cancel(threads[0]);
    pthread_join(threads[0], &values[0]);
    if (values[0] == PTHREAD_CANCELED) {
        see(0);
    } else {
        see(1);
        pthread_cancel(threads[1]);
    }
    pthread_join(threads[1], &values[1]);
    must(values[0] != PTHREAD_CANCELED || values[1] == NULL);
    must(pthread_mutex_trylock(&lock) == 0 && pthread_mutex_unlock(&lock) == 0);
}

static void *put_off(void *argument)
{
    int before = -1;
    must(pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &before) == 0 && before == PTHREAD_CANCEL_ENABLE);
    must(pthread_setcancelstate(7, NULL) != 0 && pthread_setcanceltype(7, NULL) != 0);
    sem_wait(&semaphore);
    pthread_testcancel();
    passed++;
    must(pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &before) == 0 && before == PTHREAD_CANCEL_DISABLE);
    pthread_mutex_lock(&lock); /* no cancellation point */
    passed++;
    pthread_mutex_unlock(&lock);
    pthread_testcancel();
    passed++;
    return argument;
}

static void disabled_is_put_off(void)
{
    pthread_t thread;
    void *value;
    passed = 0;
    sem_init(&semaphore, 0, 0);
    pthread_create(&thread, NULL, put_off, NULL);
    sleep(1);
    pthread_cancel(thread);
    sem_post(&semaphore);
    pthread_join(thread, &value);
    must(value == PTHREAD_CANCELED && passed == 2);
}

static void *cancel_itself(void *argument)
{
    pthread_cancel(pthread_self());
    passed++;
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
    passed++;
    return argument;
}

static void itself_and_late(void)
{
    pthread_t thread;
    void *value;
    passed = 0;
    pthread_create(&thread, NULL, cancel_itself, NULL);
    sleep(1);
    must(pthread_cancel(thread) == 0); /* it has ended */
    pthread_join(thread, &value);
    must(value == PTHREAD_CANCELED && passed == 1);
}

static void *spin(void *argument)
{
    for (;;) {
        sched_yield();
    }
    return argument;
}

static void never_comes_to_a_point(void)
{
    pthread_t thread;
    pthread_create(&thread, NULL, spin, NULL);
    pthread_cancel(thread);
    pthread_join(thread, NULL);
}

int main(void)
{
    check(holds(each_way_ends), "whoever waits at a cancellation point ends, by its handlers");
    check(holds(signal_is_not_lost) && saw(0) > 0 && saw(1) > 0,
          "a wait is cancelled with its mutex held, and takes no signal along");
    check(holds(disabled_is_put_off), "cancellation that is disabled is put off to the next point");
    check(holds(itself_and_late), "a thread cancels itself, and one that has ended is left alone");
    check(ends(never_comes_to_a_point, TS_RUN_LIVELOCK), "without a cancellation point a thread goes on");
    return failures == 0 ? 0 : 1;
}
