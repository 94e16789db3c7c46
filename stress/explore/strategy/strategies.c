#include "explore/core/strategy.h"

extern const struct ts_explore_strategy ts_strategy_random, ts_strategy_pct, ts_strategy_pos,
    ts_strategy_surw, ts_strategy_delay, ts_strategy_dfs, ts_strategy_gather, ts_strategy_turns,
    ts_strategy_novel;

const struct ts_explore_strategy *const ts_strategies[TS_STRATEGY_COUNT] = {
    [TS_STRATEGY_RANDOM] = &ts_strategy_random, [TS_STRATEGY_PCT] = &ts_strategy_pct,
    [TS_STRATEGY_POS] = &ts_strategy_pos,       [TS_STRATEGY_SURW] = &ts_strategy_surw,
    [TS_STRATEGY_DELAY] = &ts_strategy_delay,   [TS_STRATEGY_DFS] = &ts_strategy_dfs,
    [TS_STRATEGY_GATHER] = &ts_strategy_gather, [TS_STRATEGY_TURNS] = &ts_strategy_turns,
    [TS_STRATEGY_NOVEL] = &ts_strategy_novel,
};

int ts_strategy_find(const char *name)
{
    for (int i = 0; i < TS_STRATEGY_COUNT; i++) {
        const char *a = ts_strategies[i]->name, *b = name;
        while (*a != '\0' && *a == *b) {
            a++, b++;
        }
        if (*a == *b) {
            return i;
        }
    }
    return -1;
}
