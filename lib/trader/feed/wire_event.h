/*
 * What a wire tells: a connection to the exchange opened, spoke, fell silent, ended.
 *
 * Plain data between a wire (memory_wire.h, websocket_wire.h) and the session. Each CONNECT of the session
 * has a number, which the wire gives back in every event: what an old connection still says is known by it.
 *
 * Threads: none. Ownership: text is the wire's and valid during the call. Units: time_ns on the clock of
 * base/clock.h, when the wire was handed the event by the network: all latencies begin there.
 */
#ifndef TS_TRADER_FEED_WIRE_EVENT_H
#define TS_TRADER_FEED_WIRE_EVENT_H

#include <stddef.h>
#include <stdint.h>

enum ts_wire_event_kind {
    TS_WIRE_OPENED,
    TS_WIRE_FRAME,           /* a whole message of the stream */
    TS_WIRE_HEARD,           /* a ping, answered already, or a pong */
    TS_WIRE_SNAPSHOT,        /* the answer to ASK_SNAPSHOT */
    TS_WIRE_SNAPSHOT_FAILED, /* there is none, or it was refused */
    TS_WIRE_CLOSED,          /* by the other side, or it could not be opened */
    TS_WIRE_OVERRUN,         /* by the wire itself: the session takes too long, and there is no more room */
};

struct ts_wire_event {
    enum ts_wire_event_kind kind;
    uint32_t connection;
    int64_t time_ns;
    const char *text; /* frame and snapshot: the message; closed and failed: why, for a person. No NUL. */
    size_t length;
};

#endif
