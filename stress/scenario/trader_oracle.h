/*
 * What a trader must have done with the first n ticks of a rig's tape, worked out again without the trader's
 * code.
 *
 * Threads: pure but for the board; by the owner once the trader has stopped.
 */
#ifndef TS_SCENARIO_TRADER_ORACLE_H
#define TS_SCENARIO_TRADER_ORACLE_H

#include "scenario/trader_rig.h"

/* The strategy's answer to a tick: of seed, chances and number alone. */
ts_err ts_rig_answer(uint64_t seed, const struct ts_rig_chances *chances, uint64_t sequence,
                     enum ts_signal *signal);

/* Holds rig->report and rig->trades against the tape, the feed's and the strategy's counts. */
void ts_rig_check(struct ts_trader_rig *rig, const struct ts_feed_stats *feed);

#endif
