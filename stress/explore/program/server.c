#include "explore/program/server.h"

#include "explore/control.h"
#include "explore/core/mix.h"
#include "explore/core/scheduler.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* In the child: true when it is to go on with the schedule. */
static void begin(uint64_t number)
{
    struct ts_arena *arena = ts_program.arena;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    close(ts_program.replies);
    close(ts_program.events);
    ts_program_bind();
    if (!ts_sched_begin(arena, number, false)) {
        _exit(0);
    }
}

/* Counts a schedule that its process could not count. */
static void count_death(struct ts_arena *arena)
{
    if (atomic_load_explicit(&arena->phase, memory_order_acquire) == 0) { /* pairs with the scheduler's end */
        return;
    }
    /* Relaxed: progress to look at; one writer. */
    atomic_fetch_add_explicit(&arena->schedules, 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&arena->steps, arena->result.steps, memory_order_relaxed);
}

/* What the schedule before has written is gone. To shorten a file that is empty costs as much as any other.
 */
static bool empty_capture(void)
{
    struct stat status;
    return ts_program.capture < 0 || (fstat(ts_program.capture, &status) == 0 &&
                                      (status.st_size == 0 || ftruncate(ts_program.capture, 0) == 0));
}

/* True in the child. */
static bool run(uint64_t number)
{
    struct ts_arena *arena = ts_program.arena;
    uint64_t exhausted = atomic_load_explicit(&arena->exhausted, memory_order_relaxed); /* as in begin */
    int status = 0;
    if (!empty_capture()) {
        ts_program_refuse("its output cannot be captured");
    }
    arena->result.end = TS_RUN_NONE;
    arena->result.steps = 0;
    arena->result.signal = 0;
    /* Relaxed: nobody runs yet. */
    atomic_store_explicit(&arena->phase, 0, memory_order_relaxed);
    atomic_store_explicit(&arena->step_now, 0, memory_order_relaxed);
    /* Not fork: its handlers, and those of the sanitizer's interceptor, cost more than it does. */
    pid_t process = _Fork();
    if (process < 0) {
        ts_program_refuse("the system has no process for a schedule");
    }
    if (process == 0) {
        begin(number);
        return true;
    }
    atomic_store_explicit(&arena->process, process, memory_order_relaxed); /* for the driver's watchdog */
    while (waitpid(process, &status, 0) < 0 && errno == EINTR) {
    }
    atomic_store_explicit(&arena->process, 0, memory_order_relaxed);
    if (atomic_load_explicit(&arena->exhausted, memory_order_relaxed) != exhausted) {
        return false;
    }
    count_death(arena);
    if (ts_program_is_worth_a_look(status)) {
        ts_program_tell(TS_EXPLORE_ATTENTION, status, number);
        ts_program_note_board();
    }
    return false;
}

/* True in the child. */
static bool run_all(void)
{
    struct ts_arena *arena = ts_program.arena;
    uint64_t end = arena->config.first + arena->config.count, number = arena->config.first;
    ts_program_note_board();
    for (; number < end && atomic_load_explicit(&arena->stop, memory_order_relaxed) == 0; number++) {
        uint64_t exhausted = atomic_load_explicit(&arena->exhausted, memory_order_relaxed);
        if (!arena->config.replay && ts_program_is_exhausted(arena, exhausted)) {
            break;
        }
        bool skip = !arena->config.replay && (exhausted >> ts_mix_whose(arena, number) & 1) != 0;
        if (!skip && run(number)) {
            return true;
        }
    }
    ts_program_tell(TS_EXPLORE_IDLE, 0, number);
    return false;
}

static unsigned count_threads(void)
{
    unsigned count = 0;
    DIR *tasks = opendir("/proc/self/task");
    for (const struct dirent *task; tasks != NULL && (task = readdir(tasks)) != NULL;) {
        count += task->d_name[0] != '.';
    }
    if (tasks != NULL) {
        closedir(tasks);
    }
    return count;
}

void ts_program_serve(void)
{
    if (ts_program.events < 0) {
        ts_program_bind();
        if (!ts_sched_begin(ts_program.arena, ts_program.arena->config.first, false)) {
            _exit(TS_EXPLORE_EXIT);
        }
        return;
    }
    if (count_threads() > 1) {
        ts_program_refuse("it has threads before main begins, which no fork can copy");
    }
    ts_program_warm();
    ts_program_tell(TS_EXPLORE_IDLE, 0, 0);
    do {
        if (ts_handoff_choose((enum ts_handoff_kind)ts_program.arena->config.handoff) == NULL) {
            ts_program_refuse("this machine cannot hand over in the way that was asked for");
        }
    } while (!run_all());
}
