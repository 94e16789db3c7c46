/* The exchange of the synthetic ticks: one symbol of spot, its Depths told as diffs. */
#include "base/clock.h"
#include "replay/exchange_inside.h"
#include "tape/source.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct synthetic {
    struct ts_exchange exchange;
    struct ts_source *source;
    struct wingchun_depth depth; /* the latest */
    int64_t update_id, trade_id;
    char upper[WINGCHUN_SYMBOL_SIZE + 1];
    char text[8192];
    size_t used;
};

__attribute__((format(printf, 2, 3))) static void write_text(struct synthetic *synthetic, const char *format,
                                                             ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(synthetic->text + synthetic->used, sizeof synthetic->text - synthetic->used,
                           format, arguments);
    va_end(arguments);
    synthetic->used += (size_t)length;
    TS_ASSERT(synthetic->used < sizeof synthetic->text);
}

static bool has_price(const double *prices, double price)
{
    for (int i = 0; i < WINGCHUN_DEPTH_LEVELS; i++) {
        if (prices[i] == price) {
            return true;
        }
    }
    return false;
}

/* Levels that are no more, then those that are. */
static void write_levels(struct synthetic *synthetic, const char *name, const double *old_prices,
                         const double *prices, const double *volumes)
{
    const char *separator = "";
    write_text(synthetic, "\"%s\":[", name);
    for (int i = 0; i < WINGCHUN_DEPTH_LEVELS; i++) {
        if (old_prices[i] > 0 && !has_price(prices, old_prices[i])) {
            write_text(synthetic, "%s[\"%.8f\",\"0.00000000\"]", separator, old_prices[i]);
            separator = ",";
        }
    }
    for (int i = 0; i < WINGCHUN_DEPTH_LEVELS; i++) {
        if (prices[i] > 0) {
            write_text(synthetic, "%s[\"%.8f\",\"%.8f\"]", separator, prices[i], volumes[i]);
            separator = ",";
        }
    }
    write_text(synthetic, "]");
}

static void write_depth(struct synthetic *synthetic, const struct wingchun_depth *depth)
{
    double old_bids[WINGCHUN_DEPTH_LEVELS], old_asks[WINGCHUN_DEPTH_LEVELS];
    double prices[2][WINGCHUN_DEPTH_LEVELS], volumes[2][WINGCHUN_DEPTH_LEVELS];
    memcpy(old_bids, (const char *)&synthetic->depth + offsetof(struct wingchun_depth, bid_price),
           sizeof old_bids);
    memcpy(old_asks, (const char *)&synthetic->depth + offsetof(struct wingchun_depth, ask_price),
           sizeof old_asks);
    memcpy(prices[0], (const char *)depth + offsetof(struct wingchun_depth, bid_price), sizeof prices[0]);
    memcpy(prices[1], (const char *)depth + offsetof(struct wingchun_depth, ask_price), sizeof prices[1]);
    memcpy(volumes[0], (const char *)depth + offsetof(struct wingchun_depth, bid_volume), sizeof volumes[0]);
    memcpy(volumes[1], (const char *)depth + offsetof(struct wingchun_depth, ask_volume), sizeof volumes[1]);
    synthetic->update_id++;
    write_text(synthetic,
               "\"e\":\"depthUpdate\",\"E\":%" PRId64 ",\"s\":\"%s\",\"U\":%" PRId64 ",\"u\":%" PRId64 ",",
               (int64_t)(depth->data_time_ns / TS_NS_PER_MS), synthetic->upper, synthetic->update_id,
               synthetic->update_id);
    write_levels(synthetic, "b", old_bids, prices[0], volumes[0]);
    write_text(synthetic, ",");
    write_levels(synthetic, "a", old_asks, prices[1], volumes[1]);
    synthetic->depth = *depth;
}

static ts_err next(struct ts_exchange *exchange, struct ts_replay_event *event, struct ts_diag *diag)
{
    struct synthetic *synthetic = (struct synthetic *)exchange;
    struct ts_tick tick;
    (void)diag;
    ts_err err = ts_source_next(synthetic->source, &tick);
    if (err != TS_OK) {
        return err;
    }
    synthetic->used = 0;
    const char *name = tick.type == WINGCHUN_DEPTH    ? "depth@100ms"
                       : tick.type == WINGCHUN_TICKER ? "bookTicker"
                                                      : "trade";
    write_text(synthetic, "{\"stream\":\"%s@%s\",\"data\":{", exchange->symbol, name);
    if (tick.type == WINGCHUN_DEPTH) {
        write_depth(synthetic, &tick.data.depth);
    } else if (tick.type == WINGCHUN_TICKER) {
        const struct wingchun_ticker *ticker = &tick.data.ticker;
        write_text(synthetic,
                   "\"u\":%" PRId64
                   ",\"s\":\"%s\",\"b\":\"%.8f\",\"B\":\"%.8f\",\"a\":\"%.8f\",\"A\":\"%.8f\"",
                   synthetic->update_id, synthetic->upper, ticker->bid_price, ticker->bid_volume,
                   ticker->ask_price, ticker->ask_volume);
    } else {
        const struct wingchun_trade *trade = &tick.data.trade;
        int64_t time_ms = trade->trade_time_ns / TS_NS_PER_MS;
        write_text(synthetic,
                   "\"e\":\"trade\",\"E\":%" PRId64 ",\"s\":\"%s\",\"t\":%" PRId64
                   ",\"p\":\"%.8f\",\"q\":\"%.8f\","
                   "\"T\":%" PRId64 ",\"m\":%s,\"M\":true",
                   time_ms, synthetic->upper, ++synthetic->trade_id, trade->price, trade->volume, time_ms,
                   trade->side == WINGCHUN_SELL ? "true" : "false");
    }
    write_text(synthetic, "}}");
    *event = (struct ts_replay_event){
        .receive_ns = tick.receive_ns, .text = synthetic->text, .length = synthetic->used};
    return TS_OK;
}

static void destroy(struct ts_exchange *exchange)
{
    ts_source_close(((struct synthetic *)exchange)->source);
    free(exchange);
}

ts_err ts_exchange_open_synthetic(uint64_t seed, struct ts_exchange **exchange, struct ts_diag *diag)
{
    static const char symbol[] = "ts0000_usdt", upper[] = "TS0000_USDT";
    struct ts_synthetic_options options = ts_synthetic_recorded(seed);
    struct synthetic *synthetic = calloc(1, sizeof *synthetic);
    if (synthetic == NULL) {
        return ts_fail(diag, TS_NO_MEMORY, "replay", "synthetic", "no memory");
    }
    synthetic->exchange = (struct ts_exchange){.next = next, .destroy = destroy, .subject = "synthetic"};
    memcpy(synthetic->exchange.symbol, symbol, sizeof symbol);
    memcpy(synthetic->upper, upper, sizeof upper);
    ts_book_init(&synthetic->exchange.book);
    options.symbols = 1;
    ts_err err = ts_source_synthetic(&options, &synthetic->source, diag);
    if (err == TS_OK) {
        struct ts_message empty = {.kind = TS_MESSAGE_SNAPSHOT};
        err = ts_exchange_begin_book(&synthetic->exchange, &empty);
    }
    if (err != TS_OK) {
        ts_exchange_close(&synthetic->exchange);
        return err;
    }
    *exchange = &synthetic->exchange;
    return TS_OK;
}
