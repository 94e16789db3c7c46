#include "hang/waits.h"

#include <linux/futex.h>
#include <string.h>
#include <sys/syscall.h>

#define HARDLY_ANY 0.1 /* share of the sample */
#define MOST       0.5
#define THROUGHOUT 0.8

static const struct {
    const char *part;
    enum ts_hang_doing doing;
} function_parts[] = {
    {"rwlock", TS_HANG_BLOCKED_RWLOCK},         {"pthread_cond_", TS_HANG_BLOCKED_CONDVAR},
    {"mutex_lock", TS_HANG_BLOCKED_MUTEX},      {"mutex_timedlock", TS_HANG_BLOCKED_MUTEX},
    {"mutex_clocklock", TS_HANG_BLOCKED_MUTEX}, {"mutex_cond_lock", TS_HANG_BLOCKED_MUTEX},
    {"clockjoin", TS_HANG_BLOCKED_JOIN},        {"timedjoin", TS_HANG_BLOCKED_JOIN},
    {"pthread_join", TS_HANG_BLOCKED_JOIN},
};

/* Of every system call that the headers know; a number may have several. */
static const struct {
    int64_t number;
    const char *name;
} syscall_names[] = {
#include "syscall_names.inc"
};

/* The innermost function that names an object decides: a condition variable takes its mutex back inside
 * pthread_cond_wait, and then waits for the mutex. RUNNING when no function tells. */
static enum ts_hang_doing kind_by_stack(const struct ts_stack *stack)
{
    for (size_t i = 0; i < stack->frame_count && !stack->frames[i].own; i++) {
        for (size_t k = 0; k < sizeof function_parts / sizeof function_parts[0]; k++) {
            if (strstr(stack->frames[i].function, function_parts[k].part) != NULL) {
                return function_parts[k].doing;
            }
        }
    }
    return TS_HANG_RUNNING;
}

static size_t find_index(const struct ts_hang *hang, pid_t tid)
{
    for (size_t i = 0; i < hang->thread_count; i++) {
        if (tid > 0 && hang->threads[i].tid == tid && hang->threads[i].doing != TS_HANG_ENDED) {
            return i;
        }
    }
    return TS_HANG_NOBODY;
}

static bool locks_with_inheritance(const struct ts_hang_look *look)
{
    uint64_t operation = look->arguments[1] & FUTEX_CMD_MASK;
    return operation == FUTEX_LOCK_PI || operation == FUTEX_LOCK_PI2;
}

/* glibc: a low-level lock waits by FUTEX_WAIT for its word to leave 2, pthread_join by FUTEX_WAIT_BITSET on
 * the thread's id, shared with the kernel, which clears it. A word that fits by chance has no living owner
 * beside it. */
static enum ts_hang_doing kind_by_futex(const struct ts_hang *hang, const struct ts_hang_look *look)
{
    uint64_t operation = look->arguments[1], command = operation & FUTEX_CMD_MASK;
    uint64_t expected = (uint32_t)look->arguments[2];
    if (locks_with_inheritance(look)) {
        return TS_HANG_BLOCKED_MUTEX;
    }
    if (!look->words_known || look->words[0] != expected) {
        return TS_HANG_BLOCKED_OTHER;
    }
    if (command == FUTEX_WAIT && expected == 2 && find_index(hang, (pid_t)look->words[2]) != TS_HANG_NOBODY) {
        return TS_HANG_BLOCKED_MUTEX;
    }
    bool joins = command == FUTEX_WAIT_BITSET && (operation & FUTEX_PRIVATE_FLAG) == 0 &&
                 find_index(hang, (pid_t)expected) != TS_HANG_NOBODY;
    return joins ? TS_HANG_BLOCKED_JOIN : TS_HANG_BLOCKED_OTHER;
}

/* Whose id the awaited object holds. In an rwlock readers wait on the word at byte 8, writers on that or the
 * one at 12; the writer's id is at 24, and the lock is aligned to 8 bytes. */
static pid_t read_holder(enum ts_hang_doing doing, const struct ts_hang_look *look)
{
    if (!look->words_known) {
        return 0;
    }
    switch (doing) {
    case TS_HANG_BLOCKED_MUTEX:
        return (pid_t)(locks_with_inheritance(look) ? look->words[0] & FUTEX_TID_MASK : look->words[2]);
    case TS_HANG_BLOCKED_RWLOCK:
        return (pid_t)look->words[look->arguments[0] % 8 == 4 ? 3 : 4];
    case TS_HANG_BLOCKED_JOIN:
        return (pid_t)look->words[0];
    default:
        return 0;
    }
}

static void judge_futex(struct ts_hang *hang, struct ts_hang_thread *thread, const struct ts_hang_look *look)
{
    enum ts_hang_doing by_stack = kind_by_stack(&thread->stack);
    thread->doing = by_stack != TS_HANG_RUNNING ? by_stack : kind_by_futex(hang, look);
    thread->waits_for_address = look->arguments[0];
    thread->holder = read_holder(thread->doing, look);
    thread->holder_index = find_index(hang, thread->holder);
}

static void judge_blocked(struct ts_hang *hang, struct ts_hang_thread *thread,
                          const struct ts_hang_look *look)
{
    char number[24];
    const char *name = "the kernel";
    if (look->syscall == SYS_futex) {
        judge_futex(hang, thread, look);
        name = "futex";
    } else if (look->syscall == SYS_nanosleep || look->syscall == SYS_clock_nanosleep) {
        thread->doing = TS_HANG_SLEEPING;
        name = "nanosleep";
    } else {
        thread->doing = TS_HANG_BLOCKED_OTHER;
        if (look->syscall >= 0) {
            snprintf(number, sizeof number, "system call %d", (int)look->syscall);
            name = number;
        }
        for (size_t i = 0; i < sizeof syscall_names / sizeof syscall_names[0]; i++) {
            name = syscall_names[i].number == look->syscall ? syscall_names[i].name : name;
        }
    }
    bool told = look->waits_in[0] != '\0';
    snprintf(thread->detail, sizeof thread->detail, "%s%s%s%s", name, told ? " (" : "", look->waits_in,
             told ? ")" : "");
}

static enum ts_hang_doing judge_by_time(const struct ts_hang_thread *thread, bool runnable_twice)
{
    bool runnable = thread->state == 'R', throughout = thread->cpu_share + thread->queue_share >= THROUGHOUT;
    if (thread->cpu_share >= MOST || (thread->cpu_share >= HARDLY_ANY && (throughout || runnable_twice))) {
        return TS_HANG_SPINNING;
    }
    if (thread->cpu_share < HARDLY_ANY && (runnable_twice || (runnable && thread->queue_share >= MOST))) {
        return TS_HANG_STARVING;
    }
    return TS_HANG_RUNNING;
}

void ts_hang_judge(struct ts_hang *hang, const struct ts_hang_sample *before,
                   const struct ts_hang_sample *after)
{
    double span_ns = (double)(after->at_ns - before->at_ns);
    for (size_t i = 0; i < hang->thread_count; i++) {
        hang->threads[i].doing =
            strchr("ZX", after->looks[i].state) != NULL ? TS_HANG_ENDED : TS_HANG_RUNNING;
    }
    for (size_t i = 0; i < hang->thread_count; i++) {
        struct ts_hang_thread *thread = &hang->threads[i];
        const struct ts_hang_look *now = &after->looks[i];
        const struct ts_hang_look *then = ts_hang_sample_find(before, thread->tid);
        thread->holder_index = TS_HANG_NOBODY;
        if (thread->doing == TS_HANG_ENDED || then == NULL) {
            continue;
        }
        thread->cpu_share = (double)(now->run_ns - then->run_ns) / span_ns;
        thread->queue_share = (double)(now->queue_ns - then->queue_ns) / span_ns;
        bool still = now->state != 'R' && thread->cpu_share < HARDLY_ANY;
        if (!still) {
            thread->doing = judge_by_time(thread, now->state == 'R' && then->state == 'R');
            continue;
        }
        judge_blocked(hang, thread, now);
        thread->stuck = then->state == now->state && then->slices == now->slices &&
                        then->syscall == now->syscall &&
                        memcmp(then->arguments, now->arguments, sizeof now->arguments) == 0;
    }
}

size_t ts_hang_next(const struct ts_hang *hang, size_t index)
{
    const struct ts_hang_thread *thread = &hang->threads[index];
    return thread->stuck ? thread->holder_index : TS_HANG_NOBODY;
}

void ts_hang_find_cycle(struct ts_hang *hang)
{
    for (size_t start = 0; start < hang->thread_count; start++) {
        size_t at = start;
        for (hang->cycle_count = 0; hang->cycle_count < hang->thread_count; at = ts_hang_next(hang, at)) {
            if (at == TS_HANG_NOBODY || (at == start && hang->cycle_count > 0)) {
                break;
            }
            hang->cycle[hang->cycle_count++] = at;
        }
        if (at == start && hang->cycle_count > 0) {
            return;
        }
    }
    hang->cycle_count = 0;
}
