/*
 * Factor calculators: pure functions from one Depth to a fixed number of values.
 *
 * test0000 is the documents' factor: spread = ask1 - bid1, mid = (ask1 + bid1) / 2, then the imbalance of the
 * best level's volumes in [-1, 1] and the volume-weighted price of the best level.
 *
 * Threads: pure. Units: prices in the quote currency.
 */
#ifndef TS_ENGINE_FACTOR_H
#define TS_ENGINE_FACTOR_H

#include "wingchun.h"

#include <stdint.h>

#define TS_FACTOR_VALUES 4

enum ts_factor_value { TS_FACTOR_SPREAD, TS_FACTOR_MID, TS_FACTOR_IMBALANCE, TS_FACTOR_MICROPRICE };

struct ts_factor {
    const char *name;
    void (*compute)(const struct wingchun_depth *depth, double values[TS_FACTOR_VALUES]);
};

/* NULL when no factor has this name. */
const struct ts_factor *ts_factor_find(const char *name);

#endif
