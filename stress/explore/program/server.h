/*
 * What a program built by `tickstorm cc` does besides its own work: nothing as a rule, and the work of a fork
 * server when a driver has started it (control.h).
 *
 * The server is the process that the driver started; it never reaches the program's main. Each schedule is a
 * child of its own, forked before there is any thread, so all schedules begin alike.
 *
 * Threads: the only one. Compiled without sanitizers. Errors: a broken pipe ends the process quietly.
 */
#ifndef TS_EXPLORE_PROGRAM_SERVER_H
#define TS_EXPLORE_PROGRAM_SERVER_H

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

/* Copies the process's memory map to where the driver looks for it. By system calls alone. */
void ts_program_keep_maps(void);

#endif
