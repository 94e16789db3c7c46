/* What tests of signals share: one thread, whom they are sent to, and its handler. */
#ifndef TS_EXPLORE_WRAPS_SIGNALS_TESTING_H
#define TS_EXPLORE_WRAPS_SIGNALS_TESTING_H

#include "explore/wraps/testing.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>

static _Atomic int flag;
static _Atomic int handled;
static pthread_t waiter;

static inline sigset_t set_of(int number)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, number);
    return set;
}

static inline void block(int number)
{
    sigset_t set = set_of(number);
    must(pthread_sigmask(SIG_BLOCK, &set, NULL) == 0);
}

static inline void begin(void)
{
    sigset_t none;
    sigemptyset(&none);
    must(pthread_sigmask(SIG_SETMASK, &none, NULL) == 0);
    atomic_store(&flag, 0);
    atomic_store(&handled, 0);
}

static inline void handle_by(int number, void (*handler)(int), int flags)
{
    struct sigaction action = {.sa_handler = handler, .sa_flags = flags};
    must(sigaction(number, &action, NULL) == 0);
}

static inline void note(int number)
{
    int error = errno;
    must(number == SIGUSR1 && pthread_equal(pthread_self(), waiter));
    atomic_fetch_add(&handled, 1);
    errno = error;
}

#endif
