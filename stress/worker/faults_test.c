/* One seed, many lives of the real worker: each decides the same at its probes, as far as it got. */
#include "faults/point.h"
#include "worker/board.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define LIVES_DEFAULT 8

extern char **environ;

static char faults[] = "*: 2%yield(1); queue.push.full: 20%return; broadcast.commit.publish: 3%delay";

static pid_t start(char *board_path, char *seed)
{
    static char worker[] = TS_WORKER, library[] = TS_SIGNAL;
    char *arguments[] = {worker,
                         (char[]){"--scenario"},
                         (char[]){"destroy-mid-callback"},
                         (char[]){"--mode"},
                         (char[]){"queued"},
                         (char[]){"--seed"},
                         seed,
                         (char[]){"--for-ms"},
                         (char[]){"150"},
                         (char[]){"--board"},
                         board_path,
                         (char[]){"--library"},
                         library,
                         (char[]){"--faults"},
                         faults,
                         NULL};
    pid_t child;
    cr_assert_eq(posix_spawn(&child, worker, NULL, NULL, arguments, environ), 0);
    return child;
}

static struct ts_board *live(char *board_path, char *seed)
{
    struct ts_board *board;
    struct ts_diag diag;
    int status;
    cr_assert_eq(ts_board_create(board_path, &board, &diag), TS_OK, "%s", diag.text);
    pid_t child = start(board_path, seed);
    cr_assert_eq(waitpid(child, &status, 0), child);
    cr_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0, "status %x: %s", status, board->note);
    unlink(board_path);
    return board;
}

static const struct ts_fault_thread *row_of(const struct ts_board *board, uint64_t lineage)
{
    for (int i = 0; i < TS_FAULT_LOG_THREADS; i++) {
        const struct ts_fault_thread *row = &board->faults.threads[i];
        if (row->used != 0 && row->lineage == lineage) {
            return row;
        }
    }
    return NULL;
}

/* How many visits were compared; those that only one of the lives came to are not. */
static unsigned compare(const struct ts_board *first, const struct ts_board *second, unsigned *different)
{
    unsigned compared = 0;
    for (int i = 0; i < TS_FAULT_LOG_THREADS; i++) {
        const struct ts_fault_thread *mine = &first->faults.threads[i];
        const struct ts_fault_thread *other = mine->used != 0 ? row_of(second, mine->lineage) : NULL;
        for (int point = 0; other != NULL && point < TS_PROBE_COUNT; point++) {
            uint32_t visits = mine->points[point].visits, theirs = other->points[point].visits;
            visits = visits < theirs ? visits : theirs;
            visits = visits < TS_FAULT_LOG_VISITS ? visits : TS_FAULT_LOG_VISITS;
            uint64_t mask = visits == 64 ? UINT64_MAX : (UINT64_C(1) << visits) - 1;
            uint64_t gap = (mine->points[point].fired ^ other->points[point].fired) & mask;
            compared += visits;
            *different += (unsigned)__builtin_popcountll(gap);
        }
    }
    return compared;
}

static int lives(void)
{
    const char *text = getenv("TS_FAULT_LIVES");
    return text != NULL && atoi(text) > 0 ? atoi(text) : LIVES_DEFAULT;
}

static void spin_forever(void)
{
    for (;;) {
        __asm__ volatile("" : : : "memory");
    }
}

static void compare_lives(int loads)
{
    char path[64];
    pid_t busy[8];
    unsigned different = 0;
    snprintf(path, sizeof path, "/tmp/ts-faults-test.%d", (int)getpid());
    for (int i = 0; i < loads; i++) {
        busy[i] = fork();
        cr_assert_geq(busy[i], 0);
        if (busy[i] == 0) {
            spin_forever();
        }
    }
    struct ts_board *first = live(path, (char[]){"0x5eed"});
    unsigned least = UINT32_MAX;
    for (int i = 1; i < lives(); i++) {
        struct ts_board *board = live(path, (char[]){"0x5eed"});
        unsigned compared = compare(first, board, &different);
        least = compared < least ? compared : least;
        ts_board_unmap(board);
    }
    struct ts_board *other = live(path, (char[]){"0x5eee"});
    unsigned differs = 0;
    compare(first, other, &differs);
    for (int i = 0; i < loads; i++) {
        kill(busy[i], SIGKILL);
        waitpid(busy[i], NULL, 0);
    }
    ts_board_unmap(first);
    ts_board_unmap(other);
    cr_assert_eq(different, 0, "%u decisions differ between lives of one seed", different);
    cr_assert_gt(least, 50, "only %u decisions compared", least);
    cr_assert_gt(differs, 0, "another seed decides the same");
}

Test(faults, lives_of_one_seed_decide_the_same)
{
    compare_lives(0);
}

Test(faults, lives_of_one_seed_decide_the_same_under_load)
{
    compare_lives(3);
}
