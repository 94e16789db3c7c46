#include "market/message.h"

#include "base/clock.h"
#include "market/message_inside.h"

#include <ctype.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Reads members of one object. The first error sticks: later reads do nothing, so a parser is a plain list of
 * reads. */
struct reader {
    const json_t *object;
    const char *subject;
    struct ts_diag *diag;
    ts_err err;
};

__attribute__((format(printf, 2, 3))) static void malformed(struct reader *reader, const char *format, ...)
{
    char text[200];
    va_list arguments;
    if (reader->err != TS_OK) {
        return;
    }
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    reader->err = ts_fail(reader->diag, TS_MALFORMED, "parse market data", reader->subject, "%s", text);
}

static bool has(const struct reader *reader, const char *name)
{
    return json_object_get(reader->object, name) != NULL;
}

static int64_t integer_of(struct reader *reader, const char *name)
{
    const json_t *value = json_object_get(reader->object, name);
    if (!json_is_integer(value)) {
        malformed(reader, value == NULL ? "no member \"%s\"" : "member \"%s\" is not an integer", name);
        return 0;
    }
    return json_integer_value(value);
}

static bool flag_of(struct reader *reader, const char *name)
{
    const json_t *value = json_object_get(reader->object, name);
    if (!json_is_boolean(value)) {
        malformed(reader, value == NULL ? "no member \"%s\"" : "member \"%s\" is not true or false", name);
    }
    return json_is_true(value);
}

static const char *string_of(struct reader *reader, const char *name)
{
    const json_t *value = json_object_get(reader->object, name);
    if (!json_is_string(value)) {
        malformed(reader, value == NULL ? "no member \"%s\"" : "member \"%s\" is not a string", name);
        return "";
    }
    return json_string_value(value);
}

/* A plain decimal number, as Binance writes them: no sign, exponent, hexadecimal, "inf" or "nan". */
static double number_in(struct reader *reader, const json_t *value, const char *name)
{
    const char *text = json_string_value(value);
    if (text == NULL) {
        malformed(reader, value == NULL ? "no member \"%s\"" : "\"%s\" holds a number that is not a string",
                  name);
        return 0;
    }
    char *end = NULL;
    double number = strtod(text, &end);
    if (text[0] == '\0' || text[strspn(text, "0123456789.")] != '\0' || *end != '\0' || !isfinite(number)) {
        malformed(reader, "\"%s\" holds \"%.40s\", which is not a finite decimal number", name, text);
        return 0;
    }
    return number;
}

static double number_of(struct reader *reader, const char *name)
{
    return number_in(reader, json_object_get(reader->object, name), name);
}

static int64_t time_of(struct reader *reader, const char *name)
{
    int64_t time_ms = integer_of(reader, name);
    if (time_ms < 0 || time_ms > INT64_MAX / TS_NS_PER_MS) {
        malformed(reader, "time \"%s\" is out of range", name);
        return 0;
    }
    return time_ms * TS_NS_PER_MS;
}

/* The first of the two members that is there. */
static int64_t event_time(struct reader *reader, const char *name, const char *other, int64_t receive_ns)
{
    if (has(reader, name)) {
        return time_of(reader, name);
    }
    return has(reader, other) ? time_of(reader, other) : receive_ns;
}

static void read_symbol(struct reader *reader, char *symbol)
{
    const char *text = string_of(reader, "s");
    size_t length = strlen(text);
    if (length == 0 || length > WINGCHUN_SYMBOL_SIZE) {
        malformed(reader, "symbol \"%.40s\" is not of 1 to %d characters", text, WINGCHUN_SYMBOL_SIZE);
        return;
    }
    memset(symbol, 0, WINGCHUN_SYMBOL_SIZE);
    for (size_t i = 0; i < length; i++) {
        symbol[i] = (char)tolower((unsigned char)text[i]);
    }
}

static void reserve_changes(struct reader *reader, struct ts_message *message, size_t more)
{
    size_t needed = message->change_count + more;
    if (needed <= message->change_capacity || reader->err != TS_OK) {
        return;
    }
    struct ts_book_change *changes = realloc(message->changes, needed * sizeof *changes);
    if (changes == NULL) {
        reader->err =
            ts_fail(reader->diag, TS_NO_MEMORY, "parse market data", reader->subject, "%zu levels", needed);
        return;
    }
    message->changes = changes;
    message->change_capacity = needed;
}

/* [[price, quantity], ...] */
static void read_levels(struct reader *reader, const char *name, enum ts_book_side_name side,
                        struct ts_message *message)
{
    const json_t *levels = json_object_get(reader->object, name);
    if (!json_is_array(levels)) {
        malformed(reader, levels == NULL ? "no member \"%s\"" : "member \"%s\" is not an array", name);
        return;
    }
    reserve_changes(reader, message, json_array_size(levels));
    for (size_t i = 0; i < json_array_size(levels) && reader->err == TS_OK; i++) {
        const json_t *level = json_array_get(levels, i);
        if (json_array_size(level) != 2) {
            malformed(reader, "level %zu of \"%s\" is not [price, quantity]", i, name);
            return;
        }
        struct ts_book_change change = {
            .side = side,
            .price = number_in(reader, json_array_get(level, 0), name),
            .quantity = number_in(reader, json_array_get(level, 1), name),
        };
        if (change.price <= 0) {
            malformed(reader, "level %zu of \"%s\" has no price above 0", i, name);
        }
        message->changes[message->change_count++] = change;
    }
}

static void read_snapshot(struct reader *reader, struct ts_message *message)
{
    message->kind = TS_MESSAGE_SNAPSHOT;
    memset(message->symbol, 0, sizeof message->symbol);
    message->last_id = integer_of(reader, "lastUpdateId");
    message->event_ns = event_time(reader, "E", "T", message->receive_ns);
    read_levels(reader, "bids", TS_BOOK_BID, message);
    read_levels(reader, "asks", TS_BOOK_ASK, message);
}

static void read_diff(struct reader *reader, struct ts_message *message)
{
    message->kind = TS_MESSAGE_DIFF;
    message->futures = has(reader, "pu");
    message->first_id = integer_of(reader, "U");
    message->last_id = integer_of(reader, "u");
    message->previous_id = message->futures ? integer_of(reader, "pu") : 0;
    if (message->first_id > message->last_id) {
        malformed(reader, "first id %lld is above last id %lld", (long long)message->first_id,
                  (long long)message->last_id);
    }
    read_levels(reader, "b", TS_BOOK_BID, message);
    read_levels(reader, "a", TS_BOOK_ASK, message);
}

static void read_ticker(struct reader *reader, struct ts_message *message)
{
    struct ts_ticker_values values = {
        .futures = has(reader, "T"),
        .bid_price = number_of(reader, "b"),
        .bid_volume = number_of(reader, "B"),
        .ask_price = number_of(reader, "a"),
        .ask_volume = number_of(reader, "A"),
    };
    ts_message_set_ticker(message, &values);
}

/* Every spot trade has a member "M", which the documents say to ignore; no trade of futures has it. */
static void read_numbered_trade(struct reader *reader, const char *number, struct ts_message *message)
{
    struct ts_trade_values values = {
        .futures = !has(reader, "M"),
        .number = integer_of(reader, number),
        .price = number_of(reader, "p"),
        .volume = number_of(reader, "q"),
        .buyer_was_first = flag_of(reader, "m"),
        .time_ns = event_time(reader, "T", "E", message->receive_ns),
    };
    if (values.number < 0) {
        malformed(reader, "number \"%s\" is below 0", number);
    }
    ts_message_set_trade(message, &values);
}

static void read_trade(struct reader *reader, struct ts_message *message)
{
    read_numbered_trade(reader, "t", message);
}

static void read_aggregate_trade(struct reader *reader, struct ts_message *message)
{
    read_numbered_trade(reader, "a", message);
}

/* The kind stands between the first two '@' of the stream's name: "btcusdt@depth@0ms". */
static void read_event(struct reader *reader, const char *stream, struct ts_message *message)
{
    static const struct {
        const char *name;
        void (*read)(struct reader *reader, struct ts_message *message);
    } kinds[] = {{"depth", read_diff},
                 {"bookTicker", read_ticker},
                 {"trade", read_trade},
                 {"aggTrade", read_aggregate_trade}};
    const char *kind = strchr(stream, '@');
    size_t length = kind != NULL ? strcspn(kind + 1, "@") : 0;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (length == strlen(kinds[i].name) && memcmp(kind + 1, kinds[i].name, length) == 0) {
            read_symbol(reader, message->symbol);
            message->event_ns = event_time(reader, "E", "T", message->receive_ns);
            kinds[i].read(reader, message);
            return;
        }
    }
    malformed(reader, "unknown stream kind \"%.60s\"", stream);
}

static void read_root(struct reader *reader, struct ts_message *message)
{
    if (has(reader, "lastUpdateId")) {
        read_snapshot(reader, message);
        return;
    }
    const char *stream = string_of(reader, "stream");
    const json_t *data = json_object_get(reader->object, "data");
    if (!json_is_object(data)) {
        malformed(reader, data == NULL ? "no member \"%s\"" : "member \"%s\" is not an object", "data");
    }
    if (reader->err == TS_OK) {
        reader->object = data;
        read_event(reader, stream, message);
    }
}

ts_err ts_message_parse_any(struct ts_message *message, int64_t receive_ns, const char *json, size_t length,
                            const char *subject, struct ts_diag *diag)
{
    struct reader reader = {.subject = subject, .diag = diag};
    json_error_t error;
    message->receive_ns = receive_ns;
    message->change_count = 0;
    json_t *root = json_loadb(json, length, JSON_REJECT_DUPLICATES, &error);
    if (root == NULL) {
        malformed(&reader, "bad JSON at byte %d: %.120s", error.position, error.text);
        return reader.err;
    }
    reader.object = root;
    read_root(&reader, message);
    json_decref(root);
    return reader.err;
}

ts_err ts_message_parse(struct ts_message *message, int64_t receive_ns, const char *json, size_t length,
                        const char *subject, struct ts_diag *diag)
{
    if (ts_message_parse_flat(message, receive_ns, json, length)) {
        return TS_OK;
    }
    return ts_message_parse_any(message, receive_ns, json, length, subject, diag);
}

void ts_message_fini(struct ts_message *message)
{
    free(message->changes);
    *message = (struct ts_message){0};
}
