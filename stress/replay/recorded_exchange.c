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
    /* Of the first pass; and by how much those of this one are later. */
    struct span receive_ns, update, trade;
    int64_t later_ns, later_update, later_trade;
    int64_t latest_ns; /* receive time, as recorded */
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

/* By how much a pass is later than the first one. False: it would leave the range of numbers, as those of a
 * hostile recording or of very many passes do. */
static bool shift_of(const struct span *span, uint32_t pass, int64_t *later)
{
    int64_t length, last;
    *later = 0;
    return !span->known || pass == 0 ||
           (!__builtin_sub_overflow(span->last, span->first, &length) &&
            !__builtin_add_overflow(length, 1, &length) &&
            !__builtin_mul_overflow(length, (int64_t)pass, later) &&
            !__builtin_add_overflow(span->last, *later, &last));
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
    int64_t sum;
    if (json_is_integer(value)) {
        bool fits = !__builtin_add_overflow((int64_t)json_integer_value(value), more, &sum);
        json_integer_set(value, fits ? sum : INT64_MAX);
    }
}

/* The same event a pass later. */
static ts_err shift(struct recorded *recorded, struct ts_replay_event *event, struct ts_diag *diag)
{
    json_t *root = json_loadb(event->text, event->length, 0, NULL);
    json_t *data = json_object_get(root, "data");
    add_to(data, "E", recorded->later_ns / TS_NS_PER_MS);
    add_to(data, "T", recorded->later_ns / TS_NS_PER_MS);
    add_to(data, "t", recorded->later_trade);
    add_to(data, "U", recorded->later_update);
    add_to(data, "u", recorded->later_update);
    add_to(data, "pu", recorded->later_update);
    free(recorded->shifted);
    recorded->shifted = json_dumps(root, JSON_COMPACT);
    json_decref(root);
    if (recorded->shifted == NULL) {
        return ts_fail(diag, TS_NO_MEMORY, "replay", recorded->path, "no memory for a message");
    }
    event->text = recorded->shifted;
    event->length = strlen(recorded->shifted);
    if (__builtin_add_overflow(event->receive_ns, recorded->later_ns, &event->receive_ns)) {
        return ts_fail(diag, TS_LIMIT, "replay", recorded->path, "a time that the first pass had not");
    }
    return TS_OK;
}

static ts_err begin_pass(struct recorded *recorded, struct ts_diag *diag)
{
    ts_gz_lines_close(recorded->lines);
    recorded->lines = NULL;
    recorded->line = 0;
    recorded->latest_ns = 0;
    int64_t recorded_id = recorded->snapshot.last_id, snapshot_id;
    if (!shift_of(&recorded->receive_ns, recorded->pass, &recorded->later_ns) ||
        !shift_of(&recorded->update, recorded->pass, &recorded->later_update) ||
        !shift_of(&recorded->trade, recorded->pass, &recorded->later_trade) ||
        __builtin_add_overflow(recorded_id, recorded->later_update, &snapshot_id)) {
        return ts_fail(diag, TS_LIMIT, "replay", recorded->path,
                       "in pass %u its times or ids would be larger than any number", recorded->pass + 1);
    }
    ts_err err = ts_gz_lines_open(recorded->path, &recorded->lines, diag);
    if (err != TS_OK || !recorded->has_snapshot) {
        return err;
    }
    recorded->snapshot.last_id = snapshot_id;
    err = ts_exchange_begin_book(&recorded->exchange, &recorded->snapshot);
    recorded->snapshot.last_id = recorded_id;
    return err == TS_OK ? err : ts_fail(diag, err, "replay", recorded->path, "no memory for the book");
}

/* Times do not go back, or what follows would be due at once. */
static ts_err check_time(struct recorded *recorded, int64_t receive_ns, struct ts_diag *diag)
{
    int64_t before_ns = recorded->latest_ns;
    recorded->latest_ns = receive_ns;
    if (receive_ns < before_ns) {
        return ts_fail(diag, TS_MALFORMED, "replay", recorded->path, "receive time %lld is before %lld",
                       (long long)receive_ns, (long long)before_ns);
    }
    return TS_OK;
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
        if (err == TS_OK) {
            err = check_time(recorded, event->receive_ns, diag);
        }
        if (err != TS_OK) {
            if (err != TS_END && recorded->line > 0) {
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
