/*
 * Signals that threads send each other: who takes them, what they cut short, what gets lost.
 *
 * Prints a line for each check; exits with 1 when one failed.
 */
#include "explore/wraps/testing.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <setjmp.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/select.h>
#include <sys/time.h>

static _Atomic int flag;
static _Atomic int handled;
static pthread_t waiter;

static sigset_t set_of(int number)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, number);
    return set;
}

static void block(int number)
{
    sigset_t set = set_of(number);
    must(pthread_sigmask(SIG_BLOCK, &set, NULL) == 0);
}

static void begin(void)
{
    sigset_t none;
    sigemptyset(&none);
    must(pthread_sigmask(SIG_SETMASK, &none, NULL) == 0);
    atomic_store(&flag, 0);
    atomic_store(&handled, 0);
}

static void handle_by(int number, void (*handler)(int), int flags)
{
    struct sigaction action = {.sa_handler = handler, .sa_flags = flags};
    must(sigaction(number, &action, NULL) == 0);
}

/* Taken by who waits. */

static void *take_one(void *argument)
{
    sigset_t set = set_of(SIGUSR1);
    int number = 0;
    must(sigwait(&set, &number) == 0 && number == SIGUSR1);
    must(atomic_load(&flag) == 1);
    return argument;
}

static void send_to_thread(void)
{
    begin();
    block(SIGUSR1);
    pthread_create(&waiter, NULL, take_one, NULL);
    must(pthread_kill(waiter, 0) == 0);
    atomic_store(&flag, 1);
    must(pthread_kill(waiter, SIGUSR1) == 0);
    pthread_join(waiter, NULL);
}

static void send_to_process(void)
{
    sigset_t pending;
    pthread_t two[2];
    begin();
    block(SIGUSR1);
    atomic_store(&flag, 1);
    must(kill(getpid(), SIGUSR1) == 0);
    must(sigpending(&pending) == 0 && sigismember(&pending, SIGUSR1) == 1);
    pthread_create(&two[0], NULL, take_one, NULL);
    pthread_join(two[0], NULL);
    must(sigpending(&pending) == 0 && sigismember(&pending, SIGUSR1) == 0);
    pthread_create(&two[0], NULL, take_one, NULL);
    pthread_create(&two[1], NULL, take_one, NULL);
    must(kill(getpid(), SIGUSR1) == 0);
    sched_yield();
    must(kill(getpid(), SIGUSR1) == 0); /* it may be pending still, and then there is but one */
    must(pthread_kill(two[0], SIGUSR1) == 0 && pthread_kill(two[1], SIGUSR1) == 0);
    pthread_join(two[0], NULL);
    pthread_join(two[1], NULL);
}

static void queue_values(void)
{
    sigset_t set = set_of(SIGRTMIN);
    siginfo_t info;
    const struct timespec at_once = {0, 0}, a_while = {1, 0};
    begin();
    block(SIGRTMIN);
    must(sigtimedwait(&set, &info, &at_once) == -1 && errno == EAGAIN);
    must(sigtimedwait(&set, &info, &a_while) == -1 && errno == EAGAIN);
    for (int i = 1; i <= 3; i++) {
        must(sigqueue(getpid(), SIGRTMIN, (union sigval){.sival_int = i}) == 0);
    }
    for (int i = 1; i <= 3; i++) {
        must(sigwaitinfo(&set, &info) == SIGRTMIN && info.si_code == SI_QUEUE &&
             info.si_value.sival_int == i);
    }
    must(sigtimedwait(&set, NULL, &at_once) == -1 && errno == EAGAIN);
}

static void wait_for_nobody(void)
{
    begin();
    block(SIGUSR1);
    take_one(NULL);
}

/* Handled, by whom it is meant for. */

static void note(int number)
{
    int error = errno;
    must(number == SIGUSR1 && pthread_equal(pthread_self(), waiter));
    atomic_fetch_add(&handled, 1);
    errno = error;
}

static void *work(void *argument)
{
    for (int i = 0; i < 3; i++) {
        atomic_fetch_add(&flag, 1);
    }
    see(atomic_load(&handled) != 0 ? 1 : 2);
    while (atomic_load(&handled) == 0) {
    }
    return argument;
}

static void handle_in_thread(void)
{
    begin();
    handle_by(SIGUSR1, note, 0);
    pthread_create(&waiter, NULL, work, NULL);
    must(pthread_kill(waiter, SIGUSR1) == 0);
    pthread_join(waiter, NULL);
    must(atomic_load(&handled) == 1 && atomic_load(&flag) == 3);
}

static void handle_own(void)
{
    begin();
    handle_by(SIGUSR1, note, 0);
    waiter = pthread_self();
    must(raise(SIGUSR1) == 0 && atomic_load(&handled) == 1);
    must(kill(getpid(), SIGUSR1) == 0 && atomic_load(&handled) == 2);
    block(SIGUSR1);
    must(raise(SIGUSR1) == 0 && raise(SIGUSR1) == 0 && atomic_load(&handled) == 2);
    sigset_t set = set_of(SIGUSR1);
    must(pthread_sigmask(SIG_UNBLOCK, &set, NULL) == 0 && atomic_load(&handled) == 3);
    handle_by(SIGUSR1, SIG_IGN, 0);
    must(raise(SIGUSR1) == 0 && atomic_load(&handled) == 3);
}

static int *shared;

static void write_it(int number)
{
    *shared = number;
}

static void *spin_a_little(void *argument)
{
    while (atomic_load_explicit(&flag, memory_order_relaxed) == 0) {
    }
    return argument;
}

static void race_with_handler(void)
{
    begin();
    shared = malloc(sizeof *shared);
    handle_by(SIGUSR1, write_it, 0);
    pthread_create(&waiter, NULL, spin_a_little, NULL);
    must(pthread_kill(waiter, SIGUSR1) == 0);
    *shared = 1;
    atomic_store_explicit(&flag, 1, memory_order_relaxed);
    pthread_join(waiter, NULL);
    free(shared);
}

/* Cut short. */

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

/* Lost, or not. */

static void raise_flag(int number)
{
    must(number == SIGUSR1);
    atomic_store(&flag, 1);
}

static void *look_and_pause(void *argument)
{
    while (atomic_load(&flag) == 0) {
        pause();
    }
    return argument;
}

static void lose_it(void)
{
    begin();
    handle_by(SIGUSR1, raise_flag, 0);
    pthread_create(&waiter, NULL, look_and_pause, NULL);
    must(pthread_kill(waiter, SIGUSR1) == 0);
    pthread_join(waiter, NULL);
}

static void *look_and_suspend(void *argument)
{
    sigset_t none;
    sigemptyset(&none);
    while (atomic_load(&flag) == 0) {
        must(sigsuspend(&none) == -1 && errno == EINTR);
    }
    atomic_store(&flag, 0);
    atomic_store(&handled, 1);
    while (atomic_load(&flag) == 0) {
        must(pselect(0, NULL, NULL, NULL, NULL, &none) == -1 && errno == EINTR);
    }
    return argument;
}

static void keep_it(void)
{
    begin();
    block(SIGUSR1);
    handle_by(SIGUSR1, raise_flag, 0);
    pthread_create(&waiter, NULL, look_and_suspend, NULL);
    must(pthread_kill(waiter, SIGUSR1) == 0);
    while (atomic_load(&handled) == 0) {
    }
    must(pthread_kill(waiter, SIGUSR1) == 0);
    pthread_join(waiter, NULL);
}

/* SIGALRM comes in virtual time. */

static void tick(int number)
{
    must(number == SIGALRM);
    atomic_fetch_add(&handled, 1);
}

static void ring(void)
{
    sigset_t set = set_of(SIGALRM);
    int number = 0;
    begin();
    block(SIGALRM);
    must(alarm(100) == 0 && alarm(3600) == 100);
    time_t before = time(NULL);
    must(sigwait(&set, &number) == 0 && number == SIGALRM);
    must(time(NULL) - before == 3600 && alarm(0) == 0);
    must(pthread_sigmask(SIG_UNBLOCK, &set, NULL) == 0);
    handle_by(SIGALRM, tick, 0);
    const struct itimerval each = {.it_value = {0, 500000}, .it_interval = {1, 0}}, never = {{0, 0}, {0, 0}};
    struct itimerval was;
    must(setitimer(ITIMER_REAL, &each, NULL) == 0);
    for (int i = 0; i < 3; i++) {
        must(atomic_load(&handled) == i);
        must(sleep(100) > 90);
    }
    must(setitimer(ITIMER_REAL, &never, &was) == 0 && was.it_interval.tv_sec == 1 &&
         atomic_load(&handled) == 3);
}

static sigjmp_buf back;

static void jump_back(int number)
{
    must(number == SIGALRM);
    siglongjmp(back, 1);
}

/* As many have a call that blocks give up. */
static void jump_out(void)
{
    static _Atomic int rounds;
    begin();
    handle_by(SIGALRM, jump_back, 0);
    atomic_store(&rounds, 0);
    if (sigsetjmp(back, 1) != 0) {
        atomic_fetch_add(&rounds, 1);
    }
    if (atomic_load(&rounds) < 3) {
        alarm(1);
        pause();
        must(false);
    }
}

static void *lock_for_ever(void *argument)
{
    pthread_mutex_lock(&lock);
    pthread_mutex_lock(&lock);
    return argument;
}

static void watch_over_deadlock(void)
{
    begin();
    handle_by(SIGALRM, tick, 0);
    alarm(10);
    lock_for_ever(NULL);
}

int main(void)
{
    check(holds(send_to_thread), "a thread waits for a signal, and takes the one that is sent to it");
    check(holds(send_to_process), "a process's signal pends until one of those that wait takes it");
    check(holds(queue_values),
          "queued signals come in their order, with their values; waits have their time");
    check(run((struct trial){.body = wait_for_nobody, .schedules = 1}) == TS_RUN_REFUSED &&
              strstr(arena->result.text, "outside") != NULL,
          "waiting for what nobody here sends is told, and called no bug");
    check(holds(handle_in_thread), "a handler runs in the thread that is meant, whatever it does");
    (void)run((struct trial){.body = handle_in_thread, .schedules = 300});
    check(saw(1) > 0 && saw(2) > 0, "... early or late");
    check(holds(handle_own), "own signals come at once, or when they are no longer blocked");
    (void)run((struct trial){.body = race_with_handler, .schedules = 50});
    check(seen->done == 50 &&
              seen->reports >= 50, /* it then says that the handler spoils errno, which it did itself */
          "a race with a handler is reported in 50 of 50 schedules");
    check(holds(interrupt_sleep) && saw(1) > 0 && saw(0) > 0, "a sleep may be cut short");
    check(holds(interrupt_read_once) && saw(1) > 0 && saw(0) > 0, "... and so may reading");
    check(holds(restart_read) && saw(1) == 0, "... but not with SA_RESTART");
    check(holds(interrupt_others) && saw(0) > 0 && saw(1) > 0 && saw(2) > 0 && saw(3) > 0,
          "... and a semaphore, and poll");
    check(holds(disturb_waits), "conditions and barriers are not");
    check(ends(lose_it, TS_RUN_LOST_WAKEUP), "a signal between a look and a pause is lost");
    check(holds(keep_it), "... but not between a look and sigsuspend or pselect");
    check(holds(ring) && holds_lazily(ring), "alarms and timers ring in virtual time");
    check(holds(jump_out), "a handler may jump out of what it cut short, again and again");
    check(ends(watch_over_deadlock, TS_RUN_DEADLOCK), "an alarm is no way out of a deadlock");
    return failures == 0 ? 0 : 1;
}
