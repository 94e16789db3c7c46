/*
 * Faults that change from life to life of one cell: whoever fills this says what the next life has to suffer,
 * and is told how it ended.
 *
 * Threads: called by the supervisor, between two lives. Ownership: the filler's, for as long as the cell
 * runs.
 */
#ifndef TS_SUPERVISOR_FAULT_SERIES_H
#define TS_SUPERVISOR_FAULT_SERIES_H

#include "supervisor/classify.h"
#include "worker/board.h"

#include <stdbool.h>
#include <stddef.h>

#define TS_SERIES_SPEC_SIZE 256

struct ts_fault_series {
    const char *name; /* what all of them are, for the record: "call.memory: #N return" */
    /* Writes the faults of the next life (faults/spec.h), beside those of run and cell. False: the cell is
     * through. */
    bool (*next)(void *user_data, char spec[TS_SERIES_SPEC_SIZE]);
    /* Before it is recorded; may take an ending for what the fault was to bring about. */
    void (*lived)(void *user_data, const struct ts_board *board, struct ts_verdict *verdict);
    void *user_data;
};

#endif
