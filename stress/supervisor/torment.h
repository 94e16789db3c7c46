/*
 * Faults of the process as a whole that come from outside (faults/process.h): the worker is stopped and goes
 * on, its threads get signals and are moved between processors, hogs spin beside it.
 *
 * When and whom: drawn from the life's seed; how far that gets is the operating system's. Nothing begins
 * before the worker handles the signal (phase STARTING of its board).
 *
 * Threads: libuv's loop, as the worker's watch. Ownership: begin starts timers and hogs; end closes and reaps
 * them all, and must be called before the loop is left; hogs also die with the supervisor, and after a time
 * of their own. Units: nanoseconds, milliseconds. Errors: a hog that cannot be started or a thread that
 * cannot be moved is left out; the counts say what was done.
 */
#ifndef TS_SUPERVISOR_TORMENT_H
#define TS_SUPERVISOR_TORMENT_H

#include "base/random.h"
#include "faults/process.h"
#include "worker/board.h"

#include <sys/types.h>
#include <uv.h>

#define TS_TORMENT_THREADS 64

struct ts_torment_counts {
    uint64_t stops, signals, moves, hogs;
};

struct ts_torment {
    struct ts_process_faults faults;
    const struct ts_board *board;
    pid_t worker;
    struct ts_random random;
    uv_timer_t stop, storm, migrate;
    bool begun, stopped;
    int64_t stopped_ns; /* when it was stopped, or its pause was last taken account of */
    int64_t paused_ns;  /* not yet taken by ts_torment_paused_ms */
    int64_t stormed_ns; /* up to when signals were sent */
    int64_t listed_ns;  /* when its threads were last listed */
    pid_t threads[TS_TORMENT_THREADS];
    size_t thread_count;
    pid_t hogs[TS_PROCESS_HOGS_MAX];
    struct ts_torment_counts counts;
};

/* faults: NULL for none, and then nothing is done. The worker leads a process group. life_ms: how long a hog
 * may live at most. */
void ts_torment_begin(struct ts_torment *torment, uv_loop_t *loop, const struct ts_process_faults *faults,
                      const struct ts_board *board, pid_t worker, uint64_t seed, int64_t life_ms);

/* How long the worker was stopped since the last call: no time that counts against it. */
int64_t ts_torment_paused_ms(struct ts_torment *torment);

/* The worker goes on, if it lives; hogs are dead and reaped. May be called again. */
void ts_torment_end(struct ts_torment *torment);

#endif
