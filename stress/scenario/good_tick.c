#include "scenario/good_tick.h"

#include "base/clock.h"

#include <string.h>

void ts_good_tick_stamp(const struct ts_oracle *oracle, int type, void *data)
{
    const struct ts_oracle_stream *stream = ts_oracle_find(oracle, type, data);
    int64_t time_ns = stream != NULL && stream->time.value > 0 ? stream->time.value + TS_NS_PER_MS
                                                               : 1700000000 * TS_NS_PER_S;
    if (type == WINGCHUN_DEPTH) {
        ((struct wingchun_depth *)data)->data_time_ns = time_ns;
    } else if (type == WINGCHUN_TICKER) {
        ((struct wingchun_ticker *)data)->data_time_ns = time_ns;
    } else if (type == WINGCHUN_TRADE) {
        ((struct wingchun_trade *)data)->trade_time_ns = time_ns;
        ((struct wingchun_trade *)data)->trade_id = 1 + (stream != NULL ? stream->id.value : 0);
    }
}

void ts_good_tick(const struct ts_oracle *oracle, const struct wingchun_depth *depth, int type,
                  unsigned char *bytes)
{
    if (type == WINGCHUN_DEPTH) {
        memcpy(bytes, depth, sizeof *depth);
    } else if (type == WINGCHUN_TICKER) {
        struct wingchun_ticker ticker = {.bid_price = depth->bid_price[0],
                                         .bid_volume = depth->bid_volume[0],
                                         .ask_price = depth->ask_price[0],
                                         .ask_volume = depth->ask_volume[0]};
        memcpy(ticker.symbol, depth->symbol, sizeof ticker.symbol);
        memcpy(ticker.exchange_id, depth->exchange_id, sizeof ticker.exchange_id);
        memcpy(bytes, &ticker, sizeof ticker);
    } else if (type == WINGCHUN_TRADE) {
        struct wingchun_trade trade = {.price = depth->bid_price[0], .volume = depth->bid_volume[0]};
        memcpy(trade.symbol, depth->symbol, sizeof trade.symbol);
        memcpy(trade.exchange_id, depth->exchange_id, sizeof trade.exchange_id);
        memcpy(bytes, &trade, sizeof trade);
    } else {
        struct wingchun_index_price index = {.price = depth->bid_price[0]};
        memcpy(index.symbol, depth->symbol, sizeof index.symbol);
        memcpy(index.exchange_id, depth->exchange_id, sizeof index.exchange_id);
        memcpy(bytes, &index, sizeof index);
    }
    ts_good_tick_stamp(oracle, type, bytes);
}
