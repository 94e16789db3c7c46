#include "explore/strategy/bodies.h"
#include "explore/strategy/bodies_points.h"

#include <pthread.h>

static unsigned last;
static pthread_mutex_t one = PTHREAD_MUTEX_INITIALIZER, other = PTHREAD_MUTEX_INITIALIZER;

/* Each thread turns the wheel three times, under a lock; it goes on only for the right one. */
static long wheel;

static void *turn(void *argument)
{
    static const uintptr_t code[] = {3, 1, 2, 1, 0, 3};
    for (int i = 0; i < 3; i++) {
        pthread_mutex_lock(&one);
        long at = LOAD(wheel);
        if (at < 6) {
            STORE(wheel, code[at] == (uintptr_t)argument ? at + 1 : 0);
        }
        pthread_mutex_unlock(&one);
    }
    return argument;
}

void ts_body_combination(unsigned threads)
{
    wheel = 0;
    ts_body_spread(turn, threads);
    ts_body_failed = wheel == 6;
}

/* A stack of as many cells as threads, linked by numbers, its count beside it: who pops takes the link of a
 * cell away first, and puts it back when the top has changed meanwhile. Two may come to own one cell. */
static long top, count, link_of[8], owner[8];

static long take(void)
{
    while (LOAD(count) > 1) {
        long cell = LOAD(top);
        ts_sched_point(ts_self, TS_OP_RMW, &link_of[cell], true, HERE);
        long below = link_of[cell];
        link_of[cell] = -1;
        if (below >= 0) {
            if (SWAP(top, cell, below)) {
                ADD(count, -1);
                return cell;
            }
            STORE(link_of[cell], below);
        }
    }
    return -1;
}

static void give(long cell)
{
    long above = LOAD(top);
    do {
        STORE(link_of[cell], above);
        above = LOAD(top);
    } while (link_of[cell] != above || !SWAP(top, above, cell));
    ADD(count, 1);
}

static void *take_and_give(void *argument)
{
    for (int i = 0; i < 4; i++) {
        long cell = take();
        for (int tries = 0; cell < 0 && tries < 8; tries++) {
            ts_sched_point(ts_self, TS_OP_YIELD, NULL, false, HERE);
            cell = take();
        }
        if (cell < 0) {
            return argument;
        }
        STORE(owner[cell], (long)(uintptr_t)argument);
        ts_body_failed = ts_body_failed || LOAD(owner[cell]) != (long)(uintptr_t)argument;
        give(cell);
    }
    return argument;
}

void ts_body_counted_stack(unsigned threads)
{
    top = 0;
    count = (long)threads;
    for (unsigned i = 0; i < threads; i++) {
        link_of[i] = i + 1 < threads ? (long)i + 1 : -1;
    }
    ts_body_failed = false;
    ts_body_spread(take_and_give, threads);
}

/* All but the last set two values, each under a lock of its own; the last looks at both. */
static long stage[2];

static long look(pthread_mutex_t *lock, const long *value)
{
    pthread_mutex_lock(lock);
    long seen = LOAD(*value);
    pthread_mutex_unlock(lock);
    return seen;
}

static void *set_both_or_look(void *argument)
{
    if ((uintptr_t)argument < last) {
        pthread_mutex_lock(&one);
        STORE(stage[0], 1);
        pthread_mutex_unlock(&one);
        pthread_mutex_lock(&other);
        STORE(stage[1], 1);
        pthread_mutex_unlock(&other);
    } else if (look(&one, &stage[0]) == 1) {
        ts_body_failed = ts_body_failed || look(&other, &stage[1]) == 0;
    }
    return argument;
}

void ts_body_two_stages(unsigned threads)
{
    stage[0] = stage[1] = 0;
    last = threads - 1;
    ts_body_failed = false;
    ts_body_spread(set_both_or_look, threads);
}
