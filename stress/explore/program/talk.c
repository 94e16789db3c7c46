/*
 * What a program under the scheduler and its driver say to each other (control.h). By system calls alone:
 * between schedules the memory of the sanitizer is theirs (image.h).
 */
#include "explore/control.h"
#include "explore/core/mix.h"
#include "explore/core/strategy.h"
#include "explore/core/sys.h"
#include "explore/program/server.h"
#include "explore/strategy/dfs.h"
#include "worker/board.h"

#include <errno.h>
#include <string.h>

static _Noreturn void quit(void)
{
    for (;;) {
        ts_sys4(SYS_exit_group, 0, 0, 0, 0);
    }
}

void ts_program_tell(enum ts_explore_event_kind kind, int status, uint64_t number)
{
    struct ts_explore_event event = {.kind = kind, .status = status, .number = number};
    char reply = TS_EXPLORE_QUIT;
    long size = 0;
    do {
        size = ts_sys4(SYS_write, ts_program.events, (long)(uintptr_t)&event, sizeof event, 0);
    } while (size == -EINTR);
    if (size != sizeof event) {
        quit();
    }
    do {
        size = ts_sys4(SYS_read, ts_program.replies, (long)(uintptr_t)&reply, 1, 0);
    } while (size == -EINTR);
    if (size != 1 || reply == TS_EXPLORE_QUIT) {
        quit();
    }
}

void ts_program_refuse(const char *text)
{
    strncpy(ts_program.arena->result.text, text, sizeof ts_program.arena->result.text - 1);
    ts_program_tell(TS_EXPLORE_REFUSED, 0, 0);
    quit();
}

struct ts_program_seen ts_program_see_board(void)
{
    const struct ts_board *board = ts_program.board;
    return (struct ts_program_seen){
        .reports = atomic_load_explicit(&board->reports_ready, memory_order_acquire), /* READY acquire */
        /* Relaxed: written by a process that has ended. */
        .violations = atomic_load_explicit(&board->violations_claimed, memory_order_relaxed)};
}

bool ts_program_is_worth_a_look(int status, struct ts_program_seen before)
{
    struct ts_program_seen now = ts_program_see_board();
    const struct ts_arena *arena = ts_program.arena;
    bool ended_well = arena->result.end == TS_RUN_DONE || arena->result.end == TS_RUN_NONE;
    return status != 0 || !ended_well || arena->config.attend || now.reports != before.reports ||
           now.violations != before.violations;
}

/* An exhaustive search that lost its way has no further schedule either, and has not run all. */
static bool has_run_all(const struct ts_arena *arena, uint32_t which)
{
    const struct ts_dfs_progress *progress = (const void *)arena->strategy_state[which];
    return arena->config.strategy[which].id == TS_STRATEGY_DFS && progress->complete;
}

/* Nothing is left: each strategy has had its schedules, or one of them has run all that there are. */
bool ts_program_is_exhausted(const struct ts_arena *arena, uint64_t exhausted)
{
    bool all = true, complete = false;
    for (uint32_t i = 0; i < arena->config.strategies; i++) {
        bool bit = (exhausted >> ts_mix_first(arena, i) & 1) != 0;
        all = all && bit;
        complete = complete || (bit && has_run_all(arena, i));
    }
    return all || complete;
}
