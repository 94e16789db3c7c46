/*
 * For the tests of the wrappers: small bodies are run for many schedules, each time in a process of its own
 * (one with parked threads cannot be forked, and a bad end ends the process), and what they saw is added up
 * in memory that all processes share.
 *
 * Threads: the test's process has one; bodies make theirs under the scheduler.
 */
#ifndef TS_EXPLORE_WRAPS_TESTING_H
#define TS_EXPLORE_WRAPS_TESTING_H

#include "explore/core/scheduler.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define SEEN_MAX 16

/* seen[i]: how often a body saw what it calls i. Relaxed throughout: it must make no order. */
static struct seen {
    _Atomic unsigned reports;
    _Atomic unsigned wrong;
    _Atomic unsigned done; /* schedules that ended well */
    _Atomic unsigned seen[SEEN_MAX];
} *seen;

static struct ts_arena *arena;
static unsigned failures;

/* Within a report nothing may be instrumented. */
__attribute__((visibility("default"))) void __tsan_on_report(void *report);
__attribute__((disable_sanitizer_instrumentation)) void __tsan_on_report(void *report)
{
    (void)report;
    seen->reports++;
}

static inline void check(bool holds, const char *what)
{
    printf("%s: %s\n", holds ? "ok" : "FAILED", what);
    failures += !holds;
}

/* From within a body: the scheduler and the sanitizer do not see it. */
__attribute__((disable_sanitizer_instrumentation)) static inline void see(unsigned what)
{
    seen->seen[what]++;
}

__attribute__((disable_sanitizer_instrumentation)) static inline void must(bool holds)
{
    seen->wrong += !holds;
}

static inline unsigned saw(unsigned what)
{
    return seen->seen[what];
}

/* Who is in a place that a body guards. Relaxed throughout: it must make no order. */
static _Atomic int inside;

static inline struct timespec in_ms(clockid_t clock, long ms)
{
    struct timespec until;
    clock_gettime(clock, &until);
    until.tv_nsec += ms * 1000000;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    return until;
}

static inline void enter(int how_many)
{
    atomic_fetch_add_explicit(&inside, how_many, memory_order_relaxed);
}

static inline int who_is_inside(void)
{
    return atomic_load_explicit(&inside, memory_order_relaxed);
}

static inline void *map_shared(size_t size)
{
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) {
        perror("mmap");
        exit(2);
    }
    return memory;
}

struct trial {
    void (*body)(void);
    unsigned schedules;
    unsigned first; /* number of the first */
    enum ts_strategy_id strategy;
    enum ts_time time;
    enum ts_handoff_kind handoff;
    bool threads_end; /* not pooled: for whole programs, one schedule a process */
};

static inline void run_schedules(const struct trial *trial)
{
    for (unsigned i = 0; i < trial->schedules; i++) {
        ts_sched_begin(arena, trial->first + i, !trial->threads_end);
        trial->body();
        ts_sched_end();
        seen->done += arena->result.end == TS_RUN_DONE;
    }
}

/* Runs schedules until one ends badly. How the latest ended; TS_RUN_NONE: it died. */
static inline enum ts_run_end run(struct trial trial)
{
    if (seen == NULL) {
        seen = map_shared(sizeof *seen);
        setvbuf(stdout, NULL, _IOLBF, 0);
    } else {
        munmap(arena, sizeof *arena); /* a new one: most of it is never touched */
    }
    *seen = (struct seen){0};
    arena = map_shared(sizeof *arena);
    arena->config = (struct ts_explore_config){.seed = 42,
                                               .steps_max = 20000,
                                               .points = TS_POINTS_ALL,
                                               .time = trial.time,
                                               .handoff = trial.handoff,
                                               .strategies = 1,
                                               .strategy = {{.id = trial.strategy, .depth = 3}}};
    int status = 0;
    pid_t child = fork();
    if (child == 0) {
        run_schedules(&trial);
        _exit(0);
    }
    waitpid(child, &status, 0);
    if (!WIFEXITED(status) || (WEXITSTATUS(status) != 0 && WEXITSTATUS(status) != TS_EXPLORE_EXIT)) {
        printf("the process of the schedules died: status %#x\n", status);
        return TS_RUN_NONE;
    }
    return arena->result.end;
}

/* The body runs to its end in all schedules, does nothing wrong, and is not reported. */
static inline bool holds_in(struct trial trial)
{
    enum ts_run_end end = run(trial);
    if (end != TS_RUN_DONE || seen->done != trial.schedules || seen->reports != 0 || seen->wrong != 0) {
        printf("end %u (%s), %u of %u schedules done, %u reports, %u wrong\n", end, arena->result.text,
               seen->done, trial.schedules, seen->reports, seen->wrong);
        return false;
    }
    return true;
}

/* ... whatever the strategy, the hand-off, and what becomes of threads. */
static inline bool holds(void (*body)(void))
{
    return holds_in((struct trial){.body = body, .schedules = 100, .handoff = TS_HANDOFF_FUTEX}) &&
           holds_in((struct trial){.body = body, .schedules = 1, .threads_end = true}) &&
           holds_in((struct trial){.body = body, .schedules = 300, .strategy = TS_STRATEGY_PCT}) &&
           holds_in((struct trial){.body = body, .schedules = 300});
}

/* ... and times out only when nobody else can go on. */
static inline bool holds_lazily(void (*body)(void))
{
    return holds_in((struct trial){.body = body, .schedules = 300, .time = TS_TIME_LAZY});
}

/* Some of 1000 schedules ends so. */
static inline bool ends(void (*body)(void), enum ts_run_end end)
{
    enum ts_run_end ended = run((struct trial){.body = body, .schedules = 1000});
    if (ended != end) {
        printf("end %u instead of %u: %s\n", ended, end, arena->result.text);
    }
    return ended == end;
}

/* Each of 50 schedules is reported. */
static inline bool races(void (*body)(void))
{
    (void)run((struct trial){.body = body, .schedules = 50});
    return seen->done == 50 && seen->reports == 50;
}

typedef void *(*thread_fn)(void *);

/* Runs one thread for each function, and waits for all. */
static inline void together(unsigned count, const thread_fn *functions)
{
    pthread_t threads[8];
    for (unsigned i = 0; i < count; i++) {
        pthread_create(&threads[i], NULL, functions[i], (void *)(uintptr_t)i);
    }
    for (unsigned i = 0; i < count; i++) {
        pthread_join(threads[i], NULL);
    }
}

#define TOGETHER(...)                                                                                        \
    together(sizeof((thread_fn[]){__VA_ARGS__}) / sizeof(thread_fn), (thread_fn[]){__VA_ARGS__})

#endif
