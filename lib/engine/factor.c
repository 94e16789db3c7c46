#include "engine/factor.h"

#include <stddef.h>
#include <string.h>

static void compute_test0000(const struct wingchun_depth *depth, double values[TS_FACTOR_VALUES])
{
    double bid = depth->bid_price[0];
    double ask = depth->ask_price[0];
    double bid_volume = depth->bid_volume[0];
    double ask_volume = depth->ask_volume[0];
    double volume = bid_volume + ask_volume;
    values[TS_FACTOR_SPREAD] = ask - bid;
    values[TS_FACTOR_MID] = (ask + bid) / 2;
    values[TS_FACTOR_IMBALANCE] = volume > 0 ? (bid_volume - ask_volume) / volume : 0;
    values[TS_FACTOR_MICROPRICE] =
        volume > 0 ? (bid * ask_volume + ask * bid_volume) / volume : (ask + bid) / 2;
}

static const struct ts_factor factors[] = {
    {.name = "test0000", .compute = compute_test0000},
};

const struct ts_factor *ts_factor_find(const char *name)
{
    for (size_t i = 0; i < sizeof factors / sizeof *factors; i++) {
        if (strcmp(factors[i].name, name) == 0) {
            return &factors[i];
        }
    }
    return NULL;
}
