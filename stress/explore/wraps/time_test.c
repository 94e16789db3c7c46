/*
 * Virtual time over small bodies: what clocks show and sleeps return, in what order sleepers wake, and loops
 * that wait by the clock or by sleeping.
 *
 * Prints a line for each check; exits with 1 when one failed.
 */
#include "explore/wraps/testing.h"

#include <errno.h>
#include <sched.h>
#include <sys/time.h>
#include <time.h>

#define MS INT64_C(1000000)

static _Alignas(64) atomic_int flag;
static int value;

static int64_t now(clockid_t clock)
{
    struct timespec shown;
    must(clock_gettime(clock, &shown) == 0);
    must(shown.tv_nsec >= 0 && shown.tv_nsec < 1000000000);
    return shown.tv_sec * 1000 * MS + shown.tv_nsec;
}

static struct timespec at(int64_t ns)
{
    return (struct timespec){ns / (1000 * MS), ns % (1000 * MS)};
}

static void clocks(void)
{
    struct timespec shown;
    struct timeval day;
    time_t seconds;
    int64_t real = now(CLOCK_REALTIME), steady = now(CLOCK_MONOTONIC), mine = now(CLOCK_THREAD_CPUTIME_ID);
    must(real >= TS_VIRTUAL_EPOCH_NS && real < TS_VIRTUAL_EPOCH_NS + MS);
    must(steady >= TS_VIRTUAL_UPTIME_NS && steady < TS_VIRTUAL_UPTIME_NS + MS);
    must(mine > 0 && mine < MS);
    must(time(&seconds) == seconds && seconds == real / (1000 * MS));
    must(gettimeofday(&day, NULL) == 0 && day.tv_sec == seconds && day.tv_usec >= 0 && day.tv_usec < 1000);
    must(timespec_get(&shown, TIME_UTC) == TIME_UTC && shown.tv_sec == seconds);
    must(now(CLOCK_MONOTONIC_COARSE) > steady && now(CLOCK_BOOTTIME) > steady && now(CLOCK_TAI) > real);
    must(clock() >= 0 && clock() < CLOCKS_PER_SEC);
    must(clock_gettime(77, &shown) == -1 && errno == EINVAL);
}

/* Each sleeps for a second, and no more than a millisecond longer. */
static void sleeps(void)
{
    const struct timespec second = {1, 0}, bad = {0, 1000000000}, past = {-1, 0};
    struct timespec left = {5, 5};
    int64_t until = now(CLOCK_MONOTONIC);
    for (int i = 0; i < 6; i++) {
        struct timespec next = at(until + 1000 * MS), next_real = at(now(CLOCK_REALTIME) + 1000 * MS);
        switch (i) {
        case 0:
            must(sleep(1) == 0);
            break;
        case 1:
            must(usleep(1000000) == 0);
            break;
        case 2:
            must(nanosleep(&second, &left) == 0);
            break;
        case 3:
            must(clock_nanosleep(CLOCK_MONOTONIC, 0, &second, &left) == 0);
            break;
        case 4:
            must(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &next, &left) == 0);
            break;
        default:
            must(clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &next_real, NULL) == 0);
            break;
        }
        int64_t woken = now(CLOCK_MONOTONIC);
        must(woken >= until + 1000 * MS && woken < until + 1001 * MS);
        until = woken;
    }
    must(left.tv_sec == 5 && left.tv_nsec == 5);
    must(nanosleep(&bad, &left) == -1 && errno == EINVAL);
    must(nanosleep(&past, &left) == -1 && errno == EINVAL);
    must(clock_nanosleep(CLOCK_MONOTONIC, 0, &bad, NULL) == EINVAL);
    must(clock_nanosleep(CLOCK_THREAD_CPUTIME_ID, 0, &second, NULL) == EINVAL);
    must(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &second, NULL) == 0); /* long past */
    must(usleep(0) == 0 && sleep(0) == 0 && sched_yield() == 0);
    must(now(CLOCK_MONOTONIC) < until + MS);
}

static void *sleep_and_set(void *argument)
{
    usleep(1000 * (useconds_t)((uintptr_t)argument + 1));
    value = (int)(uintptr_t)argument; /* ordered by nothing but time */
    return argument;
}

static void *work(void *argument)
{
    for (int i = 0; i < 5; i++) {
        atomic_fetch_add_explicit(&flag, 1, memory_order_relaxed);
    }
    see(0);
    return argument;
}

static void sleep_for_order(void)
{
    pthread_t threads[3];
    for (uintptr_t i = 0; i < 3; i++) {
        pthread_create(&threads[i], NULL, i < 2 ? sleep_and_set : work, (void *)i);
    }
    for (uintptr_t i = 0; i < 3; i++) {
        pthread_join(threads[i], NULL);
    }
    see(1 + (unsigned)value);
}

/* Loops that wait for another thread, which has work to do first. */
static void *set_late(void *argument)
{
    for (int i = 0; i < 10; i++) {
        atomic_store_explicit(&flag, -i, memory_order_release);
    }
    value = 9;
    atomic_store_explicit(&flag, 1, memory_order_release);
    return argument;
}

static bool is_set(void)
{
    return atomic_load_explicit(&flag, memory_order_acquire) == 1;
}

static void *poll_asleep(void *argument)
{
    while (!is_set()) {
        usleep(100);
    }
    must(value == 9);
    return argument;
}

static void *poll_yielding(void *argument)
{
    while (!is_set()) {
        sched_yield();
    }
    must(value == 9);
    return argument;
}

static void *poll_the_clock(void *argument)
{
    int64_t until = now(CLOCK_MONOTONIC) + 1000 * MS;
    while (!is_set() && now(CLOCK_MONOTONIC) < until) {
    }
    return argument;
}

static void loops(void)
{
    atomic_init(&flag, 0);
    value = 0;
    TOGETHER(poll_asleep, poll_yielding, poll_the_clock, set_late);
}

/* Who has found the same often enough does not wake again and again meanwhile. */
static _Alignas(64) atomic_int elsewhere;

static void *work_long(void *argument)
{
    for (int i = 0; i < 300; i++) {
        atomic_fetch_add_explicit(&elsewhere, 1, memory_order_relaxed);
    }
    atomic_store_explicit(&flag, 1, memory_order_release);
    return argument;
}

static void *poll_seldom(void *argument)
{
    unsigned polls = 0;
    while (!is_set()) {
        usleep(100);
        polls++;
    }
    must(polls < 50);
    return argument;
}

static void long_work(void)
{
    atomic_init(&flag, 0);
    TOGETHER(work_long, poll_seldom);
}

/* A lock that is tried for a while, again and again, by whom priorities favour. */
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static void *lock_at_last(void *argument)
{
    struct timespec until = at(now(CLOCK_REALTIME) + MS);
    while (pthread_mutex_timedlock(&mutex, &until) != 0) {
        until = at(TS_VIRTUAL_EPOCH_NS + MS);
    }
    pthread_mutex_unlock(&mutex);
    return argument;
}

static void lock_in_a_loop(void)
{
    pthread_t thread;
    pthread_mutex_lock(&mutex);
    pthread_create(&thread, NULL, lock_at_last, NULL);
    (void)work_long(NULL);
    pthread_mutex_unlock(&mutex);
    pthread_join(thread, NULL);
}

/* Only time can end these. */
static void *watch_the_clock(void *argument)
{
    int64_t until = now(CLOCK_MONOTONIC) + 20 * MS;
    while (now(CLOCK_MONOTONIC) < until) {
    }
    return argument;
}

static void *watch_asleep(void *argument)
{
    int64_t until = now(CLOCK_REALTIME) + 20 * MS;
    while (now(CLOCK_REALTIME) < until) {
        usleep(1000);
    }
    return argument;
}

static void watches(void)
{
    TOGETHER(watch_the_clock, watch_asleep, watch_the_clock);
}

/* A loop that writes what is there already waits like any other. */
static void *write_the_same(void *argument)
{
    while (!is_set()) {
        atomic_store_explicit(&elsewhere, 1, memory_order_relaxed);
        sched_yield();
    }
    return argument;
}

static void *watch_and_set(void *argument)
{
    (void)watch_the_clock(NULL);
    atomic_store_explicit(&flag, 1, memory_order_release);
    return argument;
}

static void same_again(void)
{
    atomic_init(&flag, 0);
    atomic_init(&elsewhere, 1);
    TOGETHER(write_the_same, watch_and_set);
}

/* Who sleeps a little takes part again when that time has gone by, though others never rest. */
static void *sleep_a_little(void *argument)
{
    usleep(1);
    atomic_store_explicit(&flag, 1, memory_order_release);
    return argument;
}

static void *work_on(void *argument)
{
    while (!is_set()) {
        atomic_fetch_add_explicit(&elsewhere, 1, memory_order_relaxed);
    }
    return argument;
}

static void no_rest(void)
{
    atomic_init(&flag, 0);
    TOGETHER(work_on, sleep_a_little);
}

/* Loops with an end of their own may come to it while the other thread could go on. */
static void *set_it(void *argument)
{
    atomic_store_explicit(&flag, 1, memory_order_release);
    return argument;
}

static void *give_up_by_the_clock(void *argument)
{
    (void)poll_the_clock(NULL);
    see(is_set());
    return argument;
}

static void *give_up_after_sleeps(void *argument)
{
    for (int i = 0; i < 20 && !is_set(); i++) {
        usleep(100);
    }
    see(2 + is_set());
    return argument;
}

static void give_up(void)
{
    atomic_init(&flag, 0);
    TOGETHER(set_it, give_up_by_the_clock);
    atomic_init(&flag, 0);
    TOGETHER(set_it, give_up_after_sleeps);
}

static void *poll_for_ever(void *argument)
{
    while (!is_set()) {
        usleep(100);
    }
    return argument;
}

static void polls_for_ever(void)
{
    atomic_init(&flag, 0);
    TOGETHER(poll_for_ever, poll_for_ever);
}

static void sleep_for_ever(void)
{
    const struct timespec ever = {INT64_MAX, 0};
    nanosleep(&ever, NULL);
}

static void *read_it(void *argument)
{
    clock_gettime(CLOCK_REALTIME, argument);
    return argument;
}

static void read_into_the_same(void)
{
    pthread_t threads[2];
    struct timespec *place = malloc(sizeof *place);
    pthread_create(&threads[0], NULL, read_it, place);
    pthread_create(&threads[1], NULL, read_it, place);
    pthread_join(threads[0], NULL);
    pthread_join(threads[1], NULL);
    free(place);
}

int main(void)
{
    check(holds(clocks), "every clock shows virtual time");
    check(holds(sleeps), "sleeps of every kind last as long as they say, and return what they must");
    (void)run((struct trial){.body = sleep_for_order, .schedules = 300});
    check(seen->done == 300 && saw(1) > 0 && saw(2) > 0 && seen->reports > 0,
          "sleeping makes no order: the first may come last, and the race is reported");
    (void)run((struct trial){.body = sleep_for_order, .schedules = 300, .time = TS_TIME_LAZY});
    check(seen->done == 300 && saw(1) == 0 && saw(2) == 300,
          "... but when time is lazy the shorter sleep ends first");
    check(holds(loops) && holds_lazily(loops), "loops that yield, sleep or read the clock give way");
    check(holds(long_work), "who polls asleep is woken seldom while others work");
    check(holds(lock_in_a_loop), "locks that time out in a loop leave the turn to who holds them");
    check(holds(watches) && holds_lazily(watches), "time goes by for who waits for nothing else");
    check(holds(same_again) && holds_lazily(same_again), "writing the same again and again is no work");
    check(holds_in((struct trial){.body = give_up, .schedules = 300, .strategy = TS_STRATEGY_GATHER}) &&
              saw(0) > 0 && saw(1) > 0 && saw(2) > 0 && saw(3) > 0,
          "a loop on the clock, or with so many sleeps, may end before who could have gone on");
    check(holds_lazily(give_up) && saw(0) == 0 && saw(2) == 0, "... but not when time is lazy");
    check(holds_lazily(no_rest), "lazy time goes by while others work");
    check(ends(polls_for_ever, TS_RUN_LIVELOCK), "polling for what never comes is a livelock");
    check(ends(sleep_for_ever, TS_RUN_DEADLOCK), "sleeping for ever is a deadlock");
    check(races(read_into_the_same), "clocks read into the same memory are reported in 50 of 50 schedules");
    return failures == 0 ? 0 : 1;
}
