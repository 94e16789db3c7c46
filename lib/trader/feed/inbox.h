/*
 * The inbox: what a wire has heard and the session has not yet taken, in order, in bounded memory.
 *
 * When there is no room it takes a last event, TS_WIRE_OVERRUN, and nothing any more: what follows a frame
 * that is lost is of no use. The wire is told by TS_FULL and hangs up.
 *
 * Threads: belongs to whom holds it. Ownership: init allocates all that it will ever use; a frame is copied
 * in. Progress: push allocates nothing. Errors: TS_FULL, also for all that follows until clear.
 */
#ifndef TS_TRADER_FEED_INBOX_H
#define TS_TRADER_FEED_INBOX_H

#include "base/err.h"
#include "trader/feed/wire_event.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ts_inbox {
    struct ts_wire_event *events;
    size_t count, capacity; /* one more has room, for the overrun */
    char *bytes;
    size_t used, size;
    bool overrun;
};

ts_err ts_inbox_init(struct ts_inbox *inbox, size_t capacity, size_t size, struct ts_diag *diag);
void ts_inbox_fini(struct ts_inbox *inbox);
ts_err ts_inbox_push(struct ts_inbox *inbox, const struct ts_wire_event *event);
void ts_inbox_clear(struct ts_inbox *inbox);

#endif
