/*
 * The WebSocket wire: a connection to Binance's combined streams (RFC 6455) and to its snapshots (HTTP), by
 * libwebsockets. Without TLS: it is for a server on this machine (`tickstorm-feed serve`).
 *
 * libwebsockets answers the exchange's pings as part of service, so whoever services answers: the feed
 * thread, or its keeper. It does not tell of them, which is why a session pings too: the pong is a sign of
 * life. time_ns of a frame is when libwebsockets hands over its last fragment.
 *
 * Threads: as wire.h says. The library is not instrumented: it is used by one thread at a time, under the
 * feed's lock, and by wake, which is its one function for any thread.
 * Ownership: create copies the options; destroy frees the library's context too.
 * Process: the library ignores SIGPIPE and is told to log nothing.
 */
#ifndef TS_TRADER_FEED_WEBSOCKET_WIRE_H
#define TS_TRADER_FEED_WEBSOCKET_WIRE_H

#include "trader/feed/wire.h"

struct ts_websocket_options {
    const char *host; /* name or address, up to 63 characters */
    int port;
};

#define TS_WEBSOCKET_MESSAGE_MOST ((size_t)4 << 20) /* a longer one ends the connection */

ts_err ts_websocket_wire_create(const struct ts_websocket_options *options, struct ts_wire **wire,
                                struct ts_diag *diag);

#endif
