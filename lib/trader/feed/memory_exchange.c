#include "trader/feed/memory_exchange.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define BEST_BID 1000
#define BEST_ASK 1001

static bool chance(struct ts_memory_exchange *exchange, uint32_t of_1000)
{
    return ts_random_below(&exchange->random, 1000) < of_1000;
}

void ts_memory_exchange_init(struct ts_memory_exchange *exchange,
                             const struct ts_memory_exchange_options *options)
{
    memset(exchange, 0, sizeof *exchange);
    exchange->options = *options;
    exchange->random.state = options->seed;
    exchange->last_id = exchange->previous_id = 1000;
    for (int i = 0; i < TS_MEMORY_LEVELS; i++) {
        exchange->bid_quantity[i] = exchange->ask_quantity[i] = 1;
    }
}

static const char *upper(const struct ts_memory_exchange *exchange, char *name, size_t size)
{
    snprintf(name, size, "%s", exchange->options.symbol);
    for (char *c = name; *c != '\0'; c++) {
        *c = (char)toupper((unsigned char)*c);
    }
    return name;
}

/* One level of each side changes; ids of futures skip, those of spot are dense. */
static size_t make_diff(struct ts_memory_exchange *exchange)
{
    char name[16], previous[40] = "";
    int64_t first = exchange->last_id + 1;
    if (exchange->options.futures) {
        snprintf(previous, sizeof previous, "\"pu\":%" PRId64 ",", exchange->last_id);
        first += (int64_t)ts_random_below(&exchange->random, 50);
    }
    exchange->previous_id = exchange->last_id;
    exchange->last_id = first + (int64_t)ts_random_below(&exchange->random, 5);
    int bid = (int)ts_random_below(&exchange->random, TS_MEMORY_LEVELS);
    int ask = (int)ts_random_below(&exchange->random, TS_MEMORY_LEVELS);
    exchange->bid_quantity[bid] = exchange->ask_quantity[ask] = (double)exchange->last_id;
    int length = snprintf(exchange->text, sizeof exchange->text,
                          "{\"stream\":\"%s@depth@100ms\",\"data\":{\"e\":\"depthUpdate\",\"E\":%" PRId64
                          ",\"s\":\"%s\",\"U\":%" PRId64 ",\"u\":%" PRId64 ",%s\"b\":[[\"%d\",\"%" PRId64
                          "\"]],\"a\":[[\"%d\",\"%" PRId64 "\"]]}}",
                          exchange->options.symbol, exchange->last_id, upper(exchange, name, sizeof name),
                          first, exchange->last_id, previous, BEST_BID - bid, exchange->last_id,
                          BEST_ASK + ask, exchange->last_id);
    return (size_t)length;
}

static size_t write_trade(struct ts_memory_exchange *exchange, int64_t number, int64_t quantity)
{
    char name[16];
    bool seller = ts_random_below(&exchange->random, 2) == 0;
    int length =
        snprintf(exchange->text, sizeof exchange->text,
                 "{\"stream\":\"%s@trade\",\"data\":{\"e\":\"trade\",\"E\":%" PRId64 ",\"s\":\"%s\","
                 "\"t\":%" PRId64 ",\"p\":\"%d\",\"q\":\"%" PRId64 "\",\"T\":%" PRId64 ",\"m\":%s}}",
                 exchange->options.symbol, exchange->trades_made, upper(exchange, name, sizeof name), number,
                 seller ? BEST_BID : BEST_ASK, quantity, exchange->trades_made, seller ? "true" : "false");
    return (size_t)length;
}

static size_t make_trade(struct ts_memory_exchange *exchange)
{
    exchange->trades_made++;
    return write_trade(exchange, exchange->trades_made, 1 + exchange->trades_made % 7);
}

/* Of any size out of the reach of trade_numbers.h, also of one another's. */
static size_t make_bogus(struct ts_memory_exchange *exchange)
{
    exchange->bogus++;
    uint64_t number = ts_random_next(&exchange->random) >> (1 + ts_random_below(&exchange->random, 32));
    return write_trade(exchange, (int64_t)((number & ~(uint64_t)0xfffff) | 1u << 30), 0);
}

static size_t make_ticker(struct ts_memory_exchange *exchange)
{
    char name[16];
    int length =
        snprintf(exchange->text, sizeof exchange->text,
                 "{\"stream\":\"%s@bookTicker\",\"data\":{\"u\":%" PRId64 ",\"s\":\"%s\",\"b\":\"%d\","
                 "\"B\":\"%.0f\",\"a\":\"%d\",\"A\":\"%.0f\"}}",
                 exchange->options.symbol, exchange->last_id, upper(exchange, name, sizeof name), BEST_BID,
                 exchange->bid_quantity[0], BEST_ASK, exchange->ask_quantity[0]);
    return (size_t)length;
}

static size_t make_event(struct ts_memory_exchange *exchange)
{
    switch (ts_random_below(&exchange->random, 4)) {
    case 0:
        return make_ticker(exchange);
    case 1:
    case 2:
        return make_trade(exchange);
    default:
        return make_diff(exchange);
    }
}

/* Happens, and nobody is told. */
static void leave_out(struct ts_memory_exchange *exchange, uint64_t events)
{
    for (uint64_t i = 0; i < events; i++) {
        int64_t trades = exchange->trades_made, id = exchange->last_id;
        make_event(exchange);
        exchange->trades_left_out += exchange->trades_made - trades;
        exchange->diffs_left_out += exchange->last_id != id;
    }
}

static size_t make_garbage(struct ts_memory_exchange *exchange)
{
    static const char *const garbage[] = {"", "{", "null", "{\"stream\":\"x@y\",\"data\":{}}",
                                          "\xff\xfe\x01"};
    leave_out(exchange, 1);
    size_t length = (size_t)snprintf(exchange->text, sizeof exchange->text, "%s",
                                     garbage[ts_random_below(&exchange->random, 5)]);
    exchange->malformed++;
    return length;
}

static bool next(void *context, struct ts_memory_step *step)
{
    struct ts_memory_exchange *exchange = context;
    const struct ts_memory_exchange_options *options = &exchange->options;
    if (exchange->frames >= options->frames) {
        return false;
    }
    exchange->frames++;
    *step = (struct ts_memory_step){.kind = TS_MEMORY_FRAME, .text = exchange->text};
    step->after_ns = chance(exchange, options->burst) ? 0 : options->gap_ns;
    if (options->frames - exchange->frames < options->calm) {
        step->length = make_event(exchange);
    } else if (chance(exchange, options->disconnect)) {
        step->kind = TS_MEMORY_DISCONNECT;
        step->count = (uint32_t)ts_random_below(&exchange->random, options->refuse_most + 1);
        leave_out(exchange, ts_random_below(&exchange->random, 21));
        exchange->disconnects++;
    } else if (chance(exchange, options->mute)) {
        step->kind = TS_MEMORY_MUTE;
        exchange->mutes++;
    } else if (chance(exchange, options->ping)) {
        step->kind = TS_MEMORY_PING;
    } else if (chance(exchange, options->malformed)) {
        step->length = make_garbage(exchange);
    } else if (exchange->options.bogus > 0 && chance(exchange, options->bogus)) {
        step->length = make_bogus(exchange);
    } else {
        if (chance(exchange, options->gap)) {
            uint64_t diffs = exchange->diffs_left_out;
            leave_out(exchange, 1 + ts_random_below(&exchange->random, 5));
            exchange->gaps += exchange->diffs_left_out != diffs;
        }
        step->length = make_event(exchange);
    }
    return true;
}

static int write_side(char *text, size_t size, const char *name, int best, int step, const double *quantities)
{
    int used = snprintf(text, size, "\"%s\":[", name);
    for (int i = 0; i < TS_MEMORY_LEVELS; i++) {
        used += snprintf(text + used, size - (size_t)used, "%s[\"%d\",\"%.0f\"]", i > 0 ? "," : "",
                         best + i * step, quantities[i]);
    }
    return used + snprintf(text + used, size - (size_t)used, "]");
}

static bool snapshot(void *context, const char **text, size_t *length)
{
    struct ts_memory_exchange *exchange = context;
    /* The next step's text is waiting in `text` already: the answer is as of after it, as on a real exchange,
     * where the answer overtakes the stream. */
    char *answer = exchange->answer;
    const size_t size = sizeof exchange->answer;
    if (chance(exchange, exchange->options.refuse_snapshot)) {
        return false;
    }
    int used = snprintf(answer, size, "{\"lastUpdateId\":%" PRId64 ",", exchange->last_id);
    used += write_side(answer + used, size - (size_t)used, "bids", BEST_BID, -1, exchange->bid_quantity);
    used += snprintf(answer + used, size - (size_t)used, ",");
    used += write_side(answer + used, size - (size_t)used, "asks", BEST_ASK, 1, exchange->ask_quantity);
    used += snprintf(answer + used, size - (size_t)used, "}");
    *text = answer;
    *length = (size_t)used;
    return true;
}

struct ts_memory_source ts_memory_exchange_source(struct ts_memory_exchange *exchange)
{
    return (struct ts_memory_source){.next = next, .snapshot = snapshot, .context = exchange};
}
