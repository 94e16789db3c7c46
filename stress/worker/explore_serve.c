/* A worker as a program that a driver runs schedules in (control.h): all in one process, as in any life. */
#include "explore/core/scheduler.h"
#include "explore/program/server.h"
#include "worker/explore_run.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

bool ts_explore_is_served(void)
{
    return ts_program.arena != NULL;
}

const char *ts_explore_served_board(void)
{
    static char path[256];
    const char *board = getenv(TS_EXPLORE_ENV_BOARD);
    if (board == NULL) {
        return NULL;
    }
    snprintf(path, sizeof path, "%s", board); /* opening forgets the variable */
    return ts_program_open() ? path : NULL;
}

/* The driver says which schedules; how one runs is the cell's to say, as in the life that found it. */
static void take_config(const struct ts_explore_search *search)
{
    struct ts_explore_config *config = &search->arena->config;
    const struct ts_explore_config *own = &search->plan->config;
    config->seed = search->life->seed;
    config->steps_max = own->steps_max;
    config->time = own->time;
    config->handoff = own->handoff;
    config->spurious = own->spurious;
}

static void empty_output(void)
{
    if (ts_program.capture >= 0 && ftruncate(ts_program.capture, 0) != 0) {
        ts_program_refuse("its output cannot be captured");
    }
}

/*
 * The default schedule, for what is done only once in a process. What it finds is not the driver's; nor may
 * it touch what the driver, who may start this process in the middle of a search, has put down.
 */
static ts_err warm_up(const struct ts_explore_search *search)
{
    struct ts_arena *arena = search->arena;
    struct ts_board *board = search->life->board;
    struct ts_explore_config config = arena->config;
    uint32_t given_count = arena->given_count;
    arena->config = search->plan->config;
    arena->config.seed = search->life->seed;
    arena->config.replay = true;
    arena->given_count = 0;
    ts_err error = ts_explore_run_schedule(search, 0);
    arena->config = config;
    arena->given_count = given_count;
    /* Relaxed: the driver waits for a message. */
    atomic_store_explicit(&board->reports_ready, 0, memory_order_relaxed);
    for (uint32_t i = 0; i < TS_BOARD_VIOLATIONS; i++) {
        atomic_store_explicit(&board->violations[i].ready, 0, memory_order_relaxed);
    }
    atomic_store_explicit(&board->violations_claimed, 0, memory_order_relaxed);
    return error;
}

static void run_all(const struct ts_explore_search *search)
{
    struct ts_arena *arena = search->arena;
    uint64_t end = arena->config.first + arena->config.count, number = arena->config.first;
    ts_err error = TS_OK;
    take_config(search);
    struct ts_program_seen seen = ts_program_see_board();
    /* Relaxed: it only has to be seen some time. */
    for (; number < end && atomic_load_explicit(&arena->stop, memory_order_relaxed) == 0; number++) {
        empty_output();
        arena->result.end = TS_RUN_NONE;
        arena->result.steps = 0;
        arena->result.signal = 0;
        error = ts_explore_run_schedule(search, number);
        if (error == TS_END) {
            break;
        }
        if (ts_program_is_worth_a_look(0, seen)) { /* an error of the body is no finding */
            ts_program_tell(TS_EXPLORE_ATTENTION, 0, number);
            seen = ts_program_see_board();
        }
    }
    ts_program_tell(TS_EXPLORE_IDLE, 0, number);
}

ts_err ts_explore_serve(struct ts_explore_search *search)
{
    search->arena = ts_program.arena;
    ts_explore_report_install(search->life->board, search->arena);
    if (ts_handoff_choose((enum ts_handoff_kind)search->plan->config.handoff) == NULL) {
        ts_program_refuse("this machine cannot hand over in the way that was asked for");
    }
    ts_err error = warm_up(search);
    if (error != TS_OK) {
        return error;
    }
    ts_program_tell(TS_EXPLORE_IDLE, 0, 0);
    for (;;) {
        run_all(search);
    }
}
