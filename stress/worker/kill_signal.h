/*
 * Signals that no mistake in code brings about: somebody sends them, to end a process. Faults, failed
 * assertions, broken pipes and a process's own timers have others.
 *
 * Threads: pure.
 */
#ifndef TS_WORKER_KILL_SIGNAL_H
#define TS_WORKER_KILL_SIGNAL_H

#include <signal.h>
#include <stdbool.h>

static inline bool ts_is_kill_signal(int number)
{
    return number == SIGKILL || number == SIGTERM || number == SIGINT || number == SIGHUP ||
           number == SIGQUIT || number == SIGUSR1 || number == SIGUSR2;
}

#endif
