/*
 * What signals' handlers cut short, and what they do not.
 *
 * Prints a line for each check; exits with 1 when one failed.
 */
#include "explore/wraps/signals_testing.h"

#include <poll.h>
#include <semaphore.h>

static void *sleep_once(void *argument)
{
    struct timespec left = {0, 0};
    const struct timespec day = {86400, 0};
    int result = nanosleep(&day, &left);
    must(result == 0 || (errno == EINTR && left.tv_sec > 86000));
    see(result == 0 ? 0 : 1);
    return argument;
}

static void interrupt_sleep(void)
{
    begin();
    handle_by(SIGUSR1, note, SA_RESTART); /* a sleep is cut short all the same */
    pthread_create(&waiter, NULL, sleep_once, NULL);
    must(pthread_kill(waiter, SIGUSR1) == 0);
    pthread_join(waiter, NULL);
}

static int ends_of_pipe[2];
static sem_t semaphore;

static void *read_once(void *argument)
{
    char byte = 0;
    ssize_t size = read(ends_of_pipe[0], &byte, 1);
    must((size == 1 && byte == 'x') || (size == -1 && errno == EINTR));
    see(size == 1 ? 0 : 1);
    return argument;
}

static void interrupt_read(int flags)
{
    begin();
    must(pipe(ends_of_pipe) == 0);
    handle_by(SIGUSR1, note, flags);
    pthread_create(&waiter, NULL, read_once, NULL);
    must(pthread_kill(waiter, SIGUSR1) == 0);
    must(write(ends_of_pipe[1], "x", 1) == 1);
    pthread_join(waiter, NULL);
    must(atomic_load(&handled) == 1);
    close(ends_of_pipe[0]);
    close(ends_of_pipe[1]);
}

static void interrupt_read_once(void)
{
    interrupt_read(0);
}

static void restart_read(void)
{
    interrupt_read(SA_RESTART);
}

static void *take_and_poll(void *argument)
{
    int result = sem_wait(&semaphore);
    must(result == 0 || errno == EINTR);
    see(result == 0 ? 0 : 1);
    result = poll(NULL, 0, 1000);
    must(result == 0 || errno == EINTR);
    see(result == 0 ? 2 : 3);
    return argument;
}

static void interrupt_others(void)
{
    begin();
    sem_init(&semaphore, 0, 0);
    handle_by(SIGUSR1, note, 0);
    pthread_create(&waiter, NULL, take_and_poll, NULL);
    sem_post(&semaphore);
    must(pthread_kill(waiter, SIGUSR1) == 0);
    pthread_join(waiter, NULL);
    sem_destroy(&semaphore);
}

static void *find_and_wait(void *argument)
{
    struct pollfd ready = {.fd = ends_of_pipe[0], .events = POLLIN};
    must(poll(&ready, 1, -1) == 1);
    struct timespec until = in_ms(CLOCK_REALTIME, 1000);
    must(sem_timedwait(&semaphore, &until) == -1);
    see(errno == EINTR ? 1 : 0);
    return argument;
}

static void disturb_what_is_ready(void)
{
    begin();
    must(pipe(ends_of_pipe) == 0 && write(ends_of_pipe[1], "x", 1) == 1);
    sem_init(&semaphore, 0, 0);
    handle_by(SIGUSR1, note, SA_RESTART);
    pthread_create(&waiter, NULL, find_and_wait, NULL);
    must(pthread_kill(waiter, SIGUSR1) == 0);
    pthread_join(waiter, NULL);
    close(ends_of_pipe[0]);
    close(ends_of_pipe[1]);
}

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
static pthread_barrier_t barrier;

static void *wait_in_condition(void *argument)
{
    pthread_mutex_lock(&lock);
    while (atomic_load(&flag) == 0) {
        pthread_cond_wait(&condition, &lock);
    }
    pthread_mutex_unlock(&lock);
    pthread_barrier_wait(&barrier);
    must(atomic_load(&flag) == 2);
    return argument;
}

/* What no handler cuts short. */
static void disturb_waits(void)
{
    begin();
    pthread_barrier_init(&barrier, NULL, 2);
    handle_by(SIGUSR1, note, 0);
    pthread_create(&waiter, NULL, wait_in_condition, NULL);
    must(pthread_kill(waiter, SIGUSR1) == 0);
    pthread_mutex_lock(&lock);
    atomic_store(&flag, 1);
    pthread_cond_signal(&condition);
    pthread_mutex_unlock(&lock);
    must(pthread_kill(waiter, SIGUSR1) == 0);
    atomic_store(&flag, 2);
    pthread_barrier_wait(&barrier);
    pthread_join(waiter, NULL);
    must(atomic_load(&handled) >= 1);
    pthread_barrier_destroy(&barrier);
}

int main(void)
{
    check(holds(interrupt_sleep) && saw(1) > 0 && saw(0) > 0, "a sleep may be cut short");
    check(holds(interrupt_read_once) && saw(1) > 0 && saw(0) > 0, "... and so may reading");
    check(holds(restart_read) && saw(1) == 0, "... but not with SA_RESTART");
    check(holds(interrupt_others) && saw(0) > 0 && saw(1) > 0 && saw(2) > 0 && saw(3) > 0,
          "... and a semaphore, and poll");
    check(holds(disturb_what_is_ready) && saw(1) > 0 && saw(0) > 0,
          "what need not wait is not cut short, and what has a time is, with SA_RESTART, too");
    check(holds(disturb_waits), "conditions and barriers are not");
    return failures == 0 ? 0 : 1;
}
