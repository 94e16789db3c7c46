#include "explore/program/server.h"

#include "explore/control.h"
#include "explore/core/scheduler.h"
#include "explore/strategy/dfs.h"
#include "worker/board.h"

#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static struct {
    uint32_t reports; /* on the board when the schedule began */
    uint32_t violations;
} before;

static void quit(void)
{
    _exit(0);
}

static void tell(enum ts_explore_event_kind kind, int status, uint64_t number)
{
    struct ts_explore_event event = {.kind = kind, .status = status, .number = number};
    char reply = TS_EXPLORE_QUIT;
    ssize_t size = 0;
    do {
        size = write(ts_program.events, &event, sizeof event);
    } while (size < 0 && errno == EINTR);
    if (size != sizeof event) {
        quit();
    }
    do {
        size = read(ts_program.replies, &reply, 1);
    } while (size < 0 && errno == EINTR);
    if (size != 1 || reply == TS_EXPLORE_QUIT) {
        quit();
    }
}

static void refuse(const char *text)
{
    strncpy(ts_program.arena->result.text, text, sizeof ts_program.arena->result.text - 1);
    tell(TS_EXPLORE_REFUSED, 0, 0);
    quit();
}

static void note_board(void)
{
    const struct ts_board *board = ts_program.board;
    before.reports = atomic_load_explicit(&board->reports_ready, memory_order_acquire); /* READY acquire */
    /* Relaxed: written by a process that has ended. */
    before.violations = atomic_load_explicit(&board->violations_claimed, memory_order_relaxed);
}

static bool is_worth_a_look(int status)
{
    const struct ts_board *board = ts_program.board;
    const struct ts_arena *arena = ts_program.arena;
    bool ended_well = arena->result.end == TS_RUN_DONE || arena->result.end == TS_RUN_NONE;
    return status != 0 || !ended_well || arena->config.attend ||
           atomic_load_explicit(&board->reports_ready, memory_order_acquire) != before.reports ||
           /* Relaxed: as above. */
           atomic_load_explicit(&board->violations_claimed, memory_order_relaxed) != before.violations;
}

/* In the child: true when it is to go on with the schedule. */
static void begin(uint64_t number)
{
    struct ts_arena *arena = ts_program.arena;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    close(ts_program.replies);
    close(ts_program.events);
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

/* True in the child. */
static bool run(uint64_t number)
{
    struct ts_arena *arena = ts_program.arena;
    uint64_t exhausted = atomic_load_explicit(&arena->exhausted, memory_order_relaxed); /* as in begin */
    int status = 0;
    if (ts_program.capture >= 0 && ftruncate(ts_program.capture, 0) != 0) {
        refuse("its output cannot be captured");
    }
    arena->result.end = TS_RUN_NONE;
    arena->result.steps = 0;
    /* Relaxed: nobody runs yet. */
    atomic_store_explicit(&arena->phase, 0, memory_order_relaxed);
    atomic_store_explicit(&arena->step_now, 0, memory_order_relaxed);
    /* Not fork: its handlers, and those of the sanitizer's interceptor, cost more than it does. */
    pid_t process = _Fork();
    if (process < 0) {
        refuse("the system has no process for a schedule");
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
    if (is_worth_a_look(status)) {
        tell(TS_EXPLORE_ATTENTION, status, number);
        note_board();
    }
    return false;
}

/* An exhaustive search that lost its way has no further schedule either, and has not run all. */
static bool has_run_all(const struct ts_arena *arena, uint32_t which)
{
    const struct ts_dfs_progress *progress = (const void *)arena->strategy_state[which];
    return arena->config.strategy[which].id == TS_STRATEGY_DFS && progress->complete;
}

/* Nothing is left: each strategy has had its schedules, or one of them has run all that there are. */
static bool is_exhausted(const struct ts_arena *arena, uint64_t exhausted)
{
    bool all = true, complete = false;
    for (uint32_t i = 0; i < arena->config.strategies; i++) {
        bool bit = (exhausted >> i & 1) != 0;
        all = all && bit;
        complete = complete || (bit && has_run_all(arena, i));
    }
    return all || complete;
}

/* True in the child. */
static bool run_all(void)
{
    struct ts_arena *arena = ts_program.arena;
    uint64_t end = arena->config.first + arena->config.count, number = arena->config.first;
    note_board();
    for (; number < end && atomic_load_explicit(&arena->stop, memory_order_relaxed) == 0; number++) {
        uint64_t exhausted = atomic_load_explicit(&arena->exhausted, memory_order_relaxed);
        if (!arena->config.replay && is_exhausted(arena, exhausted)) {
            break;
        }
        bool skip = !arena->config.replay && (exhausted >> (number % arena->config.strategies) & 1) != 0;
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

/*
 * The sanitizer's lock graph clears two megabytes at the first lock of a process. Done here once, every
 * schedule has them as they are, and does not copy 500 pages to clear them again.
 */
static void warm_up(void)
{
    pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    pthread_mutex_lock(&mutex);
    pthread_mutex_unlock(&mutex);
    pthread_mutex_destroy(&mutex);
}

void ts_program_serve(void)
{
    if (ts_program.events < 0) {
        if (!ts_sched_begin(ts_program.arena, ts_program.arena->config.first, false)) {
            _exit(TS_EXPLORE_EXIT);
        }
        return;
    }
    if (count_threads() > 1) {
        refuse("it has threads before main begins, which no fork can copy");
    }
    warm_up();
    tell(TS_EXPLORE_IDLE, 0, 0);
    do {
        if (ts_handoff_choose((enum ts_handoff_kind)ts_program.arena->config.handoff) == NULL) {
            refuse("this machine cannot hand over in the way that was asked for");
        }
    } while (!run_all());
}
