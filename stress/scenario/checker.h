/*
 * Checks every result that reaches the host, and the books of an engine that has ended.
 *
 * It works on the payload of the "checked" model (engine/model.h) and not on the engine's counters, so that
 * the two can be held against each other: what the sequence numbers say is missing must be exactly what the
 * counters say was dropped, rejected, pending or still in the pipeline.
 *
 * Threads: on_result by the delivering thread; the rest by the owner thread once that thread has ended or is
 * the owner.
 */
#ifndef TS_SCENARIO_CHECKER_H
#define TS_SCENARIO_CHECKER_H

#include "delivery_mode.h"
#include "engine/config.h"
#include "host/runner.h"
#include "worker/board.h"

/* What stands in a tick that was given back: a result of it is one of borrowed memory. */
#define TS_CHECKER_POISON 0xdd

struct ts_checker {
    struct ts_board *board;
    enum ts_delivery_mode mode;
    uint64_t engine_id;
    uint32_t models;
    pthread_t owner; /* queued: the thread that polls; set anew by it when another one takes over */
    bool any_thread; /* several threads poll: whichever holds the poll may execute */
    uint64_t seen;
    uint64_t holes; /* sequence numbers jumped over */
    uint64_t last_sequence[TS_CALCULATORS_MAX];
};

void ts_checker_begin(struct ts_checker *checker, struct ts_board *board, enum ts_delivery_mode mode,
                      uint64_t engine_id, uint32_t models);

/* Values intact (checksum), own engine, order of each model, thread; breaches go to the board. */
void ts_checker_on_result(struct ts_checker *checker, const char *symbol, int64_t timestamp_ns,
                          const double *values, int count);

/* The accounting identities, after the engine's end; results_pending and in_pipeline were then counted one by
 * one in the buffers (signal_close), so each identity compares things that were counted apart. */
void ts_checker_end(struct ts_checker *checker, const struct ts_runner_stats *runner,
                    const struct signal_stats *engine);

#endif
