/*
 * What a program built by `tickstorm cc` does besides its own work: nothing as a rule, and the work of a fork
 * server when a driver has started it (control.h).
 *
 * The server is the process that the driver started; it never reaches the program's main. Each schedule is a
 * process of its own that begins before there is any thread, so all schedules begin alike. Where the system
 * can do it they work one after the other in the memory of a second server (image.h), which the first
 * replaces by itself when that is gone; else each is forked from the first.
 *
 * Threads: the only one. Compiled without sanitizers. Errors: a broken pipe ends the process quietly.
 */
#ifndef TS_EXPLORE_PROGRAM_SERVER_H
#define TS_EXPLORE_PROGRAM_SERVER_H

#include "explore/control.h"
#include "explore/core/arena.h"

#include <stdbool.h>

struct ts_board;

/* What the driver has handed to this process. */
struct ts_program {
    struct ts_arena *arena;
    struct ts_board *board;
    int replies;
    int events;
    int capture;    /* -1: none */
    char maps[256]; /* "": none */
};

extern struct ts_program ts_program;

/* Reads the environment. False: no driver has started this process. */
bool ts_program_open(void);

/* The server's life. Returns in each child, which is to go on with the schedule; the server itself exits.
 * Where nobody controls it, there is one schedule, in the process itself. */
void ts_program_serve(void);

/* talk.c. Sends an event and waits for the reply; does not come back when the driver is gone or wants no
 * more.
 */
void ts_program_tell(enum ts_explore_event_kind kind, int status, uint64_t number);

/* warm.c. Does in the server what each schedule would have to do. */
void ts_program_warm(void);

/* processor.c. The process stays on the processor where it is. */
void ts_program_bind(void);

/* Says why there can be no schedules, and ends the process. */
void ts_program_refuse(const char *text);

/* How much is on the board. */
struct ts_program_seen {
    uint32_t reports, violations;
};
struct ts_program_seen ts_program_see_board(void);

/* Whether the driver is to look at the schedule that has ended; `status` as from waitpid, `before` what was
 * on the board when the schedule began. */
bool ts_program_is_worth_a_look(int status, struct ts_program_seen before);

/* Nothing is left: each strategy has had its schedules, or one of them has run all that there are.
 * `exhausted` is the arena's. */
bool ts_program_is_exhausted(const struct ts_arena *arena, uint64_t exhausted);

/* Copies the process's memory map to where the driver looks for it. By system calls alone. */
void ts_program_keep_maps(void);

#endif
