/*
 * The driver's state, for its own files.
 *
 * Threads: the caller's.
 */
#ifndef TS_EXPLORE_DRIVER_STATE_H
#define TS_EXPLORE_DRIVER_STATE_H

#include "explore/control.h"
#include "explore/core/arena.h"
#include "explore/driver/driver.h"
#include "explore/driver/modules.h"
#include "worker/board.h"

#include <limits.h>

#define TS_DRIVER_FINDINGS 80 /* of one schedule */

struct ts_driver {
    struct ts_driver_request request;
    char folder[64];
    char arena_path[96];
    char board_path[96];
    char capture_path[96];
    char maps_path[96];
    struct ts_arena *arena;
    struct ts_board *board;
    struct ts_symbolizer *symbolizer;
    struct ts_modules modules; /* where code lies, for addresses in the arena */
    char **environment;
    pid_t process; /* the program; -1: none */
    int replies;   /* written by us */
    int events;    /* read by us */
    uint64_t restarts;
    uint32_t reports_known;
    char report_signature[TS_BOARD_REPORTS][20];
    char *capture;
    bool stopping;
    /* The watchdog's last look. */
    int64_t moved_ns;
    uint64_t seen_schedule;
    uint64_t seen_step;
    pid_t seen_process;
    int64_t computed_ns; /* processor time at the first look; -1: there was none */
    unsigned analysed;
    struct ts_finding *unmodelled; /* what it found; NULL */
    bool killed;
};

/* target.c */
ts_err ts_target_prepare(struct ts_driver *driver, struct ts_diag *diag);
ts_err ts_target_start(struct ts_driver *driver, struct ts_diag *diag);
/* Ends the program and everything that it started; returns its status as from waitpid. */
int ts_target_end(struct ts_driver *driver);
void ts_target_remove(struct ts_driver *driver);
/* What the schedule has written, in driver->capture. */
void ts_target_read_capture(struct ts_driver *driver);

/* judge.c: findings of the schedule that has ended; they go into `findings`. Returns their number. */
size_t ts_judge(struct ts_driver *driver, int status, struct ts_finding **findings);

/* The signal by which somebody who is neither the program nor this driver has killed it; 0: nobody has. */
int ts_judge_outside(const struct ts_driver *driver, int status);

/* watch.c: looks at a schedule that does not move, and ends it when it is stuck in the kernel. */
void ts_watch(struct ts_driver *driver);

#endif
