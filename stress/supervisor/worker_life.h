/*
 * One life: a worker process from its start to its end, watched.
 *
 * The worker runs in a session of its own, so that a terminal's Ctrl-C reaches the supervisor only. Its
 * output comes through a pipe and is kept up to TS_LIFE_LOG_MAX. The watchdog reads the board's heartbeat;
 * while the supervisor itself is stopped (Ctrl-Z), or stops the worker on purpose, no time counts against the
 * worker.
 *
 * Threads: one life at a time, on the caller's thread; libuv's loop lives inside the call.
 * Ownership: run fills *life, ts_worker_life_fini frees its log; request and board stay the caller's.
 * Units: milliseconds.
 * Progress: blocks until the worker is dead and reaped.
 * Errors: TS_NOT_FOUND, TS_IO: the worker could not be started; however it ended is not an error.
 */
#ifndef TS_SUPERVISOR_WORKER_LIFE_H
#define TS_SUPERVISOR_WORKER_LIFE_H

#include "base/err.h"
#include "hang/hang.h"
#include "supervisor/classify.h"
#include "supervisor/torment.h"
#include "supervisor/usage.h"
#include "supervisor/words.h"

#define TS_LIFE_LOG_MAX ((size_t)1024 * 1024)

typedef void (*ts_life_tick)(const struct ts_board *board, void *user_data);

struct ts_worker_life_request {
    char **arguments;   /* of the worker, its path first; NULL-terminated */
    char **environment; /* NULL-terminated */
    struct ts_board *board;
    int64_t for_ms;
    int64_t hang_ms;
    bool until_finding; /* asks the worker to stop once a report or a violation is on the board */
    const struct ts_process_faults *faults; /* from outside (torment.h); NULL: none */
    uint64_t seed;                          /* of their moments */
    ts_life_tick tick;                      /* a few times a second; may be NULL */
    void *user_data;
};

struct ts_worker_life {
    enum ts_ending_cause cause;
    int exit_code;
    int signal;
    int64_t duration_ms;
    struct ts_words words;
    char hang_detail[512];
    struct ts_hang *hang; /* what its threads were doing when it hung; NULL */
    char last_line[160];
    char *log; /* ends with NUL; NULL when it wrote nothing */
    size_t log_size;
    bool log_cut;
    struct ts_torment_counts torment;
    struct ts_usage usage;
};

ts_err ts_worker_life_run(const struct ts_worker_life_request *request, struct ts_worker_life *life,
                          struct ts_diag *diag);
void ts_worker_life_fini(struct ts_worker_life *life);

#endif
