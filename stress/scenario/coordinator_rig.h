/*
 * What the scenarios of the coordinator share: a coordinator on a small market (drawn, or the first trades of
 * --tape), and a ledger that counts for itself what became of each task, to be held against the coordinator's
 * own numbers.
 *
 * Threads: submit by any, each row by one; the callback by the coordinator's runners; events, checks and life
 * by the owner. Ownership: the rig owns controllers, coordinator and ledger; rows live until
 * ts_task_rig_close. Order: what a callback does to its row is relaxed, for the row is judged when the
 * callback was counted as ended under the coordinator's mutex, or when no coordinator lingers (LINGER).
 */
#ifndef TS_SCENARIO_COORDINATOR_RIG_H
#define TS_SCENARIO_COORDINATOR_RIG_H

#include "coordinator/coordinator.h"
#include "scenario/life.h"

#include <pthread.h>

/* Pieces of work whose answers are known beforehand; the last two fail, as they must. */
#define TS_WORKS 8u
#define TS_WORK_LONG                                                                                         \
    TS_WORKS /* a sweep that takes its time; answered as cancelled or completed, unchecked                   \
              */

struct ts_task_rig;

/* One task, or one submit that was refused. */
struct ts_task_row {
    struct ts_task_rig *rig;
    uint64_t task; /* 0: refused */
    uint32_t work;
    bool calls_back;
    bool cancelled; /* somebody was told that it is */
    _Atomic uint32_t callbacks, callback_code;
    uint32_t events;
    enum ts_outcome outcome; /* of the event */
    void *aside;             /* the scenario's */
};

/* Where callbacks hang until they are let go. */
struct ts_gate {
    pthread_mutex_t mutex;
    pthread_cond_t opened;
    bool open;
};

struct ts_task_rig {
    struct ts_life *life;
    struct ts_coordinator_options options;
    struct ts_controllers *controllers;
    int64_t begin_ns, end_ns; /* of their prices */
    struct ts_coordinator *coordinator;
    struct ts_result answers[TS_WORKS];
    ts_err errors[TS_WORKS];
    struct ts_task_row *rows;
    uint32_t rows_max;
    uint64_t polled; /* of the thread that polls */
    struct ts_coordinator_state final;
    uint32_t threads_before; /* of the process, as the kernel counts them; 0 when explored */
};

/* Two workers and one runner when explored, four and two else. */
struct ts_coordinator_options ts_task_rig_options(const struct ts_life *life, uint32_t tasks_max);

/* rows_max: submits in all, also refused ones. On error nothing is left. */
ts_err ts_task_rig_open(struct ts_task_rig *rig, struct ts_life *life,
                        const struct ts_coordinator_options *options, uint32_t rows_max,
                        struct ts_diag *diag);

/* Submits a piece of work with the row for its user data. Each row once. Any error but TS_FULL and TS_CLOSED
 * is a violation. */
ts_err ts_task_rig_submit(struct ts_task_rig *rig, struct ts_task_row *row, uint32_t work,
                          ts_task_callback callback, int64_t wait_ns);

/* The usual callback: checks what it is told, and counts. Others call it when they have done what they are
 * for. */
void ts_task_rig_callback(uint64_t task, const struct ts_result *result, const struct ts_diag *error,
                          void *row);

/* Takes an event, checks it and counts it in its row. As ts_coordinator_poll. */
ts_err ts_task_rig_poll(struct ts_task_rig *rig, int64_t wait_ns);

/* The identities of the snapshot; and that there are no more threads than promised. Any time, any thread. */
struct ts_coordinator_state ts_task_rig_check(struct ts_task_rig *rig);

void ts_gate_init(struct ts_gate *gate);
void ts_gate_pass(struct ts_gate *gate); /* waits until it is open */
void ts_gate_open(struct ts_gate *gate);

/* No more tasks; threads that wait in a call come back. */
void ts_task_rig_shutdown(struct ts_task_rig *rig, enum ts_shutdown how, int64_t limit_ns);

/* After the shutdown: polls what is left and destroys the coordinator. */
void ts_task_rig_destroy(struct ts_task_rig *rig);

/* Destroys, unless that is done, waits for late callbacks (which must have been let go), and holds each row
 * and the sums against the coordinator's numbers. */
void ts_task_rig_close(struct ts_task_rig *rig);

/* One round of a scenario on a coordinator of its own; adds to hazard. */
typedef ts_err (*ts_task_round)(struct ts_life *life, uint64_t *hazard, struct ts_diag *diag);

/* Rounds until the life is over or one fails; one alone when explored. The owner's. */
ts_err ts_task_rig_rounds(struct ts_life *life, ts_task_round round, struct ts_diag *diag);

#endif
