#include "explore/strategy/auto.h"

#include "explore/core/strategy.h"
#include "explore/strategy/dfs.h"

uint32_t ts_strategies_auto(struct ts_strategy_choice *choices)
{
    static const struct ts_strategy_choice mix[] = {
        {TS_STRATEGY_SURW, 0},
        {TS_STRATEGY_GATHER, 0},
        {TS_STRATEGY_PCT, 3},
        {TS_STRATEGY_NOVEL, 0},
        {TS_STRATEGY_POS, 0},
        {TS_STRATEGY_DELAY, 2},
        {TS_STRATEGY_DFS, TS_DFS_UNLIMITED},
        {TS_STRATEGY_NOVEL, 0},
        {TS_STRATEGY_TURNS, 0},
    };
    const uint32_t count = sizeof mix / sizeof *mix;
    for (uint32_t i = 0; i < count; i++) {
        choices[i] = mix[i];
    }
    return count;
}
