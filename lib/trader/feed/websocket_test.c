/*
 * The WebSocket wire against servers that misbehave below the exchange's level: they are plain sockets here,
 * say what no library would let them say, and count who comes.
 */
#include "trader/feed/websocket_wire.h"

#include "base/clock.h"
#include "base/thread.h"
#include "trader/feed/live_feed.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <libwebsockets.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* What the server does with a connection. */
enum manners {
    CLOSES_AT_ONCE,
    SAYS_NOTHING,
    SAYS_NOISE,
    REFUSES,      /* HTTP 403 */
    WRONG_ACCEPT, /* an upgrade with another key's hash */
    SHAKES_HANDS, /* then says what `said` is */
};

static struct server {
    int listener, port;
    enum manners manners;
    const char *said;
    size_t said_length;
    struct ts_thread thread;
    _Atomic int over;      /* relaxed: carries nothing but itself */
    _Atomic int connected; /* relaxed: a number to wait for */
} server;

static struct ts_feed *feed;
static _Atomic int ticks; /* relaxed: a number to wait for */

static void reply(int client, const void *bytes, size_t length)
{
    ssize_t sent = send(client, bytes, length, MSG_NOSIGNAL);
    (void)sent; /* a client that is gone already is no matter */
}

/* Reads the request, up to its empty line; writes the accepting answer (RFC 6455, 4.2.2). */
static bool shake_hands(int client, bool rightly)
{
    char request[2048] = "", key[128], answer[256], accept[64];
    unsigned char hash[20];
    size_t used = 0;
    while (strstr(request, "\r\n\r\n") == NULL && used < sizeof request - 1) {
        ssize_t got = recv(client, request + used, sizeof request - 1 - used, 0);
        if (got <= 0) {
            return false;
        }
        used += (size_t)got;
    }
    const char *at = strcasestr(request, "Sec-WebSocket-Key:");
    if (at == NULL || sscanf(at + 18, " %60s", key) != 1) {
        return false; /* a snapshot request: no answer */
    }
    snprintf(key + strlen(key), sizeof key - strlen(key), "%s",
             rightly ? "258EAFA5-E914-47DA-95CA-C5AB0DC85B11" : "another");
    lws_SHA1((unsigned char *)key, strlen(key), hash);
    lws_b64_encode_string((char *)hash, sizeof hash, accept, sizeof accept);
    int length = snprintf(answer, sizeof answer,
                          "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                          "Sec-WebSocket-Accept: %s\r\n\r\n",
                          accept);
    reply(client, answer, (size_t)length);
    return true;
}

/* Until the other side is gone, or the test is over. */
static void hold(int client)
{
    char byte[256];
    while (atomic_load_explicit(&server.over, memory_order_relaxed) == 0) { /* nothing but itself */
        struct pollfd wait = {.fd = client, .events = POLLIN};
        if (poll(&wait, 1, 5) > 0 && recv(client, byte, sizeof byte, 0) <= 0) {
            return;
        }
    }
}

static void serve_client(int client)
{
    static const char noise[] = "\x00\x01\xff\xfe garbage \r\n\r\n HTTP/1.1 101";
    static const char refusal[] = "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n";
    switch (server.manners) {
    case CLOSES_AT_ONCE:
        break;
    case SAYS_NOTHING:
        hold(client);
        break;
    case SAYS_NOISE:
        reply(client, noise, sizeof noise);
        hold(client);
        break;
    case REFUSES:
        reply(client, refusal, sizeof refusal - 1);
        hold(client);
        break;
    case WRONG_ACCEPT:
    case SHAKES_HANDS:
        if (shake_hands(client, server.manners == SHAKES_HANDS)) {
            reply(client, server.said, server.said_length);
            hold(client);
        }
        break;
    }
}

static void serve(void *argument)
{
    (void)argument;
    while (atomic_load_explicit(&server.over, memory_order_relaxed) == 0) { /* nothing but itself */
        struct pollfd wait = {.fd = server.listener, .events = POLLIN};
        if (poll(&wait, 1, 5) > 0) {
            int client = accept(server.listener, NULL, NULL);
            atomic_fetch_add_explicit(&server.connected, 1, memory_order_relaxed); /* a number to wait for */
            serve_client(client);
            close(client);
        }
    }
}

static void start_server(enum manners manners, const void *said, size_t length)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    struct ts_diag diag;
    server.manners = manners;
    server.said = said;
    server.said_length = length;
    server.listener = socket(AF_INET, SOCK_STREAM, 0);
    cr_assert_eq(bind(server.listener, (struct sockaddr *)&address, sizeof address), 0);
    cr_assert_eq(listen(server.listener, 8), 0);
    getsockname(server.listener, (struct sockaddr *)&address, &size);
    server.port = ntohs(address.sin_port);
    cr_assert_eq(ts_thread_start(&server.thread, "server", serve, NULL, &diag), TS_OK);
}

static void on_tick(void *context, const struct ts_trade_tick *tick)
{
    (void)context;
    (void)tick;
    atomic_fetch_add_explicit(&ticks, 1, memory_order_relaxed); /* a number to wait for */
}

static void on_state(void *context, enum ts_feed_state state)
{
    (void)context;
    (void)state;
}

static void start_feed(int port)
{
    static const struct ts_feed_sink sink = {.tick = on_tick, .state = on_state};
    struct ts_websocket_options socket = {.host = "127.0.0.1", .port = port};
    struct ts_live_options options = ts_live_defaults("btcusdt", true);
    struct ts_wire *wire = NULL;
    struct ts_diag diag;
    options.session.depth = false;
    options.session.connect_ns = 100 * TS_NS_PER_MS;
    options.session.ping_ns = 50 * TS_NS_PER_MS;
    options.session.silence_ns = 150 * TS_NS_PER_MS;
    options.session.backoff_first_ns = 5 * TS_NS_PER_MS;
    options.session.backoff_most_ns = 5 * TS_NS_PER_MS;
    cr_assert_eq(ts_websocket_wire_create(&socket, &wire, &diag), TS_OK, "%s", diag.text);
    cr_assert_eq(ts_live_feed_create(&options, wire, &feed, &diag), TS_OK, "%s", diag.text);
    cr_assert_eq(ts_feed_start(feed, &sink, &diag), TS_OK, "%s", diag.text);
}

static struct ts_live_statistics statistics_of(void)
{
    struct ts_live_statistics statistics;
    ts_live_feed_statistics(feed, &statistics);
    return statistics;
}

/* Until the feed has come so often; what it saw then. */
static struct ts_live_statistics after_attempts(uint64_t attempts)
{
    int64_t start_ns = ts_clock_ns();
    while (statistics_of().session.attempts < attempts && ts_clock_within(start_ns, 10 * TS_NS_PER_S)) {
        ts_sleep_ns(TS_NS_PER_MS);
    }
    ts_feed_stop(feed);
    struct ts_live_statistics statistics = statistics_of();
    cr_assert(statistics.session.attempts >= attempts, "only %llu attempts: %s",
              (unsigned long long)statistics.session.attempts, statistics.complaint);
    return statistics;
}

static void fini(void)
{
    ts_live_feed_destroy(feed);
    atomic_store_explicit(&server.over, 1, memory_order_relaxed); /* nothing but itself */
    ts_thread_join(&server.thread);
    close(server.listener);
}

TestSuite(websocket, .fini = fini);

static void never_opens(enum manners manners, enum ts_session_end end)
{
    start_server(manners, NULL, 0);
    start_feed(server.port);
    struct ts_live_statistics statistics = after_attempts(4);
    cr_assert_eq(statistics.session.opened, 0);
    cr_assert(statistics.session.ended[end] >= 3, "peer %llu, timeout %llu",
              (unsigned long long)statistics.session.ended[TS_SESSION_END_PEER],
              (unsigned long long)statistics.session.ended[TS_SESSION_END_TIMEOUT]);
    cr_assert(atomic_load_explicit(&server.connected, memory_order_relaxed) >= 3); /* a number to wait for */
}

Test(websocket, a_server_that_closes_at_once_is_tried_again)
{
    never_opens(CLOSES_AT_ONCE, TS_SESSION_END_PEER);
}

Test(websocket, a_server_that_says_nothing_is_given_up_in_time)
{
    never_opens(SAYS_NOTHING, TS_SESSION_END_TIMEOUT);
}

Test(websocket, noise_for_a_handshake_opens_nothing)
{
    start_server(SAYS_NOISE, NULL, 0);
    start_feed(server.port);
    cr_assert_eq(after_attempts(4).session.opened, 0);
}

Test(websocket, a_refusal_opens_nothing)
{
    never_opens(REFUSES, TS_SESSION_END_PEER);
}

Test(websocket, a_handshake_with_the_wrong_hash_opens_nothing)
{
    never_opens(WRONG_ACCEPT, TS_SESSION_END_PEER);
}

Test(websocket, nobody_at_the_port)
{
    start_server(CLOSES_AT_ONCE, NULL, 0);
    start_feed(server.port == 1 ? 2 : 1); /* a port of the system's that nothing listens on here */
    struct ts_live_statistics statistics = after_attempts(4);
    cr_assert(statistics.session.opened == 0 && statistics.session.ended[TS_SESSION_END_PEER] >= 3);
    cr_assert(statistics.complaint[0] != '\0');
}

static void is_hung_up_on(const void *frame, size_t length)
{
    start_server(SHAKES_HANDS, frame, length);
    start_feed(server.port);
    struct ts_live_statistics statistics = after_attempts(4);
    cr_assert(statistics.session.opened >= 3 && statistics.session.lost >= 3);
    cr_assert_eq(ts_feed_stats(feed).ticks, 0);
}

Test(websocket, a_reserved_opcode_ends_the_connection)
{
    is_hung_up_on("\x83\x05hello", 7);
}

Test(websocket, a_continuation_of_nothing_is_no_message)
{
    is_hung_up_on("\x80\x05hello", 7);
}

Test(websocket, a_length_beyond_all_bounds_ends_in_silence_or_a_close)
{
    is_hung_up_on("\x81\x7f\xff\xff\xff\xff\xff\xff\xff\xff{", 11);
}

Test(websocket, a_half_frame_ends_in_silence)
{
    is_hung_up_on("\x81\x7e\x10\x00{\"stream\":", 15);
}

Test(websocket, a_message_in_fragments_is_one)
{
    static const char first[] = "{\"stream\":\"btcusdt@trade\",\"data\":{\"e\":\"trade\",\"s\":\"BTCUSDT\",";
    static const char last[] = "\"t\":5,\"p\":\"1.5\",\"q\":\"2\",\"T\":1,\"m\":true}}";
    static char frames[512]; /* the server may outlive the test's body */
    /* Text, not final; a ping between; a final continuation. */
    int length = snprintf(frames, sizeof frames, "%c%c%s%c%c%s%c%c%s", 0x01, (int)sizeof first - 1, first,
                          (char)0x89, 2, "hi", (char)0x80, (int)sizeof last - 1, last);
    start_server(SHAKES_HANDS, frames, (size_t)length);
    start_feed(server.port);
    int64_t start_ns = ts_clock_ns();
    while (atomic_load_explicit(&ticks, memory_order_relaxed) == 0 && /* a number to wait for */
           ts_clock_within(start_ns, 5 * TS_NS_PER_S)) {
        ts_sleep_ns(TS_NS_PER_MS);
    }
    ts_feed_stop(feed);
    cr_assert_eq(ts_feed_stats(feed).ticks, 1);
    cr_assert_eq(ts_feed_stats(feed).malformed, 0);
}

static void stop_at_any_time(enum manners manners)
{
    start_server(manners, "\x89\x02hi", 4);
    for (int round = 0; round < 8; round++) {
        start_feed(server.port);
        ts_sleep_ns(round * 2 * TS_NS_PER_MS);
        int64_t start_ns = ts_clock_ns();
        ts_feed_stop(feed);
        cr_assert(ts_clock_within(start_ns, TS_NS_PER_S), "stop took a second");
        ts_live_feed_destroy(feed);
        feed = NULL;
    }
}

Test(websocket, stop_while_it_connects_returns_at_once)
{
    stop_at_any_time(SAYS_NOTHING);
}

Test(websocket, stop_while_it_reconnects_returns_at_once)
{
    stop_at_any_time(CLOSES_AT_ONCE);
}

Test(websocket, stop_while_it_is_connected_returns_at_once)
{
    stop_at_any_time(SHAKES_HANDS);
}
