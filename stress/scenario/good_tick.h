/*
 * Good ticks for scenarios that send hostile ones: nothing is odd about them, whatever their stream had.
 *
 * Threads: pure. Ownership: bytes has room for any tick (WINGCHUN_SIZE_MAX). Errors: none.
 */
#ifndef TS_SCENARIO_GOOD_TICK_H
#define TS_SCENARIO_GOOD_TICK_H

#include "faults/tick_oracle.h"

/* Gives the tick the time, and a trade the id, one step on from what its stream had. */
void ts_good_tick_stamp(const struct ts_oracle *oracle, int type, void *data);

/* A tick of a type for the symbol of the Depth, stamped. */
void ts_good_tick(const struct ts_oracle *oracle, const struct wingchun_depth *depth, int type,
                  unsigned char *bytes);

#endif
