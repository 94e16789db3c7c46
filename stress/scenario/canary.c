/*
 * canary-*: one small defect each, planted, that a detector of the suite must see.
 *
 * In direct mode the defect is there; in every other mode the same code runs without it, and nothing may be
 * seen. A canary that stays silent means that a detector is blind (a setting, a build, a library that hides
 * from the sanitizer), and then no silence of the engine means anything. They load no library and end at
 * once, but for those that hang by intent.
 *
 * Hazard: the code ran; set before it runs, because some of it ends the life. Threads: up to two, besides the
 * owner, and joined by it. What must show is in the catalog.
 */
#include "scenario/scenarios.h"

#include <pthread.h>
#include <stdlib.h>

#define ROUNDS      1000
#define BLOCK_BYTES 4096

static bool is_planted(const struct ts_life *life)
{
    return life->mode == TS_DELIVERY_DIRECT;
}

static void begin(struct ts_life *life)
{
    atomic_store_explicit(&life->board->phase, TS_BOARD_RUNNING, memory_order_release); /* READY release */
    atomic_store_explicit(&life->board->hazard, 1, memory_order_relaxed);               /* a statistic */
}

static ts_err start(pthread_t *thread, void *(*body)(void *), void *argument, struct ts_diag *diag)
{
    int status = pthread_create(thread, NULL, body, argument);
    return status == 0 ? TS_OK : ts_fail_errno(diag, status, "start thread", "canary");
}

/* Two threads count in one integer, with or without its mutex. */
struct tally {
    pthread_mutex_t mutex;
    bool locked;
    int count;
};

static void count_up(struct tally *tally)
{
    tally->count++;
}

static void *count_rounds(void *argument)
{
    struct tally *tally = argument;
    for (int i = 0; i < ROUNDS; i++) {
        if (tally->locked) {
            pthread_mutex_lock(&tally->mutex);
        }
        count_up(tally);
        if (tally->locked) {
            pthread_mutex_unlock(&tally->mutex);
        }
    }
    return NULL;
}

ts_err ts_scenario_canary_race(struct ts_life *life, struct ts_diag *diag)
{
    pthread_t threads[2];
    int running = 0;
    ts_err error = TS_OK;
    struct tally *tally = calloc(1, sizeof *tally);
    if (tally == NULL) {
        return ts_fail(diag, TS_NO_MEMORY, "allocate", "canary", "no memory for a counter");
    }
    pthread_mutex_init(&tally->mutex, NULL);
    tally->locked = !is_planted(life);
    begin(life);
    while (running < 2 && (error = start(&threads[running], count_rounds, tally, diag)) == TS_OK) {
        running++;
    }
    while (running > 0) {
        pthread_join(threads[--running], NULL);
    }
    pthread_mutex_destroy(&tally->mutex);
    free(tally);
    return error;
}

/* Volatile and not inlined: neither the read nor the memory may be optimised away. */
__attribute__((noinline)) static int read_block(const volatile int *block)
{
    return *block;
}

__attribute__((noinline)) static void release_block(int *block)
{
    free(block);
}

ts_err ts_scenario_canary_use_after_free(struct ts_life *life, struct ts_diag *diag)
{
    int *block = calloc(16, sizeof *block);
    if (block == NULL) {
        return ts_fail(diag, TS_NO_MEMORY, "allocate", "canary", "no memory for a block");
    }
    begin(life);
    if (is_planted(life)) {
        release_block(block);
        read_block(block); /* NOLINT(clang-analyzer-unix.Malloc): the defect */
    } else {
        read_block(block);
        release_block(block);
    }
    return TS_OK;
}

/* On a thread of its own: once it has ended, no stale copy of the pointer is on a live stack. */
static void *lose_block(void *argument)
{
    const bool *planted = argument;
    int *block = malloc(BLOCK_BYTES);
    if (block != NULL) {
        block[0] = 1;
        read_block(block);
        if (!*planted) {
            free(block);
        }
    }
    return NULL; /* NOLINT(clang-analyzer-unix.Malloc): the defect */
}

ts_err ts_scenario_canary_leak(struct ts_life *life, struct ts_diag *diag)
{
    pthread_t thread;
    bool planted = is_planted(life);
    begin(life);
    ts_err error = start(&thread, lose_block, &planted, diag);
    if (error == TS_OK) {
        pthread_join(thread, NULL);
    }
    return error;
}

/* Two mutexes and the order in which a thread takes them. */
struct crossing {
    pthread_mutex_t mutexes[2];
    pthread_barrier_t both_hold_one;
    bool meet; /* hold the first until the other thread holds its own: a certain deadlock */
};

struct crosser {
    struct crossing *crossing;
    int first;
};

static void *cross(void *argument)
{
    const struct crosser *crosser = argument;
    struct crossing *crossing = crosser->crossing;
    pthread_mutex_lock(&crossing->mutexes[crosser->first]);
    if (crossing->meet) {
        pthread_barrier_wait(&crossing->both_hold_one);
    }
    pthread_mutex_lock(&crossing->mutexes[1 - crosser->first]);
    pthread_mutex_unlock(&crossing->mutexes[1 - crosser->first]);
    pthread_mutex_unlock(&crossing->mutexes[crosser->first]);
    return NULL;
}

/* One after the other, unless they are to meet. */
static ts_err cross_both(struct crossing *crossing, bool opposite, struct ts_diag *diag)
{
    pthread_t threads[2];
    struct crosser crossers[2] = {{crossing, 0}, {crossing, opposite ? 1 : 0}};
    for (int i = 0; i < 2; i++) {
        ts_err error = start(&threads[i], cross, &crossers[i], diag);
        if (error != TS_OK) {
            return error; /* a first that waits for the second dies with the process */
        }
        if (!crossing->meet) {
            pthread_join(threads[i], NULL);
        }
    }
    for (int i = 0; crossing->meet && i < 2; i++) {
        pthread_join(threads[i], NULL);
    }
    return TS_OK;
}

ts_err ts_scenario_canary_deadlock(struct ts_life *life, struct ts_diag *diag)
{
    /* Static: outlives this call when a thread is left behind. */
    static struct crossing crossing;
    /* ThreadSanitizer reports the order alone, and AddressSanitizer has no eye for it. */
    crossing.meet = is_planted(life) && life->flavour == TS_FLAVOUR_PLAIN;
    pthread_barrier_init(&crossing.both_hold_one, NULL, 2);
    pthread_mutex_init(&crossing.mutexes[0], NULL);
    pthread_mutex_init(&crossing.mutexes[1], NULL);
    begin(life);
    ts_err error = cross_both(&crossing, is_planted(life), diag);
    if (error == TS_OK) {
        pthread_mutex_destroy(&crossing.mutexes[0]);
        pthread_mutex_destroy(&crossing.mutexes[1]);
        pthread_barrier_destroy(&crossing.both_hold_one);
    }
    return error;
}

/* Somebody waits for a bell, and somebody else may ring it. */
struct bell {
    pthread_mutex_t mutex;
    pthread_cond_t rung;
    bool has_rung;
};

static void *ring(void *argument)
{
    struct bell *bell = argument;
    pthread_mutex_lock(&bell->mutex);
    bell->has_rung = true;
    pthread_cond_signal(&bell->rung);
    pthread_mutex_unlock(&bell->mutex);
    return NULL;
}

static void await(struct bell *bell)
{
    pthread_mutex_lock(&bell->mutex);
    while (!bell->has_rung) {
        pthread_cond_wait(&bell->rung, &bell->mutex);
    }
    pthread_mutex_unlock(&bell->mutex);
}

ts_err ts_scenario_canary_hang(struct ts_life *life, struct ts_diag *diag)
{
    pthread_t thread;
    struct bell bell = {.mutex = PTHREAD_MUTEX_INITIALIZER, .rung = PTHREAD_COND_INITIALIZER};
    ts_err error = is_planted(life) ? TS_OK : start(&thread, ring, &bell, diag);
    if (error != TS_OK) {
        return error;
    }
    begin(life);
    await(&bell);
    pthread_join(thread, NULL); /* the planted one does not come here */
    return TS_OK;
}
