/*
 * A program that hangs in one known way, for the tests of hang/hang.h: hang_subject CASE.
 *
 * It writes "hanging" on its standard output when all threads are on their way into the hang; nothing after
 * that can undo it. Each stage before the hang spins instead of blocking, so that a blocked thread is a hung
 * one.
 */
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#define CYCLE_MAX 3

static pthread_mutex_t mutexes[CYCLE_MAX] = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER,
                                             PTHREAD_MUTEX_INITIALIZER};
static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
static atomic_int arrived; /* relaxed: it orders nothing, the mutexes do */
static atomic_bool never;  /* relaxed: nobody sets it */
static int cycle_length;

static void arrive_and_await(int count)
{
    atomic_fetch_add_explicit(&arrived, 1, memory_order_relaxed);
    while (atomic_load_explicit(&arrived, memory_order_relaxed) < count) {
        sched_yield();
    }
}

static void start(pthread_t *thread, const char *name, void *(*body)(void *), void *argument)
{
    if (pthread_create(thread, NULL, body, argument) != 0) {
        exit(2);
    }
    pthread_setname_np(*thread, name);
}

static void say_hanging(void)
{
    puts("hanging");
    fflush(stdout);
}

static void join_for_ever(pthread_t thread)
{
    say_hanging();
    pthread_join(thread, NULL);
}

static void *lock_in_a_ring(void *argument)
{
    int index = (int)(intptr_t)argument;
    pthread_mutex_lock(&mutexes[index]);
    arrive_and_await(cycle_length);
    pthread_mutex_lock(&mutexes[(index + 1) % cycle_length]);
    return NULL;
}

static void deadlock(int count)
{
    static const char *const names[CYCLE_MAX] = {"alpha", "beta", "gamma"};
    pthread_t threads[CYCLE_MAX];
    cycle_length = count;
    for (int i = 0; i < count; i++) {
        start(&threads[i], names[i], lock_in_a_ring, (void *)(intptr_t)i);
    }
    join_for_ever(threads[0]);
}

static void wait_for_ever(void)
{
    pthread_mutex_lock(&mutexes[0]);
    say_hanging();
    while (!atomic_load_explicit(&never, memory_order_relaxed)) {
        pthread_cond_wait(&condition, &mutexes[0]);
    }
    pthread_mutex_unlock(&mutexes[0]);
}

static void *sleep_with_mutex(void *argument)
{
    (void)argument;
    pthread_mutex_lock(&mutexes[0]);
    arrive_and_await(1);
    struct timespec hour = {.tv_sec = 3600};
    nanosleep(&hour, NULL);
    return NULL;
}

static void *want_mutex(void *argument)
{
    (void)argument;
    pthread_mutex_lock(&mutexes[0]);
    return NULL;
}

static void join_chain(void)
{
    pthread_t sleeper, waiter;
    start(&sleeper, "sleeper", sleep_with_mutex, NULL);
    while (atomic_load_explicit(&arrived, memory_order_relaxed) == 0) {
        sched_yield();
    }
    start(&waiter, "waiter", want_mutex, NULL);
    join_for_ever(waiter);
}

static void *sleep_as_writer(void *argument)
{
    pthread_rwlock_wrlock(&rwlock);
    return sleep_with_mutex(argument);
}

static void want_to_read(void)
{
    pthread_t writer;
    start(&writer, "writer", sleep_as_writer, NULL);
    while (atomic_load_explicit(&arrived, memory_order_relaxed) == 0) {
        sched_yield();
    }
    say_hanging();
    pthread_rwlock_rdlock(&rwlock);
}

static void *spin_on_flag(void *argument)
{
    (void)argument;
    while (!atomic_load_explicit(&never, memory_order_relaxed)) {
    }
    return NULL;
}

static void spin(void)
{
    pthread_t spinner;
    start(&spinner, "spinner", spin_on_flag, NULL);
    join_for_ever(spinner);
}

/* Threads of the idle class beside a busy one on a single processor: they are runnable and hardly ever run.
 */
static void starve(void)
{
    pthread_t starved[2], busy;
    cpu_set_t allowed, one;
    CPU_ZERO(&one);
    if (sched_getaffinity(0, sizeof allowed, &allowed) != 0) {
        exit(2);
    }
    for (size_t cpu = 0; cpu < CPU_SETSIZE && CPU_COUNT(&one) == 0; cpu++) {
        if (CPU_ISSET(cpu, &allowed)) {
            CPU_SET(cpu, &one);
        }
    }
    start(&busy, "busy", spin_on_flag, NULL);
    pthread_setaffinity_np(busy, sizeof one, &one);
    for (int i = 0; i < 2; i++) {
        struct sched_param none = {0};
        start(&starved[i], "starved", spin_on_flag, NULL);
        if (pthread_setschedparam(starved[i], SCHED_IDLE, &none) != 0 ||
            pthread_setaffinity_np(starved[i], sizeof one, &one) != 0) {
            exit(2);
        }
    }
    join_for_ever(starved[0]);
}

static void *take_turns(void *argument)
{
    (void)argument;
    while (!atomic_load_explicit(&never, memory_order_relaxed)) {
        pthread_mutex_lock(&mutexes[0]);
        pthread_mutex_lock(&mutexes[1]);
        sched_yield();
        pthread_mutex_unlock(&mutexes[1]);
        pthread_mutex_unlock(&mutexes[0]);
    }
    return NULL;
}

/* The clean twin of the deadlocks: the same mutexes, always contended, in one order. */
static void contend(void)
{
    pthread_t threads[2];
    start(&threads[0], "busy", take_turns, NULL);
    start(&threads[1], "busy", take_turns, NULL);
    join_for_ever(threads[0]);
}

static void read_event(void)
{
    uint64_t value;
    int event = eventfd(0, EFD_CLOEXEC);
    say_hanging();
    if (read(event, &value, sizeof value) < 0) {
        exit(2);
    }
}

static void lock_twice(void)
{
    pthread_mutex_lock(&mutexes[0]);
    say_hanging();
    pthread_mutex_lock(&mutexes[0]);
}

int main(int argc, char **argv)
{
    const char *name = argc == 2 ? argv[1] : "";
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    /* gdb is no ancestor of ours; a machine with ptrace_scope 1 would refuse it. */
    prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY);
    if (strcmp(name, "deadlock2") == 0) {
        deadlock(2);
    } else if (strcmp(name, "deadlock3") == 0) {
        deadlock(3);
    } else if (strcmp(name, "lock-twice") == 0) {
        lock_twice();
    } else if (strcmp(name, "condvar") == 0) {
        wait_for_ever();
    } else if (strcmp(name, "join-chain") == 0) {
        join_chain();
    } else if (strcmp(name, "rwlock") == 0) {
        want_to_read();
    } else if (strcmp(name, "spin") == 0) {
        spin();
    } else if (strcmp(name, "starve") == 0) {
        starve();
    } else if (strcmp(name, "contend") == 0) {
        contend();
    } else if (strcmp(name, "eventfd") == 0) {
        read_event();
    }
    return 2;
}
