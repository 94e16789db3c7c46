#include "engine/tick_check.h"

#include "wingchun.h"

/* A product with zero is not a number for a value that is not finite, and zero for every other. */
static bool depth_is_finite(const struct wingchun_depth *depth)
{
    double poison = 0;
    for (int i = 0; i < WINGCHUN_DEPTH_LEVELS; i++) {
        poison += depth->bid_price[i] * 0.0 + depth->ask_price[i] * 0.0;
        poison += depth->bid_volume[i] * 0.0 + depth->ask_volume[i] * 0.0;
    }
    return poison == 0;
}

bool ts_tick_is_finite(int type, const void *data)
{
    switch (type) {
    case WINGCHUN_DEPTH:
        return depth_is_finite(data);
    case WINGCHUN_TICKER: {
        const struct wingchun_ticker *ticker = data;
        return ticker->bid_price * 0.0 + ticker->bid_volume * 0.0 + ticker->ask_price * 0.0 +
                   ticker->ask_volume * 0.0 ==
               0;
    }
    case WINGCHUN_TRADE: {
        const struct wingchun_trade *trade = data;
        return trade->price * 0.0 + trade->volume * 0.0 == 0;
    }
    default: {
        const struct wingchun_index_price *index = data;
        return index->price * 0.0 == 0;
    }
    }
}
