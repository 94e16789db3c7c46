/*
 * The watchdog: a schedule that reaches no point any more is looked at from outside.
 *
 * What blocks in the kernel blocks everybody, since only one thread runs: it is named and ended. What
 * computes is left alone, until it has used so much processor time that no reader would wait for it.
 */
#include "explore/driver/state.h"

#include "base/clock.h"
#include "explore/driver/family.h"
#include "finding/finding_build.h"
#include "finding/frame.h"
#include "hang/hang.h"

#include <linux/futex.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>

#define STILL_DEFAULT_MS INT64_C(1000)
#define STOP_GRACE_MS    INT64_C(2000)        /* for a schedule that is under way when the search is to end */
#define LEAVING_MS       INT64_C(10000)       /* for what comes behind the schedule's end */
#define COMPUTES_NS      INT64_C(30000000000) /* of processor time without a point */
#define BETWEEN_LOOKS_NS 100000000L
#define ANALYSED_MAX     5u /* the debugger takes its time, and the next one is mostly the same */

static pid_t subject(const struct ts_driver *driver)
{
    /* Relaxed: a number to look for in /proc. */
    int32_t process = atomic_load_explicit(&driver->arena->process, memory_order_relaxed);
    return process != 0 ? process : driver->process;
}

/* Whether the schedule has reached points since the last look; begins to wait anew if so. */
static bool has_moved(struct ts_driver *driver)
{
    const struct ts_arena *arena = driver->arena;
    /* Relaxed: progress to look at. */
    uint64_t schedule = atomic_load_explicit(&arena->schedules, memory_order_relaxed);
    uint64_t step = atomic_load_explicit(&arena->step_now, memory_order_relaxed);
    pid_t process = subject(driver);
    bool moved =
        schedule != driver->seen_schedule || step != driver->seen_step || process != driver->seen_process;
    if (moved || driver->moved_ns == 0) {
        driver->seen_schedule = schedule;
        driver->seen_step = step;
        driver->seen_process = process;
        driver->moved_ns = ts_clock_ns();
        driver->computed_ns = -1;
    }
    return moved;
}

struct look {
    bool blocked;  /* in the kernel, in both looks, and not scheduled between them */
    bool waits;    /* for a child to end */
    bool private;  /* for what no other process can give */
    pid_t process; /* the schedule's own, or a child that it waits for, */
    pid_t thread;  /* and which thread of that blocks */
    int64_t run_ns;
};

static bool is_still(const struct ts_hang_look *before, const struct ts_hang_look *after)
{
    return before != NULL && before->state != 'R' && after->state != 'R' && before->slices == after->slices;
}

/* Threads that wake up by themselves every now and then are the sanitizer's. */
static bool is_helper(const struct ts_hang_look *look)
{
    return look->syscall == 230 || look->syscall == 35; /* clock_nanosleep, nanosleep */
}

static struct look compare(const struct ts_hang_sample *before, const struct ts_hang_sample *after,
                           pid_t process)
{
    struct look look = {.blocked = after->count > 0, .process = process, .thread = process};
    for (size_t i = 0; i < after->count; i++) {
        const struct ts_hang_look *now = &after->looks[i];
        look.run_ns += now->run_ns;
        if (!is_still(ts_hang_sample_find(before, now->tid), now) &&
            (now->tid == process || !is_helper(now))) {
            look.blocked = false;
        }
        if (now->tid == process) {
            look.private = now->syscall == SYS_futex && (now->arguments[1] & FUTEX_PRIVATE_FLAG) != 0;
        }
        if (now->syscall_readable && now->syscall != 202 && !is_helper(now)) { /* futex: it is parked */
            look.thread = now->tid;
            look.waits = now->syscall == SYS_wait4 || now->syscall == SYS_waitid;
        }
    }
    return look;
}

/* Who waits for a child is blocked when all children are; the last in the line is looked at. */
static struct look compare_families(const struct ts_family *before, const struct ts_family *after,
                                    pid_t process)
{
    static const struct ts_hang_sample nothing;
    struct look look = compare(ts_family_find(before, process), &after->members[0].sample, process);
    bool waits = look.blocked && look.waits;
    for (size_t i = 1; i < after->count && waits; i++) {
        const struct ts_family_member *child = &after->members[i];
        const struct ts_hang_sample *then = ts_family_find(before, child->process);
        struct look at = compare(then != NULL ? then : &nothing, &child->sample, child->process);
        int64_t run_ns = look.run_ns + at.run_ns;
        look = look.blocked && (look.waits || !at.blocked) ? at : look;
        look.run_ns = run_ns;
    }
    return look;
}

static bool look_twice(pid_t process, struct look *look)
{
    struct ts_family before, after = {.count = 0};
    const struct timespec pause = {0, BETWEEN_LOOKS_NS};
    bool looked = ts_family_take(process, &before);
    if (looked) {
        nanosleep(&pause, NULL);
        looked = ts_family_take(process, &after);
    }
    if (looked) {
        *look = compare_families(&before, &after, process);
    }
    ts_family_fini(&before);
    ts_family_fini(&after);
    return looked;
}

static const struct ts_hang_thread *thread_of(const struct ts_hang *hang, pid_t tid)
{
    for (size_t i = 0; hang != NULL && i < hang->thread_count; i++) {
        if (hang->threads[i].tid == tid) {
            return &hang->threads[i];
        }
    }
    return NULL;
}

/* Frames of the scheduler are not the program's. */
static struct ts_stack without_explorer(const struct ts_hang_thread *thread)
{
    struct ts_stack stack = thread->stack;
    for (size_t i = 0; i < stack.frame_count; i++) {
        stack.frames[i].own = stack.frames[i].own && !ts_frame_explorer(stack.frames[i].file);
    }
    return stack;
}

/* "mutex" where it waits for a lock, whoever has it; else "". */
static const char *lock_of(const struct ts_hang_thread *thread)
{
    return thread == NULL                            ? ""
           : thread->doing == TS_HANG_BLOCKED_MUTEX  ? "mutex"
           : thread->doing == TS_HANG_BLOCKED_RWLOCK ? "read-write lock"
                                                     : "";
}

/* A child has one of its parent's threads, and its memory: a lock that another held there is never given
 * back, unless they share it. */
static bool is_for_ever(const struct ts_hang *hang, const struct ts_hang_thread *thread,
                        const struct look *look)
{
    return hang->cycle_count > 0 || (look->private && *lock_of(thread) != '\0' && thread->holder != 0 &&
                                     thread->holder_index == TS_HANG_NOBODY);
}

/* Numbers of processes are others each time. */
static void say_lock(const struct ts_hang *hang, const struct ts_hang_thread *thread, char *text, size_t size)
{
    bool named = thread->waits_for[0] != '\0', own = thread->holder == thread->tid;
    const char *holder = own                                      ? "itself"
                         : thread->holder == 0                    ? "nobody knows whom"
                         : thread->holder_index != TS_HANG_NOBODY ? hang->threads[thread->holder_index].label
                                                                  : "a thread of its parent";
    snprintf(text, size, "a child that was forked waits for %s%s%s%s, held by %s", lock_of(thread),
             named ? " '" : "", thread->waits_for, named ? "'" : "", holder);
}

static void say_call(const struct ts_hang_thread *thread, bool child, char *text, size_t size, char *what,
                     size_t what_size)
{
    const char *call = thread != NULL ? thread->detail : "?", *end = strstr(call, " (");
    snprintf(text, size, "%s blocks: %s",
             child ? "it waits for a child that was forked, and a call of which"
                   : "a call that the scheduler does not model",
             call);
    snprintf(what, what_size, "%s%.*s blocks", child ? "child process: " : "",
             end != NULL ? (int)(end - call) : (int)strlen(call), call);
}

/* A finding with the stack of the thread that does not come back. */
static void name_it(struct ts_driver *driver, pid_t process, const struct look *look)
{
    struct ts_finding_context context = {.symbolizer = driver->symbolizer, .scenario = driver->request.name};
    const char *kind = look->blocked ? "unmodelled" : "hang";
    bool child = look->process != process;
    struct ts_hang *hang = NULL;
    char description[320], what[80] = "";
    if (driver->analysed++ < ANALYSED_MAX) {
        ts_hang_analyse(look->process, &hang, NULL);
    }
    const struct ts_hang_thread *thread = thread_of(hang, look->thread);
    if (!look->blocked) {
        snprintf(description, sizeof description, "%s has computed for %d s without reaching a point",
                 child ? "a child that was forked" : "it", (int)(COMPUTES_NS / TS_NS_PER_S));
        snprintf(what, sizeof what, "%s", child ? "child process" : "");
    } else if (child && *lock_of(thread) != '\0') {
        say_lock(hang, thread, description, sizeof description);
        snprintf(what, sizeof what, "child process");
        kind = is_for_ever(hang, thread, look) ? "deadlock" : kind;
    } else {
        say_call(thread, child, description, sizeof description, what, sizeof what);
    }
    if (thread != NULL) {
        struct ts_stack stack = without_explorer(thread);
        stack.role = "waiting";
        stack.text = look->blocked ? "in the kernel" : "computes";
        stack.waits_for = child ? lock_of(thread) : "";
        ts_finding_from_stacks(&context, kind, what, description, &stack, 1, &driver->unmodelled, NULL);
    } else if (hang == NULL && driver->analysed <= ANALYSED_MAX) {
        ts_finding_from_words(&context, kind, description, "", &driver->unmodelled, NULL);
    }
    ts_hang_free(hang);
}

static void end(struct ts_driver *driver, pid_t process)
{
    struct ts_family family;
    driver->killed = true;
    driver->moved_ns = 0;
    (void)ts_family_take(process, &family);
    for (size_t i = family.count; i > 1; i--) { /* its children would outlive it */
        kill(family.members[i - 1].process, SIGKILL);
    }
    ts_family_fini(&family);
    kill(process, SIGKILL);
}

void ts_watch(struct ts_driver *driver)
{
    int64_t still_ms = driver->request.still_ms > 0 ? driver->request.still_ms : STILL_DEFAULT_MS;
    struct look look = {0};
    /* Relaxed: it is looked at again and again. */
    bool runs = atomic_load_explicit(&driver->arena->phase, memory_order_relaxed) == 1;
    pid_t process = subject(driver);
    bool leaves =
        !runs && process > 0 && process != driver->process; /* its schedule has ended, and it has not */
    if (has_moved(driver) || (!runs && !leaves) || process <= 0) {
        driver->moved_ns = runs || leaves ? driver->moved_ns : ts_clock_ns();
        return;
    }
    int64_t still_for_ms = (ts_clock_ns() - driver->moved_ns) / TS_NS_PER_MS;
    if (leaves) {
        if (still_for_ms > still_ms + LEAVING_MS || (driver->stopping && still_for_ms > STOP_GRACE_MS)) {
            ts_finding_from_words(&(struct ts_finding_context){.scenario = driver->request.name},
                                  "unmodelled", "its schedule has ended, and the process does not end", "",
                                  &driver->unmodelled, NULL);
            end(driver, process);
        }
        return;
    }
    if (driver->stopping && still_for_ms > STOP_GRACE_MS) {
        end(driver, process);
    } else if (still_for_ms > still_ms && look_twice(process, &look) && !has_moved(driver)) {
        driver->computed_ns = driver->computed_ns < 0 ? look.run_ns : driver->computed_ns;
        if (look.blocked || look.run_ns - driver->computed_ns > COMPUTES_NS) {
            name_it(driver, process, &look);
            end(driver, process);
        }
    }
}
