#include "trader/feed/websocket_wire.h"

#include "base/clock.h"

#include <libwebsockets.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What is read at once: the frames of one reading wait for each other, so it is small. */
#define READ_BYTES      4096
#define BUFFER_FIRST    8192
#define SERVICE_MOST_NS TS_NS_PER_S

struct websocket;

/* One connection of the library at a time: the stream, or a request for a snapshot. */
struct channel {
    struct websocket *owner;
    struct lws *wsi; /* NULL when there is none; callbacks of any other one are of the past */
    uint32_t connection;
    bool is_stream;
    bool over;     /* its last event was said */
    int status;    /* HTTP */
    char *message; /* the fragments so far */
    size_t length, capacity;
    char why[128]; /* the peer's words at its close */
};

struct websocket {
    struct ts_wire wire;
    char host[64];
    int port;
    struct lws_context *context;
    lws_sorted_usec_list_t alarm;
    struct channel stream, snapshot;
    bool ping_wanted;
};

static struct websocket *of(struct ts_wire *wire)
{
    return (struct websocket *)wire;
}

/* False: there is no room, hang up. */
static bool say(const struct channel *channel, enum ts_wire_event_kind kind, const char *text, size_t length)
{
    struct ts_wire_event event = {.kind = kind,
                                  .connection = channel->connection,
                                  .time_ns = ts_clock_ns(),
                                  .text = text,
                                  .length = length};
    return ts_inbox_push(channel->owner->wire.inbox, &event) == TS_OK;
}

static void end(struct channel *channel, const char *why, size_t length)
{
    channel->wsi = NULL;
    if (!channel->over) {
        channel->over = true;
        say(channel, channel->is_stream ? TS_WIRE_CLOSED : TS_WIRE_SNAPSHOT_FAILED, why, length);
    }
}

static bool append(struct channel *channel, const void *bytes, size_t length)
{
    size_t needed = channel->length + length;
    if (needed > TS_WEBSOCKET_MESSAGE_MOST) {
        snprintf(channel->why, sizeof channel->why, "a message over %zu bytes", TS_WEBSOCKET_MESSAGE_MOST);
        return false;
    }
    if (needed > channel->capacity) {
        size_t capacity = channel->capacity > 0 ? channel->capacity : BUFFER_FIRST;
        while (capacity < needed) {
            capacity *= 2;
        }
        char *message = realloc(channel->message, capacity);
        if (message == NULL) {
            snprintf(channel->why, sizeof channel->why, "no memory for a message");
            return false;
        }
        channel->message = message;
        channel->capacity = capacity;
    }
    memcpy(channel->message + channel->length, bytes, length);
    channel->length = needed;
    return true;
}

/* A whole frame in one piece, as most are, goes straight to the inbox. Returns what the library is told: not
 * 0 to hang up. */
static int take_fragment(struct channel *channel, struct lws *wsi, const void *bytes, size_t length)
{
    bool first = lws_is_first_fragment(wsi) != 0;
    bool last = lws_is_final_fragment(wsi) != 0 && lws_remaining_packet_payload(wsi) == 0;
    if (first && last) {
        return say(channel, TS_WIRE_FRAME, bytes, length) ? 0 : -1;
    }
    channel->length = first ? 0 : channel->length;
    if (!append(channel, bytes, length)) {
        return -1;
    }
    return !last || say(channel, TS_WIRE_FRAME, channel->message, channel->length) ? 0 : -1;
}

static int send_ping(struct channel *channel, struct lws *wsi)
{
    unsigned char frame[LWS_PRE + 1];
    if (!channel->owner->ping_wanted) {
        return 0;
    }
    channel->owner->ping_wanted = false;
    return lws_write(wsi, frame + LWS_PRE, 0, LWS_WRITE_PING) < 0 ? -1 : 0;
}

/* Two bytes of a status, then words. */
static void note_close(struct channel *channel, const unsigned char *payload, size_t length)
{
    unsigned status = length >= 2 ? (unsigned)payload[0] << 8 | payload[1] : 1005;
    size_t words = length > 2 ? length - 2 : 0;
    int shown = words < 100 ? (int)words : 100;
    snprintf(channel->why, sizeof channel->why, "status %u %.*s", status, shown,
             words > 0 ? (const char *)payload + 2 : "");
}

static int on_stream(struct channel *channel, struct lws *wsi, enum lws_callback_reasons reason, void *in,
                     size_t length)
{
    switch (reason) {
    case LWS_CALLBACK_CLIENT_ESTABLISHED:
        return say(channel, TS_WIRE_OPENED, NULL, 0) ? 0 : -1;
    case LWS_CALLBACK_CLIENT_RECEIVE:
        return take_fragment(channel, wsi, in, length);
    case LWS_CALLBACK_CLIENT_RECEIVE_PONG:
        return say(channel, TS_WIRE_HEARD, NULL, 0) ? 0 : -1;
    case LWS_CALLBACK_CLIENT_WRITEABLE:
        return send_ping(channel, wsi);
    case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE:
        note_close(channel, in, length);
        return 0;
    case LWS_CALLBACK_CLIENT_CLOSED:
        end(channel, channel->why, strlen(channel->why));
        return 0;
    default:
        return 0;
    }
}

static int on_snapshot(struct channel *channel, struct lws *wsi, enum lws_callback_reasons reason, void *in,
                       size_t length)
{
    char buffer[LWS_PRE + READ_BYTES];
    char *place = buffer + LWS_PRE;
    int size = READ_BYTES;
    switch (reason) {
    case LWS_CALLBACK_ESTABLISHED_CLIENT_HTTP:
        channel->status = (int)lws_http_client_http_response(wsi);
        return 0;
    case LWS_CALLBACK_RECEIVE_CLIENT_HTTP:
        return lws_http_client_read(wsi, &place, &size) < 0 ? -1 : 0;
    case LWS_CALLBACK_RECEIVE_CLIENT_HTTP_READ:
        return append(channel, in, length) ? 0 : -1;
    case LWS_CALLBACK_COMPLETED_CLIENT_HTTP:
        if (channel->status == 200) {
            channel->over = true;
            say(channel, TS_WIRE_SNAPSHOT, channel->message, channel->length);
        } else {
            snprintf(channel->why, sizeof channel->why, "HTTP status %d", channel->status);
        }
        return -1; /* one answer is all it was for */
    case LWS_CALLBACK_CLOSED_CLIENT_HTTP:
        end(channel, channel->why, strlen(channel->why));
        return 0;
    default:
        return 0;
    }
}

static int on_event(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t length)
{
    struct channel *channel = user;
    switch (reason) {
    case LWS_CALLBACK_CLIENT_CONNECTION_ERROR:
    case LWS_CALLBACK_CLIENT_ESTABLISHED:
    case LWS_CALLBACK_CLIENT_RECEIVE:
    case LWS_CALLBACK_CLIENT_RECEIVE_PONG:
    case LWS_CALLBACK_CLIENT_WRITEABLE:
    case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE:
    case LWS_CALLBACK_CLIENT_CLOSED:
    case LWS_CALLBACK_ESTABLISHED_CLIENT_HTTP:
    case LWS_CALLBACK_RECEIVE_CLIENT_HTTP:
    case LWS_CALLBACK_RECEIVE_CLIENT_HTTP_READ:
    case LWS_CALLBACK_COMPLETED_CLIENT_HTTP:
    case LWS_CALLBACK_CLOSED_CLIENT_HTTP:
        break;
    default:
        return 0; /* also those of the library's own, without a channel */
    }
    if (channel == NULL || wsi != channel->wsi) {
        return 0;
    }
    if (reason == LWS_CALLBACK_CLIENT_CONNECTION_ERROR) {
        end(channel, in != NULL ? in : "no connection", in != NULL ? length : strlen("no connection"));
        return 0;
    }
    return channel->is_stream ? on_stream(channel, wsi, reason, in, length)
                              : on_snapshot(channel, wsi, reason, in, length);
}

/* No callback of it is heeded any more. */
static void drop(struct channel *channel)
{
    struct lws *wsi = channel->wsi;
    channel->wsi = NULL;
    channel->over = true;
    if (wsi != NULL) {
        lws_set_timeout(wsi, PENDING_TIMEOUT_USER_OK, LWS_TO_KILL_SYNC);
    }
}

static void open_channel(struct channel *channel, uint32_t connection, const char *path)
{
    struct websocket *socket = channel->owner;
    struct lws_client_connect_info info = {
        .context = socket->context,
        .address = socket->host,
        .port = socket->port,
        .path = path,
        .host = socket->host,
        .origin = socket->host,
        .method = channel->is_stream ? NULL : "GET",
        .local_protocol_name = "feed",
        .userdata = channel,
        .pwsi = &channel->wsi,
    };
    drop(channel);
    channel->connection = connection;
    channel->over = false;
    channel->status = 0;
    channel->length = 0;
    snprintf(channel->why, sizeof channel->why, "closed without a word");
    if (lws_client_connect_via_info(&info) == NULL) {
        end(channel, "no connection", strlen("no connection")); /* unless it was said already */
    }
}

static void connect_wire(struct ts_wire *wire, uint32_t connection, const char *path)
{
    struct websocket *socket = of(wire);
    drop(&socket->snapshot);
    socket->ping_wanted = false;
    open_channel(&socket->stream, connection, path);
}

static void ask_snapshot(struct ts_wire *wire, uint32_t connection, const char *path)
{
    open_channel(&of(wire)->snapshot, connection, path);
}

static void ping(struct ts_wire *wire)
{
    struct websocket *socket = of(wire);
    if (socket->stream.wsi != NULL) {
        socket->ping_wanted = true;
        lws_callback_on_writable(socket->stream.wsi);
    }
}

static void close_wire(struct ts_wire *wire)
{
    drop(&of(wire)->snapshot);
    drop(&of(wire)->stream);
}

/* The library runs what is due before it waits, and then waits for what is due next: an alarm that was due
 * already ends no wait by itself. */
static void alarm_is_due(lws_sorted_usec_list_t *alarm)
{
    lws_cancel_service(lws_container_of(alarm, struct websocket, alarm)->context);
}

static void service(struct ts_wire *wire, int64_t until_ns)
{
    struct websocket *socket = of(wire);
    int64_t left_ns = until_ns - ts_clock_ns();
    if (left_ns <= 0 || wire->inbox->count > 0) {
        lws_service(socket->context, -1);
        return;
    }
    left_ns = left_ns < SERVICE_MOST_NS ? left_ns : SERVICE_MOST_NS;
    lws_sul_schedule(socket->context, 0, &socket->alarm, alarm_is_due, left_ns / TS_NS_PER_US + 1);
    lws_service(socket->context, 0);
}

static void wake(struct ts_wire *wire)
{
    lws_cancel_service(of(wire)->context);
}

static void destroy(struct ts_wire *wire)
{
    struct websocket *socket = of(wire);
    close_wire(wire);
    lws_sul_schedule(socket->context, 0, &socket->alarm, alarm_is_due, LWS_SET_TIMER_USEC_CANCEL);
    lws_context_destroy(socket->context);
    free(socket->stream.message);
    free(socket->snapshot.message);
    free(socket);
}

ts_err ts_websocket_wire_create(const struct ts_websocket_options *options, struct ts_wire **wire,
                                struct ts_diag *diag)
{
    static const struct ts_wire_operations operations = {
        .connect = connect_wire,
        .ask_snapshot = ask_snapshot,
        .ping = ping,
        .close = close_wire,
        .service = service,
        .wake = wake,
        .destroy = destroy,
    };
    static const struct lws_protocols protocols[] = {{"feed", on_event, 0, READ_BYTES, 0, NULL, 0},
                                                     {NULL, NULL, 0, 0, 0, NULL, 0}};
    static const char operation[] = "create WebSocket";
    struct websocket *socket = calloc(1, sizeof *socket);
    if (socket == NULL) {
        return ts_fail(diag, TS_NO_MEMORY, operation, options->host, "no memory");
    }
    int used = snprintf(socket->host, sizeof socket->host, "%s", options->host);
    if (used <= 0 || (size_t)used >= sizeof socket->host || options->port < 1 || options->port > 65535) {
        free(socket);
        return ts_fail(diag, TS_INVALID, operation, options->host, "no host and port: port %d",
                       options->port);
    }
    socket->port = options->port;
    socket->wire.operations = &operations;
    socket->stream.owner = socket->snapshot.owner = socket;
    socket->stream.is_stream = true;
    lws_set_log_level(0, NULL);
    struct lws_context_creation_info info = {
        .port = CONTEXT_PORT_NO_LISTEN,
        .protocols = protocols,
        .fd_limit_per_thread = 16, /* else room for as many as the process may open */
        .pt_serv_buf_size = READ_BYTES,
        .user = socket,
        .gid = -1,
        .uid = -1,
    };
    socket->context = lws_create_context(&info);
    if (socket->context == NULL) {
        free(socket);
        return ts_fail(diag, TS_ENVIRONMENT, operation, options->host, "libwebsockets gives no context");
    }
    *wire = &socket->wire;
    return TS_OK;
}
