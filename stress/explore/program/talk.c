/* What a program under the scheduler and its driver say to each other (control.h). */
#include "explore/control.h"
#include "explore/core/strategy.h"
#include "explore/program/server.h"
#include "explore/strategy/dfs.h"
#include "worker/board.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static struct {
    uint32_t reports; /* on the board when the schedule began */
    uint32_t violations;
} before;

static void quit(void)
{
    _exit(0);
}

void ts_program_tell(enum ts_explore_event_kind kind, int status, uint64_t number)
{
    struct ts_explore_event event = {.kind = kind, .status = status, .number = number};
    char reply = TS_EXPLORE_QUIT;
    ssize_t size = 0;
    do {
        size = write(ts_program.events, &event, sizeof event);
    } while (size < 0 && errno == EINTR);
    if (size != sizeof event) {
        quit();
    }
    do {
        size = read(ts_program.replies, &reply, 1);
    } while (size < 0 && errno == EINTR);
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

void ts_program_note_board(void)
{
    const struct ts_board *board = ts_program.board;
    before.reports = atomic_load_explicit(&board->reports_ready, memory_order_acquire); /* READY acquire */
    /* Relaxed: written by a process that has ended. */
    before.violations = atomic_load_explicit(&board->violations_claimed, memory_order_relaxed);
}

bool ts_program_is_worth_a_look(int status)
{
    const struct ts_board *board = ts_program.board;
    const struct ts_arena *arena = ts_program.arena;
    bool ended_well = arena->result.end == TS_RUN_DONE || arena->result.end == TS_RUN_NONE;
    return status != 0 || !ended_well || arena->config.attend ||
           atomic_load_explicit(&board->reports_ready, memory_order_acquire) != before.reports ||
           /* Relaxed: as above. */
           atomic_load_explicit(&board->violations_claimed, memory_order_relaxed) != before.violations;
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
        bool bit = (exhausted >> i & 1) != 0;
        all = all && bit;
        complete = complete || (bit && has_run_all(arena, i));
    }
    return all || complete;
}
