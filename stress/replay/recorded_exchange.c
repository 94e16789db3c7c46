/* The exchange of a recording. */
#include "base/clock.h"
#include "replay/exchange_inside.h"
#include "tape/gz_lines.h"
#include "tape/recording_line.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define SCAN_LINES 100000u /* in which the snapshot must come */

/* First and last of something that later passes go on with. */
struct span {
    int64_t first, last;
    bool known;
};

struct recorded {
    struct ts_exchange exchange;
    const char *path;
    uint32_t passes; /* left, this one included; 0: no end */
    bool endless;
    struct ts_gz_lines *lines;
    uint64_t line;
    struct ts_message snapshot;
    bool has_snapshot;
    bool begins;
    uint32_t pass;
    /* Of the first pass. */
    struct span receive_ns, update, trade;
    char *shifted;
};

static void extend(struct span *span, int64_t value)
{
    if (!span->known) {
        *span = (struct span){value, value, true};
    }
    span->first = value < span->first ? value : span->first;
    span->last = value > span->last ? value : span->last;
}

static int64_t shift_of(const struct recorded *recorded, const struct span *span)
{
    return (int64_t)recorded->pass * (span->last - span->first + 1);
}

static void note_spans(struct recorded *recorded, const struct ts_message *message)
{
    extend(&recorded->receive_ns, message->receive_ns);
    if (message->kind == TS_MESSAGE_TRADE) {
        extend(&recorded->trade, message->trade.trade_id);
    } else if (message->kind == TS_MESSAGE_DIFF) {
        extend(&recorded->update, message->futures ? message->previous_id : message->first_id);
        extend(&recorded->update, message->last_id);
    }
}

static void add_to(json_t *object, const char *name, int64_t more)
{
    json_t *value = json_object_get(object, name);
    if (json_is_integer(value)) {
        json_integer_set(value, json_integer_value(value) + more);
    }
}

/* The same event a pass later. */
static ts_err shift(struct recorded *recorded, struct ts_replay_event *event, struct ts_diag *diag)
{
    json_t *root = json_loadb(event->text, event->length, 0, NULL);
    json_t *data = json_object_get(root, "data");
    int64_t time_ns = shift_of(recorded, &recorded->receive_ns);
    add_to(data, "E", time_ns / TS_NS_PER_MS);
    add_to(data, "T", time_ns / TS_NS_PER_MS);
    add_to(data, "t", shift_of(recorded, &recorded->trade));
    add_to(data, "U", shift_of(recorded, &recorded->update));
    add_to(data, "u", shift_of(recorded, &recorded->update));
    add_to(data, "pu", shift_of(recorded, &recorded->update));
    free(recorded->shifted);
    recorded->shifted = json_dumps(root, JSON_COMPACT);
    json_decref(root);
    if (recorded->shifted == NULL) {
        return ts_fail(diag, TS_NO_MEMORY, "replay", recorded->path, "no memory for a message");
    }
    event->text = recorded->shifted;
    event->length = strlen(recorded->shifted);
    event->receive_ns += time_ns;
    return TS_OK;
}

static ts_err begin_pass(struct recorded *recorded, struct ts_diag *diag)
{
    ts_gz_lines_close(recorded->lines);
    recorded->lines = NULL;
    recorded->line = 0;
    ts_err err = ts_gz_lines_open(recorded->path, &recorded->lines, diag);
    if (err != TS_OK || !recorded->has_snapshot) {
        return err;
    }
    int64_t recorded_id = recorded->snapshot.last_id;
    recorded->snapshot.last_id += shift_of(recorded, &recorded->update);
    err = ts_exchange_begin_book(&recorded->exchange, &recorded->snapshot);
    recorded->snapshot.last_id = recorded_id;
    return err == TS_OK ? err : ts_fail(diag, err, "replay", recorded->path, "no memory for the book");
}

static ts_err next_line(struct recorded *recorded, char **line, size_t *length, struct ts_diag *diag)
{
    ts_err err = ts_gz_lines_next(recorded->lines, line, length, diag);
    if (err == TS_END && (recorded->endless || recorded->passes > 1)) {
        recorded->passes -= !recorded->endless;
        recorded->pass++;
        recorded->begins = true;
        err = begin_pass(recorded, diag);
        err = err == TS_OK ? ts_gz_lines_next(recorded->lines, line, length, diag) : err;
    }
    return err;
}

static ts_err next(struct ts_exchange *exchange, struct ts_replay_event *event, struct ts_diag *diag)
{
    struct recorded *recorded = (struct recorded *)exchange;
    for (;;) {
        char *line = NULL;
        size_t length = 0;
        const char *json = NULL;
        if (recorded->pass == 0 && recorded->line > 0) {
            note_spans(recorded, &exchange->message);
        }
        ts_err err = next_line(recorded, &line, &length, diag);
        recorded->line += err == TS_OK;
        if (err == TS_OK) {
            err = ts_recording_line_split(line, &event->receive_ns, &json, recorded->path, diag);
        }
        if (err != TS_OK) {
            if (err != TS_END) {
                ts_diag_context(diag, "line %llu", (unsigned long long)recorded->line);
            }
            return err;
        }
        event->text = json;
        event->length = length - (size_t)(json - line);
        if (strncmp(json, "{\"lastUpdateId\"", 15) == 0) {
            continue; /* known since the start */
        }
        event->begins = recorded->begins;
        recorded->begins = false;
        return recorded->pass > 0 ? shift(recorded, event, diag) : TS_OK;
    }
}

static void destroy(struct ts_exchange *exchange)
{
    struct recorded *recorded = (struct recorded *)exchange;
    ts_gz_lines_close(recorded->lines);
    ts_message_fini(&recorded->snapshot);
    free(recorded->shifted);
    free(recorded);
}

/* Symbol, market and snapshot, from the beginning of the recording. */
static ts_err scan(struct recorded *recorded, struct ts_diag *diag)
{
    struct ts_message message = {0};
    bool named = false;
    ts_err err = TS_OK;
    for (uint64_t i = 1; i <= SCAN_LINES && (!named || !recorded->has_snapshot); i++) {
        char *line = NULL;
        size_t length = 0;
        err = ts_gz_lines_next(recorded->lines, &line, &length, diag);
        if (err == TS_OK) {
            err = ts_recording_line_parse(&message, line, length, recorded->path, diag);
        }
        if (err != TS_OK) {
            ts_diag_context(diag, "line %llu", (unsigned long long)i);
            break;
        }
        if (message.kind == TS_MESSAGE_SNAPSHOT) {
            recorded->snapshot = message;
            recorded->has_snapshot = true;
            message = (struct ts_message){0};
        } else if (!named) {
            memcpy(recorded->exchange.symbol, message.symbol, sizeof message.symbol);
            recorded->exchange.futures = message.futures;
            named = true;
        }
    }
    ts_message_fini(&message);
    if (err == TS_END) {
        err = TS_OK;
    }
    return err == TS_OK && !named
               ? ts_fail(diag, TS_MALFORMED, "replay", recorded->path, "no event names its symbol")
               : err;
}

ts_err ts_exchange_open_recording(const char *path, uint32_t passes, struct ts_exchange **exchange,
                                  struct ts_diag *diag)
{
    struct recorded *recorded = calloc(1, sizeof *recorded);
    if (recorded == NULL) {
        return ts_fail(diag, TS_NO_MEMORY, "replay", path, "no memory");
    }
    recorded->exchange = (struct ts_exchange){.next = next, .destroy = destroy, .subject = path};
    ts_book_init(&recorded->exchange.book);
    recorded->path = path;
    recorded->passes = passes;
    recorded->endless = passes == 0;
    ts_err err = ts_gz_lines_open(path, &recorded->lines, diag);
    if (err == TS_OK) {
        err = scan(recorded, diag);
    }
    if (err == TS_OK) {
        err = begin_pass(recorded, diag);
    }
    if (err != TS_OK) {
        ts_exchange_close(&recorded->exchange);
        return err;
    }
    *exchange = &recorded->exchange;
    return TS_OK;
}
