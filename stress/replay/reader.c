#include "base/clock.h"
#include "replay/server_inside.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BURST        32 /* messages that one turn of a reader sends */
#define CHATTER_MOST 8
#define LEVELS_MOST  1000

struct ts_server_message *ts_server_message_make(const char *text, size_t length)
{
    struct ts_server_message *message = malloc(sizeof *message + LWS_PRE + length);
    if (message != NULL) {
        message->holders = 1;
        message->length = length;
        memcpy(message->bytes + LWS_PRE, text, length);
    }
    return message;
}

void ts_server_message_release(struct ts_server_message *message)
{
    if (message != NULL && --message->holders == 0) {
        free(message);
    }
}

uint32_t ts_reader_queued(const struct ts_reader *reader)
{
    return reader->tail - reader->head;
}

static void drop_queue(struct ts_reader *reader)
{
    for (; reader->head != reader->tail; reader->head++) {
        ts_server_message_release(reader->queue[reader->head % reader->server->options.room_messages]);
    }
}

void ts_reader_close(struct ts_reader *reader, int status, const char *why)
{
    reader->mute = true; /* the end is all that is still said */
    drop_queue(reader);
    if (status == 0) {
        lws_set_timeout(reader->wsi, PENDING_TIMEOUT_USER_OK, LWS_TO_KILL_ASYNC);
        return;
    }
    reader->close_status = status;
    reader->close_why = why;
    lws_callback_on_writable(reader->wsi);
}

/* As a peer whose machine is gone: what it sends is not even read. */
void ts_reader_mute(struct ts_reader *reader)
{
    reader->mute = true;
    drop_queue(reader);
    lws_rx_flow_control(reader->wsi, 0);
}

void ts_reader_send(struct ts_reader *reader, struct ts_server_message *message)
{
    struct ts_server *server = reader->server;
    if (reader->mute) {
        return;
    }
    if (ts_reader_queued(reader) == server->options.room_messages) {
        server->counts.slow_readers++;
        ts_reader_close(reader, 0, NULL); /* a close frame would have to wait behind the rest */
        return;
    }
    reader->queue[reader->tail++ % server->options.room_messages] = message;
    message->holders++;
    lws_callback_on_writable(reader->wsi);
}

/* The streams asked for, bit by bit; 0 when one is not known. */
static unsigned wanted_streams(const struct ts_server *server, struct lws *wsi)
{
    char streams[512], *rest = streams;
    unsigned wants = 0;
    if (lws_get_urlarg_by_name(wsi, "streams=", streams, (int)sizeof streams - 1) == NULL) {
        return 0;
    }
    /* libwebsockets leaves the name before the value. */
    if (strncmp(streams, "streams=", 8) == 0) {
        rest += 8;
    }
    for (char *stream; (stream = strsep(&rest, "/")) != NULL;) {
        const char *symbol = strsep(&stream, "@");
        const char *kind = strsep(&stream, "@");
        bool known = false;
        for (unsigned i = 0; i < TS_REPLAY_STREAM_COUNT && kind != NULL; i++) {
            if (strcmp(kind, ts_replay_stream_names[i]) == 0 &&
                strcmp(symbol, ts_exchange_symbol(server->exchange)) == 0) {
                wants |= 1u << i;
                known = true;
            }
        }
        if (!known) {
            return 0;
        }
    }
    return wants;
}

static int admit(struct ts_server *server, struct lws *wsi)
{
    char path[64] = "";
    lws_hdr_copy(wsi, path, sizeof path, WSI_TOKEN_GET_URI);
    bool refuse = ts_clock_ns() < server->refused_until_ns || strcmp(path, "/stream") != 0 ||
                  wanted_streams(server, wsi) == 0;
    server->counts.refused += refuse;
    return refuse ? -1 : 0;
}

static int begin(struct ts_server *server, struct ts_reader *reader, struct lws *wsi)
{
    int64_t now_ns = ts_clock_ns();
    *reader = (struct ts_reader){.wsi = wsi,
                                 .server = server,
                                 .is_stream = true,
                                 .wants = wanted_streams(server, wsi),
                                 .ping_due_ns = now_ns + server->options.ping_ns,
                                 .next = server->readers};
    reader->queue = calloc(server->options.room_messages, sizeof(struct ts_server_message *));
    if (reader->queue == NULL) {
        return -1;
    }
    server->readers = reader;
    server->counts.readers++;
    return 0;
}

static void finish(struct ts_server *server, struct ts_reader *reader)
{
    if (reader->queue == NULL) {
        return;
    }
    for (struct ts_reader **place = &server->readers; *place != NULL; place = &(*place)->next) {
        if (*place == reader) {
            *place = reader->next;
            break;
        }
    }
    drop_queue(reader);
    free(reader->queue);
    reader->queue = NULL;
}

static int say(struct ts_server *server, struct ts_reader *reader)
{
    unsigned char ping[LWS_PRE + 24];
    if (reader->close_status != 0) {
        size_t length = strlen(reader->close_why);
        lws_close_reason(reader->wsi, (enum lws_close_status)reader->close_status,
                         (unsigned char *)(uintptr_t)reader->close_why, length);
        return -1;
    }
    if (reader->ping) {
        reader->ping = false;
        server->counts.pings++;
        /* The time, as Binance has it; of an empty pong the library does not tell. */
        int length = snprintf((char *)ping + LWS_PRE, sizeof ping - LWS_PRE, "%" PRId64,
                              (int64_t)(ts_clock_wall_ns() / TS_NS_PER_MS));
        return lws_write(reader->wsi, ping + LWS_PRE, (size_t)length, LWS_WRITE_PING) < 0 ? -1 : 0;
    }
    for (int i = 0; i < BURST && reader->head != reader->tail && !lws_send_pipe_choked(reader->wsi); i++) {
        struct ts_server_message *message = reader->queue[reader->head++ % server->options.room_messages];
        int written = lws_write(reader->wsi, message->bytes + LWS_PRE, message->length, LWS_WRITE_TEXT);
        ts_server_message_release(message);
        if (written < 0) {
            return -1;
        }
        server->counts.sent++;
    }
    if (reader->head != reader->tail) {
        lws_callback_on_writable(reader->wsi);
    }
    return 0;
}

/* Head first; the body, when the library says that it may be written. */
static int answer(struct ts_server *server, struct ts_reader *reader, struct lws *wsi, unsigned status,
                  const char *text, size_t length)
{
    unsigned char head[LWS_PRE + 1024], *place = head + LWS_PRE, *start = place;
    (void)server;
    *reader = (struct ts_reader){.wsi = wsi, .server = server};
    reader->answer = malloc(LWS_PRE + length);
    if (reader->answer == NULL) {
        return -1;
    }
    memcpy(reader->answer + LWS_PRE, text, length);
    reader->answer_length = length;
    if (lws_add_http_common_headers(wsi, status, "application/json", length, &place,
                                    head + sizeof head - 1) != 0 ||
        lws_finalize_write_http_header(wsi, start, &place, head + sizeof head - 1) != 0) {
        return -1;
    }
    lws_callback_on_writable(wsi);
    return 0;
}

static int refuse(struct ts_server *server, struct ts_reader *reader, struct lws *wsi, unsigned status,
                  const char *text)
{
    server->counts.snapshots_refused++;
    return answer(server, reader, wsi, status, text, strlen(text));
}

static int on_request(struct ts_server *server, struct ts_reader *reader, struct lws *wsi, const char *path)
{
    char argument[80], symbol[40], *text = NULL;
    size_t length = 0, limit = 100;
    const char *value = lws_get_urlarg_by_name(wsi, "symbol=", argument, (int)sizeof argument - 1);
    value = value != NULL && strncmp(value, "symbol=", 7) == 0 ? value + 7 : value;
    snprintf(symbol, sizeof symbol, "%s", ts_exchange_symbol(server->exchange));
    for (char *c = symbol; *c != '\0'; c++) {
        *c = (char)(*c >= 'a' && *c <= 'z' ? *c - 'a' + 'A' : *c);
    }
    if (strcmp(path, ts_exchange_snapshot_path(server->exchange)) != 0) {
        return refuse(server, reader, wsi, 404, "{\"code\":-1000,\"msg\":\"No such path.\"}");
    }
    if (value == NULL || strcmp(value, symbol) != 0) {
        return refuse(server, reader, wsi, 400, "{\"code\":-1121,\"msg\":\"Invalid symbol.\"}");
    }
    value = lws_get_urlarg_by_name(wsi, "limit=", argument, (int)sizeof argument - 1);
    if (value != NULL) {
        long number = strtol(strncmp(value, "limit=", 6) == 0 ? value + 6 : value, NULL, 10);
        if (number < 1 || number > LEVELS_MOST) {
            return refuse(server, reader, wsi, 400, "{\"code\":-1130,\"msg\":\"limit is 1 to 1000.\"}");
        }
        limit = (size_t)number;
    }
    if (ts_exchange_snapshot(server->exchange, limit, &text, &length) != TS_OK) {
        return refuse(server, reader, wsi, 503, "{\"code\":-1001,\"msg\":\"No book.\"}");
    }
    server->counts.snapshots++;
    int result = answer(server, reader, wsi, 200, text, length);
    free(text);
    return result;
}

static int write_answer(struct ts_reader *reader)
{
    if (reader->answer == NULL) {
        return -1;
    }
    int written = lws_write(reader->wsi, (unsigned char *)reader->answer + LWS_PRE, reader->answer_length,
                            LWS_WRITE_HTTP_FINAL);
    free(reader->answer);
    reader->answer = NULL;
    return written < 0 || lws_http_transaction_completed(reader->wsi) != 0 ? -1 : 0;
}

/* A reader has nothing to say: its subscription is in the path. */
static int on_chatter(struct ts_server *server, struct ts_reader *reader)
{
    if (++reader->chatter >= CHATTER_MOST) {
        server->counts.chatter++;
        ts_reader_close(reader, LWS_CLOSE_STATUS_POLICY_VIOLATION, "nothing is asked of you");
    }
    return 0;
}

int ts_reader_event(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t length)
{
    struct ts_reader *reader = user;
    struct ts_server *server = lws_context_user(lws_get_context(wsi));
    (void)length;
    switch (reason) {
    case LWS_CALLBACK_FILTER_PROTOCOL_CONNECTION:
        return admit(server, wsi);
    case LWS_CALLBACK_ESTABLISHED:
        return begin(server, reader, wsi);
    case LWS_CALLBACK_SERVER_WRITEABLE:
        return say(server, reader);
    case LWS_CALLBACK_RECEIVE:
        return on_chatter(server, reader);
    case LWS_CALLBACK_RECEIVE_PONG:
        reader->awaits_pong = false;
        server->counts.pongs++;
        return 0;
    case LWS_CALLBACK_CLOSED:
        finish(server, reader);
        return 0;
    case LWS_CALLBACK_HTTP:
        return on_request(server, reader, wsi, in);
    case LWS_CALLBACK_HTTP_WRITEABLE:
        return write_answer(reader);
    case LWS_CALLBACK_CLOSED_HTTP:
        if (reader != NULL) {
            free(reader->answer);
            reader->answer = NULL;
        }
        return 0;
    default:
        return 0;
    }
}
