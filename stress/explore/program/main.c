/* The program's first and last acts: main and the ways to exit, wrapped. */
#include "explore/core/sys.h"
#include "explore/program/server.h"
#include "explore/wraps/wrap.h"
#include "worker/crash.h"
#include "worker/hooks.h"
#include "worker/unwind.h"

#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

int __real_main(int count, char **arguments, char **environment);
TS_WRAP_EXPORT int __wrap_main(int count, char **arguments, char **environment);
_Noreturn void __real_exit(int code);
_Noreturn void __real__exit(int code);
_Noreturn void __real__Exit(int code);
TS_WRAP_EXPORT _Noreturn void __wrap_exit(int code);
TS_WRAP_EXPORT _Noreturn void __wrap__exit(int code);
TS_WRAP_EXPORT _Noreturn void __wrap__Exit(int code);

struct ts_board *ts_hooks_board;

static int32_t process; /* that runs the schedule */

static void keep_addresses(const struct ts_run_result *result)
{
    (void)result;
    ts_program_keep_maps();
}

static void on_crash(void)
{
    ts_sched_died();
    if (ts_program.arena->config.trace) {
        ts_program_keep_maps();
    }
}

static void finish(void)
{
    if (ts_self == NULL || ts_sys_getpid() != process) { /* of who has called vfork this is the memory */
        return;
    }
    if (ts_program.arena->config.trace) {
        ts_program_keep_maps();
    }
    ts_sched_exit();
}

/* What the program has forked is another process, with one thread: its calls are the real ones, and nothing
 * that it does is the schedule's, least of all its end. */
static void leave_to_parent(void)
{
    ts_self = NULL;
    ts_crash_on_record = NULL;
}

/* The first handler to be registered is the last to run: the program's own still run under the scheduler. */
__attribute__((constructor(101))) static void finish_last(void)
{
    atexit(finish);
    pthread_atfork(NULL, NULL, leave_to_parent);
}

/* The first thread has called pthread_exit: the process ends with the last thread, by exit. (ThreadSanitizer
 * has one of its own, which would keep the process for ever.) */
static void on_main_left(const bool *left)
{
    if (*left && ts_self != NULL) {
        ts_wrap_leave_first();
        __wrap_exit(0);
    }
}

int __wrap_main(int count, char **arguments, char **environment)
{
    if (!ts_program_open()) {
        return __real_main(count, arguments, environment);
    }
    ts_unwind_prepare(ts_program.board);
    ts_hooks_board = ts_program.board;
    ts_crash_install(ts_program.board);
    ts_crash_on_record = on_crash;
    ts_sched_on_fail = keep_addresses;
    ts_program_serve();
    process = ts_sys_getpid();
    ts_wrap_first_unwinds = true;
    __attribute__((cleanup(on_main_left))) bool left = true;
    int code = __real_main(count, arguments, environment);
    left = false;
    __wrap_exit(code);
}

void __wrap_exit(int code)
{
    if (ts_self != NULL) {
        ts_sched_point(ts_self, TS_OP_EXIT, NULL, false, TS_PC);
    }
    __real_exit(code);
}

void __wrap__exit(int code)
{
    finish();
    __real__exit(code);
}

void __wrap__Exit(int code)
{
    finish();
    __real__Exit(code);
}
