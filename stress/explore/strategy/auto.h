/*
 * The mix for who does not know what kind of bug to expect: strategies by turns, the one that learns
 * from what it sees twice; those are left out whose part others do as well. Figures: README.md.
 */
#ifndef TS_EXPLORE_STRATEGY_AUTO_H
#define TS_EXPLORE_STRATEGY_AUTO_H

#include "explore/core/config.h"

/* Fills in the strategies of a configuration, which has room for TS_ARENA_STRATEGIES; returns how many. The
 * exhaustive search among them is without a limit, so that the mix is exhausted only when every schedule was
 * run. */
uint32_t ts_strategies_auto(struct ts_strategy_choice *choices);

#endif
