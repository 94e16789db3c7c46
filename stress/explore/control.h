/*
 * How a program under the scheduler is told what to run, and tells its driver what came of it.
 *
 * The driver starts the program with these variables in its environment:
 *   TICKSTORM_ARENA    file of the arena (core/arena.h); its config says which schedules to run
 *   TICKSTORM_BOARD    file of the board (worker/board.h), which receives what the sanitizers find; it stays
 *                      the same for all schedules, so a report that is known is only counted
 *   TICKSTORM_CONTROL  "R,W": descriptors for replies (read) and events (write)
 *   TICKSTORM_CAPTURE  file of stdout and stderr, open as these two; emptied before each schedule
 *   TICKSTORM_MAPS     file for a copy of /proc/self/maps, written where a schedule leaves addresses in the
 *                      arena: it ended badly, or it was traced
 *
 * Without TICKSTORM_CONTROL and CAPTURE it runs one schedule, config.first, in itself: for debuggers.
 *
 * The program sends IDLE when it is there, and waits for a reply: the driver has filled in the config. Then
 * it runs schedules config.first, config.first + 1, ... On each one that is worth a look it sends an
 * ATTENTION and waits for a reply; arena and board hold everything about it. When all are done, the driver
 * has set arena.stop, or no strategy has a schedule left, it sends IDLE and waits again. An end of file from
 * the program means that the process itself has died, in schedule arena.result.number if arena.phase is 1.
 *
 * A schedule is worth a look when it did not end well, when the process that ran it did not exit with 0, when
 * the board holds a report or a violation that it did not hold before, or when config.attend is set.
 *
 * Threads: one on each side. Units: none. Errors: a broken pipe ends the program quietly; its driver is gone.
 */
#ifndef TS_EXPLORE_CONTROL_H
#define TS_EXPLORE_CONTROL_H

#include <stdint.h>

#define TS_EXPLORE_ENV_ARENA   "TICKSTORM_ARENA"
#define TS_EXPLORE_ENV_BOARD   "TICKSTORM_BOARD"
#define TS_EXPLORE_ENV_CONTROL "TICKSTORM_CONTROL"
#define TS_EXPLORE_ENV_CAPTURE "TICKSTORM_CAPTURE"
#define TS_EXPLORE_ENV_MAPS    "TICKSTORM_MAPS"

enum ts_explore_event_kind {
    TS_EXPLORE_ATTENTION = 1,
    TS_EXPLORE_IDLE,
    TS_EXPLORE_REFUSED, /* it cannot run schedules; text in arena.result.text */
};

struct ts_explore_event {
    uint32_t kind;   /* enum ts_explore_event_kind */
    int32_t status;  /* as from waitpid, of the process that ran the schedule; 0 when that lives */
    uint64_t number; /* the schedule */
};

enum ts_explore_reply {
    TS_EXPLORE_GO_ON = 'g', /* after IDLE: begin with config.first anew */
    TS_EXPLORE_QUIT = 'q',
};

#endif
