#include "explore/strategy/trial.h"

#include "explore/strategy/bodies.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

struct shared *shared;
unsigned failures;

void check(bool holds, const char *what)
{
    printf("%s: %s\n", holds ? "ok" : "FAILED", what);
    failures += !holds;
}

void renew_shared(void)
{
    if (shared != NULL) {
        munmap(shared, sizeof *shared);
    }
    shared =
        mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (shared == MAP_FAILED) {
        perror("mmap");
        exit(2);
    }
}

static void count_order(uint64_t order)
{
    for (uint32_t i = 0; i < shared->different; i++) {
        if (shared->order[i] == order) {
            shared->order_count[i]++;
            return;
        }
    }
    if (shared->different < ORDERS_MAX) {
        shared->order[shared->different] = order;
        shared->order_count[shared->different++] = 1;
    }
}

static uint64_t hash_of(const struct ts_run_result *result)
{
    uint64_t hash = 0;
    for (uint32_t i = 0; i < result->deviation_count; i++) {
        const struct ts_deviation *d = &result->deviations[i];
        hash = ts_hash64(hash ^ d->at << 32 ^ (uint64_t)d->thread << 16 ^ d->value) + d->choice;
    }
    return hash;
}

static void run_here(const struct search *search)
{
    struct ts_arena *arena = &shared->arena;
    arena->config.seed = search->seed;
    arena->config.steps_max = 100000;
    arena->config.points = TS_POINTS_ATOMIC;
    arena->config.strategies = search->mix_count;
    memcpy(arena->config.strategy, search->mix, search->mix_count * sizeof *search->mix);
    for (uint64_t i = 0; i < search->schedules; i++) {
        if (!ts_sched_begin(arena, i, true)) {
            return;
        }
        search->body(search->threads);
        ts_sched_end();
        shared->run++;
        if (search->to_failure) {
            if (ts_body_failed) {
                shared->found = i + 1;
                return;
            }
        } else if (!search->skip_half || i % 4 != 2) {
            count_order(search->by_order ? ts_body_order : hash_of(&arena->result));
        }
    }
}

/* The schedule that ran last, once more. */
static void replay_here(const struct search *search)
{
    struct ts_arena *arena = &shared->arena;
    uint64_t checksum = arena->result.checksum;
    memcpy(arena->given, arena->result.deviations, arena->result.deviation_count * sizeof *arena->given);
    arena->given_count = arena->result.deviation_count;
    arena->config.replay = true;
    if (ts_sched_begin(arena, 0, true)) {
        search->body(search->threads);
        ts_sched_end();
        shared->replayed = arena->result.checksum == checksum;
    }
}

void run(const struct search *search)
{
    renew_shared();
    pid_t child = fork();
    if (child == 0) {
        run_here(search);
        replay_here(search);
        _exit(0);
    }
    int status = 0;
    waitpid(child, &status, 0);
    if (WIFEXITED(status) && WEXITSTATUS(status) == TS_EXPLORE_EXIT) {
        shared->found = shared->arena.result.number + 1;
    } else if (status != 0) {
        printf("FAILED: the search ended with status %d, in schedule %llu\n", status,
               (unsigned long long)shared->arena.result.number);
        failures++;
    }
}

struct search counting(const struct ts_strategy_choice *choice, void (*body)(unsigned), bool by_order)
{
    return (struct search){.mix = choice,
                           .mix_count = 1,
                           .body = body,
                           .threads = 2,
                           .seed = 1,
                           .schedules = 100000,
                           .by_order = by_order};
}
