/*
 * The scheduler over small bodies, in one process: the same seed makes the same schedules, on either
 * hand-off; a schedule that is followed ends the same; a race between threads that never ran at the same time
 * is reported in every schedule, and its correct twin in none.
 *
 * Prints a line for each check; exits with 1 when one failed.
 */
#include "explore/core/scheduler.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

__attribute__((visibility("default"))) void __tsan_on_report(void *report);

#define KEPT     100u  /* schedules that are followed */
#define KEPT_MAX 4096u /* deviations of one */

static struct ts_arena *arena;
static unsigned reports;
static unsigned failures;

/* Within a report nothing may be instrumented. */
__attribute__((disable_sanitizer_instrumentation)) void __tsan_on_report(void *report)
{
    (void)report;
    reports++;
}

static void check(bool holds, const char *what)
{
    printf("%s: %s\n", holds ? "ok" : "FAILED", what);
    failures += !holds;
}

/* Two producers and a consumer over four slots. */
static struct {
    _Atomic unsigned tail;
    _Atomic unsigned full[4];
    unsigned slot[4];
    memory_order publish;
} queue;

static void *produce(void *argument)
{
    unsigned me = (unsigned)(uintptr_t)argument;
    for (unsigned i = 0; i < 2; i++) {
        unsigned at = atomic_fetch_add_explicit(&queue.tail, 1, memory_order_relaxed) % 4;
        queue.slot[at] = 10 * me + i;
        if (queue.publish == memory_order_release) {
            atomic_store_explicit(&queue.full[at], 1, memory_order_release);
        } else {
            atomic_store_explicit(&queue.full[at], 1, memory_order_relaxed);
        }
    }
    return NULL;
}

static void *consume(void *argument)
{
    uintptr_t sum = 0;
    (void)argument;
    for (unsigned at = 0; at < 4; at++) {
        while (atomic_load_explicit(&queue.full[at], memory_order_acquire) == 0) {
        }
        sum += queue.slot[at];
    }
    return (void *)sum;
}

static void run_queue(memory_order publish)
{
    pthread_t threads[3];
    void *sum;
    memset(&queue, 0, sizeof queue);
    queue.publish = publish;
    pthread_create(&threads[0], NULL, produce, (void *)1);
    pthread_create(&threads[1], NULL, produce, (void *)2);
    pthread_create(&threads[2], NULL, consume, NULL);
    pthread_join(threads[0], NULL);
    pthread_join(threads[1], NULL);
    pthread_join(threads[2], &sum);
    if ((uintptr_t)sum != 62) {
        printf("FAILED: the sum is %lu\n", (unsigned long)(uintptr_t)sum);
        failures++;
    }
}

static void correct(void)
{
    run_queue(memory_order_release);
}

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t come = PTHREAD_COND_INITIALIZER;
static int box;

static void *put(void *argument)
{
    pthread_mutex_lock(&mutex);
    box++;
    pthread_cond_signal(&come);
    pthread_mutex_unlock(&mutex);
    return argument;
}

static void *get(void *argument)
{
    pthread_mutex_lock(&mutex);
    while (box == 0) {
        pthread_cond_wait(&come, &mutex);
    }
    box--;
    pthread_mutex_unlock(&mutex);
    return argument;
}

static void boxes(void)
{
    pthread_t threads[4];
    for (int i = 0; i < 4; i++) {
        pthread_create(&threads[i], NULL, i % 2 == 0 ? get : put, NULL);
    }
    for (int i = 0; i < 4; i++) {
        pthread_join(threads[i], NULL);
    }
}

/* One thread computes until its time is over, another one sleeps until it has: time must pass for both. */
static _Atomic int over;
static _Atomic uint64_t others[8]; /* more than a spin loop looks at */

static int64_t clock_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void *compute(void *argument)
{
    int64_t end_ns = clock_ns() + 5000000;
    while (clock_ns() < end_ns) {
    }
    atomic_store_explicit(&over, 1, memory_order_release);
    return argument;
}

static void *await(void *argument)
{
    while (atomic_load_explicit(&over, memory_order_acquire) == 0) {
        for (int i = 0; i < 8; i++) {
            (void)atomic_load_explicit(&others[i], memory_order_relaxed);
        }
        usleep(200);
    }
    return argument;
}

/* Never at rest: nobody has to wait for time to pass. */
static void *toil(void *argument)
{
    while (atomic_load_explicit(&over, memory_order_acquire) == 0) {
        atomic_fetch_add_explicit(&others[0], 1, memory_order_relaxed);
    }
    return argument;
}

static void run_beside(void *(*companion)(void *))
{
    pthread_t threads[2];
    atomic_store_explicit(&over, 0, memory_order_relaxed);
    pthread_create(&threads[0], NULL, compute, NULL);
    pthread_create(&threads[1], NULL, companion, NULL);
    pthread_join(threads[0], NULL);
    pthread_join(threads[1], NULL);
}

static void timed(void)
{
    run_beside(await);
}

static void busy(void)
{
    run_beside(toil);
}

/* Holds a lock nearly all the time, which the one who would end it needs. */
static pthread_mutex_t wanted = PTHREAD_MUTEX_INITIALIZER;

static void *hog(void *argument)
{
    bool goes_on = true;
    while (goes_on) {
        pthread_mutex_lock(&wanted);
        atomic_fetch_add_explicit(&others[0], 1, memory_order_relaxed);
        goes_on = atomic_load_explicit(&over, memory_order_relaxed) == 0;
        pthread_mutex_unlock(&wanted);
    }
    return argument;
}

static void greedy(void)
{
    pthread_t thread;
    atomic_store_explicit(&over, 0, memory_order_relaxed);
    pthread_create(&thread, NULL, hog, NULL);
    pthread_mutex_lock(&wanted);
    atomic_store_explicit(&over, 1, memory_order_relaxed);
    pthread_mutex_unlock(&wanted);
    pthread_join(thread, NULL);
}

/* Memory of its own for each schedule: ThreadSanitizer takes no further reads of what it has reported. */
static int *racy;

static void *write_racy(void *argument)
{
    *racy = (int)(uintptr_t)argument;
    return NULL;
}

static void race(void)
{
    pthread_t threads[2];
    racy = malloc(sizeof *racy);
    pthread_create(&threads[0], NULL, write_racy, (void *)1);
    pthread_create(&threads[1], NULL, write_racy, (void *)2);
    pthread_join(threads[0], NULL);
    pthread_join(threads[1], NULL);
    free(racy);
}

static void map_arena(void)
{
    arena = mmap(NULL, sizeof *arena, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (arena == MAP_FAILED) {
        perror("mmap");
        exit(2);
    }
}

static void configure(enum ts_strategy_id strategy, enum ts_handoff_kind handoff, enum ts_points points)
{
    munmap(arena, sizeof *arena); /* a new one: most of it is never touched */
    map_arena();
    arena->config = (struct ts_explore_config){.seed = 42,
                                               .steps_max = 100000,
                                               .points = points,
                                               .handoff = handoff,
                                               .strategies = 1,
                                               .strategy = {{.id = strategy, .depth = 3}}};
}

/* Runs schedules as configured. The sum of their checksums. */
static uint64_t checksums_of(void (*body)(void), unsigned schedules)
{
    uint64_t sum = 0;
    for (unsigned i = 0; i < schedules; i++) {
        ts_sched_begin(arena, i, true);
        body();
        ts_sched_end();
        sum = sum * 31 + arena->result.checksum + (arena->result.end == TS_RUN_DONE);
    }
    return sum;
}

/* The same in a process of its own: how threads are handed over is settled once for a process. */
static uint64_t checksums_by(enum ts_handoff_kind handoff, void (*body)(void), unsigned schedules)
{
    uint64_t *sum = mmap(NULL, sizeof *sum, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    arena->config.handoff = handoff;
    pid_t child = fork();
    if (child == 0) {
        *sum = checksums_of(body, schedules);
        _exit(0);
    }
    waitpid(child, NULL, 0);
    return *sum;
}

static void check_handoffs(void (*body)(void), enum ts_points points, const char *what)
{
    uint64_t sums[3];
    enum ts_handoff_kind kinds[3] = {TS_HANDOFF_AUTO, TS_HANDOFF_FUTEX, TS_HANDOFF_FSCALL};
    for (int i = 0; i < 3; i++) {
        configure(TS_STRATEGY_RANDOM, TS_HANDOFF_AUTO, points);
        sums[i] = checksums_by(kinds[i], body, 100);
    }
    check(sums[0] != 0 && sums[0] == sums[1] && sums[0] == sums[2], what);
    check(arena->classes > 10, "... and they are not all alike");
}

/* Schedules as they were written down, in memory that processes share. */
static struct kept {
    uint64_t checksum;
    uint32_t count;
    struct ts_deviation deviations[KEPT_MAX];
} *kept;

static void run_one(void (*body)(void))
{
    ts_sched_begin(arena, 0, true);
    body();
    ts_sched_end();
}

static void keep_schedules(void (*body)(void))
{
    for (unsigned i = 0; i < KEPT; i++) {
        arena->config.seed = i;
        run_one(body);
        if (arena->result.end == TS_RUN_DONE && arena->result.deviation_count <= KEPT_MAX) {
            kept[i].checksum = arena->result.checksum;
            kept[i].count = arena->result.deviation_count;
            memcpy(kept[i].deviations, arena->result.deviations, kept[i].count * sizeof *kept[i].deviations);
        }
    }
}

/* Of every third from the first: those that come to the same end have nothing left of themselves. */
static void follow_schedules(void (*body)(void), unsigned first)
{
    arena->config.replay = true;
    for (unsigned i = first; i < KEPT; i += 3) {
        memcpy(arena->given, kept[i].deviations, kept[i].count * sizeof *arena->given);
        arena->given_count = kept[i].count;
        run_one(body);
        bool same = arena->result.end == TS_RUN_DONE && arena->result.checksum == kept[i].checksum &&
                    arena->result.deviation_count == kept[i].count;
        kept[i].checksum = same ? 0 : kept[i].checksum;
    }
}

/* Each schedule is followed from what was written down about it, on each hand-off. */
static void check_replay(void (*body)(void), enum ts_points points, const char *what)
{
    enum ts_handoff_kind kinds[3] = {TS_HANDOFF_AUTO, TS_HANDOFF_FUTEX, TS_HANDOFF_FSCALL};
    unsigned same = 0, written = 0;
    kept = mmap(NULL, KEPT * sizeof *kept, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    for (unsigned i = 0; i < 4; i++) { /* a process has one hand-off */
        configure(TS_STRATEGY_RANDOM, i == 0 ? TS_HANDOFF_AUTO : kinds[i - 1], points);
        pid_t child = fork();
        if (child == 0) {
            i == 0 ? keep_schedules(body) : follow_schedules(body, i - 1);
            _exit(0);
        }
        waitpid(child, NULL, 0);
        for (unsigned j = 0; i == 0 && j < KEPT; j++) {
            written += kept[j].checksum != 0;
        }
    }
    for (unsigned i = 0; i < KEPT; i++) {
        same += kept[i].checksum == 0;
    }
    munmap(kept, KEPT * sizeof *kept);
    check(written == KEPT && same == KEPT, what);
}

static void check_reports(void)
{
    configure(TS_STRATEGY_RANDOM, TS_HANDOFF_AUTO, TS_POINTS_ALL);
    reports = 0;
    checksums_of(race, 50);
    check(reports == 50, "a race between threads that take turns is reported in 50 of 50 schedules");
    reports = 0;
    checksums_of(correct, 1000);
    checksums_of(boxes, 1000);
    check(reports == 0, "correct programs are reported in 0 of 2000");
}

int main(void)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    map_arena();
    check_handoffs(correct, TS_POINTS_ATOMIC, "all hand-offs make the same 100 schedules of a queue");
    check_handoffs(boxes, TS_POINTS_ALL, "all hand-offs make the same 100 schedules of condition variables");
    check_replay(correct, TS_POINTS_ALL, "100 of 100 schedules of a queue are followed to the same end");
    check_replay(boxes, TS_POINTS_SYNC,
                 "100 of 100 schedules of condition variables are followed to the same end");
    configure(TS_STRATEGY_RANDOM, TS_HANDOFF_AUTO, TS_POINTS_ATOMIC);
    arena->config.time = TS_TIME_LAZY;
    check(checksums_by(TS_HANDOFF_AUTO, timed, 200) != 0 && arena->result.end == TS_RUN_DONE,
          "a loop that reads the clock ends beside one that sleeps, in 200 of 200 schedules");
    configure(TS_STRATEGY_RANDOM, TS_HANDOFF_AUTO, TS_POINTS_ATOMIC);
    arena->config.time = TS_TIME_LAZY;
    arena->config.steps_max = 1000000;
    check(checksums_by(TS_HANDOFF_AUTO, busy, 20) != 0 && arena->result.end == TS_RUN_DONE,
          "... and beside one that is never at rest, in 20 of 20");
    configure(TS_STRATEGY_DELAY, TS_HANDOFF_AUTO, TS_POINTS_ATOMIC);
    check(checksums_by(TS_HANDOFF_AUTO, greedy, 50) != 0 && arena->result.end == TS_RUN_DONE,
          "a lock that another thread takes again and again is given in the end, in 50 of 50");
    check_reports(); /* last: a process with parked threads cannot be forked */
    return failures == 0 ? 0 : 1;
}
