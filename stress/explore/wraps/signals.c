/*
 * Signals that the program sends to itself are noted before they are sent, and pass through: whether one that
 * ended it was its own or somebody else's is what the driver asks then (driver/judge.c).
 */
#include "explore/core/sys.h"
#include "explore/wraps/wrap.h"

#include <signal.h>

TS_WRAPPED(int, kill, pid_t process, int signal);
TS_WRAPPED(int, raise, int signal);
TS_WRAPPED(int, sigqueue, pid_t process, int signal, const union sigval value);

/* A group's signal may be its own, too. */
static void note(pid_t process, int signal)
{
    if (process <= 0 || process == ts_sys_getpid()) {
        ts_sched_signalled(signal);
    }
}

int __wrap_kill(pid_t process, int signal)
{
    note(process, signal);
    TS_TAIL return __real_kill(process, signal);
}

int __wrap_raise(int signal)
{
    ts_sched_signalled(signal);
    TS_TAIL return __real_raise(signal);
}

int __wrap_sigqueue(pid_t process, int signal, const union sigval value)
{
    note(process, signal);
    TS_TAIL return __real_sigqueue(process, signal, value);
}
