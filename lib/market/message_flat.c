#include "base/clock.h"
#include "market/message_inside.h"

#include <string.h>

#define DIGITS_EXACT 15 /* below 2^53: a double holds the digits, and one division rounds as strtod does */
#define DIGITS_INT   18 /* an int64_t holds any such number */

static const char exchange[] = "binance";

void ts_message_set_ticker(struct ts_message *message, const struct ts_ticker_values *values)
{
    struct wingchun_ticker *ticker = &message->ticker;
    message->kind = TS_MESSAGE_TICKER;
    message->futures = values->futures;
    *ticker = (struct wingchun_ticker){
        .data_time_ns = message->event_ns,
        .instrument_type = values->futures ? WINGCHUN_FFUTURE : WINGCHUN_SPOT,
        .bid_price = values->bid_price,
        .bid_volume = values->bid_volume,
        .ask_price = values->ask_price,
        .ask_volume = values->ask_volume,
    };
    memcpy(ticker->source_id, exchange, sizeof exchange);
    memcpy(ticker->symbol, message->symbol, sizeof ticker->symbol);
    memcpy(ticker->exchange_id, exchange, sizeof exchange);
}

void ts_message_set_trade(struct ts_message *message, const struct ts_trade_values *values)
{
    struct wingchun_trade *trade = &message->trade;
    message->kind = TS_MESSAGE_TRADE;
    message->futures = values->futures;
    *trade = (struct wingchun_trade){
        .instrument_type = values->futures ? WINGCHUN_FFUTURE : WINGCHUN_SPOT,
        .trade_id = values->number,
        .price = values->price,
        .volume = values->volume,
        .side = values->buyer_was_first ? WINGCHUN_SELL : WINGCHUN_BUY,
        .trade_time_ns = values->time_ns,
    };
    memcpy(trade->client_id, exchange, sizeof exchange);
    memcpy(trade->symbol, message->symbol, sizeof trade->symbol);
    memcpy(trade->exchange_id, exchange, sizeof exchange);
}

enum value_kind { NONE, STRING, INTEGER, TRUE, FALSE };

struct value {
    enum value_kind kind;
    const char *text; /* string: between the quotes; integer: its digits */
    size_t length;
};

struct cursor {
    const char *at, *end;
};

static bool skip(struct cursor *cursor, const char *text, size_t length)
{
    if ((size_t)(cursor->end - cursor->at) < length || memcmp(cursor->at, text, length) != 0) {
        return false;
    }
    cursor->at += length;
    return true;
}

#define SKIP(cursor, literal) skip(cursor, literal, sizeof(literal) - 1)

/* Up to the closing quote. Nothing escaped, nothing that could be other than ASCII. */
static bool take_string(struct cursor *cursor, struct value *value)
{
    *value = (struct value){.kind = STRING, .text = cursor->at};
    for (; cursor->at < cursor->end; cursor->at++) {
        unsigned char c = (unsigned char)*cursor->at;
        if (c == '"') {
            value->length = (size_t)(cursor->at++ - value->text);
            return true;
        }
        if (c < 0x20 || c > 0x7e || c == '\\') {
            return false;
        }
    }
    return false;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool take_integer(struct cursor *cursor, struct value *value)
{
    *value = (struct value){.kind = INTEGER, .text = cursor->at};
    while (cursor->at < cursor->end && is_digit(*cursor->at)) {
        cursor->at++;
    }
    value->length = (size_t)(cursor->at - value->text);
    return value->length >= 1 && value->length <= DIGITS_INT && (value->length == 1 || value->text[0] != '0');
}

static bool take_value(struct cursor *cursor, struct value *value)
{
    if (SKIP(cursor, "\"")) {
        return take_string(cursor, value);
    }
    if (SKIP(cursor, "true")) {
        value->kind = TRUE;
        return true;
    }
    if (SKIP(cursor, "false")) {
        value->kind = FALSE;
        return true;
    }
    return take_integer(cursor, value);
}

/* {"x":value,...}: every name is one letter, and none comes twice. */
static bool take_members(struct cursor *cursor, struct value *values)
{
    if (!SKIP(cursor, "{")) {
        return false;
    }
    do {
        if (cursor->end - cursor->at < 5 || cursor->at[0] != '"' || cursor->at[2] != '"' ||
            cursor->at[3] != ':') {
            return false;
        }
        unsigned char name = (unsigned char)cursor->at[1];
        if (!((name >= 'a' && name <= 'z') || (name >= 'A' && name <= 'Z')) || values[name].kind != NONE) {
            return false;
        }
        cursor->at += 4;
        if (!take_value(cursor, &values[name])) {
            return false;
        }
    } while (SKIP(cursor, ","));
    return SKIP(cursor, "}");
}

static int64_t integer_of(const struct value *value)
{
    int64_t number = 0;
    for (size_t i = 0; i < value->length; i++) {
        number = number * 10 + (value->text[i] - '0');
    }
    return number;
}

/* 123 or 123.456, so short that the result is the nearest double. */
static bool decimal_of(const struct value *value, double *number)
{
    static const double powers[DIGITS_EXACT + 1] = {1,   1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                                    1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};
    int64_t digits = 0;
    size_t point = value->length;
    if (value->kind != STRING || value->length == 0 || value->length > DIGITS_EXACT + 1 ||
        !is_digit(value->text[0]) || !is_digit(value->text[value->length - 1])) {
        return false;
    }
    for (size_t i = 0; i < value->length; i++) {
        if (is_digit(value->text[i])) {
            digits = digits * 10 + (value->text[i] - '0');
        } else if (value->text[i] == '.' && point == value->length) {
            point = i;
        } else {
            return false;
        }
    }
    size_t fraction = point < value->length ? value->length - point - 1 : 0;
    if (point == value->length && value->length > DIGITS_EXACT) {
        return false;
    }
    *number = (double)digits / powers[fraction];
    return true;
}

/* The first of the two that is there; receive_ns when none is. */
static bool time_of(const struct value *value, const struct value *other, int64_t receive_ns,
                    int64_t *time_ns)
{
    value = value->kind != NONE ? value : other;
    if (value->kind == NONE) {
        *time_ns = receive_ns;
        return true;
    }
    int64_t time_ms = value->kind == INTEGER ? integer_of(value) : INT64_MAX;
    if (time_ms > INT64_MAX / TS_NS_PER_MS) {
        return false;
    }
    *time_ns = time_ms * TS_NS_PER_MS;
    return true;
}

static bool set_symbol(struct ts_message *message, const struct value *value)
{
    if (value->kind != STRING || value->length == 0 || value->length > WINGCHUN_SYMBOL_SIZE) {
        return false;
    }
    memset(message->symbol, 0, sizeof message->symbol);
    for (size_t i = 0; i < value->length; i++) {
        char c = value->text[i];
        message->symbol[i] = (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
    }
    return true;
}

static bool set_ticker(struct ts_message *message, const struct value *values)
{
    struct ts_ticker_values ticker = {.futures = values['T'].kind != NONE};
    if (!decimal_of(&values['b'], &ticker.bid_price) || !decimal_of(&values['B'], &ticker.bid_volume) ||
        !decimal_of(&values['a'], &ticker.ask_price) || !decimal_of(&values['A'], &ticker.ask_volume)) {
        return false;
    }
    ts_message_set_ticker(message, &ticker);
    return true;
}

static bool set_trade(struct ts_message *message, const struct value *values, unsigned char number)
{
    struct ts_trade_values trade = {.futures = values['M'].kind == NONE};
    const struct value *flag = &values['m'];
    if (values[number].kind != INTEGER || (flag->kind != TRUE && flag->kind != FALSE) ||
        !decimal_of(&values['p'], &trade.price) || !decimal_of(&values['q'], &trade.volume) ||
        !time_of(&values['T'], &values['E'], message->receive_ns, &trade.time_ns)) {
        return false;
    }
    trade.number = integer_of(&values[number]);
    trade.buyer_was_first = flag->kind == TRUE;
    ts_message_set_trade(message, &trade);
    return true;
}

static bool is_kind(const struct value *stream, const char *kind, size_t length)
{
    const char *at = memchr(stream->text, '@', stream->length);
    size_t left = at != NULL ? (size_t)(stream->text + stream->length - at - 1) : 0;
    return left >= length && memcmp(at + 1, kind, length) == 0 && (left == length || at[1 + length] == '@');
}

bool ts_message_parse_flat(struct ts_message *message, int64_t receive_ns, const char *json, size_t length)
{
    struct cursor cursor = {json, json + length};
    struct value stream, values['z' + 1];
    if (!SKIP(&cursor, "{\"stream\":\"") || !take_string(&cursor, &stream) || !SKIP(&cursor, ",\"data\":")) {
        return false;
    }
    bool is_ticker = is_kind(&stream, "bookTicker", 10);
    bool is_trade = is_kind(&stream, "trade", 5), is_aggregate = is_kind(&stream, "aggTrade", 8);
    if (!is_ticker && !is_trade && !is_aggregate) {
        return false;
    }
    memset(&values['A'], 0, ('z' - 'A' + 1) * sizeof *values);
    if (!take_members(&cursor, values) || !SKIP(&cursor, "}") || cursor.at != cursor.end) {
        return false;
    }
    message->receive_ns = receive_ns;
    message->change_count = 0;
    if (!set_symbol(message, &values['s']) ||
        !time_of(&values['E'], &values['T'], receive_ns, &message->event_ns)) {
        return false;
    }
    return is_ticker ? set_ticker(message, values) : set_trade(message, values, is_trade ? 't' : 'a');
}
