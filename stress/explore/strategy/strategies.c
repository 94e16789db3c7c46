#include "explore/core/strategy.h"

extern const struct ts_strategy ts_strategy_random, ts_strategy_pct;

const struct ts_strategy *const ts_strategies[TS_STRATEGY_COUNT] = {
    [TS_STRATEGY_RANDOM] = &ts_strategy_random,
    [TS_STRATEGY_PCT] = &ts_strategy_pct,
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
