/*
 * One thread of the program runs at a time, and threads wake each other all the time: on one processor that
 * costs a twentieth of what it costs on two. So the process of a schedule stays on the processor where it
 * begins. What the program asks about processors is answered as if it had been left alone.
 */
#include "explore/core/sys.h"
#include "explore/program/server.h"
#include "explore/wraps/wrap.h"

#include <pthread.h>
#include <sched.h>
#include <string.h>

TS_WRAPPED(int, sched_getaffinity, pid_t process, size_t size, cpu_set_t *set);
TS_WRAPPED(int, sched_setaffinity, pid_t process, size_t size, const cpu_set_t *set);
TS_WRAPPED(int, pthread_getaffinity_np, pthread_t thread, size_t size, cpu_set_t *set);
TS_WRAPPED(int, pthread_setaffinity_np, pthread_t thread, size_t size, const cpu_set_t *set);

static cpu_set_t ours; /* before it was bound to one */
static bool bound;     /* by us, and the program has not chosen since */

void ts_program_bind(void)
{
    cpu_set_t one;
    unsigned processor = 0; /* libc would ask the kernel's notes for the server's thread (rseq) */
    if (ts_sys4(SYS_getcpu, (long)(uintptr_t)&processor, 0, 0, 0) < 0 || processor >= CPU_SETSIZE ||
        ts_sys4(SYS_sched_getaffinity, 0, sizeof ours, (long)(uintptr_t)&ours, 0) < 0) {
        return;
    }
    CPU_ZERO(&one);
    CPU_SET(processor, &one);
    bound = ts_sys4(SYS_sched_setaffinity, 0, sizeof one, (long)(uintptr_t)&one, 0) == 0;
}

/* The set as it was, when it is to be told. */
static bool answer(size_t size, cpu_set_t *set)
{
    if (!bound || size > sizeof ours) {
        return false;
    }
    memcpy(set, &ours, size);
    return true;
}

int __wrap_sched_getaffinity(pid_t process, size_t size, cpu_set_t *set)
{
    return answer(size, set) ? 0 : __real_sched_getaffinity(process, size, set);
}

int __wrap_pthread_getaffinity_np(pthread_t thread, size_t size, cpu_set_t *set)
{
    return answer(size, set) ? 0 : __real_pthread_getaffinity_np(thread, size, set);
}

int __wrap_sched_setaffinity(pid_t process, size_t size, const cpu_set_t *set)
{
    bound = false;
    return __real_sched_setaffinity(process, size, set);
}

int __wrap_pthread_setaffinity_np(pthread_t thread, size_t size, const cpu_set_t *set)
{
    bound = false;
    return __real_pthread_setaffinity_np(thread, size, set);
}
