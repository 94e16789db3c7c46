/*
 * The command that lives a cell again, for a person to type.
 *
 * Threads: pure. Ownership: nothing is kept. Units: milliseconds. Errors: those of the stream.
 */
#ifndef TS_SUPERVISOR_REPEAT_H
#define TS_SUPERVISOR_REPEAT_H

#include "supervisor/supervisor.h"

/* "tickstorm run SCENARIO ...", on its own: the run's seed, from which the cell's follows. faults: "" for
 * none. */
void ts_repeat_write(FILE *out, const struct ts_run_request *request, const struct ts_cell *cell,
                     int64_t for_ms, const char *faults);

#endif
