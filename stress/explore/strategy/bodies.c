#include "explore/strategy/bodies.h"

#include "explore/strategy/bodies_points.h"

#include <pthread.h>
#include <stddef.h>
#include <string.h>

#define THREADS_MAX 128u

bool ts_body_failed;
uint64_t ts_body_order;

static unsigned last; /* number of the last thread */

void ts_body_spread(void *(*function)(void *), unsigned count)
{
    pthread_t threads[THREADS_MAX];
    last = count - 1;
    for (unsigned i = 0; i < count; i++) {
        pthread_create(&threads[i], NULL, function, (void *)(uintptr_t)i);
    }
    for (unsigned i = 0; i < count; i++) {
        pthread_join(threads[i], NULL);
    }
}

static long first, second;

static void *increment(void *argument)
{
    long value = LOAD(first);
    STORE(first, value + 1);
    return argument;
}

static void lost_update(unsigned threads)
{
    first = 0;
    ts_body_spread(increment, threads);
    ts_body_failed = first != (long)threads;
}

/* All but the last set both; the last sees one set and the other not. */
static void *set_or_check(void *argument)
{
    if ((uintptr_t)argument < last) {
        STORE(first, 1);
        STORE(second, 1);
    } else {
        long a = LOAD(first);
        long b = LOAD(second);
        ts_body_failed = ts_body_failed || (a == 1 && b == 0);
    }
    return argument;
}

static void order(unsigned threads)
{
    first = second = 0;
    ts_body_failed = false;
    ts_body_spread(set_or_check, threads);
}

/* The last sees everybody half-way. */
static void *announce_or_check(void *argument)
{
    if ((uintptr_t)argument < last) {
        ADD(first, 1);
        ADD(second, 1);
    } else {
        long late = LOAD(second);
        long early = LOAD(first);
        ts_body_failed = ts_body_failed || (early == (long)last && late == 0);
    }
    return argument;
}

void ts_body_half_way(unsigned threads)
{
    first = second = 0;
    ts_body_failed = false;
    ts_body_spread(announce_or_check, threads);
}

/* A stack of three cells without tags; 0 is nothing. Who pops takes a cell out for good, except that thread 0
 * puts back the first of the two that it takes. */
static long top, next[4], taken[4];

static long pop(void)
{
    for (;;) {
        long cell = LOAD(top);
        if (cell == 0) {
            return 0;
        }
        long below = LOAD(next[cell]);
        if (SWAP(top, cell, below)) {
            ts_body_failed = ts_body_failed || taken[cell]++ != 0;
            return cell;
        }
    }
}

static void push(long cell)
{
    taken[cell]--;
    for (;;) {
        long below = LOAD(top);
        STORE(next[cell], below);
        if (SWAP(top, below, cell)) {
            return;
        }
    }
}

static void *use_stack(void *argument)
{
    long cell = pop();
    if ((uintptr_t)argument == 0 && cell != 0) {
        (void)pop();
        push(cell);
    }
    return argument;
}

static void aba(unsigned threads)
{
    memset(taken, 0, sizeof taken);
    ts_body_failed = false;
    next[3] = 2, next[2] = 1, next[1] = 0;
    top = 3;
    ts_body_spread(use_stack, threads);
}

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t filled = PTHREAD_COND_INITIALIZER;
static long items;

/* The first two take, with an if where a while belongs; the others put. */
static void *take_or_put(void *argument)
{
    pthread_mutex_lock(&mutex);
    if ((uintptr_t)argument < 2) {
        if (items == 0) {
            pthread_cond_wait(&filled, &mutex);
        }
        ts_body_failed = ts_body_failed || items == 0;
        items--;
    } else {
        items++;
        pthread_cond_signal(&filled);
    }
    pthread_mutex_unlock(&mutex);
    return argument;
}

static void buffer(unsigned threads)
{
    items = 0;
    ts_body_failed = false;
    ts_body_spread(take_or_put, threads);
}

static pthread_mutex_t forks[8] = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER,
                                   PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER,
                                   PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER,
                                   PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER};

static void *dine(void *argument)
{
    uintptr_t left = (uintptr_t)argument, right = left == last ? 0 : left + 1;
    pthread_mutex_lock(&forks[left]);
    pthread_mutex_lock(&forks[right]);
    pthread_mutex_unlock(&forks[right]);
    pthread_mutex_unlock(&forks[left]);
    return argument;
}

/* Two threads that alternate from the first store to the last come to a number that no other order makes. */
static void *raise_own(void *argument)
{
    uintptr_t self = (uintptr_t)argument;
    for (int i = 0; i < 5; i++) {
        if (self == 0) {
            long others = LOAD(second);
            STORE(first, others + 1);
        } else {
            long others = LOAD(first);
            STORE(second, others + 1);
        }
    }
    return argument;
}

static void alternation(unsigned threads)
{
    first = 3;
    second = 6;
    ts_body_spread(raise_own, threads);
    ts_body_failed = second == 16;
}

/* Two variables that one thread steps; the other must see one of them early, the other later, the first again
 * later still. */
static void *step_or_look(void *argument)
{
    if ((uintptr_t)argument == 0) {
        for (long i = 1; i <= 5; i++) {
            STORE(first, i);
            STORE(second, i);
        }
    } else {
        long a = LOAD(first), b = LOAD(second), c = LOAD(first);
        ts_body_failed = a == 2 && b == 3 && c == 4;
    }
    return argument;
}

static void three_looks(unsigned threads)
{
    first = second = 0;
    ts_body_failed = false;
    ts_body_spread(step_or_look, threads);
}

/* What one adds depends on what the other has made of it so far. */
static void *feed(void *argument)
{
    for (int i = 0; i < 5; i++) {
        if ((uintptr_t)argument == 0) {
            ADD(first, 1);
            ADD(second, LOAD(first));
        } else if (LOAD(second) % 3 == 2) {
            ADD(first, 3);
        } else {
            ADD(first, 1);
        }
    }
    return argument;
}

static void fed_back(unsigned threads)
{
    first = second = 0;
    ts_body_spread(feed, threads);
    ts_body_failed = first == 18;
}

/* Each thread puts its number behind those of the others, twice: only one order of both is wrong. */
static void *append_twice(void *argument)
{
    long own = (long)(uintptr_t)argument + 1;
    long before = 0;
    pthread_mutex_lock(&mutex);
    before = LOAD(first);
    STORE(first, before * 4 + own);
    pthread_mutex_unlock(&mutex);
    pthread_mutex_lock(&mutex);
    before = LOAD(second);
    STORE(second, before * 4 + own);
    pthread_mutex_unlock(&mutex);
    return argument;
}

static void two_orders(unsigned threads)
{
    first = second = 0;
    ts_body_spread(append_twice, threads);
    ts_body_failed = first == (2 * 4 + 3) * 4 + 1 && second == (3 * 4 + 1) * 4 + 2;
}

static void philosophers(unsigned threads)
{
    ts_body_failed = false;
    ts_body_spread(dine, threads);
}

const struct ts_body ts_bodies[] = {
    {"lost update, 2 threads", lost_update, 2, false},
    {"order, 3 threads", order, 3, false},
    {"order, 10 threads", order, 10, false},
    {"order, 20 threads", order, 20, false},
    {"order, 100 threads", order, 100, true},
    {"all half-way, 3 threads", ts_body_half_way, 3, false},
    {"all half-way, 10 threads", ts_body_half_way, 10, false},
    {"all half-way, 20 threads", ts_body_half_way, 20, false},
    {"all half-way, 100 threads", ts_body_half_way, 100, true},
    {"ABA, 3 threads", aba, 3, false},
    {"buffer with if, 4 threads", buffer, 4, false},
    {"alternation, 2 x 5 stores", alternation, 2, false},
    {"three looks at 2 x 5 stores", three_looks, 2, false},
    {"fed back, 2 x 5 steps", fed_back, 2, false},
    {"two orders, 3 threads", two_orders, 3, false},
    {"philosophers, 2", philosophers, 2, false},
    {"philosophers, 3", philosophers, 3, false},
    {"philosophers, 5", philosophers, 5, false},
    {"combination, 4 threads", ts_body_combination, 4, true},
    {"stack of counts, 3 threads", ts_body_counted_stack, 3, true},
    {"two stages, 20 threads", ts_body_two_stages, 20, false},
    {"two stages, 100 threads", ts_body_two_stages, 100, true},
};
const unsigned ts_body_count = sizeof ts_bodies / sizeof *ts_bodies;

static long cells[THREADS_MAX];

static void *three_steps(void *argument)
{
    for (int i = 0; i < 3; i++) {
        ADD(first, 1);
        ts_body_order = ts_body_order << 1 | (uintptr_t)argument;
    }
    return argument;
}

void ts_body_steps(unsigned threads)
{
    ts_body_order = 1;
    ts_body_spread(three_steps, threads);
}

static void *single_step(void *argument)
{
    ADD(first, 1);
    ts_body_order = ts_body_order << 2 | (uintptr_t)argument;
    return argument;
}

void ts_body_single(unsigned threads)
{
    ts_body_order = 1;
    ts_body_spread(single_step, threads);
}

static void *steps_apart(void *argument)
{
    for (int i = 0; i < 2; i++) {
        ADD(cells[(uintptr_t)argument], 1);
    }
    return argument;
}

void ts_body_apart(unsigned threads)
{
    ts_body_spread(steps_apart, threads);
}

static void *two_reads(void *argument)
{
    (void)LOAD(first);
    (void)LOAD(first);
    return argument;
}

void ts_body_reads(unsigned threads)
{
    ts_body_spread(two_reads, threads);
}

static void *one_write(void *argument)
{
    STORE(first, (long)(uintptr_t)argument);
    return argument;
}

void ts_body_conflict(unsigned threads)
{
    ts_body_spread(one_write, threads);
}

static void *nothing(void *argument)
{
    return argument;
}

static void *one_child(void *argument)
{
    pthread_t child;
    pthread_create(&child, NULL, nothing, NULL);
    pthread_join(child, NULL);
    return argument;
}

void ts_body_nested(unsigned threads)
{
    ts_body_spread(one_child, threads);
}

void ts_body_choices(unsigned threads)
{
    (void)threads;
    ts_sched_point(ts_self, TS_OP_PROBE, NULL, false, HERE);
    ts_body_order = 10 * ts_sched_choose(3);
    ts_sched_point(ts_self, TS_OP_PROBE, NULL, false, HERE);
    ts_body_order += ts_sched_choose(2);
}

static void *wait_or_end(void *argument)
{
    if ((uintptr_t)argument == last) {
        ts_sched_point(ts_self, TS_OP_PROBE, NULL, false, HERE);
        cells[0] = 1;
    }
    while (cells[0] == 0) {
        ts_sched_point(ts_self, TS_OP_YIELD, NULL, false, HERE);
    }
    return argument;
}

void ts_body_polite(unsigned threads)
{
    cells[0] = 0;
    ts_body_spread(wait_or_end, threads);
}

static void *work_or_time(void *argument)
{
    int64_t until_ns = ts_sched_now() + 20000;
    if ((uintptr_t)argument != last) {
        while (LOAD(first) == 0) {
            ADD(second, 1);
        }
        return argument;
    }
    do {
        ts_sched_point(ts_self, TS_OP_CLOCK, NULL, false, HERE);
    } while (ts_sched_now() < until_ns);
    STORE(first, 1);
    return argument;
}

void ts_body_restless(unsigned threads)
{
    first = 0;
    ts_body_spread(work_or_time, threads);
}
