#include "explore/program/server.h"

#include "explore/control.h"
#include "explore/core/mix.h"
#include "explore/core/scheduler.h"
#include "explore/core/sys.h"
#include "explore/program/image.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

/* What the server in whose memory schedules run tells the one that waits for it. */
static struct {
    uint64_t next; /* the schedule that has begun, or is to begin */
    bool talks;    /* the driver has an event of its, or owes it a reply */
} *shared;

static bool in_memory; /* this process is that server */

#define GIVES_UP 77 /* its exit code: the memory cannot be put back */

/* In a schedule's process. */
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
    if (!arena->config.replay && arena->result.class_hash != 0) { /* it could say how far it came */
        (void)ts_mix_count(arena, arena->result.class_hash);
    }
}

/* What the schedule before has written is gone. To shorten a file that is empty costs as much as any other.
 */
static bool empty_capture(void)
{
    struct stat status;
    return ts_program.capture < 0 ||
           (ts_sys4(SYS_fstat, ts_program.capture, (long)(uintptr_t)&status, 0, 0) == 0 &&
            (status.st_size == 0 || ts_sys4(SYS_ftruncate, ts_program.capture, 0, 0, 0) == 0));
}

static int wait_for(pid_t process)
{
    int status = 0;
    while (ts_sys4(SYS_wait4, process, (long)(uintptr_t)&status, 0, 0) == -EINTR) {
    }
    return status;
}

static _Noreturn void give_up(uint64_t next)
{
    shared->next = next;
    for (;;) {
        ts_sys4(SYS_exit_group, GIVES_UP, 0, 0, 0);
    }
}

/* Who takes over must know whether the driver waits for schedules or for nothing. */
static void tell(enum ts_explore_event_kind kind, int status, uint64_t number)
{
    if (shared != NULL) {
        shared->talks = true;
    }
    ts_program_tell(kind, status, number);
    if (shared != NULL) {
        shared->talks = false;
    }
}

/* True in the schedule's process, when that is a fork. */
static bool run(uint64_t number)
{
    struct ts_arena *arena = ts_program.arena;
    uint64_t exhausted = atomic_load_explicit(&arena->exhausted, memory_order_relaxed); /* as in begin */
    struct ts_program_seen seen = ts_program_see_board();
    bool restored = true;
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
    pid_t process = in_memory ? ts_image_begin() : _Fork();
    if (process < 0) {
        ts_program_refuse("the system has no process for a schedule");
    }
    if (process == 0) {
        begin(number);
        return true;
    }
    atomic_store_explicit(&arena->process, process, memory_order_relaxed); /* for the driver's watchdog */
    int status = wait_for(process);
    if (in_memory) {
        restored = ts_image_restore();
    }
    atomic_store_explicit(&arena->process, 0, memory_order_relaxed);
    if (atomic_load_explicit(&arena->exhausted, memory_order_relaxed) == exhausted) {
        count_death(arena);
        if (ts_program_is_worth_a_look(status, seen)) {
            tell(TS_EXPLORE_ATTENTION, status, number);
        }
    }
    if (!restored) {
        give_up(number + 1);
    }
    return false;
}

/* The schedules that the driver has asked for, those before `number` apart. True in a schedule's process. */
static bool run_all(uint64_t number)
{
    struct ts_arena *arena = ts_program.arena;
    uint64_t end = arena->config.first + arena->config.count;
    for (; number < end && atomic_load_explicit(&arena->stop, memory_order_relaxed) == 0; number++) {
        uint64_t exhausted = atomic_load_explicit(&arena->exhausted, memory_order_relaxed);
        if (!arena->config.replay && ts_program_is_exhausted(arena, exhausted)) {
            break;
        }
        if (shared != NULL) {
            shared->next = number;
        }
        bool skip = !arena->config.replay && (exhausted >> ts_mix_whose(arena, number) & 1) != 0;
        if (!skip && run(number)) {
            return true;
        }
    }
    tell(TS_EXPLORE_IDLE, 0, number);
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

/* Asked anew each time: nothing is kept of it but in the schedule's process. */
static void choose(void)
{
    if (ts_handoff_choose((enum ts_handoff_kind)ts_program.arena->config.handoff) == NULL) {
        ts_program_refuse("this machine cannot hand over in the way that was asked for");
    }
}

/* On a stack of its own. */
static void serve_in_memory(void)
{
    if (!ts_image_take()) {
        give_up(ts_program.arena->config.first);
    }
    for (;;) {
        (void)run_all(ts_program.arena->config.first);
        choose();
    }
}

/* Serves in a process of its own, so that this one can go on when that one cannot. True in a schedule's
 * process; false when the schedules from shared->next on are left to do. */
static bool is_schedule_in_memory(void)
{
    shared->next = ts_program.arena->config.first;
    pid_t process = _Fork();
    if (process == 0) {
        in_memory = true;
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        ts_image_run(serve_in_memory);
        begin(shared->next);
        return true;
    }
    int status = process > 0 ? wait_for(process) : -1;
    if (status == 0) {
        _exit(0); /* the driver wants no more */
    }
    if (process > 0 && shared->talks) {
        /* Killed in the midst of an exchange that nobody can go on with: so is this one, and the driver
         * starts anew. */
        ts_sys4(SYS_kill, ts_sys_getpid(), SIGKILL, 0, 0);
    }
    return false;
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
    choose();
    if (!ts_program.arena->config.fork && ts_image_open()) {
        void *memory = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        shared = memory != MAP_FAILED ? memory : NULL;
    }
    uint64_t number = ts_program.arena->config.first;
    if (shared != NULL) {
        if (is_schedule_in_memory()) {
            return;
        }
        number = shared->next;
    }
    while (!run_all(number)) {
        choose();
        number = ts_program.arena->config.first;
    }
}
