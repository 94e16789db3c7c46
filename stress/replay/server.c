#include "replay/server.h"

#include "base/clock.h"
#include "replay/server_inside.h"

#include <stdlib.h>
#include <string.h>

#define QUEUE_LOW   64          /* flat out: readers are kept with so much to take */
#define TURN_MOST   256         /* events between two looks at the network */
#define LOOK_NS     TS_NS_PER_S /* at the clock, at least */
#define FAREWELL_NS TS_NS_PER_S /* that readers have to go at the end */
#define CLOSE_GOING LWS_CLOSE_STATUS_GOINGAWAY

static const char *const garbage[] = {
    "",
    "{",
    "null",
    "{\"stream\":7}",
    "{\"stream\":\"btcusdt@trade\",\"data\":{\"s\":\"BTCUSDT\",\"t\":-1}}",
    "[[[[[[[[[[",
    "{\"stream\":\"x@depth@100ms\",\"data\":{\"U\":9,\"u\":1,\"b\":[[1,2]],\"a\":null}}",
};

/* The library runs what is due before it waits, and then waits for what is due next: an alarm that was due
 * already ends no wait by itself. */
static void alarm_is_due(lws_sorted_usec_list_t *alarm)
{
    lws_cancel_service(lws_container_of(alarm, struct ts_server, alarm)->context);
}

static void each_reader(struct ts_server *server, void (*act)(struct ts_reader *reader))
{
    for (struct ts_reader *reader = server->readers, *next; reader != NULL; reader = next) {
        next = reader->next;
        act(reader);
    }
}

static void close_going(struct ts_reader *reader)
{
    ts_reader_close(reader, CLOSE_GOING, "going away");
}

static void close_abruptly(struct ts_reader *reader)
{
    ts_reader_close(reader, 0, NULL);
}

static void close_at_end(struct ts_reader *reader)
{
    ts_reader_close(reader, LWS_CLOSE_STATUS_NORMAL, "end of tape");
}

static void hear_no_more(struct ts_reader *reader)
{
    lws_rx_flow_control(reader->wsi, 0);
}

static void disconnect(struct ts_server *server)
{
    each_reader(server, ts_random_below(&server->random, 2) == 0 ? close_going : close_abruptly);
}

static void commit_fault(struct ts_server *server, struct ts_feed_fault *fault, int64_t now_ns)
{
    fault->fired++;
    switch (fault->kind) {
    case TS_FEED_FAULT_DISCONNECT:
        disconnect(server);
        break;
    case TS_FEED_FAULT_GAP:
        server->leave_out += fault->count;
        break;
    case TS_FEED_FAULT_MALFORMED:
        server->garble = true;
        break;
    case TS_FEED_FAULT_SILENCE:
        each_reader(server, ts_reader_mute);
        break;
    case TS_FEED_FAULT_SLOW:
        server->stalled_until_ns = now_ns + fault->for_ns;
        break;
    case TS_FEED_FAULT_REFUSE:
        server->refused_until_ns = now_ns + fault->for_ns;
        disconnect(server);
        break;
    default:
        each_reader(server, hear_no_more);
        break;
    }
}

static void commit_faults(struct ts_server *server, int64_t now_ns)
{
    for (unsigned i = 0; i < server->options.fault_count; i++) {
        struct ts_feed_fault *fault = &server->options.faults[i];
        if (server->running && ts_feed_fault_is_due(fault, now_ns, server->events)) {
            commit_fault(server, fault, now_ns);
            ts_feed_fault_arm(fault, &server->random, now_ns, server->events);
        }
    }
}

static ts_err broadcast(struct ts_server *server)
{
    const struct ts_replay_event *event = &server->event;
    const char *text = event->text;
    size_t length = event->length;
    server->pending = false;
    server->events++;
    server->counts.events[event->stream]++;
    if (server->leave_out > 0) {
        server->leave_out--;
        server->counts.left_out++;
        return TS_OK;
    }
    if (server->garble) {
        server->garble = false;
        server->counts.garbled++;
        text = garbage[ts_random_below(&server->random, sizeof garbage / sizeof *garbage)];
        length = strlen(text);
    }
    struct ts_server_message *message = ts_server_message_make(text, length);
    if (message == NULL) {
        return TS_NO_MEMORY;
    }
    for (struct ts_reader *reader = server->readers; reader != NULL; reader = reader->next) {
        if ((reader->wants & 1u << event->stream) != 0) {
            ts_reader_send(reader, message);
        }
    }
    ts_server_message_release(message);
    return TS_OK;
}

/* Flat out: somebody is there, and nobody has much left to take. */
static bool readers_are_ready(const struct ts_server *server)
{
    bool any = false;
    for (const struct ts_reader *reader = server->readers; reader != NULL; reader = reader->next) {
        any = any || !reader->mute;
        if (!reader->mute && ts_reader_queued(reader) >= QUEUE_LOW) {
            return false;
        }
    }
    return any;
}

/* A gap of centuries, or a crawl, leads out of the clock's range: what comes after it is due never. */
static int64_t due_of(const struct ts_server *server)
{
    double after_ns = (double)(server->event.receive_ns - server->start_receive_ns) / server->options.speed;
    return after_ns < (double)(INT64_MAX - server->start_ns) ? server->start_ns + (int64_t)after_ns
                                                             : INT64_MAX;
}

static ts_err fetch(struct ts_server *server, struct ts_diag *diag)
{
    if (server->pending || server->counts.ended) {
        return TS_OK;
    }
    ts_err err = ts_exchange_next(server->exchange, &server->event, diag);
    server->pending = err == TS_OK;
    if (err == TS_END) {
        server->counts.ended = true;
        return TS_OK;
    }
    if (err == TS_OK && server->event.begins) {
        server->running = false; /* until somebody listens again, with a book of this pass */
        each_reader(server, close_going);
    }
    return err;
}

static void begin_tape(struct ts_server *server, int64_t now_ns)
{
    server->running = true;
    server->counts.passes++;
    server->start_ns = now_ns;
    server->start_receive_ns = server->event.receive_ns;
    for (unsigned i = 0; i < server->options.fault_count && server->events == 0; i++) {
        ts_feed_fault_arm(&server->options.faults[i], &server->random, now_ns, 0);
    }
}

/* Says what is due. *next_ns: when to look again. */
static ts_err turn(struct ts_server *server, int64_t now_ns, int64_t *next_ns, struct ts_diag *diag)
{
    ts_err err = TS_OK;
    for (int i = 0; i < TURN_MOST && err == TS_OK; i++) {
        err = fetch(server, diag);
        if (err != TS_OK || !server->pending) {
            break;
        }
        if (!server->running) {
            if (server->readers == NULL || server->readers->mute) {
                break;
            }
            begin_tape(server, now_ns);
        }
        commit_faults(server, now_ns);
        if (now_ns < server->stalled_until_ns) {
            *next_ns = server->stalled_until_ns < *next_ns ? server->stalled_until_ns : *next_ns;
            break;
        }
        if (server->options.speed > 0 && due_of(server) > now_ns) {
            *next_ns = due_of(server) < *next_ns ? due_of(server) : *next_ns;
            break;
        }
        if (server->options.speed <= 0 && !readers_are_ready(server)) {
            break; /* until somebody comes, or has taken something */
        }
        err = broadcast(server);
    }
    return err;
}

static void ping_readers(struct ts_server *server, int64_t now_ns, int64_t *next_ns)
{
    for (struct ts_reader *reader = server->readers, *next; reader != NULL; reader = next) {
        next = reader->next;
        if (reader->mute) {
            continue;
        }
        if (reader->awaits_pong && now_ns >= reader->pong_due_ns) {
            server->counts.no_pong++;
            ts_reader_close(reader, 0, NULL);
        } else if (now_ns >= reader->ping_due_ns) {
            reader->pong_due_ns =
                reader->awaits_pong ? reader->pong_due_ns : now_ns + server->options.pong_ns;
            reader->awaits_pong = true;
            reader->ping = true;
            reader->ping_due_ns = now_ns + server->options.ping_ns;
            lws_callback_on_writable(reader->wsi);
        }
        *next_ns = reader->ping_due_ns < *next_ns ? reader->ping_due_ns : *next_ns;
    }
}

static bool all_is_said(const struct ts_server *server)
{
    for (const struct ts_reader *reader = server->readers; reader != NULL; reader = reader->next) {
        if (ts_reader_queued(reader) > 0) {
            return false;
        }
    }
    return true;
}

static void wait(struct ts_server *server, int64_t until_ns)
{
    int64_t left_ns = until_ns - ts_clock_ns();
    lws_sul_schedule(server->context, 0, &server->alarm, alarm_is_due,
                     left_ns > 0 ? left_ns / TS_NS_PER_US + 1 : 1);
    lws_service(server->context, 0);
}

static void say_goodbye(struct ts_server *server)
{
    int64_t start_ns = ts_clock_ns();
    each_reader(server, server->counts.ended ? close_at_end : close_going);
    while (server->readers != NULL && ts_clock_within(start_ns, FAREWELL_NS)) {
        wait(server, ts_clock_ns() + 10 * TS_NS_PER_MS);
    }
}

ts_err ts_server_run(struct ts_server *server, struct ts_diag *diag)
{
    int64_t end_ns = server->options.for_ns > 0 ? ts_clock_ns() + server->options.for_ns : INT64_MAX;
    ts_err err = TS_OK;
    while (err == TS_OK && *server->options.stop == 0 && ts_clock_ns() < end_ns) {
        int64_t now_ns = ts_clock_ns();
        int64_t next_ns = now_ns + LOOK_NS < end_ns ? now_ns + LOOK_NS : end_ns;
        for (unsigned i = 0; i < server->options.fault_count && server->running; i++) {
            const struct ts_feed_fault *fault = &server->options.faults[i];
            next_ns = fault->every_ns > 0 && fault->due_ns < next_ns ? fault->due_ns : next_ns;
        }
        ping_readers(server, now_ns, &next_ns);
        err = turn(server, now_ns, &next_ns, diag);
        if (server->counts.ended && server->options.exit_at_end && all_is_said(server)) {
            break;
        }
        wait(server, next_ns);
    }
    say_goodbye(server);
    return err;
}

ts_err ts_server_create(const struct ts_server_options *options, struct ts_exchange *exchange,
                        struct ts_server **server, struct ts_diag *diag)
{
    static const struct lws_protocols protocols[] = {
        {"feed", ts_reader_event, sizeof(struct ts_reader), 1024, 0, NULL, 0},
        {NULL, NULL, 0, 0, 0, NULL, 0}};
    struct ts_server *made = calloc(1, sizeof *made);
    if (made == NULL) {
        return ts_fail(diag, TS_NO_MEMORY, "create server", "feed", "no memory");
    }
    made->options = *options;
    made->exchange = exchange;
    made->random.state = options->seed;
    lws_set_log_level(0, NULL);
    struct lws_context_creation_info info = {
        .port = options->port,
        .iface = "127.0.0.1",
        .protocols = protocols,
        .options = LWS_SERVER_OPTION_EXPLICIT_VHOSTS,
        .pt_serv_buf_size = 128 * 1024, /* a snapshot in one piece */
        .user = made,
        .gid = -1,
        .uid = -1,
    };
    made->context = lws_create_context(&info);
    made->vhost = made->context != NULL ? lws_create_vhost(made->context, &info) : NULL;
    if (made->vhost == NULL || lws_get_vhost_listen_port(made->vhost) <= 0) {
        ts_server_destroy(made);
        return ts_fail(diag, TS_ENVIRONMENT, "create server", "127.0.0.1", "port %d is not to be had",
                       options->port);
    }
    *server = made;
    return TS_OK;
}

void ts_server_destroy(struct ts_server *server)
{
    if (server->context != NULL) {
        lws_context_destroy(server->context);
    }
    free(server);
}

int ts_server_port(const struct ts_server *server)
{
    return lws_get_vhost_listen_port(server->vhost);
}

const struct ts_server_counts *ts_server_counts(const struct ts_server *server)
{
    return &server->counts;
}

const struct ts_feed_fault *ts_server_faults(const struct ts_server *server)
{
    return server->options.faults;
}
