/*
 * Signals that threads send each other: who takes them, what gets lost, alarms.
 *
 * Prints a line for each check; exits with 1 when one failed.
 */
#include "explore/wraps/signals_testing.h"

#include <setjmp.h>
#include <string.h>
#include <sys/select.h>
#include <sys/time.h>

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

static void wait_for_a_child(void)
{
    begin();
    handle_by(SIGCHLD, raise_flag, 0);
    handle_by(SIGUSR1, raise_flag, 0);
    must(raise(SIGUSR1) == 0);
    pause();
}

static void *take_queued(void *argument)
{
    sigset_t set = set_of(SIGRTMIN);
    must(sigwaitinfo(&set, NULL) == SIGRTMIN);
    return argument;
}

static void queue_for_two(void)
{
    begin();
    block(SIGRTMIN);
    must(kill(getpid(), 0) == 0);
    pthread_create(&waiter, NULL, take_queued, NULL);
    must(kill(getpid(), SIGRTMIN) == 0 && kill(getpid(), SIGRTMIN) == 0);
    TOGETHER(take_queued);
    pthread_join(waiter, NULL);
}

static int halves[32]; /* of nobody but one thread, and its handler */

static void look_at_halves(int number)
{
    see(number == SIGUSR1 && halves[0] != halves[31] ? 1 : 0);
}

static void *change_halves(void *argument)
{
    halves[0]++;
    halves[31]++;
    return argument;
}

static void tear(void)
{
    begin();
    handle_by(SIGUSR1, look_at_halves, 0);
    pthread_create(&waiter, NULL, change_halves, NULL);
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

static volatile sig_atomic_t ticks;

static void count_tick(int number)
{
    ticks += number == SIGALRM;
}

static void spin_for_ticks(void)
{
    sigset_t all, none;
    const struct itimerval each = {{0, 1000}, {0, 1000}};
    begin();
    ticks = 0;
    handle_by(SIGALRM, count_tick, 0);
    must(setitimer(ITIMER_REAL, &each, NULL) == 0);
    while (ticks < 3) {
    }
    alarm(0);
    sigfillset(&all);
    must(pthread_sigmask(SIG_SETMASK, &all, &none) == 0 && pthread_sigmask(SIG_SETMASK, NULL, &all) == 0);
    must(sigismember(&all, SIGKILL) == 0 && raise(SIGCHLD) == 0);
    alarm(1);
    must(sigsuspend(&none) == -1 && ticks == 4); /* that one is ignored does not end it */
}

static sigjmp_buf back;
static int ends_of_pipe[2];

static void jump_back(int number)
{
    must(number == SIGALRM);
    static unsigned jumps;
    if (jumps++ % 2 == 0) {
        longjmp(back, 1);
    }
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
        char byte;
        alarm(1);
        must(pipe(ends_of_pipe) == 0 && read(ends_of_pipe[0], &byte, 1) == 2);
    }
}

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

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
    check(ends(lose_it, TS_RUN_LOST_WAKEUP), "a signal between a look and a pause is lost");
    check(holds(keep_it), "... but not between a look and sigsuspend or pselect");
    check(run((struct trial){.body = wait_for_a_child, .schedules = 1}) == TS_RUN_REFUSED,
          "... and a child's end is not");
    check(holds(queue_for_two), "what one that waits has not taken is the other's");
    check(holds(tear) && saw(1) > 0, "a handler comes between plain writes to what it looks at");
    check(holds(spin_for_ticks), "a loop of one thread comes to its end by a handler");
    check(holds(ring) && holds_lazily(ring), "alarms and timers ring in virtual time");
    check(holds(jump_out), "a handler may jump out of what it cut short, again and again");
    check(ends(watch_over_deadlock, TS_RUN_DEADLOCK), "an alarm is no way out of a deadlock");
    return failures == 0 ? 0 : 1;
}
