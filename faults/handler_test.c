#include "faults/handler.h"

#include "base/clock.h"
#include "base/probe.h"
#include "base/thread.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#define VISITS  64
#define WALKERS 4
#define STEPS   24
#define LOADS   3
/* The sanitizers are here to watch the handler; a hundred runs are what the plain one is for. */
#define RUNS (strcmp(TS_FLAVOUR, "plain") == 0 ? 100 : 10)

static struct ts_fault_spec spec;
static struct ts_fault_log fault_log;

static void arm(const char *text, uint64_t seed)
{
    struct ts_diag diag;
    ts_fault_spec_begin(&spec);
    ts_err error = ts_fault_spec_parse(text, &spec, &diag);
    cr_assert_eq(error, TS_OK, "%s", diag.text);
    memset(&fault_log, 0, sizeof fault_log);
    ts_faults_arm(&spec, seed, &fault_log);
}

/* Bit n: whether visit n + 1 failed. */
static uint64_t visit(int times)
{
    uint64_t bits = 0;
    for (int i = 0; i < times; i++) {
        bits |= (uint64_t)TS_PROBE(QUEUE_PUSH_FULL) << i;
    }
    return bits;
}

Test(handler, without_a_rule_a_point_is_idle_and_uncounted)
{
    arm("queue.pop.taken: count", 1);
    cr_assert_eq(visit(VISITS), 0);
    cr_assert_eq(ts_fault_log_reached(&fault_log, TS_PROBE_QUEUE_PUSH_FULL), 0);
    cr_assert_eq(fault_log.armed[TS_PROBE_QUEUE_PUSH_FULL], 0);
    cr_assert_eq(fault_log.armed[TS_PROBE_QUEUE_POP_TAKEN], 1);
}

Test(handler, each_modifier_says_which_visits_fail)
{
    static const struct {
        const char *text;
        uint64_t bits;
    } cases[] = {
        {"queue.push.full: return", UINT64_MAX},
        {"queue.push.full: 3*return", 0x7},
        {"queue.push.full: #5 return", 0x10},
        {"queue.push.full: #5+ return", ~UINT64_C(0xf)},
        {"queue.push.full: 2*#5+ return", 0x30},
        {"queue.push.full@host: 1*return", 0x1},
        {"queue.push.full@other: return", 0},
        {"queue.push.full: #2 return; queue.push.full: #4 return", 0xa},
        {"queue.push.full: count", 0},
        {"*: count; queue.push.full: #1 return", 0x1},
        {"queue.push.full: spin(1)", 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        arm(cases[i].text, i);
        cr_assert_eq(visit(VISITS), cases[i].bits, "%s", cases[i].text);
        uint64_t fired = (uint64_t)__builtin_popcountll(cases[i].bits);
        bool acts = strstr(cases[i].text, "spin") != NULL;
        cr_assert_eq(ts_fault_log_fired(&fault_log, TS_PROBE_QUEUE_PUSH_FULL), acts ? VISITS : fired);
        cr_assert_eq(ts_fault_log_reached(&fault_log, TS_PROBE_QUEUE_PUSH_FULL), VISITS);
        if (!acts) {
            cr_assert_eq(fault_log.threads[0].points[TS_PROBE_QUEUE_PUSH_FULL].fired, cases[i].bits, "%s",
                         cases[i].text);
        }
    }
}

/* The bits of the first 64 visits, of the first thread. */
static uint64_t decided(const char *text)
{
    arm(text, 3);
    visit(VISITS);
    return fault_log.threads[0].points[TS_PROBE_QUEUE_PUSH_FULL].fired;
}

Test(handler, two_actions_of_one_chance_are_drawn_apart)
{
    uint64_t spun = decided("queue.push.full: 50%spin(1)"), yielded = decided("queue.push.full: 50%yield(1)");
    cr_assert(spun != 0 && yielded != 0);
    cr_assert_neq(spun, yielded, "else the second of two rules could never fire");
}

Test(handler, only_an_operation_that_failed_is_told_as_failed)
{
    arm("queue.push.full: spin(1)", 1);
    visit(VISITS);
    cr_assert_eq(ts_fault_log_failed(&fault_log, TS_PROBE_QUEUE_PUSH_FULL), 0);
    arm("queue.push.full: #3 return; queue.push.full: #5+ return; queue.push.full: spin(1)", 1);
    visit(2);
    cr_assert_eq(ts_fault_log_failed(&fault_log, TS_PROBE_QUEUE_PUSH_FULL), 0);
    visit(VISITS - 2);
    cr_assert_eq(ts_fault_log_failed(&fault_log, TS_PROBE_QUEUE_PUSH_FULL), VISITS - 3);
    cr_assert_eq(ts_fault_log_fired(&fault_log, TS_PROBE_QUEUE_PUSH_FULL), VISITS);
}

Test(handler, a_chance_is_met_on_the_whole)
{
    unsigned failed = 0;
    arm("queue.push.full: 30%return", 7);
    for (int i = 0; i < 100; i++) {
        failed += (unsigned)__builtin_popcountll(visit(VISITS));
    }
    /* 6400 draws: 0.3 within five standard deviations. */
    cr_assert(failed > 1736 && failed < 2104, "%u of 6400", failed);
}

Test(handler, the_seed_decides)
{
    arm("queue.push.full: 50%return", 1);
    uint64_t first = visit(VISITS);
    arm("queue.push.full: 50%return", 1);
    cr_assert_eq(visit(VISITS), first);
    arm("queue.push.full: 50%return", 2);
    cr_assert_neq(visit(VISITS), first);
}

Test(handler, a_rule_fires_where_it_fired_beside_others)
{
    arm("queue.push.full: 20%delay; queue.push.full: 20%return; queue.pop.taken: count", 3);
    uint64_t among = visit(VISITS);
    arm("queue.push.full: 20%return", 3);
    uint64_t alone = visit(VISITS);
    cr_assert_neq(alone, 0);
    cr_assert_eq(among & ~alone, 0, "a firing that is not the rule's own");
}

Test(handler, a_swarm_turns_whole_points_on_and_off)
{
    unsigned on = 0;
    for (uint64_t seed = 0; seed < 200; seed++) {
        arm("swarm: 25%; queue.push.full: return", seed);
        uint64_t bits = visit(VISITS);
        cr_assert(bits == 0 || bits == UINT64_MAX);
        on += bits != 0;
    }
    cr_assert(on > 20 && on < 80, "%u of 200", on);
}

Test(handler, errno_is_left_alone)
{
    arm("queue.push.full: sleep(10us)", 1);
    errno = ERANGE;
    visit(1);
    cr_assert_eq(errno, ERANGE);
}

/* Threads that come to two points each, in whatever order the scheduler makes of it. */

struct walker {
    struct ts_thread thread;
    unsigned number;
};

static _Atomic bool load_over;
static _Atomic unsigned load_begun;

static void load(void *argument)
{
    (void)argument;
    atomic_fetch_add_explicit(&load_begun, 1, memory_order_relaxed);
    while (!atomic_load_explicit(&load_over, memory_order_relaxed)) {
        ts_cpu_relax();
    }
}

static void walk_more(void *argument)
{
    (void)argument;
    visit(VISITS);
}

static void walk(void *argument)
{
    struct walker *walker = argument;
    struct ts_thread child = {0};
    for (unsigned i = 0; i < STEPS; i++) {
        visit(1);
        if ((i + walker->number) % 12 == 0) {
            sched_yield();
        }
        TS_PROBE_PAUSE(QUEUE_POP_TAKEN);
    }
    ts_err error = ts_thread_start(&child, "child", walk_more, NULL, NULL);
    TS_ASSERT(error == TS_OK);
    ts_thread_join(&child);
}

static void walk_all(void)
{
    struct walker walkers[WALKERS] = {0};
    for (unsigned i = 0; i < WALKERS; i++) {
        walkers[i].number = i;
        /* Two names for four threads: they differ by the how manieth child of this name each is. */
        ts_err error =
            ts_thread_start(&walkers[i].thread, i % 2 == 0 ? "even" : "odd", walk, &walkers[i], NULL);
        cr_assert_eq(error, TS_OK);
    }
    for (unsigned i = 0; i < WALKERS; i++) {
        ts_thread_join(&walkers[i].thread);
    }
}

static const struct ts_fault_thread *row_of(const struct ts_fault_log *log, uint64_t lineage)
{
    for (int i = 0; i < TS_FAULT_LOG_THREADS; i++) {
        if (log->threads[i].used != 0 && log->threads[i].lineage == lineage) {
            return &log->threads[i];
        }
    }
    return NULL;
}

static void compare(const struct ts_fault_log *first, int run)
{
    int compared = 0;
    for (int i = 0; i < TS_FAULT_LOG_THREADS; i++) {
        const struct ts_fault_thread *mine = &fault_log.threads[i];
        if (mine->used == 0) {
            continue;
        }
        const struct ts_fault_thread *there = row_of(first, mine->lineage);
        cr_assert_not_null(there, "run %d: %s has another lineage", run, mine->name);
        for (int point = 0; point < TS_PROBE_COUNT; point++) {
            cr_assert_eq(mine->points[point].visits, there->points[point].visits);
            cr_assert_eq(mine->points[point].fired, there->points[point].fired, "run %d: %s, %s", run,
                         mine->name, ts_fault_points[point].name);
        }
        compared++;
    }
    cr_assert_eq(compared, 1 + 2 * WALKERS);
}

static void repeat(unsigned loads)
{
    static const char text[] =
        "queue.push.full: 30%return; queue.push.full: 1%delay; queue.pop.taken@even: 2%yield(1)";
    static struct ts_fault_log first;
    struct ts_thread busy[LOADS] = {0};
    for (unsigned i = 0; i < loads; i++) {
        cr_assert_eq(ts_thread_start(&busy[i], "load", load, NULL, NULL), TS_OK);
    }
    while (atomic_load_explicit(&load_begun, memory_order_relaxed) < loads) {
        sched_yield();
    }
    for (int run = 0; run < RUNS; run++) {
        arm(text, 0x5eed);
        walk_all();
        if (run == 0) {
            first = fault_log;
        }
        compare(&first, run);
    }
    atomic_store_explicit(&load_over, true, memory_order_relaxed);
    for (unsigned i = 0; i < loads; i++) {
        ts_thread_join(&busy[i]);
    }
}

Test(handler, one_seed_decides_the_same_in_100_runs)
{
    repeat(0);
}

Test(handler, one_seed_decides_the_same_in_100_runs_under_load)
{
    repeat(LOADS);
}

static void come_later(void *argument)
{
    (void)argument;
    ts_sleep_ns(20 * TS_NS_PER_MS);
    TS_PROBE_PAUSE(QUEUE_POP_TAKEN);
}

Test(handler, a_pause_ends_when_another_thread_comes)
{
    struct ts_thread other = {0};
    arm("queue.push.full: pause(queue.pop.taken, 10s)", 1);
    int64_t begun_ns = ts_clock_ns();
    cr_assert_eq(ts_thread_start(&other, "other", come_later, NULL, NULL), TS_OK);
    visit(1);
    uint64_t came = ts_fault_log_reached(&fault_log, TS_PROBE_QUEUE_POP_TAKEN);
    int64_t took_ns = ts_clock_ns() - begun_ns;
    ts_thread_join(&other);
    cr_assert_eq(came, 1);
    cr_assert_lt(took_ns, 9 * TS_NS_PER_S);
}

Test(handler, a_pause_is_bounded)
{
    arm("queue.push.full: pause(queue.pop.taken, 30ms)", 1);
    int64_t begun_ns = ts_clock_ns();
    visit(1);
    cr_assert_geq(ts_clock_ns() - begun_ns, 30 * TS_NS_PER_MS);
}

static void visit_once(void *argument)
{
    (void)argument;
    visit(1);
}

static void visit_all(void *argument)
{
    (void)argument;
    visit(VISITS);
}

Test(handler, threads_decide_apart_even_those_of_one_name)
{
    static const char *const names[] = {"one", "one", "other"};
    struct ts_thread threads[3] = {0};
    arm("queue.push.full: 50%return", 1);
    visit(1); /* takes the first row */
    for (int i = 0; i < 3; i++) {
        cr_assert_eq(ts_thread_start(&threads[i], names[i], visit_all, NULL, NULL), TS_OK);
        ts_thread_join(&threads[i]);
    }
    for (int i = 1; i <= 3; i++) {
        const struct ts_fault_thread *row = &fault_log.threads[i], *next = &fault_log.threads[i % 3 + 1];
        cr_assert_eq(row->used, 1);
        cr_assert_neq(row->lineage, next->lineage);
        cr_assert_neq(row->points[TS_PROBE_QUEUE_PUSH_FULL].fired,
                      next->points[TS_PROBE_QUEUE_PUSH_FULL].fired);
    }
}

Test(handler, threads_beyond_the_rows_are_counted)
{
    arm("queue.push.full: return", 1);
    for (int i = 0; i < 2 * TS_FAULT_LOG_THREADS; i++) {
        struct ts_thread thread = {0};
        cr_assert_eq(ts_thread_start(&thread, "one", visit_once, NULL, NULL), TS_OK);
        ts_thread_join(&thread);
    }
    cr_assert_eq(ts_fault_log_reached(&fault_log, TS_PROBE_QUEUE_PUSH_FULL), 2 * TS_FAULT_LOG_THREADS);
    cr_assert_eq(ts_fault_log_fired(&fault_log, TS_PROBE_QUEUE_PUSH_FULL), 2 * TS_FAULT_LOG_THREADS);
}
