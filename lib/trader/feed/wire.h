/*
 * A wire: what carries a session's connection. Memory (memory_wire.h) or a WebSocket (websocket_wire.h).
 *
 * Threads: all but wake by one thread at a time, whoever holds the feed's lock; wake by any thread.
 * Ownership: the wire's maker makes it, destroy frees it. inbox is set before each call that may fill it.
 * Progress: service blocks until there is an event, until_ns has come, or it is woken; with a time that has
 * gone it never blocks. The others never do.
 * Errors: whatever goes wrong with a connection is an event of it.
 */
#ifndef TS_TRADER_FEED_WIRE_H
#define TS_TRADER_FEED_WIRE_H

#include "trader/feed/inbox.h"

#include <stdint.h>

struct ts_wire;

struct ts_wire_operations {
    /* Drops any connection before, without an event. Then OPENED or CLOSED. */
    void (*connect)(struct ts_wire *wire, uint32_t connection, const char *path);
    /* Then SNAPSHOT or SNAPSHOT_FAILED, unless the connection ends. */
    void (*ask_snapshot)(struct ts_wire *wire, uint32_t connection, const char *path);
    void (*ping)(struct ts_wire *wire);
    void (*close)(struct ts_wire *wire); /* without an event */
    void (*service)(struct ts_wire *wire, int64_t until_ns);
    void (*wake)(struct ts_wire *wire);
    void (*destroy)(struct ts_wire *wire);
};

struct ts_wire {
    const struct ts_wire_operations *operations;
    struct ts_inbox *inbox;
};

#endif
